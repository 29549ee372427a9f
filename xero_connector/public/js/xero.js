frappe.provide("xero_connector");

Object.assign(xero_connector, {
	COLOURS: {
		Draft: "gray",
		Sent: "blue",
		"Part Paid": "yellow",
		Paid: "green",
		Overdue: "red",
		Voided: "gray",
	},

	colour(status) {
		return xero_connector.COLOURS[status] || "gray";
	},

	pill(status) {
		const label = frappe.utils.escape_html(__(status));
		return `<span class="indicator-pill no-indicator-dot ${xero_connector.colour(status)}">${label}</span>`;
	},

	/** A link to Xero's own page of a record; nothing for an address that is not Xero's. */
	xero_link(url) {
		if (!url || !url.startsWith("https://go.xero.com/")) return "";
		const title = __("Open in Xero");
		return `<a href="${encodeURI(url)}" target="_blank" rel="noopener" title="${title}">
			${frappe.utils.icon("external-link", "xs")}</a>`;
	},
});
