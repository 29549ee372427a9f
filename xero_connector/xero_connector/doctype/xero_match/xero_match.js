frappe.ui.form.on("Xero Match", {
	refresh(frm) {
		xero_connector.show_times(frm);
		const { status, message, reference_doctype, reference_name } = frm.doc;
		const open = () => frappe.set_route("Form", reference_doctype, reference_name);
		frm.add_custom_button(__("Open {0}", [__(reference_doctype)]), open);
		frm.disable_save();
		frm.toggle_display("message", status !== "Open");
		if (status !== "Open") return;
		frm.set_intro(`<span>${frappe.utils.escape_html(message)}</span>`, "orange");
		if (!frappe.user.has_role("Xero Manager")) return;
		const free = frm.doc.candidates.filter((row) => row.status === "ACTIVE" && !row.linked_name);
		for (const row of free) {
			const choose = () => decide(frm, "choose", { xero_id: row.xero_id });
			frm.add_custom_button(frappe.utils.escape_html(row.contact_name), choose, __("It Is"));
		}
		frm.add_custom_button(__("It Is a New Customer"), () => decide(frm, "make_new"));
	},
});

async function decide(frm, method, args) {
	const answer = await xero_connector.call(`matches.${method}`, { match: frm.doc.name, ...args });
	if (!answer) return;
	frappe.show_alert({ message: __("It is on its way to Xero."), indicator: "green" });
	frm.reload_doc();
}
