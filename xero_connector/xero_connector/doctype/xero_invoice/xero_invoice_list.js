frappe.listview_settings["Xero Invoice"] = {
	add_fields: ["payment_status", "contact_name"],
	hide_name_column: true,
	hide_name_filter: true,

	formatters: {
		/** Who has no customer here is still somebody in Xero. */
		customer(customer, df, doc) {
			const name = frappe.utils.escape_html(customer || doc.contact_name || "");
			return customer ? name : `<span class="text-muted">${name}</span>`;
		},
	},

	get_indicator(doc) {
		return [__(doc.payment_status), xero_connector.colour(doc.payment_status), `payment_status,=,${doc.payment_status}`];
	},
};
