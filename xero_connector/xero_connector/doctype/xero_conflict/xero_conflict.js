frappe.ui.form.on("Xero Conflict", {
	refresh(frm) {
		xero_connector.show_times(frm);
		const { status, message, reference_doctype, reference_name } = frm.doc;
		const open = () => frappe.set_route("Form", reference_doctype, reference_name);
		frm.add_custom_button(__("Open {0}", [__(reference_doctype)]), open);
		if (status !== "Open") return;
		const why = message
			? __("ERPNext does not take the value from Xero: {0}", [message])
			: __("This field was changed here and in Xero. Until you decide, both keep what they have.");
		frm.set_intro(`<span>${frappe.utils.escape_html(why)}</span>`, "orange");
		if (!frappe.user.has_role("Xero Manager")) return;
		frm.add_custom_button(__("Keep ERPNext's"), () => resolve(frm, "ERPNext"));
		frm.add_custom_button(__("Take Xero's"), () => resolve(frm, "Xero"));
	},
});

async function resolve(frm, choice) {
	const answer = await xero_connector.call("conflicts.resolve", { conflict: frm.doc.name, choice });
	if (!answer) return;
	const message = choice === "Xero" ? __("Xero's value is here now.") : __("It is on its way to Xero.");
	frappe.show_alert({ message, indicator: "green" });
	frm.reload_doc();
}
