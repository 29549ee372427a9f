frappe.ui.form.on("Xero Reconciliation", {
	refresh(frm) {
		xero_connector.show_times(frm);
		frm.disable_save();
		frm.page.set_title(__("Reconciliation of {0}", [xero_connector.time(frm.doc.started_at)]));
		const { status, message, repaired, queued, told } = frm.doc;
		const goes_on = xero_connector.show_work(frm, {
			open: ["Queued", "Running"],
			title: __("Compared with Xero"),
			question: __("Stop the reconciliation? What it has repaired stays repaired."),
		});
		if (goes_on) frm.set_intro(__("Everything in Xero is read and compared with what is here."), "blue");
		if (status === "Stopped") frm.set_intro(frappe.utils.escape_html(message || ""), "orange");
		if (status === "Done" && !repaired && !queued && !told) {
			frm.set_intro(__("Everything here is as it is in Xero."), "green");
		}
	},
});
