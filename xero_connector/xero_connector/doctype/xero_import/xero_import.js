const UNDER_WAY = ["Queued", "Running"];
const LOOK_EVERY = 3000;

frappe.ui.form.on("Xero Import", {
	refresh(frm) {
		xero_connector.show_times(frm);
		const { status, message, from_date, progress } = frm.doc;
		frm.disable_save();
		frm.page.set_title(__("History Since {0}", [frappe.datetime.str_to_user(from_date)]));
		frm.dashboard.add_progress(__("Read from Xero"), progress || 0);
		look_again(frm);
		if (message) frm.set_intro(frappe.utils.escape_html(message), status === "Failed" ? "red" : "orange");
		if (!frappe.user.has_role("Xero Manager")) return;
		if (UNDER_WAY.includes(status)) {
			frm.add_custom_button(__("Stop"), () => call(frm, "stop"));
		}
		if (["Paused", "Failed"].includes(status)) {
			frm.add_custom_button(__("Resume"), () => call(frm, "resume")).addClass("btn-primary");
		}
	},
});

/** Show how far it is while somebody looks at it. */
function look_again(frm) {
	clearTimeout(frm.xero_timer);
	if (!UNDER_WAY.includes(frm.doc.status)) return;
	const name = frm.doc.name;
	frm.xero_timer = setTimeout(() => {
		if (cur_frm === frm && frm.doc.name === name && frappe.get_route()[2] === name) frm.reload_doc();
	}, LOOK_EVERY);
}

async function call(frm, method) {
	if (await xero_connector.call(`imports.${method}`, { name: frm.doc.name })) frm.reload_doc();
}
