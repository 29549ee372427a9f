frappe.ui.form.on("Xero Outbox", {
	refresh(frm) {
		xero_connector.show_times(frm);
		const { status, message, advice, reference_doctype, reference_name } = frm.doc;
		const stuck = status === "Held" || status === "Waiting";
		if (message) {
			const why = frappe.utils.escape_html([message, advice].filter(Boolean).join(" "));
			frm.set_intro(`<span>${why}</span>`, status === "Held" ? "red" : "orange");
		}
		const open = () => frappe.set_route("Form", reference_doctype, reference_name);
		frm.add_custom_button(__("Open {0}", [__(reference_doctype)]), open);
		if (stuck && frappe.user.has_role("Xero Manager")) {
			frm.add_custom_button(__("Try Again"), () => try_again(frm)).addClass("btn-primary");
		}
	},
});

async function try_again(frm) {
	const answer = await xero_connector.call("outbox.try_again", { names: [frm.doc.name] });
	if (!answer) return;
	frappe.show_alert({ message: __("It is on its way to Xero."), indicator: "blue" });
	frm.reload_doc();
}
