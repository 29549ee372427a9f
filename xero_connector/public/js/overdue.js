/** Frappe runs this for each doctype that names it; the handlers are registered once. */
if (!xero_connector.warn_of_debt) {
	/** Say at the top of a draft what its customer owes, unless the form has moved on when the answer comes. */
	xero_connector.warn_of_debt = async (frm) => {
		const turn = (frm.xero_debt = {});
		const { customer, party_name, quotation_to, company } = frm.doc;
		const who = frm.doctype === "Quotation" ? quotation_to === "Customer" && party_name : customer;
		if (frm.doc.docstatus !== 0) return;
		let text = null;
		if (who && company) {
			const total = frm.doc.base_rounded_total || frm.doc.base_grand_total || 0;
			const options = { type: "GET", freeze: false };
			const answer = await xero_connector.call("overdue.look", { customer: who, company, total }, options);
			text = answer?.message;
		}
		if (frm.xero_debt !== turn) return;
		if (frm.xero_warned) frm.set_intro("");
		if (text) frm.set_intro(`<span>${text}</span>`, "orange");
		frm.xero_warned = Boolean(text);
	};

	for (const doctype of ["Quotation", "Sales Order"]) {
		frappe.ui.form.on(doctype, {
			refresh(frm) {
				frm.xero_warned = false; // Frappe has cleared the top of the form
				xero_connector.warn_of_debt(frm);
			},
			customer: xero_connector.warn_of_debt,
			party_name: xero_connector.warn_of_debt,
			company: xero_connector.warn_of_debt,
		});
	}
}
