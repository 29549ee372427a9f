frappe.ui.form.on("Xero Sync Log", {
	async refresh(frm) {
		xero_connector.show_times(frm);
		frm.disable_save();
		frm.set_df_property("direction", "formatter", xero_connector.direction);
		const { name, outcome } = frm.doc;
		frm.page.set_indicator(__(outcome), xero_connector.OUTCOME_COLOURS[outcome]);
		const options = { type: "GET", freeze: false };
		const told = await xero_connector.call("log.entry", { name }, options);
		if (!told || frm.doc.name !== name) return;
		xero_connector.show_entry(frm, told.message);
		xero_connector.add_record_buttons(frm, told.message.row);
	},
});
