// A page's script runs in the global scope; these names stay out of it.
(() => {
	frappe.pages["xero-pilot"].on_page_load = (wrapper) => {
		frappe.ui.make_app_page({ parent: wrapper, title: __("Xero Pilot"), single_column: true });
		wrapper.pilot = new XeroPilot(wrapper.page);
	};

	frappe.pages["xero-pilot"].on_page_show = (wrapper) => wrapper.pilot.show();
	frappe.pages["xero-pilot"].on_page_hide = (wrapper) => wrapper.pilot.leave();

	const OUTCOMES = {
		Create: [__("Will be made"), "blue"],
		Update: [__("Will be changed"), "blue"],
		Match: [__("Is there already"), "green"],
		Nothing: [__("Nothing to send"), "gray"],
		Held: [__("Cannot go"), "red"],
		Waits: [__("Waits"), "orange"],
	};

	const STATUSES = {
		Queued: "blue",
		Sending: "blue",
		Uncertain: "orange",
		Waiting: "orange",
		Held: "red",
		Done: "green",
		Cancelled: "gray",
	};

	const LOOK_EVERY = 2000;

	class XeroPilot {
		constructor(page) {
			this.page = page;
			this.records = [];
			this.open = new Set();
			this.$body = $('<div class="frappe-card p-4"></div>').appendTo(page.main);
			this.$body.on("click", ".xero-details", (event) => this.toggle(record_of(event)));
			this.$body.on("click", ".xero-remove", (event) => this.remove(record_of(event)));
			this.$body.on("click", ".xero-compare", (event) => this.compare(record_of(event)));
		}

		/** Called each time the page is shown; the organisation comes with the route, else it is the only one. */
		async show() {
			const wanted = frappe.route_options?.organisation || frappe.utils.get_url_arg("organisation");
			frappe.route_options = null;
			const organisations = await frappe.db.get_list("Xero Organisation", {
				fields: ["name", "organisation_name", "company", "status", "live_since", "invoice_status"],
				filters: { status: ["in", ["Connected", "Reconnect Needed"]] },
				order_by: "organisation_name",
			});
			const shown = wanted || this.organisation?.name;
			const found = organisations.find(({ name }) => name === shown) || organisations[0];
			if (!found) return this.show_nothing();
			if (found.name !== this.organisation?.name) this.records = [];
			this.organisation = found;
			this.page.set_title(__("Pilot of {0}", [found.organisation_name]));
			this.set_actions();
			this.draw_frame();
			await this.load();
		}

		leave() {
			clearTimeout(this.timer);
			this.stopped = true;
		}

		show_nothing() {
			this.page.set_title(__("Xero Pilot"));
			this.page.clear_actions();
			const settings = frappe.utils.get_form_link("Xero Settings", "Xero Settings", true, __("Xero Settings"));
			const text = __("No organisation is confirmed yet. Connect one in {0}, and say whose books it keeps.", [settings]);
			this.$body.html(`<p class="text-muted mb-0">${text}</p>`);
		}

		get is_live() {
			return Boolean(this.organisation.live_since);
		}

		set_actions() {
			this.page.clear_actions();
			this.page.clear_menu();
			const [text, colour] = this.is_live ? [__("Live"), "green"] : [__("Pilot"), "orange"];
			this.page.set_indicator(text, colour);
			if (!this.is_live) this.page.set_primary_action(__("Go Live…"), () => this.go_live());
			const open = () => frappe.set_route("Form", "Xero Organisation", this.organisation.name);
			this.page.add_menu_item(__("Open the Organisation"), open);
			this.page.add_menu_item(__("Setup Guide"), () => frappe.set_route("xero-setup"));
		}

		draw_frame() {
			const intro = this.is_live
				? __("This organisation is live. Here you see what would be sent of any record, and what Xero has of it.")
				: __(
						"Choose a few records, see exactly what would be sent of them, send them, and compare them with what Xero has. Nothing else goes to Xero before you go live."
				  );
			this.$body.html(`
				<p class="text-muted">${intro}</p>
				<div class="xero-progress"></div>
				<div class="xero-records"></div>
				<div class="xero-add row mt-3"></div>
				<div class="xero-buttons mt-3"></div>`);
			this.make_add();
			this.$buttons = this.$body.find(".xero-buttons");
			this.button(__("Dry Run"), "btn-default", () => this.dry_run());
			if (!this.is_live) this.button(__("Send"), "btn-primary", () => this.send());
		}

		button(label, style, action) {
			const $button = $(`<button class="btn btn-sm ${style} mr-2"></button>`).text(label);
			$button.on("click", action).appendTo(this.$buttons);
		}

		async make_add() {
			const answer = await xero_connector.call("pilot.choices", {}, { type: "GET", freeze: false });
			if (!answer) return;
			const $place = this.$body.find(".xero-add").empty();
			const field = (df) => {
				const parent = $('<div class="col-sm-4"></div>').appendTo($place);
				const control = frappe.ui.form.make_control({ parent, df, render_input: true });
				control.refresh();
				return control;
			};
			this.kind = field({ fieldtype: "Select", label: __("Document Type"), options: answer.message, default: "Sales Order" });
			this.kind.set_value("Sales Order");
			this.name = field({
				fieldtype: "Dynamic Link",
				fieldname: "record",
				label: __("Add a Record"),
				placeholder: __("Choose"),
				get_options: () => this.kind.get_value(),
				get_query: () => this.query(),
				change: () => this.add(this.name.get_value()),
			});
		}

		/** The records of a type that can be tried. */
		query() {
			const kind = this.kind.get_value();
			if (kind === "Customer") return { filters: { disabled: 0 } };
			if (["Lead", "Prospect"].includes(kind)) return {};
			const company = this.organisation.company;
			return { filters: kind === "Opportunity" ? { company } : { company, docstatus: 1 } };
		}

		add(name) {
			const doctype = this.kind.get_value();
			if (!name || this.find(doctype, name)) return;
			this.records.push({ doctype, name, title: name, why: [] });
			this.name.set_value("");
			this.draw();
		}

		find(doctype, name) {
			return this.records.find((record) => record.doctype === doctype && record.name === name);
		}

		remove(key) {
			this.records = this.records.filter((record) => key_of(record) !== key);
			this.draw();
		}

		/** What was sent before, and if nothing was, what is worth trying. */
		async load() {
			if (!this.is_live || this.records.some(({ moves }) => moves)) await this.look();
			if (this.is_live) return this.draw();
			if (this.records.length) return this.draw();
			const organisation = this.organisation.name;
			const answer = await xero_connector.call("pilot.propose", { organisation }, { type: "GET", freeze: false });
			this.records = answer?.message || [];
			this.draw();
		}

		/** Where the records are that were sent; again and again while some are on their way. */
		async look() {
			clearTimeout(this.timer);
			const organisation = this.organisation.name;
			const answer = await xero_connector.call("pilot.progress", { organisation }, { type: "GET", freeze: false });
			if (!answer || organisation !== this.organisation.name) return;
			const { records, done, all, paused } = answer.message;
			for (const sent of records) {
				const known = this.find(sent.doctype, sent.name);
				if (known) Object.assign(known, sent);
				else if (!this.is_live) this.records.push({ why: [], ...sent });
			}
			const moving = this.is_live ? this.records.some(({ moves }) => moves) : done < all;
			if (this.is_live) this.show_progress(moving && __("It is on its way to Xero."));
			else this.show_progress(moving && __("{0} of {1} are through", [done, all]), done / all, () => this.stop_sending());
			if (moving && paused) this.say(__("Sending is paused or switched off. What was chosen waits."));
			if (this.sent_before && !moving) this.say_how_it_ended(records);
			this.sent_before = moving;
			if (moving && frappe.get_route()[0] === "xero-pilot") this.timer = setTimeout(() => this.look().then(() => this.draw()), LOOK_EVERY);
		}

		say_how_it_ended(records) {
			const there = records.filter(({ status }) => status === "Done").length;
			if (there === records.length) {
				return frappe.show_alert({ message: __("All that was chosen was sent."), indicator: "green" });
			}
			const message = __("{0} of {1} are in Xero. Details says why the others are not.", [there, records.length]);
			frappe.show_alert({ message, indicator: "orange" });
		}

		show_progress(label, part, stop) {
			const $place = this.$body.find(".xero-progress").empty();
			if (!label) return;
			const percent = Math.round((part || 0) * 100);
			$place.html(`
				<div class="d-flex align-items-center mb-3">
					<div class="progress flex-grow-1 mr-3" role="progressbar" aria-valuenow="${percent}" aria-valuemin="0" aria-valuemax="100">
						<div class="progress-bar progress-bar-success" style="width: ${percent}%"></div>
					</div>
					<span class="text-muted small mr-3">${label}</span>
				</div>`);
			if (!stop) return;
			$(`<button class="btn btn-xs btn-default">${__("Stop")}</button>`).on("click", stop).appendTo($place.find(".d-flex"));
		}

		say(text) {
			this.$body.find(".xero-progress").append($('<p class="indicator orange">').text(text));
		}

		async dry_run() {
			if (!this.records.length) return frappe.show_alert({ message: __("Choose a record first."), indicator: "orange" });
			if (this.is_looking) return;
			this.stopped = false;
			this.is_looking = true;
			const organisation = this.organisation.name;
			for (const [at, record] of this.records.entries()) {
				if (this.stopped) break;
				this.show_progress(__("{0} of {1} looked at", [at, this.records.length]), at / this.records.length, () => {
					this.stopped = true;
				});
				const { doctype, name } = record;
				const answer = await xero_connector.call("pilot.dry_run", { organisation, doctype, name }, { freeze: false });
				if (!answer) break;
				record.preview = answer.message;
				record.result = null;
				record.title = answer.message.title;
				record.is_linked = answer.message.is_linked;
				this.draw();
			}
			this.is_looking = false;
			this.show_progress("");
		}

		async send() {
			const held = ({ preview }) => preview && [preview, ...preview.before].some(({ outcome }) => outcome === "Held");
			const left = this.records.filter((record) => !held(record) && !["Done", "Sending", "Queued"].includes(record.status));
			if (!left.length) {
				const message = this.records.length
					? __("All of these are in Xero, or cannot go yet. Choose another record.")
					: __("Choose a record first.");
				return frappe.show_alert({ message, indicator: "orange" });
			}
			const escape = frappe.utils.escape_html;
			const names = left.map(({ doctype, name, title }) => {
				const words = title === name ? name : `${name} ${title}`;
				return `<li>${escape(`${__(doctype)} ${words}`)}</li>`;
			});
			const question = __("Send these to {0}?", [escape(this.organisation.organisation_name)]);
			const state = `<b>${__(this.organisation.invoice_status)}</b>`;
			const how = __("Their customers and items go along. Invoices arrive as {0}.", [state]);
			frappe.confirm(`<p>${question}</p><ul>${names.join("")}</ul><p>${how}</p>`, async () => {
				const records = left.map(({ doctype, name }) => ({ doctype, name }));
				const organisation = this.organisation.name;
				if (!(await xero_connector.call("pilot.send", { organisation, records }))) return;
				await this.look();
				this.draw();
			});
		}

		async stop_sending() {
			const answer = await xero_connector.call("pilot.stop", { organisation: this.organisation.name });
			if (!answer) return;
			frappe.show_alert({ message: __("{0} taken back. What was begun is finished.", [answer.message]), indicator: "orange" });
			await this.look();
			this.draw();
		}

		async compare(key) {
			const record = this.records.find((each) => key_of(each) === key);
			const { doctype, name } = record;
			const answer = await xero_connector.call("pilot.result", { organisation: this.organisation.name, doctype, name });
			if (!answer) return;
			record.result = answer.message;
			this.open.add(key);
			this.draw();
		}

		toggle(key) {
			if (!this.open.delete(key)) this.open.add(key);
			this.draw();
		}

		draw() {
			const $focused = this.$body.find(".xero-records button:focus");
			const [key, style] = [$focused.attr("data-key"), $focused.attr("class")];
			const rows = this.records.map((record) => this.row(record) + (this.open.has(key_of(record)) ? details(record) : ""));
			const heads = [__("Record"), __("Why"), __("Dry Run"), __("Sent"), ""]
				.map((head, at) => `<th class="${at === 1 ? "d-none d-md-table-cell" : ""}">${head}</th>`)
				.join("");
			const empty = `<tr><td colspan="5" class="text-muted">${__("No record is chosen.")}</td></tr>`;
			this.$body.find(".xero-records").html(`
				<div class="table-responsive">
					<table class="table table-sm mt-0 mb-0">
						<thead class="text-muted small"><tr>${heads}</tr></thead>
						<tbody>${rows.join("") || empty}</tbody>
					</table>
				</div>`);
			const is_focused = (_, button) => button.dataset.key === key && button.className === style;
			if (key) this.$body.find(".xero-records button").filter(is_focused).trigger("focus");
		}

		row(record) {
			const escape = frappe.utils.escape_html;
			const link = frappe.utils.get_form_link(record.doctype, record.name, true, escape(record.name));
			const title = record.title === record.name ? "" : ` ${escape(record.title)}`;
			const [outcome, colour] = record.preview ? OUTCOMES[record.preview.outcome] : [];
			const held = record.preview?.before.find((each) => each.outcome === "Held");
			const planned = held
				? xero_connector.pill(__("{0} cannot go", [held.name]), "red")
				: outcome
				? xero_connector.pill(outcome, colour)
				: "";
			const sent = record.status ? xero_connector.pill(record.status, STATUSES[record.status]) : "";
			const key = escape(key_of(record));
			const button = (style, label) => `<button class="btn btn-xs btn-default ${style}" data-key="${key}">${label}</button>`;
			const buttons = [
				record.is_linked ? button("xero-compare", __("Compare with Xero")) : "",
				record.preview || record.message || record.result
					? button("xero-details", this.open.has(key_of(record)) ? __("Close") : __("Details"))
					: "",
				record.status ? "" : button("xero-remove", __("Remove")),
			];
			return `<tr data-name="${escape(record.name)}">
				<td style="min-width: 10rem"><span class="text-muted small">${__(record.doctype)}</span><br>${link}${title}</td>
				<td class="small d-none d-md-table-cell">${record.why.map(escape).join(", ")}</td>
				<td>${planned}</td>
				<td>${sent}${xero_connector.xero_link(record.url)}</td>
				<td class="text-right text-nowrap">${buttons.join(" ")}</td>
			</tr>`;
		}

		async go_live() {
			const doubts = [];
			if (!this.records.some(({ status }) => status === "Done")) doubts.push(__("Nothing was sent in the pilot yet."));
			if (this.records.some(({ status }) => status === "Held")) doubts.push(__("Some records of the pilot are held."));
			if (await xero_connector.go_live(this.organisation, doubts)) this.show();
		}
	}

	function key_of({ doctype, name }) {
		return `${doctype}\n${name}`;
	}

	function record_of(event) {
		return $(event.currentTarget).attr("data-key");
	}

	/** What is known of a record: why it cannot go, what would be sent, what Xero has. */
	function details(record) {
		const { preview, result } = record;
		const parts = [];
		if (record.status !== "Done" && record.message && !preview) {
			const words = frappe.utils.escape_html([record.message, record.advice].filter(Boolean).join(" "));
			const style = record.status === "Held" || record.fix ? "text-danger" : "text-muted";
			parts.push(`<p class="${style}">${words} ${xero_connector.fix_link(record.fix)}</p>`);
		}
		if (result) {
			parts.push(heading(__("Beside what Xero has now")));
			parts.push(verdict(result));
		}
		for (const each of preview && !result ? [...preview.before, preview] : []) parts.push(planned(each));
		return `<tr style="background-color: var(--subtle-fg)"><td colspan="5" class="p-3">${parts.join("")}</td></tr>`;
	}

	function verdict(result) {
		if (!result.length) return said(__("Xero does not have it any more."), "indicator orange");
		const differing = result.filter(({ differs }) => differs).length;
		const words = differing
			? said(__("Fields that are different in Xero: {0}.", [differing]), "indicator orange")
			: said(__("Xero has what was sent, in every field."), "indicator green");
		return words + fields(result);
	}

	function planned(preview) {
		const [outcome, colour] = OUTCOMES[preview.outcome];
		const problems = preview.problems.map(({ message, advice, doctype, name, field }) => {
			const href = frappe.utils.get_form_link(doctype, name) + (field ? `#${field}` : "");
			const open = `<a class="xero-fix" style="text-decoration: underline" href="${frappe.utils.escape_html(href)}">${__("Open {0}", [__(doctype)])}</a>`;
			return `<li>${frappe.utils.escape_html(`${message} ${advice}`)} ${open}</li>`;
		});
		const payload = preview.payload
			? `<details class="mb-3"><summary class="small text-muted">${__("Exactly what would be sent")}</summary>
				<pre class="small mb-0">${frappe.utils.escape_html(preview.payload)}</pre></details>`
			: "";
		return `
			${heading(`${__(preview.doctype)} ${frappe.utils.escape_html(preview.name)} ${xero_connector.pill(outcome, colour)}`)}
			${problems.length ? `<ul class="text-danger">${problems.join("")}</ul>` : said(preview.message, "text-muted")}
			${preview.fields.length ? fields(preview.fields) : ""}
			${payload}`;
	}

	function heading(html) {
		return `<div class="bold mb-2">${html}</div>`;
	}

	function said(text, style) {
		return text ? `<p class="${style}">${frappe.utils.escape_html(text)}</p>` : "";
	}

	/** Field by field: here, what is sent, what Xero has; what differs is marked. */
	function fields(rows) {
		const [with_sent, with_there] = ["sent", "there"].map((side) => rows.some((row) => row[side] !== null));
		const heads = [__("Field"), __("ERPNext"), with_sent && __("Is Sent"), with_there && __("Xero")].filter(Boolean);
		const cell = (value) => `<td class="text-break">${frappe.utils.escape_html(value ?? "")}</td>`;
		const lines = rows.map((row) => {
			const cells = [cell(row.label), cell(row.here), with_sent && cell(row.sent), with_there && cell(row.there)];
			const mark = row.differs
				? 'class="xero-differs font-weight-bold" style="background-color: var(--bg-orange); color: var(--text-on-orange)"'
				: "";
			return `<tr ${mark}>${cells.filter(Boolean).join("")}</tr>`;
		});
		return `
			<div class="table-responsive mb-3">
				<table class="table table-sm table-bordered small mt-0 mb-0">
					<thead><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr></thead>
					<tbody>${lines.join("")}</tbody>
				</table>
			</div>`;
	}
})();
