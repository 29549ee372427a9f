frappe.ui.form.on("Item", {
	refresh(frm) {
		xero_connector.begin_standing(frm);
		if (frm.is_new() || !frappe.meta.has_field("Item", "xero_check")) return;
		if (frm.doc.xero_check) frm.set_intro(frappe.utils.escape_html(frm.doc.xero_check), "orange");
		xero_connector.look(frm, (standing) => {
			if (standing.message) {
				const words = __("Not in Xero yet: {0}", [frappe.utils.escape_html(standing.message)]);
				frm.set_intro(`<span class="xero-message">${words}</span>`, "orange");
			}
			xero_connector.show_standing(frm, standing);
		});
		if (!frm.perm[0]?.write && !frappe.user.has_role("Xero Manager")) return;
		frm.add_custom_button(__("Check for Xero"), () => check(frm));
	},
});

/** What the item's next invoice would be, in each organisation; nothing is sent. */
async function check(frm) {
	if (!(await xero_connector.saved(frm))) return;
	const answer = await xero_connector.call("item.check", { item: frm.doc.name });
	if (!answer) return;
	const fine = answer.message.every(({ problems }) => !problems.length);
	frappe.msgprint({
		title: __("The Next Invoice of {0}", [frm.doc.name]),
		message: answer.message.map(in_words).join(""),
		indicator: fine ? "green" : "orange",
	});
}

function in_words(found) {
	const escape = frappe.utils.escape_html;
	const lines = found.problems.length
		? found.problems.map(({ message, advice }) => escape(`${message} ${advice}`))
		: [
				__("Price: {0}", [
					found.price === null ? __("none, checked with 1") : xero_connector.money(found.price, found.currency),
				]),
				__("Account: {0}", [escape(found.account)]),
				__("Tax: {0}", [escape(found.tax || __("none"))]),
				__("Total: {0}", [xero_connector.money(found.total, found.currency)]),
		  ];
	return `<b>${escape(found.organisation)}</b><ul>${lines.map((line) => `<li>${line}</li>`).join("")}</ul>`;
}
