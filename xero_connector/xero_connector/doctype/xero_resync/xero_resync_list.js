frappe.listview_settings["Xero Resync"] = {
	hide_name_column: true,
	hide_name_filter: true,
	formatters: { started_at: (started_at) => xero_connector.time(started_at) },
};
