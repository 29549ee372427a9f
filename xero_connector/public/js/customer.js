const XERO_FIELDS = [
	"xero_payment_status",
	"xero_due",
	"xero_overdue",
	"xero_invoiced",
	"xero_paid",
	"xero_credit",
];

frappe.ui.form.on("Customer", {
	async refresh(frm) {
		const field = frm.get_field("xero_panel");
		if (!field || frm.is_new() || !frappe.model.can_read("Xero Invoice")) return;
		const name = frm.doc.name;
		frm.toggle_display(XERO_FIELDS, false);
		const options = { type: "GET", freeze: false };
		const answer = await xero_connector.call("panel.customer_panel", { customer: name }, options);
		if (frm.doc.name !== name) return;
		if (answer) field.$wrapper.html(panel_html(answer.message));
		else frm.toggle_display(XERO_FIELDS, true);
	},
});

function panel_html(panel) {
	if (!panel.invoice_count && !panel.payments.length) {
		return `<p class="text-muted">${__("This customer has no invoices in Xero yet.")}</p>`;
	}
	return `
		<div class="xero-panel">
			${summary(panel)}
			${invoices(panel)}
			${payments(panel)}
		</div>`;
}

function summary(panel) {
	const numbers = [
		[__("Balance"), panel.due],
		[__("Overdue"), panel.overdue, panel.overdue > 0 ? "text-danger" : ""],
		[__("Invoiced"), panel.invoiced],
		[__("Paid"), panel.paid],
	];
	if (panel.credit > 0) numbers.push([__("Credit"), panel.credit]);
	const cells = numbers.map(
		([label, value, style]) => `
			<div class="mr-5 mb-3">
				<div class="text-muted small">${label}</div>
				<div class="h5 mb-0 ${style || ""}">${xero_connector.money(value, panel.currency)}</div>
			</div>`
	);
	const pill = panel.status ? `<div class="mr-5 mb-3">${xero_connector.pill(panel.status)}</div>` : "";
	return `<div class="d-flex flex-wrap align-items-center">${pill}${cells.join("")}</div>`;
}

function invoices(panel) {
	if (!panel.invoices.length) return "";
	const rows = panel.invoices.map((row) => [
		`${form_link("Xero Invoice", row.name, row.invoice_number)} ${xero_connector.xero_link(row.url)}`,
		xero_connector.pill(row.payment_status),
		xero_connector.day(row.invoice_date),
		xero_connector.day(row.due_date),
		row.reference_name ? form_link(row.reference_doctype, row.reference_name) : "",
		xero_connector.money(row.total, row.currency),
		row.payment_status === "Draft" ? "" : xero_connector.money(row.amount_due, row.currency),
	]);
	const heads = [__("Invoice"), __("Status"), __("Date"), __("Due Date"), __("Order"), __("Total"), __("Due")];
	const more = panel.invoice_count - panel.invoices.length;
	return table(__("Invoices"), heads, rows, [5, 6]) + (more > 0 ? all_link(panel, more) : "");
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

function all_link(panel, more) {
	const route = frappe.utils.generate_route({ type: "doctype", name: "Xero Invoice" });
	const query = `customer=${encodeURIComponent(panel.customer)}`;
	return `<a class="small" href="${route}?${query}">${__("{0} older invoices", [more])}</a>`;
}

function form_link(doctype, name, label) {
	return frappe.utils.get_form_link(doctype, name, true, frappe.utils.escape_html(label || name));
}
