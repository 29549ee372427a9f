frappe.listview_settings["Xero Link"] = { hide_name_column: true };
