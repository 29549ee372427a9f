const COLOURS = {
	DRAFT: "gray",
	SENT: "blue",
	ACCEPTED: "green",
	DECLINED: "orange",
	INVOICED: "green",
	DELETED: "gray",
};

frappe.ui.form.on("Xero Quote", {
	refresh(frm) {
		xero_connector.show_times(frm);
		const { xero_status, url } = frm.doc;
		if (xero_status) frm.page.set_indicator(__(frappe.unscrub(xero_status.toLowerCase())), COLOURS[xero_status]);
		if (url?.startsWith("https://go.xero.com/")) frm.add_web_link(url, __("Open in Xero"));
	},
});
