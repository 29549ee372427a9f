frappe.ui.form.on("Xero Import", {
	refresh(frm) {
		xero_connector.show_times(frm);
		const { status, message } = frm.doc;
		if (message) frm.set_intro(frappe.utils.escape_html(message), status === "Failed" ? "red" : "orange");
		if (!frappe.user.has_role("Xero Manager")) return;
		if (["Queued", "Running"].includes(status)) {
			frm.add_custom_button(__("Stop"), () => call(frm, "stop"));
		}
		if (["Paused", "Failed"].includes(status)) {
			frm.add_custom_button(__("Resume"), () => call(frm, "resume")).addClass("btn-primary");
		}
	},
});

async function call(frm, method) {
	if (await xero_connector.call(`imports.${method}`, { name: frm.doc.name })) frm.reload_doc();
}
