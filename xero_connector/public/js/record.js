/** What moved, in words: shown by the forms of the log and of the outbox alike. */

const OUTCOME_COLOURS = { OK: "green", Warning: "orange", Held: "red", Error: "red" };

Object.assign(xero_connector, {
	OUTCOME_COLOURS,

	/** Show a row of the log (see `log.entry`) in an HTML field. */
	show_entry(frm, entry) {
		put(frm, [what_changed(entry), what_was_sent(entry), what_xero_said(entry), what_to_do(frm, entry)]);
	},

	/** Show a row of the outbox, what the log says of it last, and the history of its document. */
	show_row(frm, { row, entry, history }) {
		const parts = row ? [where_it_stands(frm, row)] : [];
		if (entry) parts.push(what_changed(entry), what_was_sent(entry), what_xero_said(entry));
		put(frm, [...parts, its_history(history)]);
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

function what_changed({ changes, direction }) {
	if (!changes.length) return "";
	const known = changes.some(({ before, after }) => before || after);
	const rows = changes.map(({ label, before, after }) => [label, ...(known ? [before, after] : [])].map(escaped));
	const heads = [__("Field"), ...(known ? [__("Before"), __("After")] : [])];
	const title = direction === "Push" ? __("What Changed for Xero") : __("What Changed in Xero");
	return part(title, table(heads, rows));
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
	if (!Array.isArray(value)) return folded(__("{0} fields", [Object.keys(value).length]), values(value));
	if (value.every((each) => each === null || typeof each !== "object")) return escaped(value.join(", "));
	return folded(__("{0} rows", [value.length]), lines(value));
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

function what_xero_said({ answer, outcome, direction }) {
	const ours = direction !== "Push" || outcome === "OK";
	return part(ours ? __("What Is Said of It") : __("What Was Said Against It"), paragraph(answer));
}

function what_to_do(frm, { advice, outcome, row }) {
	const now = row && outcome !== "OK" ? where_it_stands(frm, row) : "";
	return part(__("What To Do"), outcome === "OK" ? "" : paragraph(advice)) + now;
}

/** How the document stands in the outbox now. */
function where_it_stands(frm, row) {
	const { status, message, advice, fix, next_try } = row;
	const pill = `<span class="indicator-pill no-indicator-dot ${STATUS_COLOURS[status] || "blue"}">${__(status)}</span>`;
	const again = status === "Waiting" && next_try ? __("It goes again at {0}.", [xero_connector.time(next_try)]) : "";
	const link = xero_connector.fix_link(fix, frm);
	const shown = [
		`<p>${pill} ${escaped(message || "")}</p>`,
		advice ? `<p>${escaped(advice)}</p>` : "",
		again ? `<p class="text-muted">${again}</p>` : "",
		link ? `<p>${link}</p>` : "",
	];
	return part(__("Where It Stands Now"), shown.join(""));
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
