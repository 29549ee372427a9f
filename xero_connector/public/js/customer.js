const XERO_FIELDS = [
	"xero_payment_status",
	"xero_due",
	"xero_overdue",
	"xero_invoiced",
	"xero_paid",
	"xero_credit",
];

/** How late an amount is, as the server sums it up; lighter to darker, the later. */
const AGES = [
	{ label: () => __("Not due"), colour: "#8fc4f4" },
	{ label: () => __("{0} days", ["1–30"]), colour: "#f2cf66" },
	{ label: () => __("{0} days", ["31–60"]), colour: "#ee9a3e" },
	{ label: () => __("{0} days", ["61–90"]), colour: "#dd5143" },
	{ label: () => __("Over {0} days", [90]), colour: "#8f2018" },
];

frappe.ui.form.on("Customer", {
	async refresh(frm) {
		const field = frm.get_field("xero_panel");
		xero_connector.begin_standing(frm);
		if (!field || frm.is_new()) return;
		frm.toggle_display(XERO_FIELDS, false);
		show_message(frm);
		if (!frappe.model.can_read("Xero Invoice")) {
			frm.toggle_display("xero_payment_status", true);
			xero_connector.look(frm, (standing) => xero_connector.show_standing(frm, standing));
			return say(field, __("What this customer owes is shown to people with the role Xero Viewer."));
		}
		const { name } = frm.doc;
		const turn = frm.xero_turn;
		if (field.xero_customer !== name) say(field, __("Loading…"));
		const options = { type: "GET", freeze: false };
		const answer = await xero_connector.call("panel.customer_panel", { customer: name }, options);
		if (frm.xero_turn !== turn) return;
		field.xero_customer = answer ? name : null;
		if (!answer) return say(field, __("What this customer owes could not be read."));
		show(field, answer.message);
		xero_connector.show_standing(frm, answer.message.standing);
	},
});

/** What is in the way of this customer, at the top, with the review where somebody decides it. */
async function show_message(frm) {
	const { name, xero_sync_message: message } = frm.doc;
	frm.toggle_display("xero_sync_message", false);
	if (!message) return;
	frm.set_intro(`<span class="xero-message">${__("Xero: {0}", [frappe.utils.escape_html(message)])}</span>`, "orange");
	if (!frappe.user.has_role("Xero Manager")) return;
	const review = { reference_doctype: frm.doctype, reference_name: name, status: "Open" };
	const { message: found } = await frappe.db.get_value("Xero Match", review, "name");
	if (found?.name && frm.doc.name === name) {
		frm.add_custom_button(__("Choose the Contact in Xero"), () => frappe.set_route("Form", "Xero Match", found.name));
	}
}

function say(field, text) {
	field.$wrapper.html($('<p class="text-muted">').text(text));
}

function show(field, panel) {
	if (!panel.invoice_count && !panel.payments.length) {
		return say(field, __("This customer has no invoices in Xero yet."));
	}
	field.$wrapper.html(`
		<div class="xero-panel">
			${panel.books.map((book, index) => summary(panel, book, index)).join("")}
			${invoices(panel)}
			${payments(panel)}
		</div>`);
	for (const [index, book] of panel.books.entries()) {
		const place = field.$wrapper.find(`.xero-years[data-book="${index}"]`)[0];
		if (place) draw_years(place, book);
	}
}

function summary(panel, book, index) {
	const numbers = [
		[__("Balance"), book.due],
		[__("Overdue"), book.overdue, book.overdue > 0 ? "text-danger" : ""],
		[__("Invoiced"), book.invoiced],
		[__("Paid"), book.paid],
	];
	if (book.credit > 0) numbers.push([__("Credit"), book.credit]);
	const cells = numbers.map(
		([label, value, style]) => `
			<div class="mr-5 mb-3">
				<div class="text-muted small">${label}</div>
				<div class="h5 mb-0 ${style || ""}">${xero_connector.money(value, book.currency)}</div>
			</div>`
	);
	const first = index === 0 && panel.status;
	const pill = first ? `<div class="mr-5 mb-3">${xero_connector.pill(panel.status)}</div>` : "";
	const years = book.years.length
		? `<div class="bold mt-3">${__("Purchases by Year")}</div>
			<div class="xero-years" data-book="${index}" style="max-width: 640px"></div>`
		: "";
	return `
		<div class="d-flex flex-wrap align-items-center">${pill}${cells.join("")}</div>
		${aged_bar(book)}
		${years}`;
}

/** What is due as one bar, cut by how late it is, with the amounts below. */
function aged_bar(book) {
	if (book.due <= 0) return "";
	const ages = AGES.map((age, step) => ({ ...age, amount: book.aged[step] })).filter(({ amount }) => amount > 0);
	const parts = ages.map(({ label, colour, amount }) => {
		const title = `${label()}: ${xero_connector.money(amount, book.currency)}`;
		return `<div style="flex: ${amount}; min-width: 3px; background: ${colour}" title="${title}"></div>`;
	});
	const legend = ages.map(
		({ label, colour, amount }) => `
			<span class="mr-4 text-nowrap">
				<span style="display: inline-block; width: 8px; height: 8px; border-radius: 2px; background: ${colour}"></span>
				<span class="text-muted">${label()}</span> ${xero_connector.money(amount, book.currency)}
			</span>`
	);
	return `
		<div class="mb-3" style="max-width: 640px">
			<div class="d-flex mb-2" style="height: 10px; gap: 2px; border-radius: 4px; overflow: hidden">${parts.join("")}</div>
			<div class="small d-flex flex-wrap">${legend.join("")}</div>
		</div>`;
}

function draw_years(place, book) {
	const series = (field) => book.years.map((year) => year[field]);
	new frappe.Chart(place, {
		type: "bar",
		height: 180,
		colors: ["light-blue", "green"],
		data: {
			labels: book.years.map(({ year }) => String(year)),
			datasets: [
				{ name: __("Invoiced"), values: series("invoiced") },
				{ name: __("Paid"), values: series("paid") },
			],
		},
		axisOptions: { xAxisMode: "tick", shortenYAxisNumbers: 1 },
		barOptions: { spaceRatio: 0.6 },
		tooltipOptions: { formatTooltipY: (value) => format_currency(value, book.currency, 2) },
	});
}

function invoices(panel) {
	if (!panel.invoices.length) return "";
	const rows = panel.invoices.map((row) => [
		[
			form_link("Xero Invoice", row.name, row.invoice_number),
			xero_connector.xero_link(row.url),
			xero_connector.payment_link(row.xero_payment_url),
		].join(" "),
		xero_connector.pill(row.payment_status),
		xero_connector.day(row.invoice_date),
		xero_connector.day(row.due_date),
		row.reference_name ? form_link(row.reference_doctype, row.reference_name) : "",
		xero_connector.money(row.total, row.currency),
		row.payment_status === "Draft" ? "" : xero_connector.money(row.amount_due, row.currency),
	]);
	const heads = [__("Invoice"), __("Status"), __("Date"), __("Due Date"), __("Made From"), __("Total"), __("Due")];
	return table(__("Invoices"), heads, rows, [5, 6]) + all_link(panel);
}

function payments(panel) {
	if (!panel.payments.length) return "";
	const named = panel.payments.some((row) => row.reference);
	const rows = panel.payments.map((row) => [
		xero_connector.day(row.payment_date),
		frappe.utils.escape_html(__(row.kind)),
		row.invoice ? form_link("Xero Invoice", row.invoice, row.invoice_number) : "",
		...(named ? [frappe.utils.escape_html(row.reference || "")] : []),
		xero_connector.money(row.amount, row.currency),
	]);
	const heads = [__("Date"), __("Kind"), __("Invoice"), ...(named ? [__("Reference")] : []), __("Amount")];
	return table(__("Payments"), heads, rows, [heads.length - 1]);
}

function table(title, heads, rows, numeric) {
	const cell = (tag, text, index) =>
		`<${tag} class="${numeric.includes(index) ? "text-right" : ""}">${text}</${tag}>`;
	const line = (tag, cells) => `<tr>${cells.map((text, index) => cell(tag, text, index)).join("")}</tr>`;
	return `
		<div class="bold mt-3 mb-2">${title}</div>
		<div class="table-responsive">
			<table class="table table-sm table-hover text-nowrap mt-0 mb-2">
				<thead class="text-muted small">${line("th", heads)}</thead>
				<tbody>${rows.map((cells) => line("td", cells)).join("")}</tbody>
			</table>
		</div>`;
}

function all_link(panel) {
	const route = frappe.utils.generate_route({ type: "doctype", name: "Xero Invoice" });
	const query = `customer=${encodeURIComponent(panel.customer)}`;
	const label = __("All {0} invoices", [panel.invoice_count]);
	return panel.invoice_count > 1 ? `<a class="small" href="${route}?${query}">${label}</a>` : "";
}

function form_link(doctype, name, label) {
	return frappe.utils.get_form_link(doctype, name, true, frappe.utils.escape_html(label || name));
}
