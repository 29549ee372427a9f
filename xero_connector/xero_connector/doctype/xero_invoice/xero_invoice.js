const ACTIONS = {
	DRAFT: ["Authorise"],
	SUBMITTED: ["Authorise"],
	AUTHORISED: ["Pay in Full", "Pay Part…", "Void"],
};

frappe.ui.form.on("Xero Invoice", {
	refresh(frm) {
		xero_connector.show_times(frm);
		const { payment_status, xero_status, url } = frm.doc;
		frm.page.set_indicator(__(payment_status), xero_connector.colour(payment_status));
		if (!frm.doc.__onload?.is_demo) {
			if (url?.startsWith("https://go.xero.com/")) frm.add_web_link(url, __("Open in Xero"));
			return;
		}
		if (!frappe.user.has_role("Xero Manager")) return;
		for (const action of ACTIONS[xero_status] || []) {
			frm.add_custom_button(__(action), () => act(frm, action), __("Act as Accountant"));
		}
	},
});

function act(frm, action) {
	if (action !== "Pay Part…") return send(frm, action);
	const half = flt(frm.doc.amount_due / 2, 2);
	const field = { fieldname: "amount", fieldtype: "Currency", label: __("Amount"), reqd: 1, default: half };
	frappe.prompt(field, ({ amount }) => send(frm, "Pay Part", amount), __("Pay Part"), __("Pay"));
}

async function send(frm, action, amount) {
	const args = { invoice: frm.doc.name, action, amount };
	const freeze_message = __("The accountant is at work…");
	if (await xero_connector.call("demo.act_as_accountant", args, { freeze_message })) frm.reload_doc();
}
