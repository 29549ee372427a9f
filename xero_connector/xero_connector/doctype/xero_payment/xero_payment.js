frappe.ui.form.on("Xero Payment", {
	refresh: (frm) => xero_connector.show_times(frm),
});
