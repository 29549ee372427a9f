frappe.ui.form.on("Xero Sync Log", {
	refresh(frm) {
		xero_connector.show_times(frm);
		frm.set_df_property("direction", "formatter", xero_connector.direction);
	},
});
