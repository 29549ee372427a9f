/** What moved, in words: shown by the forms of the log and of the outbox alike. */

const OUTCOME_COLOURS = { OK: "green", Warning: "orange", Held: "red", Error: "red" };

Object.assign(xero_connector, {
	OUTCOME_COLOURS,

	/** Show a row of the log (see `log.entry`). */
	show_entry(frm, entry) {
		put(frm, [
			what_was_said(entry),
			what_to_do(frm, entry),
			where_it_stands(entry),
			what_changed(entry),
			what_was_sent(entry),
		]);
	},

	/** Show a row of the outbox (see `log.of_row`): why it stands where it does, what the log says, its history. */
	show_row(frm, { row, entry, history }) {
		if (row) show_reason(frm, row);
		const said = entry && entry.answer !== row?.message ? what_was_said(entry) : "";
		const moved = entry ? [said, what_changed(entry), what_was_sent(entry)] : [];
		put(frm, [...moved, its_history(history)]);
	},

	/** The buttons that both forms have: open the document, and try its row again. */
	add_record_buttons(frm, row) {
		const { reference_doctype: doctype, reference_name: name } = frm.doc;
		if (doctype && name) {
			frm.add_custom_button(__("Open {0}", [__(doctype)]), () => frappe.set_route("Form", doctype, name));
		}
		if (row?.stuck && frappe.user.has_role("Xero Manager")) {
			frm.add_custom_button(__("Try Again"), () => try_again(frm, row)).addClass("btn-primary");
		}
	},
});

async function try_again(frm, row) {
	const answer = await xero_connector.call("outbox.try_again", { names: [row.name] });
	if (!answer) return;
	frappe.show_alert({ message: __("It is on its way to Xero."), indicator: "blue" });
	frm.reload_doc();
}

function put(frm, parts) {
	const shown = parts.filter(Boolean).join("");
	const nothing = `<p class="text-muted">${__("Nothing more is known of it.")}</p>`;
	frm.get_field("shown").$wrapper.html(`<div class="xero-record">${shown || nothing}</div>`);
	xero_connector.follow_fix_links(frm);
}

function part(title, content) {
	return content ? `<div class="bold mt-3 mb-2">${title}</div>${content}` : "";
}

/** What changed: each field, with what it was and is where that is known. Of what is new, what was sent says all. */
function what_changed({ changes, direction, action, sent }) {
	const known = changes.some(({ before, after }) => before || after);
	if (!changes.length || (sent && !known)) return "";
	const rows = changes.map(({ label, before, after }) => [label, ...(known ? [before, after] : [])].map(escaped));
	const heads = [__("Field"), ...(known ? [__("Before"), __("After")] : [])];
	const title = direction === "Push" ? __("What Changed Here") : __("What Changed in Xero");
	return part(action === "Check" ? __("What Is To Be Fixed") : title, table(heads, rows));
}

/** What went to Xero, without what tells something about a person. */
function what_was_sent({ sent }) {
	if (!sent) return "";
	const json = escaped(JSON.stringify(sent, null, 2));
	const raw = `<details class="mt-2"><summary class="small text-muted">${__("As JSON")}</summary>
		<pre class="small mt-2">${json}</pre></details>`;
	return part(__("What Was Sent"), values(sent) + raw);
}

/** An object as a table of its fields; what is nested stays closed until somebody opens it. */
function values(object) {
	const rows = Object.entries(object).map(([field, value]) => [escaped(in_words(field)), shown_value(value)]);
	return table([__("Field"), __("Value")], rows);
}

function shown_value(value) {
	if (value === null || typeof value !== "object") return escaped(value === null ? "" : String(value));
	if (!Array.isArray(value)) return folded(__("Fields: {0}", [Object.keys(value).length]), values(value));
	if (value.every((each) => each === null || typeof each !== "object")) return escaped(value.join(", "));
	return folded(__("Rows: {0}", [value.length]), lines(value));
}

/** A list of objects as one table, with a column for each field that any of them has. */
function lines(list) {
	const fields = [...new Set(list.flatMap((each) => Object.keys(each || {})))];
	const rows = list.map((each) => fields.map((field) => shown_value(each?.[field] ?? null)));
	return table(fields.map((field) => escaped(in_words(field))), rows);
}

function folded(summary, content) {
	return `<details><summary>${summary}</summary>${content}</details>`;
}

/** *LineItems* as *Line Items*. */
function in_words(field) {
	return field.replace(/([a-z])([A-Z])/g, "$1 $2");
}

function what_was_said({ answer, outcome, action, direction }) {
	const xeros = direction === "Push" && action !== "Check" && outcome !== "OK";
	const title = xeros ? __("What Xero Said") : outcome === "OK" ? __("In Short") : __("What Is in the Way");
	return part(title, paragraph(answer));
}

/** What a person can do about it, and where; nothing once the document has got through. */
function what_to_do(frm, { advice, outcome, row }) {
	if (outcome === "OK" || (row && !row.stuck)) return "";
	const link = xero_connector.fix_link(row?.fix, frm);
	return part(__("What To Do"), paragraph(advice || row?.advice) + (link ? `<p>${link}</p>` : ""));
}

/** How the document stands in the outbox now. */
function where_it_stands({ row, answer, outcome }) {
	if (!row || (outcome === "OK" && row.status === "Done")) return "";
	const message = row.message === answer ? "" : escaped(row.message || "");
	return part(__("Where It Stands Now"), `<p>${status_pill(row.status)} ${message} ${goes_again(row)}</p>`);
}

/** Why a row of the outbox is held or waits, at the top, with what to do and where. */
function show_reason(frm, row) {
	const words = [row.message, row.advice, goes_again(row)].filter(Boolean).map(escaped);
	if (!words.length) return;
	const link = xero_connector.fix_link(row.fix, frm);
	frm.set_intro(`<span>${words.join(" ")} ${link}</span>`, row.status === "Held" ? "red" : "orange");
}

function goes_again({ status, next_try }) {
	return status === "Waiting" && next_try ? __("It goes again at {0}.", [xero_connector.time(next_try)]) : "";
}

function status_pill(status) {
	return xero_connector.pill(status, STATUS_COLOURS[status] || "blue");
}

const STATUS_COLOURS = { Held: "red", Waiting: "orange", Uncertain: "orange", Done: "green", Cancelled: "gray" };

function its_history(history) {
	if (!history.length) return "";
	const rows = history.map(({ name, at, direction, action, outcome, answer }) => [
		frappe.utils.get_form_link("Xero Sync Log", name, true, xero_connector.time(at)),
		escaped(xero_connector.direction(direction)),
		escaped(__(action)),
		xero_connector.pill(outcome, OUTCOME_COLOURS[outcome]),
		escaped(answer || ""),
	]);
	const heads = [__("When"), __("Direction"), __("Action"), __("Outcome"), __("Answer")];
	return part(__("What Happened Before"), table(heads, rows));
}

function paragraph(text) {
	return text ? `<p style="white-space: pre-wrap">${escaped(text)}</p>` : "";
}

function table(heads, rows) {
	const line = (tag, cells) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
	return `
		<div class="table-responsive">
			<table class="table table-sm table-bordered mb-2" style="width: auto; min-width: 50%">
				<thead class="text-muted small">${line("th", heads)}</thead>
				<tbody>${rows.map((cells) => line("td", cells)).join("")}</tbody>
			</table>
		</div>`;
}

function escaped(text) {
	return frappe.utils.escape_html(text);
}
