{
	const settings = (frappe.listview_settings["Customer"] ??= {});
	const before = settings.get_indicator;
	settings.add_fields = [...(settings.add_fields || []), "xero_payment_status", "disabled"];

	/** What the customer owes says more than *Enabled*, which Frappe shows by itself. */
	settings.get_indicator = (doc) => {
		const status = doc.xero_payment_status;
		if (!status || doc.disabled) return before?.(doc);
		return [__(status), xero_connector.colour(status), `xero_payment_status,=,${status}`];
	};
}
