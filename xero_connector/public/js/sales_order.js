const ON_ITS_WAY = ["Queued", "Sending", "Uncertain"];
const LOOK_EVERY = 2000;
const LOOKS = 15;

frappe.ui.form.on("Sales Order", {
	refresh(frm) {
		clearTimeout(frm.xero_timer);
		frm.xero_turn = {};
		if (frm.doc.docstatus === 0 || !frappe.meta.has_field("Sales Order", "xero_invoice")) return;
		if (frm.doc.xero_invoice_number) {
			show_invoice(frm);
		} else if (frm.doc.docstatus === 1) {
			look(frm, (progress) => show_progress(frm, progress));
			return;
		}
		show_message(frm);
	},
});

/** Where the order is on its way to Xero, unless the form was drawn anew when the answer comes. */
async function look(frm, then) {
	const turn = frm.xero_turn;
	const args = { sales_order: frm.doc.name };
	const answer = await xero_connector.call("orders.progress", args, { type: "GET", freeze: false });
	if (answer && frm.xero_turn === turn) then(answer.message);
}

function show_progress(frm, { connected, status }) {
	if (ON_ITS_WAY.includes(status)) {
		frm.set_intro(__("The invoice of this order is on its way to Xero."), "blue");
		wait_for_xero(frm, LOOKS);
		return;
	}
	show_message(frm);
	if (!connected || !frm.perm[0]?.submit) return;
	if (frm.doc.xero_sync_message) {
		frm.add_custom_button(__("Send to Xero Again"), () => create_invoice(frm));
	} else {
		frm.add_custom_button(__("Xero Invoice"), () => create_invoice(frm), __("Create"));
	}
}

/** Look now and then whether Xero has answered, and show the order as it is then. */
function wait_for_xero(frm, looks) {
	frm.xero_timer = setTimeout(() => {
		look(frm, ({ status }) => {
			if (ON_ITS_WAY.includes(status)) {
				if (looks > 1) wait_for_xero(frm, looks - 1);
			} else if (!frm.is_dirty()) {
				frm.reload_doc();
			}
		});
	}, LOOK_EVERY);
}

function show_message(frm) {
	if (!frm.doc.xero_sync_message) return;
	const message = frappe.utils.escape_html(frm.doc.xero_sync_message);
	frm.set_intro(`<span>${__("Not in Xero yet: {0}", [message])}</span>`, "orange");
}

function show_invoice(frm) {
	const { xero_invoice, xero_invoice_number, xero_payment_status: status, currency } = frm.doc;
	const number = frappe.utils.escape_html(xero_invoice_number);
	const link = xero_invoice ? frappe.utils.get_form_link("Xero Invoice", xero_invoice, true, number) : number;
	const [total, paid, due] = ["xero_total", "xero_paid", "xero_due"].map((field) =>
		xero_connector.money(frm.doc[field], currency)
	);
	const day = xero_connector.day(frm.doc.xero_due_date);
	const [text, colour] = {
		Draft: [__("Invoice {0} over {1} is in Xero. Finance has not approved it yet.", [link, total]), "blue"],
		Sent: [__("Invoice {0}: {1} due by {2}.", [link, due, day]), "blue"],
		"Part Paid": [__("Invoice {0}: {1} of {2} paid, {3} due by {4}.", [link, paid, total, due, day]), "yellow"],
		Paid: [__("Invoice {0}: {1} paid.", [link, total]), "green"],
		Overdue: [__("Invoice {0}: {1} of {2} overdue since {3}.", [link, due, total, day]), "red"],
		Voided: [__("Invoice {0} was voided in Xero.", [link]), "orange"],
	}[status] || [__("Invoice {0} is in Xero.", [link]), "blue"];
	frm.set_intro(`<span>${text}</span>`, colour);
}

async function create_invoice(frm) {
	const asked = await xero_connector.call("orders.create_xero_invoice", { sales_order: frm.doc.name });
	if (asked) frm.reload_doc();
}
