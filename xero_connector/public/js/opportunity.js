frappe.ui.form.on("Opportunity", {
	refresh(frm) {
		const won = frm.doc.status === "Converted";
		xero_connector.show_document(frm, { invoice: won, parts: won });
	},
});
