frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["Xero Paid by Month"] = {
	method: "xero_connector.desk.cards.paid_by_month",
	filters: [],
};
