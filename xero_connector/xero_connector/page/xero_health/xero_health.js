frappe.provide("xero_connector");

frappe.pages["xero-health"].on_page_load = (wrapper) => {
	wrapper.health = new xero_connector.Health(wrapper);
};

frappe.pages["xero-health"].on_page_show = (wrapper) => {
	wrapper.health.show();
};

/** How the sync is, drawn anew every few seconds: only the parts that changed, so that nothing flickers. */
xero_connector.Health = class {
	static EVERY = 5000;

	static STATUS_COLOURS = {
		"Not Confirmed": "orange",
		Connected: "green",
		"Reconnect Needed": "red",
		Disconnected: "gray",
	};

	static DIRECTIONS = [
		{ key: "push", field: "pause_push", pause: __("Pause Sending"), resume: __("Resume Sending") },
		{ key: "pull", field: "pause_pull", pause: __("Pause Reading"), resume: __("Resume Reading") },
	];

	constructor(wrapper) {
		this.wrapper = wrapper;
		this.page = frappe.ui.make_app_page({ parent: wrapper, title: __("Xero Health"), single_column: true });
		this.parts = {};
		this.draw_frame();
		this.add_buttons();
		document.addEventListener("visibilitychange", () => this.next(0));
	}

	// what is asked, and when

	/** The page is opened, perhaps for another organisation than before. */
	show() {
		const asked = frappe.route_options?.organisation || new URLSearchParams(window.location.search).get("organisation");
		frappe.route_options = null;
		if (asked && asked !== this.organisation) this.choose(asked);
		this.next(0);
	}

	choose(organisation) {
		this.organisation = organisation;
		this.turn = null; // an answer that is on its way is about another one
		const address = `${window.location.pathname}?${new URLSearchParams({ organisation })}`;
		window.history.replaceState(window.history.state, "", address);
		this.next(0);
	}

	get is_seen() {
		return document.visibilityState === "visible" && frappe.get_route()[0] === "xero-health";
	}

	next(wait) {
		clearTimeout(this.timer);
		if (this.is_seen) this.timer = setTimeout(() => this.look(), wait);
	}

	async look() {
		const turn = (this.turn = {});
		const args = { organisation: this.organisation || "" };
		let refused = false;
		const answer = await xero_connector.call("health.look", args, {
			type: "GET",
			freeze: false,
			silent: true,
			always: (data) => (refused = data?.exc_type === "PermissionError"),
		});
		if (this.turn !== turn) return;
		if (refused) return this.draw_refused();
		if (answer) this.draw(answer.message);
		else this.draw_lost();
		this.next(xero_connector.Health.EVERY);
	}

	/** No answer: what is shown stays, and says that it is old. */
	draw_lost() {
		const message = __("The site does not answer. What is shown may be old; it is asked again.");
		this.set("stale", this.strip("orange", message));
		if (!this.data) this.set("state", "");
	}

	draw_refused() {
		this.$body.find(".xero-health-body").addClass("hidden");
		this.page.clear_inner_toolbar();
		this.page.clear_primary_action();
		this.set("stale", "");
		this.set("state", `<p class="xero-empty text-muted">${__("Only a Xero Manager may look at this page.")}</p>`);
	}

	async act(method, args, message) {
		const answer = await xero_connector.call(method, { organisation: this.organisation, ...args });
		if (answer && message) frappe.show_alert({ message: message(answer.message), indicator: "blue" });
		this.next(0);
		return answer;
	}

	// the frame

	draw_frame() {
		const part = (name) => `<div data-part="${name}"></div>`;
		const card = (name) => `<section class="xero-card" data-part="${name}"></section>`;
		this.$body = $(`
			<div class="xero-health">
				${part("stale")}${part("state")}
				<div class="xero-health-body hidden">
					${part("demo")}
					${card("needs")}
					<div class="xero-grid">
						<div class="xero-stack">${card("queue")}${card("calls")}</div>
						${card("connection")}${card("reading")}
					</div>
					${card("held")}
					<section class="xero-card">
						<h4>${__("Records per Day")}</h4>
						<div class="xero-chart"></div>
						${part("still")}
					</section>
				</div>
			</div>`).appendTo(this.page.main);
		this.set("state", `<p class="xero-empty text-muted">${__("Loading…")}</p>`);
		this.$body.on("click", "[data-do]", (event) => this.fix(event.currentTarget.dataset));
		this.$body.on("click", "[data-again]", (event) => this.try_again(event.currentTarget.dataset.again));
	}

	/** Draw a part, if it is another than it was. */
	set(name, html) {
		if (this.parts[name] === html) return;
		this.parts[name] = html;
		this.$body.find(`[data-part="${name}"]`).html(html).toggleClass("hidden", !html);
	}

	add_buttons() {
		this.$choice = this.page.add_field({
			fieldname: "organisation",
			fieldtype: "Select",
			label: __("Organisation"),
			change: () => {
				const chosen = this.$choice.get_value();
				if (chosen && chosen !== this.organisation) this.choose(chosen);
			},
		});
		$(this.$choice.wrapper).removeClass("col-md-2").addClass("col-md-4");
		this.page.page_form.addClass("hidden");
		this.page.add_menu_item(__("Open Organisation"), () =>
			this.organisation
				? frappe.set_route("Form", "Xero Organisation", this.organisation)
				: frappe.set_route("List", "Xero Organisation")
		);
		this.page.add_menu_item(__("Xero Settings"), () => frappe.set_route("Form", "Xero Settings"));
	}

	/** The buttons that fit how the organisation is now. */
	draw_buttons({ organisation }) {
		const key = [organisation.status, organisation.enabled, organisation.pause_push, organisation.pause_pull].join();
		if (this.buttons === key) return;
		this.buttons = key;
		this.page.clear_inner_toolbar();
		this.page.clear_primary_action();
		if (organisation.status !== "Connected" || !organisation.enabled) return;
		for (const { key, field, pause, resume } of xero_connector.Health.DIRECTIONS) {
			const button = organisation[field]
				? [resume, () => this.resume(key)]
				: [pause, () => this.pause(key)];
			this.page.add_inner_button(...button);
		}
		this.page.set_primary_action(__("Sync Now"), () => this.sync());
	}

	draw_choice({ organisations }) {
		const options = organisations.map(({ name, organisation_name, is_demo }) => {
			const label = frappe.utils.escape_html(organisation_name || name); // Frappe puts it on the page as HTML
			return { value: name, label: is_demo ? __("{0} (Demo)", [label]) : label };
		});
		const key = JSON.stringify(options);
		if (this.options !== key) {
			this.options = key;
			this.$choice.df.options = options;
			this.$choice.refresh();
		}
		if (this.$choice.get_value() !== this.organisation) this.$choice.set_value(this.organisation);
		this.page.page_form.toggleClass("hidden", organisations.length < 2);
	}

	// what the buttons do

	fix(dataset) {
		const actions = {
			reconnect: () => this.reconnect(),
			"resume-push": () => this.resume("push"),
			"resume-pull": () => this.resume("pull"),
			sync: () => this.sync(),
		};
		actions[dataset.do]?.();
	}

	sync() {
		return this.act("connect.sync_now", {}, () => __("The sync has started."));
	}

	pause(direction) {
		const question =
			direction === "push"
				? __("Pause sending? What changes here waits until you resume.")
				: __("Pause reading? What is paid or changed in Xero waits there until you resume.");
		frappe.confirm(question, () => this.act("health.pause", { direction }));
	}

	resume(direction) {
		return this.act("health.resume", { direction }, () => __("The sync goes on."));
	}

	async try_again(cause) {
		const answer = await this.act("health.try_again", { cause });
		if (answer) xero_connector.show_tried_again(answer.message);
	}

	/** As it was connected before: by Xero's page, by the secret alone, or the demo. */
	async reconnect() {
		const { kind } = this.data.connection;
		if (kind === "Custom Connection") return this.act("connect.connect_custom", {}, () => __("Connected to Xero."));
		if (kind === "Demo") {
			const company = this.data.organisation.company;
			return this.act("connect.connect_demo", { company }, () => __("Connected to Xero."));
		}
		const answer = await xero_connector.call("connect.start");
		if (answer) window.location.href = answer.message;
	}

	// what is drawn

	draw(data) {
		this.data = data;
		this.set("stale", "");
		const { organisation } = data;
		this.$body.find(".xero-health-body").toggleClass("hidden", !organisation);
		if (!organisation) {
			return this.set("state", this.nothing_yet());
		}
		this.organisation = organisation.name;
		this.set("state", "");
		this.draw_choice(data);
		this.draw_buttons(data);
		this.page.set_indicator(
			__(organisation.status),
			xero_connector.Health.STATUS_COLOURS[organisation.status] || "gray"
		);
		this.set("demo", this.demo(data));
		this.set("needs", this.needs(data));
		this.set("queue", this.queue(data));
		this.set("calls", this.calls(data));
		this.set("connection", this.connection(data));
		this.set("reading", this.reading(data));
		this.set("held", this.held(data));
		this.draw_chart(data.moved);
	}

	nothing_yet() {
		const text = __("Nothing is connected yet. Connect your Xero organisation, or look around with the demo organisation.");
		return `
			<div class="xero-empty">
				<p class="text-muted">${text}</p>
				${this.link(["xero-setup"], {}, __("Setup Guide"), "btn btn-primary btn-sm")}
			</div>`;
	}

	demo({ organisation }) {
		if (!organisation.is_demo) return "";
		return this.strip("blue", __("This is the demo organisation. It lives on this site only: nothing leaves it."));
	}

	needs({ needs, well, queue, calls, organisation }) {
		const head = well
			? `<span class="xero-mark green">${frappe.utils.icon("tick", "sm")}</span><h3>${__("All is well")}</h3>`
			: `<span class="xero-mark ${needs[0].level}">!</span><h3>${this.needs_title(needs)}</h3>`;
		const books = organisation.company
			? __("{0} keeps the books of {1}.", [organisation.organisation_name, organisation.company])
			: organisation.organisation_name;
		const facts = [
			frappe.utils.escape_html(books),
			calls.polled_at ? __("Last read {0}.", [xero_connector.ago(calls.polled_at)]) : "",
			queue.waiting || queue.held || queue.uncertain ? "" : __("Nothing waits."),
		];
		const rows = needs.map((need) => this.need(need)).join("");
		return `
			<div class="xero-head">${head}<span class="text-muted">${facts.filter(Boolean).join(" ")}</span></div>
			${rows ? `<ul class="xero-needs">${rows}</ul>` : ""}`;
	}

	needs_title(needs) {
		const count = needs.filter(({ level }) => level !== "blue").length;
		return count === 1 ? __("One thing needs you") : __("{0} things need you", [count]);
	}

	need({ level, text, advice, since, actions }) {
		const age = since ? ` <span class="text-muted">· ${xero_connector.ago(since)}</span>` : "";
		const buttons = actions.map((action, at) => this.action(action, at === 0)).join("");
		return `
			<li>
				<span class="indicator ${level}"></span>
				<div class="xero-need">
					<div><b>${frappe.utils.escape_html(text)}</b>${age}</div>
					<div class="text-muted">${frappe.utils.escape_html(advice)}</div>
				</div>
				<div class="xero-actions">${buttons}</div>
			</li>`;
	}

	action({ label, route, options, ...action }) {
		const name = frappe.utils.escape_html(label);
		if (route) return this.link(route, options, name, "btn btn-xs btn-default");
		return `<button class="btn btn-xs btn-primary" data-do="${action.do}">${name}</button>`;
	}

	queue({ queue, organisation }) {
		const rows = (status) => ({ organisation: organisation.name, status });
		const moving = '["in",["Queued","Sending","Waiting"]]';
		const oldest = queue.oldest ? __("Oldest waiting: {0}", [xero_connector.ago(queue.oldest)]) : __("Nothing waits.");
		return `
			<h4>${__("To Xero")}</h4>
			<div class="xero-numbers">
				${this.number(queue.waiting, __("Waiting"), "blue", rows(moving))}
				${this.number(queue.held, __("Held"), "red", rows("Held"))}
				${this.number(queue.uncertain, __("Uncertain"), "orange", rows("Uncertain"))}
			</div>
			<p class="text-muted">${oldest}</p>`;
	}

	number(value, label, colour, filters) {
		const text = `<b class="${value ? colour : ""}">${value.toLocaleString()}</b><span>${label}</span>`;
		return this.link(["List", "Xero Outbox", "List"], filters, text, "xero-number");
	}

	calls({ calls, organisation }) {
		const head = `<h4>${__("Calls Today")}</h4>`;
		if (calls.left === null) return `${head}<p class="text-muted">${__("Xero has not said yet how many there are.")}</p>`;
		const used = Math.max(calls.limit - calls.left, 0);
		const part = calls.limit ? Math.min((used / calls.limit) * 100, 100) : 0;
		const colour = calls.left <= 100 ? "red" : calls.left <= 300 ? "orange" : "green";
		const budget = this.link(["Form", "Xero Call Budget", organisation.name], {}, __("Details"));
		const wait = calls.wait_until
			? `<p class="text-danger">${__("Xero wants no call before {0}.", [xero_connector.time(calls.wait_until)])}</p>`
			: "";
		const label = __("{0} of {1} calls used", [used.toLocaleString(), calls.limit.toLocaleString()]);
		return `
			${head}
			<div class="xero-bar-label"><b>${__("{0} left", [calls.left.toLocaleString()])}</b><span class="text-muted">${label}</span></div>
			<div class="progress xero-bar" role="progressbar" aria-label="${label}"
				aria-valuenow="${used}" aria-valuemin="0" aria-valuemax="${calls.limit}">
				<div class="progress-bar ${colour}" style="width: ${Math.max(part, 0.5)}%"></div>
			</div>
			${wait}
			<p class="text-muted">
				${__("{0} of {1} in the last minute.", [calls.minute, calls.per_minute])}
				${__("Xero said so {0}.", [xero_connector.ago(calls.said_at)])} ${budget}
			</p>`;
	}

	connection({ connection, machine, organisation, webhook }) {
		const colour = xero_connector.Health.STATUS_COLOURS[organisation.status];
		const rows = [
			[__("Status"), `${xero_connector.pill(organisation.status, colour)} ${this.paused(organisation)}`],
			[__("Connected as"), frappe.utils.escape_html(connection.connected_by)],
			[__("Since"), xero_connector.time(connection.connected_at)],
			[__("Login good until"), organisation.status === "Connected" ? this.good_until(connection) : ""],
			[__("Webhook"), this.webhook(webhook)],
			[__("Workers"), this.workers(machine)],
			[__("Scheduler"), this.scheduler(machine)],
		];
		return `<h4>${__("Connection")}</h4>${this.table(rows)}`;
	}

	paused({ pause_push, pause_pull }) {
		const pills = [];
		if (pause_push) pills.push(xero_connector.pill(__("Sending Paused"), "orange"));
		if (pause_pull) pills.push(xero_connector.pill(__("Reading Paused"), "orange"));
		return pills.join(" ");
	}

	good_until({ kind, good_until }) {
		if (!kind) return "";
		if (!good_until) return `<span class="text-muted">${__("it does not end")}</span>`;
		const day = frappe.utils.escape_html(moment(good_until).format(frappe.datetime.get_user_date_fmt().toUpperCase()));
		return `${day} <span class="text-muted">${__("renewed by each sync")}</span>`;
	}

	webhook({ state, last }) {
		const settings = this.link(["Form", "Xero Settings"], {}, __("Xero Settings"));
		const heard = last ? __("last heard {0}", [xero_connector.ago(last)]) : "";
		const words = {
			ok: heard,
			silent: `${xero_connector.pill(__("Silent"), "orange")} ${heard || __("nothing heard yet")}`,
			waits: __("nothing heard yet"),
			demo: `<span class="text-muted">${__("not needed by the demo")}</span>`,
			none: `<span class="text-muted">${__("No key: payments come with the polls. For seconds, add one in {0}.", [settings])}</span>`,
		};
		return words[state];
	}

	workers({ queue_up, workers }) {
		if (!queue_up) return xero_connector.pill(__("Queue Down"), "red");
		return workers ? __("{0} running", [workers]) : xero_connector.pill(__("None"), "red");
	}

	scheduler({ scheduler, sweep }) {
		const ran = sweep ? __("ran {0}", [xero_connector.ago(sweep)]) : "";
		if (!scheduler) return ran;
		const label = scheduler === "scheduler-silent" ? __("Not Running") : __("Off");
		return `${xero_connector.pill(label, "red")} <span class="text-muted">${ran}</span>`;
	}

	reading({ reading, last_payment, organisation }) {
		const rows = reading.map(({ entity, last_run, read_once }) => [
			xero_connector.Health.entity(entity),
			last_run
				? `${xero_connector.ago(last_run)}${read_once ? "" : ` <span class="text-muted">${__("first reading goes on")}</span>`}`
				: `<span class="text-muted">${__("not yet")}</span>`,
		]);
		rows.push([__("Last payment seen"), this.payment(last_payment)]);
		const message = organisation.status_message;
		if (message && organisation.status === "Connected") rows.push([__("Last run"), frappe.utils.escape_html(message)]);
		return `<h4>${__("From Xero")}</h4>${this.table(rows)}`;
	}

	payment(payment) {
		if (!payment) return `<span class="text-muted">${__("none yet")}</span>`;
		const amount = xero_connector.money(payment.amount, payment.currency);
		const link = this.link(["Form", "Xero Payment", payment.name], {}, amount);
		const customer = payment.customer ? frappe.utils.escape_html(payment.customer) : "";
		return `${link} ${customer}<br><span class="text-muted">${xero_connector.ago(payment.updated_utc)}</span>`;
	}

	static entity(entity) {
		const names = {
			Contact: __("Contacts"),
			Invoice: __("Invoices"),
			CreditNote: __("Credit Notes"),
			Overpayment: __("Overpayments"),
			Prepayment: __("Prepayments"),
			Payment: __("Payments"),
			Quote: __("Quotes"),
		};
		return names[entity] || frappe.utils.escape_html(entity);
	}

	held({ held, organisation }) {
		if (!held.length) return "";
		const heads = [__("Cause"), __("Records"), __("For Example"), ""].map((head) => `<th>${head}</th>`);
		const rows = held.map((row) => this.cause(row, organisation.name));
		return `
			<h4>${__("Held, by Cause")}</h4>
			<div class="table-responsive">
				<table class="table xero-causes">
					<thead class="text-muted"><tr>${heads.join("")}</tr></thead>
					<tbody>${rows.join("")}</tbody>
				</table>
			</div>`;
	}

	cause({ cause, words, count, message, advice, reference_doctype, reference_name }, organisation) {
		const filters = { organisation, status: "Held", cause: cause || '["is","not set"]' };
		const label = frappe.utils.escape_html(words);
		const document = reference_name
			? this.link(["Form", reference_doctype, reference_name], {}, frappe.utils.escape_html(reference_name))
			: "";
		return `
			<tr>
				<td><b>${label}</b></td>
				<td>${this.link(["List", "Xero Outbox", "List"], filters, count.toLocaleString())}</td>
				<td>
					${document} ${frappe.utils.escape_html(message || "")}
					<div class="text-muted">${frappe.utils.escape_html(advice || "")}</div>
				</td>
				<td class="text-right">
					<button class="btn btn-xs btn-default" data-again="${frappe.utils.escape_html(cause)}">${__("Try Again")}</button>
				</td>
			</tr>`;
	}

	draw_chart({ days, to_xero, from_xero }) {
		const data = {
			labels: days.map((day) => moment(day).format("D MMM")),
			datasets: [
				{ name: __("To Xero"), values: to_xero },
				{ name: __("From Xero"), values: from_xero },
			],
		};
		const key = JSON.stringify(data);
		if (this.charted === key) return;
		this.charted = key;
		const moved = [...to_xero, ...from_xero].some(Boolean);
		this.$body.find(".xero-chart").toggleClass("hidden", !moved);
		this.set("still", moved ? "" : `<p class="text-muted">${__("Nothing has moved in the last 30 days.")}</p>`);
		if (!moved) return;
		if (this.chart) return this.chart.update(data);
		this.chart = new frappe.Chart(this.$body.find(".xero-chart")[0], {
			data,
			type: "bar",
			height: 220,
			colors: ["blue", "green"],
			barOptions: { stacked: 1, spaceRatio: 0.4 },
			axisOptions: { xIsSeries: 1, xAxisMode: "tick", shortenYAxisNumbers: 1 },
			animate: 0,
		});
	}

	// pieces

	table(rows) {
		const row = ([label, value]) => (value ? `<tr><th>${label}</th><td>${value}</td></tr>` : "");
		return `<table class="xero-facts"><tbody>${rows.map(row).join("")}</tbody></table>`;
	}

	strip(colour, text) {
		return `<div class="form-message ${colour} xero-strip">${text}</div>`;
	}

	/** A link within the desk. `label` is HTML. */
	link(route, filters, label, classes = "") {
		const query = new URLSearchParams(filters || {}).toString();
		const path = frappe.router.make_url(frappe.router.convert_from_standard_route(route));
		return `<a class="${classes}" href="${path}${query ? `?${query}` : ""}">${label}</a>`;
	}
};
