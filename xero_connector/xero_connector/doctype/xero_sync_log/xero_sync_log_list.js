const OUTCOMES = { OK: "green", Warning: "orange", Held: "red", Error: "red" };

const STYLE = `
	.xero-sync-log .list-row-col.list-subject { flex: 3; }
	.xero-sync-log .list-row-col:nth-child(6) { flex: 4; }`;

frappe.listview_settings["Xero Sync Log"] = {
	add_fields: ["outcome", "xero_entity"],
	hide_name_column: true,
	hide_name_filter: true,
	get_indicator: (doc) => [__(doc.outcome), OUTCOMES[doc.outcome], `outcome,=,${doc.outcome}`],

	formatters: {
		direction: (direction) => xero_connector.direction(direction),
		at: (at) => xero_connector.time(at),
	},

	/** What belongs to no document here goes by what it is in Xero. */
	before_render() {
		for (const row of cur_list?.doctype === "Xero Sync Log" ? cur_list.data : []) {
			row.reference_name ||= __("{0} in Xero", [__(row.xero_entity || "Record")]);
		}
	},

	onload(listview) {
		listview.$result.addClass("xero-sync-log");
		frappe.dom.set_style(STYLE, "xero-sync-log-style");
		xero_connector.add_day_filter(listview, "at", __("On"));
	},
};
