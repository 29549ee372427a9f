frappe.ui.form.on("Sales Order", {
	refresh(frm) {
		if (frm.doc.docstatus !== 1 || !frappe.meta.has_field("Sales Order", "xero_invoice")) return;
		if (frm.doc.xero_invoice_number) {
			show_invoice(frm);
		} else if (frm.perm[0]?.submit) {
			frm.add_custom_button(__("Create Xero Invoice"), () => create_invoice(frm), __("Create"));
		}
		if (frm.doc.xero_sync_message) {
			const message = frappe.utils.escape_html(frm.doc.xero_sync_message);
			frm.set_intro(`<span>${__("Xero: {0}", [message])}</span>`, "orange");
		}
	},
});

function show_invoice(frm) {
	const { xero_invoice, xero_invoice_number, xero_payment_status, xero_due, currency } = frm.doc;
	const number = frappe.utils.escape_html(xero_invoice_number);
	const link = xero_invoice ? frappe.utils.get_form_link("Xero Invoice", xero_invoice, true, number) : number;
	const due = frappe.utils.escape_html(format_currency(xero_due, currency, 2));
	const message = __("Invoice in Xero: {0}, {1} due", [link, due]);
	const pill = xero_payment_status ? xero_connector.pill(xero_payment_status) : "";
	frm.set_intro(`${message} ${pill}`, "blue");
}

async function create_invoice(frm) {
	await frappe.call({
		method: "xero_connector.desk.orders.create_xero_invoice",
		args: { sales_order: frm.doc.name },
		freeze: true,
	});
	frappe.show_alert({ message: __("The invoice is on its way to Xero."), indicator: "blue" });
	wait_for_invoice(frm, frm.doc.name, 10);
}

/** Look every two seconds whether Xero has answered, and show the order as it is then. */
async function wait_for_invoice(frm, name, turns) {
	const fields = ["xero_invoice_number", "xero_sync_message"];
	const { message: order } = await frappe.db.get_value("Sales Order", name, fields);
	if (frm.doc.name !== name) return;
	if (order.xero_invoice_number || order.xero_sync_message) {
		frm.reload_doc();
	} else if (turns > 1) {
		setTimeout(() => wait_for_invoice(frm, name, turns - 1), 2000);
	}
}
