frappe.listview_settings["Xero Field Map"] = { hide_name_column: true, hide_name_filter: true };
