frappe.ui.form.on("Xero Import", {
	refresh(frm) {
		xero_connector.show_times(frm);
		const { status, message, from_date } = frm.doc;
		frm.disable_save();
		frm.page.set_title(__("History Since {0}", [frappe.datetime.str_to_user(from_date)]));
		if (message) frm.set_intro(frappe.utils.escape_html(message), status === "Failed" ? "red" : "orange");
		xero_connector.show_work(frm, {
			open: ["Queued", "Running"],
			title: __("Read from Xero"),
			question: __("Stop the import after the page that it reads? It can be resumed there."),
		});
		if (frappe.user.has_role("Xero Manager") && ["Paused", "Failed"].includes(status)) {
			frm.add_custom_button(__("Resume"), () => resume(frm)).addClass("btn-primary");
		}
	},
});

async function resume(frm) {
	if (await xero_connector.call("imports.resume", { name: frm.doc.name })) frm.reload_doc();
}
