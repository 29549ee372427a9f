frappe.listview_settings["Xero Sync Log"] = { hide_name_column: true };
