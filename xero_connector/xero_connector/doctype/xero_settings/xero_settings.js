const STATUS_COLOURS = {
	"Not Confirmed": "orange",
	Connected: "green",
	"Reconnect Needed": "red",
	Disconnected: "gray",
};

frappe.ui.form.on("Xero Settings", {
	async refresh(frm) {
		add_copy_button(frm, "redirect_url");
		add_copy_button(frm, "webhook_url");
		warn_about_address(frm);
		frm.add_custom_button(__("Connect to Xero"), () => connect(frm)).addClass("btn-primary");
		frm.add_custom_button(__("Custom Connection"), () => connect_custom(frm));
		frm.add_custom_button(__("Try the Demo Organisation"), connect_demo);
		frm.add_custom_button(__("Setup Guide"), () => frappe.set_route("xero-setup"));
		show_organisations(frm);
	},
});

async function show_organisations(frm) {
	const answer = await xero_connector.call("connect.overview", {}, { type: "GET", freeze: false });
	if (answer) frm.get_field("organisations").$wrapper.html(organisations_html(answer.message));
}

function organisations_html(organisations) {
	if (!organisations.length) {
		const text = __(
			"Nothing is connected yet. Fill in the Xero App below and press Connect to Xero, or look around first with the demo organisation: it comes with the app and needs no Xero account."
		);
		return `<p class="text-muted">${text}</p>`;
	}
	const heads = [__("Organisation"), __("Company"), __("Status"), __("Connected As")].map((head) => `<th>${head}</th>`);
	return `
		<table class="table table-sm mt-0 mb-2">
			<thead class="text-muted small"><tr>${heads.join("")}</tr></thead>
			<tbody>${organisations.map(organisation_row).join("")}</tbody>
		</table>`;
}

function organisation_row(organisation) {
	const { name, organisation_name, company, status, is_demo, live_since } = organisation;
	const label = frappe.utils.escape_html(organisation_name || name);
	const link = frappe.utils.get_form_link("Xero Organisation", name, true, label);
	const demo = is_demo ? ` <span class="text-muted">${__("Demo")}</span>` : "";
	const of = company ? frappe.utils.escape_html(company) : `<span class="text-muted">${__("no company yet")}</span>`;
	const pilot = status === "Connected" && !live_since ? ` ${xero_connector.pill("Pilot", "orange")}` : "";
	return `<tr><td>${link}${demo}</td><td>${of}</td>
		<td>${xero_connector.pill(status, STATUS_COLOURS[status])}${pilot}</td>
		<td class="text-muted">${status === "Disconnected" ? "" : login(organisation)}</td></tr>`;
}

/** Who connected it, since when, and how long that is good for without being used. */
function login({ connected_by, connected_at, good_until }) {
	if (!connected_by) return "";
	const who = frappe.utils.escape_html(connected_by);
	const since = __("{0}, since {1}", [who, xero_connector.time(connected_at)]);
	return good_until ? `${since}<br>${__("Good until {0}, and renewed with each use", [xero_connector.time(good_until)])}` : since;
}

/** Xero sends people back over https only, or to localhost, and their session is where they logged in. */
function warn_about_address(frm) {
	const { protocol, hostname, origin } = new URL(frm.doc.redirect_url);
	if (protocol !== "https:" && hostname !== "localhost") {
		frm.set_intro(
			__(
				"Xero takes only redirect URLs that begin with https:// or http://localhost. Open this site at such an address, or set host_name in its configuration, before you connect."
			),
			"orange"
		);
	} else if (origin !== window.location.origin) {
		frm.set_intro(
			__("Xero sends people back to {0}, where you are not logged in. Open the desk there to connect.", [origin]),
			"orange"
		);
	}
}

async function connect(frm) {
	if (!(await xero_connector.saved(frm))) return;
	const answer = await xero_connector.call("connect.start");
	if (answer) window.location.href = answer.message;
}

async function connect_custom(frm) {
	if (!(await xero_connector.saved(frm))) return;
	const answer = await xero_connector.call("connect.connect_custom", {}, { freeze_message: __("Connecting to Xero…") });
	if (answer) frappe.set_route("Form", "Xero Organisation", answer.message[0]);
}

async function connect_demo() {
	const freeze_message = __("Preparing the demo organisation…");
	const answer = await xero_connector.call("connect.connect_demo", {}, { freeze_message });
	if (answer) frappe.set_route("Form", "Xero Organisation", answer.message);
}

function add_copy_button(frm, fieldname) {
	const { $wrapper } = frm.get_field(fieldname);
	$wrapper.removeClass("input-max-width"); // an address is read in one line
	if ($wrapper.find(".xero-copy").length) return;
	$(`<button class="btn btn-xs btn-default xero-copy mt-1">${__("Copy")}</button>`)
		.on("click", () => frappe.utils.copy_to_clipboard(frm.doc[fieldname]))
		.insertAfter($wrapper.find(".control-value"));
}
