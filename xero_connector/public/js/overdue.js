/** Frappe runs this for each doctype that names it; the handlers are registered once. */
if (!xero_connector.warn_of_overdue) {
	xero_connector.warn_of_overdue = async (frm) => {
		const { customer, party_name, quotation_to, company } = frm.doc;
		const who = frm.doctype === "Quotation" ? quotation_to === "Customer" && party_name : customer;
		if (frm.doc.docstatus !== 0 || !who || !company) return;
		const args = { customer: who, company, total: frm.doc.base_rounded_total || frm.doc.base_grand_total || 0 };
		const answer = await xero_connector.call("overdue.look", args, { type: "GET", freeze: false });
		const same = [frm.doc.customer, frm.doc.party_name].includes(who);
		if (same && answer) frm.set_intro(answer.message ? `<span>${answer.message}</span>` : "", "orange");
	};

	for (const doctype of ["Quotation", "Sales Order"]) {
		const fields = ["refresh", "customer", "party_name", "company"];
		const handlers = fields.map((field) => [field, (frm) => xero_connector.warn_of_overdue(frm)]);
		frappe.ui.form.on(doctype, Object.fromEntries(handlers));
	}
}
