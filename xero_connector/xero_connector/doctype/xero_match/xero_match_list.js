frappe.listview_settings["Xero Match"] = {
	hide_name_column: true,
	hide_name_filter: true,

	onload(listview) {
		if (!listview.filter_area.get().length) listview.filter_area.add("Xero Match", "status", "=", "Open");
	},
};
