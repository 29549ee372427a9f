frappe.listview_settings["Xero Payment"] = { hide_name_column: true, hide_name_filter: true };
