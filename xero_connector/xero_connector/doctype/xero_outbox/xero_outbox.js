frappe.ui.form.on("Xero Outbox", {
	async refresh(frm) {
		xero_connector.show_times(frm);
		frm.disable_save();
		const { name } = frm.doc;
		const options = { type: "GET", freeze: false };
		const told = await xero_connector.call("log.of_row", { name }, options);
		if (!told || frm.doc.name !== name) return;
		xero_connector.show_row(frm, told.message);
		xero_connector.add_record_buttons(frm, told.message.row);
	},
});
