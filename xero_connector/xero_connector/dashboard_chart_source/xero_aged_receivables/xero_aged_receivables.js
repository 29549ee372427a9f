frappe.provide("frappe.dashboards.chart_sources");

frappe.dashboards.chart_sources["Xero Aged Receivables"] = {
	method: "xero_connector.desk.cards.aged_receivables",
	filters: [],
};
