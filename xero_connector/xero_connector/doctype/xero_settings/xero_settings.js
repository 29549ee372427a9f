frappe.ui.form.on("Xero Settings", {
	refresh(frm) {
		add_copy_button(frm, "redirect_url");
		add_copy_button(frm, "webhook_url");
		frm.add_custom_button(__("Connect to Xero"), () => connect(frm)).addClass("btn-primary");
		frm.add_custom_button(__("Custom Connection"), () => connect_custom(frm), __("Other Ways"));
		frm.add_custom_button(__("Try the Demo Organisation"), connect_demo, __("Other Ways"));
	},
});

async function saved(frm) {
	if (frm.is_dirty()) await frm.save();
}

async function connect(frm) {
	await saved(frm);
	const { message: url } = await frappe.call({ method: "xero_connector.desk.connect.start", freeze: true });
	window.location.href = url;
}

async function connect_custom(frm) {
	await saved(frm);
	const { message: organisations } = await frappe.call({
		method: "xero_connector.desk.connect.connect_custom",
		freeze: true,
		freeze_message: __("Connecting to Xero…"),
	});
	frappe.set_route("Form", "Xero Organisation", organisations[0]);
}

async function connect_demo() {
	const { message: organisation } = await frappe.call({
		method: "xero_connector.desk.connect.connect_demo",
		freeze: true,
		freeze_message: __("Preparing the demo organisation…"),
	});
	frappe.set_route("Form", "Xero Organisation", organisation);
}

function add_copy_button(frm, fieldname) {
	const { $wrapper } = frm.get_field(fieldname);
	if ($wrapper.find(".xero-copy").length) return;
	$(`<button class="btn btn-xs btn-default xero-copy mt-1">${__("Copy")}</button>`)
		.on("click", () => frappe.utils.copy_to_clipboard(frm.doc[fieldname]))
		.insertAfter($wrapper.find(".control-value"));
}
