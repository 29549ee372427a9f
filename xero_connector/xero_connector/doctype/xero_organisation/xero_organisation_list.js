frappe.listview_settings["Xero Organisation"] = { hide_name_column: true, hide_name_filter: true };
