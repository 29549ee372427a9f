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
		const format = `${frappe.datetime.get_user_date_fmt().toUpperCase()} ${frappe.datetime.get_user_time_fmt()}`;
		return moment(value).tz(xero_connector.time_zone()).format(format);
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

	/**
	 * A field above a list that asks for days. `field` holds instants as UTC text, which sort as they are.
	 */
	add_day_filter(listview, field, label) {
		const section = listview.page.page_form.find(".standard-filter-section");
		if (!section.length || section.find(".xero-days").length) return;
		const change = () => xero_connector.filter_days(listview, field, control);
		const df = { fieldtype: "DateRange", fieldname: `${field}_days`, label, change };
		const control = frappe.ui.form.make_control({ df, parent: section, only_input: true });
		control.refresh();
		$(control.wrapper).addClass("xero-days col-md-2");
		control.$input.addClass("input-xs").attr({ placeholder: label, "aria-label": label });
	},

	direction(direction) {
		return { Push: __("To Xero"), Pull: __("From Xero") }[direction] || "";
	},

	/** A link to Xero's own page of a record; nothing for an address that is not Xero's. */
	xero_link(url) {
		if (!xero_connector.is_xeros(url)) return "";
		return xero_connector.icon_link(url, "external-link", __("Open in Xero"));
	},

	is_xeros(url) {
		return Boolean(url) && url.startsWith("https://go.xero.com/");
	},

	/** A link to the page where a customer pays an invoice. */
	payment_link(url) {
		return xero_connector.is_safe(url) ? xero_connector.icon_link(url, "link-url", __("Payment Link")) : "";
	},

	is_safe(url) {
		return Boolean(url) && url.startsWith("https://");
	},

	/**
	 * A link to where something is put right, as the server says it (`standing.fix_of`): to a field of the form
	 * that is looked at, or to another document. Nothing where that is this form as a whole.
	 */
	fix_link(fix, frm) {
		if (!fix) return "";
		const here = frm && fix.doctype === frm.doctype && fix.name === frm.doc.name;
		if (here && !fix.field) return "";
		const name = `${__(fix.doctype)} ${fix.title}`;
		const words = here
			? __("Show the field {0}", [fix.label || fix.field])
			: fix.field
			? __("Open {0} at {1}", [name, fix.label || fix.field])
			: __("Open {0}", [name]);
		const href = frappe.utils.get_form_link(fix.doctype, fix.name) + (fix.field ? `#${fix.field}` : "");
		const field = here ? ` data-xero-field="${frappe.utils.escape_html(fix.field)}"` : "";
		return `<a class="xero-fix" style="text-decoration: underline" href="${frappe.utils.escape_html(href)}"${field}>${frappe.utils.escape_html(words)}</a>`;
	},

	/** Let links to a field of this very form scroll there. */
	follow_fix_links(frm) {
		frm.$wrapper.off("click.xero-fix").on("click.xero-fix", "[data-xero-field]", (event) => {
			frm.scroll_to_field(event.currentTarget.dataset.xeroField);
			return false;
		});
	},

	/** Say what became of rows that are tried again; many have a form of their own, which opens. */
	show_tried_again({ queued, resync }) {
		if (resync) return frappe.set_route("Form", "Xero Resync", resync);
		const message = queued ? __("{0} on their way to Xero.", [queued]) : __("None of these is held or waits.");
		frappe.show_alert({ message, indicator: queued ? "blue" : "orange" });
	},

	icon_link(url, icon, title) {
		return `<a href="${frappe.utils.escape_html(url)}" target="_blank" rel="noopener" title="${title}" aria-label="${title}">
			${frappe.utils.icon(icon, "xs")}</a>`;
	},

	/** The time zone in which the person reads instants. */
	time_zone() {
		return frappe.boot.time_zone?.user || frappe.boot.sysdefaults.time_zone;
	},

	/** Keep those rows of a list whose instant is within the days of a control. */
	async filter_days(listview, field, control) {
		const days = control.get_value();
		const chosen = Array.isArray(days) ? days.join() : "";
		if (chosen === (control.xero_chosen || "")) return;
		control.xero_chosen = chosen;
		await listview.filter_area.remove(field);
		if (!chosen) return;
		const start = (day, later) => moment.tz(day, xero_connector.time_zone()).add(later, "days").utc().format("YYYY-MM-DDTHH:mm:ss");
		await listview.filter_area.add([
			[listview.doctype, field, ">=", start(days[0], 0)],
			[listview.doctype, field, "<", start(days[1], 1)],
		]);
	},
});
