// Paths of a contact are longer than a column of a list usually is.
const STYLE = ".xero-field-map .list-row-col:nth-child(5) { flex: 3; }";

frappe.listview_settings["Xero Field Map"] = {
	hide_name_column: true,
	hide_name_filter: true,

	onload(listview) {
		listview.$result.addClass("xero-field-map");
		frappe.dom.set_style(STYLE, "xero-field-map-style");
	},
};
