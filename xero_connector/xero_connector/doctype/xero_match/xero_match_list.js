// The reason is what people come for, and it is longer than a column of a list usually is.
const STYLE = `
	.xero-match .list-row-col.list-subject { flex: 0 0 220px; }
	.xero-match .list-row-col:nth-child(4) { flex: 6; }`;

frappe.listview_settings["Xero Match"] = {
	hide_name_column: true,
	hide_name_filter: true,

	onload(listview) {
		listview.$result.addClass("xero-match");
		frappe.dom.set_style(STYLE, "xero-match-style");
		if (!listview.filter_area.get().length) listview.filter_area.add("Xero Match", "status", "=", "Open");
	},
};
