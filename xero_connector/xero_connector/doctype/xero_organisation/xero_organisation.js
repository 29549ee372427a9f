const ACTIVE = "ACTIVE";

frappe.ui.form.on("Xero Organisation", {
	setup(frm) {
		const own = (filters) => () => ({ filters: { organisation: frm.doc.name, status: ACTIVE, ...filters } });
		frm.set_query("sales_account", own({ account_class: "REVENUE" }));
		frm.set_query("rounding_account", own({}));
		frm.set_query("no_tax_rate", own({ can_apply_to_revenue: 1 }));
		frm.set_query("xero_account", "accounts", own({ account_class: "REVENUE" }));
		frm.set_query("tax_rate", "taxes", own({ can_apply_to_revenue: 1 }));
		const account = (filters) => () => ({ filters: { company: frm.doc.company, is_group: 0, ...filters } });
		frm.set_query("account", "accounts", account({ root_type: "Income" }));
		frm.set_query("account", "taxes", account({ account_type: ["in", ["Tax", "Chargeable"]] }));
	},

	refresh(frm) {
		if (frm.doc.is_demo) {
			frm.set_intro(
				__(
					"This is the demo organisation. It lives on this site only: nothing leaves it, and its invoices can be paid on their own forms."
				),
				"blue"
			);
		}
		const { status } = frm.doc;
		if (status === "Not Confirmed") {
			frm.add_custom_button(__("Confirm…"), () => confirm_company(frm)).addClass("btn-primary");
		}
		if (status === "Connected") {
			frm.add_custom_button(__("Sync Now"), () => sync_now(frm));
		}
		if (status === "Reconnect Needed" || status === "Disconnected") {
			frm.add_custom_button(__("Reconnect…"), () => frappe.set_route("Form", "Xero Settings")).addClass(
				"btn-primary"
			);
		}
		if (status !== "Disconnected") {
			frm.add_custom_button(__("Disconnect"), () => disconnect(frm));
		}
	},
});

function confirm_company(frm) {
	frappe.prompt(
		{
			fieldname: "company",
			fieldtype: "Link",
			options: "Company",
			label: __("Company"),
			reqd: 1,
			default: frappe.defaults.get_default("company"),
			description: __("Its customers and orders go to this organisation. Nothing syncs before you confirm."),
		},
		async ({ company }) => {
			await call(frm, "confirm", { company });
			frm.reload_doc();
		},
		__("Whose books does {0} keep?", [frm.doc.organisation_name]),
		__("Confirm")
	);
}

async function sync_now(frm) {
	await call(frm, "sync_now");
	frappe.show_alert({ message: __("The sync has started."), indicator: "blue" });
}

function disconnect(frm) {
	const name = frappe.utils.escape_html(frm.doc.organisation_name);
	const message = __("Disconnect {0}? The sync stops. What was synced stays, here and in Xero.", [name]);
	frappe.confirm(message, async () => {
		await call(frm, "disconnect");
		frm.reload_doc();
	});
}

function call(frm, method, args) {
	return frappe.call({
		method: `xero_connector.desk.connect.${method}`,
		args: { organisation: frm.doc.name, ...args },
		freeze: true,
	});
}
