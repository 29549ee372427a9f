frappe.ui.form.on("Xero Reconciliation", {
	refresh(frm) {
		xero_connector.show_times(frm);
		frm.page.set_title(__("Reconciliation of {0}", [xero_connector.time(frm.doc.started_at)]));
		const { status, message, repaired, queued, told } = frm.doc;
		if (status === "Stopped") frm.set_intro(frappe.utils.escape_html(message || ""), "red");
		if (status === "Running") frm.set_intro(__("Everything in Xero is being read. Reload to see how it ended."), "blue");
		if (status === "Done" && !repaired && !queued && !told) {
			frm.set_intro(__("Everything here is as it is in Xero."), "green");
		}
	},
});
