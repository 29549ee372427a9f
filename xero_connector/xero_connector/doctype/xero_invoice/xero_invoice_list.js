frappe.listview_settings["Xero Invoice"] = {
	add_fields: ["payment_status"],
	hide_name_column: true,
	get_indicator(doc) {
		return [__(doc.payment_status), xero_connector.colour(doc.payment_status), `payment_status,=,${doc.payment_status}`];
	},
};
