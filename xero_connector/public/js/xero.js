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

	INSTANT: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,

	/**
	 * Call one of our methods. Gives the answer, or null if it failed; Frappe has shown why by then.
	 * It never rejects: Frappe leaves a button disabled whose action does.
	 */
	async call(method, args, options) {
		try {
			return await frappe.call({ method: `xero_connector.desk.${method}`, args, freeze: true, ...options });
		} catch {
			return null;
		}
	},

	/** Save what a person has typed, before a button works with it; tells whether there is nothing unsaved. */
	async saved(frm) {
		if (!frm.is_dirty()) return true;
		try {
			await frm.save();
		} catch {
			return false;
		}
		return !frm.is_dirty();
	},

	colour(status) {
		return xero_connector.COLOURS[status] || "gray";
	},

	pill(status, colour) {
		const label = frappe.utils.escape_html(__(status));
		return `<span class="indicator-pill no-indicator-dot ${colour || xero_connector.colour(status)}">${label}</span>`;
	},

	/** An amount; a dash for people who may not see what customers owe, for whom Frappe sends zero. */
	money(value, currency) {
		if (!frappe.model.can_read("Xero Invoice")) return "–";
		return frappe.utils.escape_html(format_currency(value || 0, currency, 2));
	},

	day(value) {
		return frappe.utils.escape_html(value ? frappe.datetime.str_to_user(value) : "");
	},

	/** An instant, which is kept as UTC text, in the time zone and the format of the person; other text as it is. */
	time(value) {
		if (!xero_connector.INSTANT.test(value || "")) return frappe.utils.escape_html(value || "");
		const zone = frappe.boot.time_zone?.user || frappe.boot.sysdefaults.time_zone;
		const format = `${frappe.datetime.get_user_date_fmt().toUpperCase()} ${frappe.datetime.get_user_time_fmt()}`;
		return moment(value).tz(zone).format(format);
	},

	/** How long ago an instant was, as Frappe says it, with the time as its title. */
	ago(value) {
		if (!xero_connector.INSTANT.test(value || "")) return "";
		const zone = frappe.boot.time_zone?.system || frappe.boot.sysdefaults.time_zone;
		const local = moment(value).tz(zone).format(frappe.defaultDatetimeFormat);
		const words = frappe.utils.escape_html(frappe.datetime.prettyDate(local) || __("just now"));
		return `<span title="${xero_connector.time(value)}">${words}</span>`;
	},

	/** Show the instants on a form as people read them. */
	show_times(frm) {
		for (const { df } of frm.fields) {
			if (df.fieldtype === "Data" && xero_connector.INSTANT.test(frm.doc[df.fieldname] || "")) {
				frm.set_df_property(df.fieldname, "formatter", (value) => xero_connector.time(value));
			}
		}
	},

	direction(direction) {
		return { Push: __("To Xero"), Pull: __("From Xero") }[direction] || "";
	},

	/** A link to Xero's own page of a record; nothing for an address that is not Xero's. */
	xero_link(url) {
		if (!url || !url.startsWith("https://go.xero.com/")) return "";
		const title = __("Open in Xero");
		return `<a href="${encodeURI(url)}" target="_blank" rel="noopener" title="${title}">
			${frappe.utils.icon("external-link", "xs")}</a>`;
	},
});
