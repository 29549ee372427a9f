frappe.ui.form.on("Xero Field Map", {
	refresh: offer_fields,
	erp_doctype: offer_fields,
});

/** Offer the fields of the chosen document, and those of a contact in Xero. */
async function offer_fields(frm) {
	const { erp_doctype } = frm.doc;
	if (!erp_doctype) return;
	const options = { type: "GET", freeze: false };
	const answer = await xero_connector.call("field_map.choices", { erp_doctype }, options);
	if (!answer || frm.doc.erp_doctype !== erp_doctype) return;
	frm.get_field("erp_field").set_data(answer.message.fields);
	frm.get_field("xero_field").set_data(answer.message.paths);
}
