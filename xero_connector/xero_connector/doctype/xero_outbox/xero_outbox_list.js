// The reason is what people come for, and it is longer than a column of a list usually is.
const STYLE = `
	.xero-outbox .list-row-col.list-subject { flex: 0 0 220px; }
	.xero-outbox .list-row-col:nth-child(4) { flex: 6; }`;

frappe.listview_settings["Xero Outbox"] = {
	add_fields: ["advice"],
	hide_name_column: true,
	hide_name_filter: true,
	formatters: {
		message: (message, df, doc) => frappe.utils.escape_html([message, doc.advice].filter(Boolean).join(" ")),
	},

	onload(listview) {
		listview.$result.addClass("xero-outbox");
		frappe.dom.set_style(STYLE, "xero-outbox-style");
		xero_connector.add_day_filter(listview, "queued_at", __("Queued On"));
		if (!frappe.user.has_role("Xero Manager")) return;
		listview.page.add_actions_menu_item(__("Try Again"), () => try_again(listview));
	},
};

async function try_again(listview) {
	const names = listview.get_checked_items(true);
	const answer = await xero_connector.call("outbox.try_again", { names });
	if (!answer) return;
	listview.clear_checked_items();
	xero_connector.show_tried_again(answer.message);
	listview.refresh();
}
