frappe.ui.form.on("Xero Resync", {
	refresh(frm) {
		xero_connector.show_times(frm);
		frm.disable_save();
		const { status, total, queued, position } = frm.doc;
		frm.page.set_title(__("{0} Tried Again", [total]));
		xero_connector.show_work(frm, {
			open: ["Queued", "Running"],
			title: __("Sent to Xero again"),
			question: __("Stop here? What was not tried again yet stays as it is."),
		});
		if (status === "Done") {
			frm.set_intro(__("{0} were sent again. What Xero still refuses is held again.", [queued]), "blue");
		}
		if (status === "Stopped") {
			frm.set_intro(__("It was stopped. {0} were left as they are.", [total - position]), "orange");
		}
		const held = { organisation: frm.doc.organisation, status: "Held" };
		frm.add_custom_button(__("What Is Held"), () => frappe.set_route("List", "Xero Outbox", held));
	},
});
