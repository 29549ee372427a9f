/** Long work: a bar that moves while somebody looks at it, and a button that ends it. */

const LOOK_AT_WORK_EVERY = 2000;

Object.assign(xero_connector, {
	/**
	 * Show how far the work of a form is, and tell whether it goes on; call it when the form is drawn. `open`:
	 * the statuses in which it does. `title`: what the bar counts. `question`: what is asked before it ends.
	 */
	show_work(frm, { open, title, question }) {
		clearTimeout(frm.xero_timer);
		const turn = (frm.xero_turn = {});
		frm.toggle_display(["progress", "step"].filter((field) => frm.fields_dict[field]), false); // the bar says it
		const { status, progress, step } = frm.doc;
		if (!open.includes(status)) {
			frm.dashboard.show_progress(title, progress || 0);
			return false;
		}
		frm.dashboard.show_progress(title, progress || 0, in_words_of_work(status, step));
		if (frappe.user.has_role("Xero Manager")) frm.add_custom_button(__("Stop"), () => stop_work(frm, question));
		look_at_work(frm, title, turn);
		return true;
	},
});

/** Look how far it is, now and every other second, as long as the form is the one that is looked at. */
async function look_at_work(frm, title, turn) {
	if (!is_looked_at(frm, turn)) return;
	const { doctype, name, status } = frm.doc;
	const answer = await xero_connector.call("work.progress", { doctype, name }, { type: "GET", freeze: false });
	if (!is_looked_at(frm, turn)) return;
	if (!answer) return frm.dashboard.show_progress(title, frm.doc.progress || 0, __("Reload to see how far it is."));
	if (answer.message.status !== status) return frm.reload_doc();
	draw_work(frm, title, answer.message);
	frm.xero_timer = setTimeout(() => look_at_work(frm, title, turn), LOOK_AT_WORK_EVERY);
}

/** Whether the form is as it was drawn then, and on the screen. */
function is_looked_at(frm, turn) {
	const [view, doctype, name] = frappe.get_route();
	return frm.xero_turn === turn && view === "Form" && doctype === frm.doctype && name === frm.doc.name;
}

function draw_work(frm, title, { status, progress, step, counts, trouble }) {
	frm.dashboard.show_progress(title, Math.round(progress), in_words_of_work(status, step, trouble));
	frm.doc.progress = progress;
	for (const [field, value] of Object.entries(counts)) {
		if (frm.doc[field] === value) continue;
		frm.doc[field] = value;
		frm.refresh_field(field);
	}
}

function in_words_of_work(status, step, trouble) {
	if (trouble) return __("It does not move just now: {0}", [trouble]);
	if (status === "Queued") return __("It begins when a background worker is free.");
	return step ? __("Now: {0}", [step]) : __("It has begun.");
}

function stop_work(frm, question) {
	frappe.confirm(question, async () => {
		const { doctype, name } = frm.doc;
		if (!(await xero_connector.call("work.stop", { doctype, name }))) return;
		frappe.show_alert({ message: __("It ends after what it is at."), indicator: "orange" });
		frm.reload_doc();
	});
}
