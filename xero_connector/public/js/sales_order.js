frappe.ui.form.on("Sales Order", {
	refresh(frm) {
		xero_connector.show_document(frm, { invoice: true, parts: true });
	},
});
