frappe.listview_settings["Xero Quote"] = { hide_name_column: true, hide_name_filter: true };
