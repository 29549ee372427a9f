/** Where a document stands on its way to Xero: what forms of documents, customers and items have in common. */

const ON_ITS_WAY = ["Queued", "Sending", "Uncertain"];
const LOOK_EVERY = 2000;
const LOOKS = 15;

Object.assign(xero_connector, {
	/** The form is drawn anew: answers to what it asked before are of no use. */
	begin_standing(frm) {
		clearTimeout(frm.xero_timer);
		frm.xero_turn = {};
		xero_connector.follow_fix_links(frm);
	},

	/** Ask where the document stands; `then` gets the answer, unless the form was drawn anew meanwhile. */
	async look(frm, then) {
		const turn = frm.xero_turn;
		const args = { doctype: frm.doctype, name: frm.doc.name };
		const answer = await xero_connector.call("documents.progress", args, { type: "GET", freeze: false });
		if (answer && frm.xero_turn === turn) then(answer.message);
	},

	/**
	 * Show where the document stands, with *Sync Now*, its page in Xero and the field to fix; gives whether it is
	 * on its way.
	 */
	show_standing(frm, standing) {
		const link = xero_connector.fix_link(standing.fix, frm);
		if (link) frm.layout.message.find(".xero-message").append(" ", link);
		add_buttons(frm, standing);
		if (!is_on_its_way(standing)) return false;
		const words = standing.stuck || __("It is on its way to Xero.");
		frm.set_intro(frappe.utils.escape_html(words), standing.stuck ? "orange" : "blue");
		if (!standing.stuck) xero_connector.wait_for_xero(frm);
		return true;
	},

	/** Look now and then whether Xero has answered, and show the document as it is then. */
	wait_for_xero(frm, looks = LOOKS) {
		clearTimeout(frm.xero_timer);
		frm.xero_timer = setTimeout(() => {
			const [view, doctype, name] = frappe.get_route();
			if (view !== "Form" || doctype !== frm.doctype || name !== frm.doc.name) return; // it is looked at no more
			xero_connector.look(frm, (standing) => {
				if (!is_on_its_way(standing) && !standing.awaited) return show_result(frm, standing);
				if (looks > 1 && !standing.stuck) return xero_connector.wait_for_xero(frm, looks - 1);
				const words = standing.stuck || __("It still waits. It goes as soon as a background worker is free.");
				frm.set_intro(frappe.utils.escape_html(words), "orange");
			});
		}, LOOK_EVERY);
	},
});

function is_on_its_way({ status, parts }) {
	return [status, ...(parts || []).map((part) => part.status)].some((each) => ON_ITS_WAY.includes(each));
}

function add_buttons(frm, standing) {
	const may_send = frm.meta.is_submittable ? frm.perm[0]?.submit : frm.perm[0]?.write;
	if (standing.goes && may_send) {
		const button = frm.add_custom_button(__("Sync Now"), () => sync_now(frm, standing), __("Xero"));
		if (standing.blocked) button?.addClass("text-muted").attr("title", standing.blocked);
	}
	if (xero_connector.is_xeros(standing.url)) {
		const open = () => window.open(standing.url, "_blank", "noopener");
		frm.add_custom_button(__("Open in Xero"), open, __("Xero"));
	}
}

/** Send this document and read what Xero has of it; a person waits for the result. */
async function sync_now(frm, { blocked }) {
	if (blocked) {
		const message = frappe.utils.escape_html(blocked);
		return frappe.msgprint({ title: __("Not Sent to Xero"), message, indicator: "orange" });
	}
	if (!(await xero_connector.saved(frm))) return;
	const args = { doctype: frm.doctype, name: frm.doc.name };
	if (!(await xero_connector.call("documents.sync_now", args))) return;
	frappe.show_alert({ message: __("It is sent to Xero and read from there."), indicator: "blue" });
	frm.xero_asked = frm.doc.name;
	xero_connector.wait_for_xero(frm);
}

/** Show the document as it is now; whoever asked for it is told how it ended. */
async function show_result(frm, { status, message }) {
	if (frm.is_dirty()) return;
	const asked = frm.xero_asked === frm.doc.name;
	frm.xero_asked = null;
	await frm.reload_doc();
	if (!asked) return;
	const held = status === "Held" || status === "Waiting";
	const words = held ? message || __("It is held.") : __("It is in Xero as it is here.");
	frappe.show_alert({ message: frappe.utils.escape_html(words), indicator: held ? "orange" : "green" });
}
