frappe.ui.form.on("Xero Link", {
	refresh: (frm) => xero_connector.show_times(frm),
});
