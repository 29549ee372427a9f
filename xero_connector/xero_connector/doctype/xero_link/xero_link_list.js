frappe.listview_settings["Xero Link"] = { hide_name_column: true, hide_name_filter: true };
