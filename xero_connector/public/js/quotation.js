frappe.ui.form.on("Quotation", {
	refresh(frm) {
		xero_connector.show_document(frm, { invoice: true, parts: true, quote: true });
	},
});
