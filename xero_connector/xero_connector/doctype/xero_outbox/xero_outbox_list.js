frappe.listview_settings["Xero Outbox"] = { hide_name_column: true };
