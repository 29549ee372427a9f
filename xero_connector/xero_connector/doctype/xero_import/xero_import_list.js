frappe.listview_settings["Xero Import"] = {
	hide_name_column: true,
	hide_name_filter: true,
};
