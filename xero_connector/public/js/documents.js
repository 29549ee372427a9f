/** What the forms of sales documents have in common: where they stand in Xero, and the buttons that send them. */

Object.assign(xero_connector, {
	/**
	 * Show where a document stands in Xero. `send`: `{invoice, parts, quote}`, what may be made of it.
	 * Call it when the form is drawn.
	 */
	show_document(frm, send) {
		xero_connector.begin_standing(frm);
		const is_sent = frm.doc.doctype === "Opportunity" ? !frm.is_new() : frm.doc.docstatus > 0;
		if (!is_sent || !frappe.meta.has_field(frm.doctype, "xero_invoice")) return;
		show_numbers(frm);
		if (frm.doc.xero_quote_number) show_quote(frm);
		if (frm.doc.xero_invoice_number) show_invoice(frm);
		show_message(frm);
		if (frm.doc.docstatus !== 2) {
			xero_connector.look(frm, (progress) => show_progress(frm, progress, send));
		}
	},
});

function show_progress(frm, progress, send) {
	const moves = xero_connector.show_standing(frm, progress);
	add_payment_link(frm);
	if (moves) return;
	const may_send = frm.doctype === "Opportunity" ? frm.perm[0]?.write : frm.perm[0]?.submit;
	if (!progress.connected || !may_send) return;
	if (send.quote && !frm.doc.xero_quote_number) {
		frm.add_custom_button(__("Xero Quote"), () => create(frm, "create_xero_quote", {}), __("Create"));
	}
	if (send.invoice && !is_billed(frm) && !progress.parts.length) add_invoice(frm);
	if (send.parts) add_parts(frm, progress);
}

/** Where the customer pays, to open and to send on. */
function add_payment_link(frm) {
	const url = frm.doc.xero_payment_url;
	if (!xero_connector.is_safe(url) || ["Paid", "Voided"].includes(frm.doc.xero_payment_status)) return;
	const open = () => window.open(url, "_blank", "noopener");
	frm.add_custom_button(__("Open Payment Link"), open, __("Xero"));
	frm.add_custom_button(__("Copy Payment Link"), () => frappe.utils.copy_to_clipboard(url), __("Xero"));
}

/** Whether an invoice stands. A request that was taken back makes room for the next; its number is spent. */
function is_billed({ doc }) {
	const taken_back = doc.xero_payment_status === "Voided" && doc.xero_invoice_number !== doc.name;
	return Boolean(doc.xero_invoice_number) && !taken_back;
}

function add_invoice(frm) {
	const create_invoice = () => create(frm, "create_xero_invoice", { doctype: frm.doctype });
	if (frm.doc.xero_sync_message) frm.add_custom_button(__("Send to Xero Again"), create_invoice);
	else frm.add_custom_button(__("Xero Invoice"), create_invoice, __("Create"));
}

function add_parts(frm, { parts, left }) {
	if (left > 0 && (!is_billed(frm) || parts.length)) {
		frm.add_custom_button(__("Xero Invoice of a Part"), () => ask_for_part(frm, left), __("Create"));
	}
	for (const part of parts) {
		frm.add_custom_button(in_words(part), () => take_back(frm, part), __("Take Back in Xero"));
	}
}

function in_words({ name, label }) {
	return frappe.utils.escape_html([name, label].filter(Boolean).join(" · "));
}

function ask_for_part(frm, left) {
	const { currency } = frm.doc;
	const dialog = new frappe.ui.Dialog({
		title: __("Xero Invoice of a Part"),
		fields: [
			{ fieldname: "label", fieldtype: "Data", label: __("What It Is For"), default: __("Deposit"), reqd: 1 },
			{ fieldname: "percent", fieldtype: "Percent", label: __("Percent of the Whole") },
			{
				fieldname: "amount",
				fieldtype: "Float",
				precision: 2,
				label: __("Or an Amount"),
				description: __("In {0}, tax included. With neither, all that is left is billed: {1}.", [
					currency,
					format_currency(left, currency, 2),
				]),
			},
			{ fieldname: "due_date", fieldtype: "Date", label: __("Due Date") },
		],
		primary_action_label: __("Create"),
		primary_action: async (values) => {
			if (await create(frm, "create_part_invoice", { doctype: frm.doctype, ...values })) dialog.hide();
		},
	});
	dialog.show();
}

function take_back(frm, part) {
	frappe.confirm(__("Take the invoice {0} back in Xero?", [in_words(part)]), async () => {
		if (!(await xero_connector.call("documents.cancel_part", { request: part.name }))) return;
		frappe.show_alert({ message: __("It is being taken back in Xero."), indicator: "blue" });
		await frm.reload_doc();
		xero_connector.wait_for_xero(frm);
	});
}

async function create(frm, method, args) {
	const asked = await xero_connector.call(`documents.${method}`, { name: frm.doc.name, ...args });
	if (asked) frm.reload_doc();
	return asked;
}

function show_message(frm) {
	if (!frm.doc.xero_sync_message) return;
	const message = frappe.utils.escape_html(frm.doc.xero_sync_message);
	const words = frm.doc.xero_invoice_number ? __("Xero: {0}", [message]) : __("Not in Xero yet: {0}", [message]);
	frm.set_intro(`<span class="xero-message">${words}</span>`, "orange");
}

/** A number and the link that bears it are shown as one: the link to people who can open it. */
function show_numbers(frm) {
	for (const [field, doctype] of Object.entries({ xero_invoice: "Xero Invoice", xero_quote: "Xero Quote" })) {
		const opens = Boolean(frm.doc[field]) && frappe.model.can_read(doctype);
		frm.toggle_display(field, opens);
		frm.toggle_display(`${field}_number`, !opens);
	}
}

/** A record of Xero's by its number, which is a link for people who can open it. */
function record_link(doctype, name, number) {
	const label = frappe.utils.escape_html(number);
	return name && frappe.model.can_read(doctype) ? frappe.utils.get_form_link(doctype, name, true, label) : label;
}

function show_quote(frm) {
	const { xero_quote, xero_quote_number, xero_quote_status: status } = frm.doc;
	const link = record_link("Xero Quote", xero_quote, xero_quote_number);
	const texts = {
		Draft: [__("Quote {0} is a draft in Xero.", [link]), "blue"],
		Sent: [__("Quote {0} was sent from Xero.", [link]), "blue"],
		Accepted: [__("Quote {0} was accepted.", [link]), "green"],
		Declined: [__("Quote {0} was declined.", [link]), "orange"],
		Invoiced: [__("Quote {0} was accepted and billed.", [link]), "green"],
		Deleted: [__("Quote {0} was deleted in Xero.", [link]), "orange"],
	};
	const [text, colour] = texts[status] || [__("Quote {0} is in Xero.", [link]), "blue"];
	frm.set_intro(`<span>${text}</span>`, colour);
}

function show_invoice(frm) {
	const { xero_invoice, xero_invoice_number, xero_payment_status: status, currency } = frm.doc;
	const link = record_link("Xero Invoice", xero_invoice, xero_invoice_number);
	const [total, paid, due] = ["xero_total", "xero_paid", "xero_due"].map((field) =>
		xero_connector.money(frm.doc[field], currency)
	);
	const day = xero_connector.day(frm.doc.xero_due_date);
	const texts = !frappe.model.can_read("Xero Invoice")
		? without_amounts(link, day)
		: frm.doc.is_return
		? credit_note(link, total, due)
		: invoice(link, total, paid, due, day);
	const [text, colour] = texts[status] || [__("{0} is in Xero.", [link]), "blue"];
	frm.set_intro(`<span>${text}</span>`, colour);
}

/** What people see who may not see what customers owe. */
function without_amounts(number, day) {
	return {
		Draft: [__("{0} is in Xero. Finance has not approved it yet.", [number]), "blue"],
		Sent: [__("{0} is in Xero.", [number]), "blue"],
		"Part Paid": [__("{0} is in Xero, part of it is settled.", [number]), "yellow"],
		Paid: [__("{0} is in Xero, all of it is settled.", [number]), "green"],
		Overdue: [__("{0} is overdue since {1}.", [number, day]), "red"],
		Voided: [__("{0} was voided in Xero.", [number]), "orange"],
	};
}

function invoice(link, total, paid, due, day) {
	return {
		Draft: [__("Invoice {0} over {1} is in Xero. Finance has not approved it yet.", [link, total]), "blue"],
		Sent: [__("Invoice {0}: {1} due by {2}.", [link, due, day]), "blue"],
		"Part Paid": [__("Invoice {0}: {1} of {2} paid, {3} due by {4}.", [link, paid, total, due, day]), "yellow"],
		Paid: [__("Invoice {0}: {1} paid.", [link, total]), "green"],
		Overdue: [__("Invoice {0}: {1} of {2} overdue since {3}.", [link, due, total, day]), "red"],
		Voided: [__("Invoice {0} was voided in Xero.", [link]), "orange"],
	};
}

function credit_note(link, total, left) {
	return {
		Draft: [__("Credit note {0} over {1} is in Xero. Finance has not approved it yet.", [link, total]), "blue"],
		Sent: [__("Credit note {0} over {1}: none of it is used yet.", [link, total]), "blue"],
		"Part Paid": [__("Credit note {0} over {1}: {2} is left.", [link, total, left]), "yellow"],
		Paid: [__("Credit note {0} over {1} is used.", [link, total]), "green"],
		Voided: [__("Credit note {0} was voided in Xero.", [link]), "orange"],
	};
}
