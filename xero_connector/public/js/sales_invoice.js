frappe.ui.form.on("Sales Invoice", {
	refresh(frm) {
		xero_connector.show_document(frm, { invoice: true });
	},
});
