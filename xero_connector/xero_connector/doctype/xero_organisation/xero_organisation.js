const ACTIVE = "ACTIVE";
const CONDITIONED = ["Sales Order", "Sales Invoice", "Quotation", "Opportunity"];

/** Xero's own accounts take no lines, except that for rounding. */
const TAKES_CHARGES = { account_type: ["!=", "BANK"], system_account: ["is", "not set"] };
const TAKES_ROUNDING = { account_type: ["!=", "BANK"], system_account: ["in", ["", "ROUNDING"]] };

frappe.ui.form.on("Xero Organisation", {
	setup(frm) {
		const own = (filters) => () => ({ filters: { organisation: frm.doc.name, status: ACTIVE, ...filters } });
		frm.set_query("sales_account", own({ account_class: "REVENUE" }));
		frm.set_query("rounding_account", own(TAKES_ROUNDING));
		frm.set_query("no_tax_rate", own({ can_apply_to_revenue: 1 }));
		frm.set_query("xero_account", "accounts", own(TAKES_CHARGES));
		frm.set_query("tax_rate", "taxes", own({ can_apply_to_revenue: 1 }));
		const account = (filters) => () => ({ filters: { company: frm.doc.company, is_group: 0, ...filters } });
		frm.set_query("account", "accounts", () => ({
			query: "xero_connector.desk.pickers.charge_accounts",
			filters: { company: frm.doc.company },
		}));
		frm.set_query("account", "taxes", account({ account_type: ["in", ["Tax", "Chargeable"]] }));
		frm.set_query("template", "taxes", () => ({ filters: { company: frm.doc.company } }));
		frm.set_query("xero_account", "item_accounts", own({ account_class: "REVENUE" }));
		frm.set_query("branding_theme", own({}));
		frm.set_query("tracking_option", "tracking", own({}));
		frm.set_query("price_list", () => ({ filters: { selling: 1, enabled: 1 } }));
		frm.set_query("xero_account", "payment_accounts", () => ({
			query: "xero_connector.desk.pickers.payment_accounts",
			filters: { organisation: frm.doc.name },
		}));
		frm.set_query("account", "payment_accounts", account({ account_type: ["in", ["Bank", "Cash"]] }));
		frm.set_query("document_type", "conditions", () => ({ filters: { name: ["in", CONDITIONED] } }));
		frm.set_query("field", "conditions", (doc, cdt, cdn) => ({
			query: "xero_connector.desk.pickers.condition_fields",
			params: { document_type: locals[cdt][cdn].document_type },
		}));
	},

	refresh(frm) {
		xero_connector.show_times(frm);
		show_state(frm);
		if (!frappe.user.has_role("Xero Manager")) return;
		const { status } = frm.doc;
		if (status === "Not Confirmed") {
			frm.add_custom_button(__("Confirm…"), () => confirm_company(frm)).addClass("btn-primary");
		}
		if (status === "Reconnect Needed" || status === "Disconnected") {
			const reconnect = () => frappe.set_route("Form", "Xero Settings");
			frm.add_custom_button(__("Reconnect…"), reconnect).addClass("btn-primary");
		}
		if (status === "Connected") {
			const $pilot = frm.add_custom_button(__("Pilot"), () => open_pilot(frm));
			if (!frm.doc.live_since) $pilot.addClass("btn-primary");
			frm.add_custom_button(__("Sync Now"), () => sync_now(frm), __("Sync"));
			frm.add_custom_button(__("Reconcile…"), () => reconcile(frm), __("Sync"));
			frm.add_custom_button(__("Import History…"), () => import_history(frm), __("Sync"));
		}
		const health = () => frappe.set_route("xero-health", { organisation: frm.doc.name });
		frm.add_custom_button(__("Health"), health);
		if (status !== "Disconnected") add_set_up(frm);
		show_queue(frm);
	},
});

frappe.ui.form.on("Xero Tax Map", {
	/** A default of the site or of the person, such as a country, would limit the row to it. */
	taxes_add(frm, cdt, cdn) {
		for (const field of ["template", "tax_category", "country", "state"]) {
			frappe.model.set_value(cdt, cdn, field, "");
		}
	},
});

function add_set_up(frm) {
	const add = (label, action) => frm.add_custom_button(label, () => action(frm), __("Set Up"));
	if (frm.doc.company) {
		add(__("Map…"), open_map);
		show_unmapped(frm);
	}
	if (frm.doc.status !== "Reconnect Needed") add(__("Read Accounts Again"), read_accounts);
	add(__("Disconnect"), disconnect);
}

/** What a person has to know or to do next, in one line. */
function show_state(frm) {
	const { status, enabled, is_demo, company } = frm.doc;
	const message = frappe.utils.escape_html(frm.doc.status_message || "");
	if (status === "Not Confirmed") {
		frm.set_intro(
			__("Nothing syncs yet. Check the accounts and taxes below, then press Confirm and say whose books these are."),
			"orange"
		);
	} else if (status === "Reconnect Needed") {
		frm.set_intro(`<span>${message} ${__("What changes here waits until then.")}</span>`, "red");
	} else if (status === "Connected" && !enabled) {
		frm.set_intro(__("The sync is switched off: nothing is sent, nothing is read."), "orange");
	} else if (status === "Connected" && (frm.doc.pause_push || frm.doc.pause_pull)) {
		frm.set_intro(paused_message(frm.doc), "orange");
	} else if (status === "Connected" && !frm.doc.live_since) {
		frm.set_intro(
			__(
				"It is in its pilot: only what you send from there goes to Xero. Payments and changes are read. Go live in the pilot."
			),
			"orange"
		);
	} else if (status === "Connected" && message) {
		frm.set_intro(`<span>${message} ${__("The sync goes on by itself.")}</span>`, "orange");
	} else if (status === "Connected" && !frm.doc.sales_account) {
		frm.set_intro(__("No sales account is chosen. Orders are held until there is one."), "orange");
	}
	if (is_demo && company) {
		frm.set_intro(
			__(
				"This is the demo organisation. It lives on this site only: nothing leaves it, and its invoices can be paid on their own forms."
			),
			"blue"
		);
	}
}

function paused_message({ pause_push, pause_pull }) {
	if (pause_push && pause_pull) return __("Sending and reading are paused. What changes waits, here and in Xero.");
	if (pause_push) return __("Sending is paused. What changes here waits.");
	return __("Reading is paused. What is paid or changed in Xero waits there.");
}

/** How much is held or on its way, each with a link to its rows. */
async function show_queue(frm) {
	const name = frm.doc.name;
	const count = (statuses) =>
		frappe.db.count("Xero Outbox", { filters: { organisation: name, status: ["in", statuses] } });
	const moving = ["Queued", "Sending", "Uncertain", "Waiting"];
	const [held, waiting] = await Promise.all([count(["Held"]), count(moving)]);
	if (frm.doc.name !== name) return;
	add_count(frm, held, __("{0} held", [held]), "red", "Held");
	add_count(frm, waiting, __("{0} on their way to Xero", [waiting]), "blue", ["in", moving]);
}

function add_count(frm, count, label, colour, status) {
	if (!count) return;
	const show = () => frappe.set_route("List", "Xero Outbox", { organisation: frm.doc.name, status });
	frm.dashboard.add_indicator(`<a href="#">${label}</a>`, colour).on("click", "a", (event) => {
		event.preventDefault();
		show();
	});
}

async function open_map(frm) {
	if (await xero_connector.saved(frm)) frappe.set_route("xero-map", frm.doc.name);
}

/** What the company uses and has no place in Xero, above the tables that it belongs into. */
async function show_unmapped(frm) {
	const name = frm.doc.name;
	const notice = frm.get_field("unmapped_html").$wrapper.empty();
	const args = { organisation: name };
	const answer = await xero_connector.call("map_page.left", args, { type: "GET", freeze: false });
	const open = Object.values(answer?.message || {}).reduce((sum, count) => sum + count, 0);
	if (!open || frm.doc.name !== name) return;
	const text =
		open === 1
			? __("1 tax or account that is in use is not mapped.")
			: __("{0} taxes and accounts that are in use are not mapped.", [open]);
	$(`<p><span class="indicator orange">${text}</span> <a href="#">${__("Map…")}</a></p>`)
		.appendTo(notice)
		.on("click", "a", (event) => {
			event.preventDefault();
			open_map(frm);
		});
}

async function confirm_company(frm) {
	if (!(await xero_connector.saved(frm))) return;
	frappe.prompt(
		{
			fieldname: "company",
			fieldtype: "Link",
			options: "Company",
			label: __("Company"),
			reqd: 1,
			default: frm.doc.company || frappe.defaults.get_default("company"),
			description: __("Its customers and orders go to this organisation. Nothing syncs before you confirm."),
		},
		async ({ company }) => {
			if (await call(frm, "confirm", { company })) frm.reload_doc();
		},
		__("Whose books does {0} keep?", [frappe.utils.escape_html(frm.doc.organisation_name)]),
		__("Confirm")
	);
}

async function open_pilot(frm) {
	if (!(await xero_connector.saved(frm))) return;
	frappe.route_options = { organisation: frm.doc.name };
	frappe.set_route("xero-pilot");
}

async function sync_now(frm) {
	if (!(await xero_connector.saved(frm))) return;
	if (!(await call(frm, "sync_now"))) return;
	frappe.show_alert({ message: __("The sync has started."), indicator: "blue" });
}

function reconcile(frm) {
	const question = __(
		"Read everything in Xero and compare it with what is here? It takes a call for every thousand records. What differs is repaired or listed."
	);
	frappe.confirm(question, async () => {
		const answer = await call(frm, "reconcile");
		if (answer) frappe.set_route("Form", "Xero Reconciliation", answer.message);
	});
}

function import_history(frm) {
	frappe.prompt(
		{
			fieldname: "from_date",
			fieldtype: "Date",
			label: __("Since"),
			reqd: 1,
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -24),
			description: __(
				"Contacts that are customers here are linked, and their invoices, credits and payments since this day are read. No customer is made."
			),
		},
		async ({ from_date }) => {
			const args = { organisation: frm.doc.name, from_date };
			const answer = await xero_connector.call("imports.start", args);
			if (answer) frappe.set_route("Form", "Xero Import", answer.message);
		},
		__("Import History"),
		__("Import")
	);
}

async function read_accounts(frm) {
	if (!(await xero_connector.saved(frm))) return;
	if (!(await call(frm, "refresh"))) return;
	await frm.reload_doc();
	frappe.show_alert({ message: __("Accounts and taxes are as they are in Xero."), indicator: "green" });
}

function disconnect(frm) {
	const name = frappe.utils.escape_html(frm.doc.organisation_name);
	const message = __("Disconnect {0}? The sync stops. What was synced stays, here and in Xero.", [name]);
	frappe.confirm(message, async () => {
		if (await call(frm, "disconnect")) frm.reload_doc();
	});
}

function call(frm, method, args) {
	return xero_connector.call(`connect.${method}`, { organisation: frm.doc.name, ...args });
}
