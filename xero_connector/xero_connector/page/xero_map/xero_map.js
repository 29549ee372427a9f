frappe.provide("xero_connector");

frappe.pages["xero-map"].on_page_load = (wrapper) => {
	wrapper.map = new xero_connector.Map(wrapper);
	wrapper.save_action = () => wrapper.map.save(); // by keyboard
};

frappe.pages["xero-map"].on_page_show = (wrapper) => {
	wrapper.map.show();
};

/** What a company uses beside what it becomes in Xero: what has no place there yet comes first. */
xero_connector.Map = class {
	static COLOURS = { Unfit: "red", "Not Mapped": "orange", "By Itself": "green", Optional: "gray", Mapped: "green" };

	constructor(wrapper) {
		this.page = frappe.ui.make_app_page({ parent: wrapper, title: __("Map to Xero"), single_column: true });
		this.body = $('<div class="xero-map">').appendTo(this.page.main);
		this.unsaved = {};
		this.chosen = new Map();
		this.declined = new Set();
		this.picker = this.page.add_field({
			fieldname: "organisation",
			fieldtype: "Link",
			options: "Xero Organisation",
			label: __("Xero Organisation"),
			change: () => this.choose_organisation(this.picker.get_value()),
		});
		this.page.set_primary_action(__("Save"), () => this.save());
		this.page.set_secondary_action(__("Refresh"), () => this.load());
		this.page.add_menu_item(__("Use All Suggestions"), () => this.use_all());
		this.page.add_menu_item(__("Read Accounts Again"), () => this.read_again());
		this.page.add_menu_item(__("Xero Organisation"), () => {
			if (this.organisation) frappe.set_route("Form", "Xero Organisation", this.organisation);
		});
	}

	/** The page is opened, perhaps for another organisation than before. */
	async show() {
		const asked = frappe.route_options?.organisation || frappe.get_route()[1];
		frappe.route_options = null;
		const name = asked || this.organisation || (await this.first());
		if (!name) return this.draw_empty();
		if (name === this.organisation) return this.load();
		this.picker.set_input(name);
		await this.choose_organisation(name);
	}

	async first() {
		const found = await frappe.db.get_list("Xero Organisation", {
			filters: { status: ["!=", "Disconnected"] },
			order_by: "enabled desc, creation asc",
			limit: 1,
		});
		return found[0]?.name;
	}

	async choose_organisation(name) {
		if (!name || name === this.organisation) return;
		this.organisation = name;
		const kept = (this.unsaved[name] ||= { chosen: new Map(), declined: new Set() });
		Object.assign(this, kept);
		this.body.empty();
		await this.load();
	}

	// reading and writing

	async load() {
		if (!this.organisation) return;
		if (!this.body.children().length) this.draw_waiting();
		const args = { organisation: this.organisation };
		const answer = await xero_connector.call("map_page.load", args, { type: "GET", freeze: false });
		if (answer && answer.message.organisation.name === this.organisation) this.draw(answer.message);
	}

	async save() {
		const chosen = [...this.chosen.values()];
		if (!chosen.length) {
			frappe.show_alert({ message: __("There is nothing new to save."), indicator: "blue" });
			return;
		}
		const args = { organisation: this.organisation, modified: this.data.organisation.modified, chosen };
		const answer = await xero_connector.call("map_page.save", args, {
			freeze_message: __("Saving"),
		});
		if (!answer) return;
		this.chosen.clear();
		this.draw(answer.message);
		frappe.show_alert({ message: __("Saved. What was held for it goes again."), indicator: "green" });
	}

	async read_again() {
		if (!this.organisation) return;
		const answer = await xero_connector.call("connect.refresh", { organisation: this.organisation });
		if (answer) await this.load();
	}

	/** Take what is suggested wherever nothing is chosen. */
	use_all() {
		if (!this.data) return;
		for (const { section, row } of this.rows()) {
			if (row.suggested && !this.value_of(section, row)) this.choose(section, row, row.suggested);
		}
		this.draw(this.data);
	}

	// what is chosen and not saved yet

	*rows() {
		for (const section of this.data.sections) for (const row of section.rows) yield { section, row };
	}

	key(section, row) {
		return JSON.stringify([section.key, row.choice]);
	}

	value_of(section, row) {
		const unsaved = this.chosen.get(this.key(section, row));
		return unsaved ? unsaved.value : row.chosen;
	}

	choose(section, row, value) {
		const key = this.key(section, row);
		if ((value || "") === row.chosen) this.chosen.delete(key);
		else this.chosen.set(key, { section: section.key, choice: row.choice, value: value || "" });
		if (value) this.declined.delete(key);
		else this.declined.add(key);
		this.show_unsaved();
	}

	show_unsaved() {
		if (this.chosen.size) this.page.set_indicator(__("Not Saved"), "orange");
		else this.page.clear_indicator();
	}

	// drawing

	draw(data) {
		this.data = data;
		for (const { section, row } of this.rows()) {
			const key = this.key(section, row);
			const is_new = row.state === "Not Mapped" && !this.chosen.has(key) && !this.declined.has(key);
			if (is_new && row.suggested) this.choose(section, row, row.suggested);
		}
		this.show_unsaved();
		this.body.empty();
		this.draw_summary();
		data.sections.forEach((section) => this.draw_section(section));
		this.draw_rest();
	}

	draw_waiting() {
		this.body.html(`<div class="text-muted text-center p-5">${__("Loading")}…</div>`);
	}

	draw_empty() {
		const settings = frappe.utils.get_form_link("Xero Settings", "Xero Settings", true, __("Xero Settings"));
		this.body.html(
			`<div class="text-muted text-center p-5">${__("Connect a Xero organisation first, in {0}.", [settings])}</div>`
		);
	}

	draw_summary() {
		const { organisation, counts } = this.data;
		const open = Object.values(counts).reduce((sum, count) => sum + count, 0);
		let text = open
			? __("Without a place in Xero: {0}. What needs them is held.", [open])
			: __("All that {0} uses has its place in Xero.", [organisation.company]);
		if (!organisation.company) {
			text = __("Confirm first whose books these are: then what the company uses is listed here.");
		}
		const colour = open || !organisation.company ? "orange" : "green";
		$(`<p><span class="indicator ${colour}"></span></p>`)
			.append($("<span>").text(text))
			.appendTo(this.body);
	}

	draw_section(section) {
		const block = $('<div class="map-section">').appendTo(this.body);
		block.attr("data-section", section.key);
		$("<h5>").text(section.label).appendTo(block);
		if (section.help) $('<p class="text-muted small">').text(section.help).appendTo(block);
		const [ours, theirs] =
			section.key === "payments" ? [__("In Xero"), __("Account Here")] : [__("In ERPNext"), __("In Xero")];
		const heads = [
			["", ours],
			["map-used", section.key === "payments" ? __("Payments") : __("Documents")],
			["", theirs],
			["map-state", __("Status")],
		];
		const table = $('<table class="table map-table">').appendTo(block);
		const head = $("<tr>").appendTo($("<thead>").appendTo(table));
		heads.forEach(([name, label]) => $(`<th scope="col" class="${name}">`).text(label).appendTo(head));
		const rows = $("<tbody>").appendTo(table);
		section.rows.forEach((row) => this.draw_row(section, row, rows));
	}

	draw_row(section, row, table) {
		const line = $("<tr>").appendTo(table);
		const name = $("<td>").appendTo(line);
		$("<div>").text(row.label).appendTo(name);
		if (row.about) $('<div class="text-muted small">').text(row.about).appendTo(name);
		const used = $('<td class="map-used">').appendTo(line);
		if (row.used && row.example) {
			used.html(frappe.utils.get_form_link(...row.example, true, String(row.used)));
		} else {
			used.text(row.used || "");
		}
		const cell = $("<td>").appendTo(line);
		const state = $('<td class="map-state">').appendTo(line);
		this.make_picker(section, row, cell, state);
		this.draw_state(section, row, state);
	}

	make_picker(section, row, cell, state) {
		if (row.chosen_title) frappe.utils.add_link_title(row.picks, row.chosen, row.chosen_title);
		if (row.suggested_title) frappe.utils.add_link_title(row.picks, row.suggested, row.suggested_title);
		const control = frappe.ui.form.make_control({
			parent: cell,
			df: {
				fieldname: "value",
				fieldtype: "Link",
				options: row.picks,
				placeholder: __("Choose"),
				get_query: () => this.query(section, row),
				change: () => {
					this.choose(section, row, control.get_value());
					this.draw_state(section, row, state);
				},
			},
			only_input: true,
			render_input: true,
		});
		control.$input.attr("aria-label", row.label);
		control.set_input(this.value_of(section, row));
		row.control = control;
	}

	draw_state(section, row, cell) {
		const value = this.value_of(section, row);
		const unsaved = this.chosen.has(this.key(section, row));
		cell.empty();
		if (unsaved && value && value === row.suggested) {
			cell.append(xero_connector.pill("Suggested", "blue"));
		} else if (unsaved) {
			cell.append(xero_connector.pill("Not Saved", "orange"));
			const saved = row.chosen_title || __("nothing");
			$('<div class="text-muted small">').text(__("Saved is: {0}", [saved])).appendTo(cell);
		} else {
			cell.append(xero_connector.pill(row.state, this.constructor.COLOURS[row.state]));
		}
		if (!unsaved && row.note) $('<div class="text-muted small">').text(row.note).appendTo(cell);
		if (row.suggested && value !== row.suggested) {
			$('<div><button class="btn btn-xs btn-default mt-1"></button></div>')
				.appendTo(cell)
				.find("button")
				.text(__("Use {0}", [row.suggested_title]))
				.on("click", () => row.control.set_value(row.suggested));
		}
	}

	/** What fits a row; the server looks at it again when it is saved. */
	query(section, row) {
		const { name, company } = this.data.organisation;
		const own = { organisation: name, status: "ACTIVE" };
		const lines = { ...own, account_type: ["!=", "BANK"] };
		const filters = {
			general: {
				sales_account: { ...own, account_class: "REVENUE" },
				rounding_account: { ...lines, system_account: ["in", ["", "ROUNDING"]] },
				no_tax_rate: { ...own, can_apply_to_revenue: 1, effective_rate: 0 },
			}[row.choice.field],
			taxes: { ...own, can_apply_to_revenue: 1, effective_rate: row.percent },
			accounts: { ...lines, system_account: ["is", "not set"] },
			items: { ...own, account_class: "REVENUE" },
			payments: {
				company,
				is_group: 0,
				account_type: ["in", ["Bank", "Cash"]],
				account_currency: row.currency,
			},
			tracking: own,
		};
		return { filters: filters[section.key] };
	}

	/** What is mapped elsewhere, or needs no mapping. */
	draw_rest() {
		const { organisation, terms } = this.data;
		const block = $('<div class="map-section">').appendTo(this.body);
		$("<h5>").text(__("And Besides")).appendTo(block);
		const list = $("<ul>").appendTo(block);
		const add = (html) => $("<li>").html(html).appendTo(list);
		const form = (label) => frappe.utils.get_form_link("Xero Organisation", organisation.name, true, label);
		const field_map = $("<a>").attr("href", frappe.utils.generate_route({ type: "doctype", name: "Xero Field Map" }));
		add(__("Fields of customers: {0}", [field_map.text(__("Xero Field Map")).prop("outerHTML")]));
		const prices = organisation.price_list || __("the standard selling rate, else the only price");
		add(__("Prices of items in Xero come from: {0}", [form(frappe.utils.escape_html(prices))]));
		const tracked = organisation.tracking ? __("{0} rows", [organisation.tracking]) : __("not used");
		add(__("Tracking: {0}", [form(tracked)]));
		if (!terms.length) return;
		add(__("Payment terms need no mapping:"));
		const table = $('<table class="table table-sm map-table">').appendTo(block);
		for (const { name, meaning } of terms) {
			const line = $("<tr>").appendTo(table);
			$("<td>").html(frappe.utils.get_form_link("Payment Terms Template", name, true)).appendTo(line);
			$("<td>").text(meaning).appendTo(line);
		}
	}
};
