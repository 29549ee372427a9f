// A page's script runs in the global scope; these names stay out of it.
(() => {
	frappe.pages["xero-setup"].on_page_load = (wrapper) => {
		frappe.ui.make_app_page({ parent: wrapper, title: __("Xero Setup"), single_column: true });
		wrapper.setup = new XeroSetup(wrapper.page);
	};

	frappe.pages["xero-setup"].on_page_show = (wrapper) => wrapper.setup.show();

	/** What each step is about, and where it is done. */
	const STEPS = {
		clean: {
			title: __("Clean"),
			about: __("Find customers that are there twice, missing emails and addresses, and what Xero would refuse."),
			actions: () => [[__("Open the Data Audit"), () => frappe.set_route("query-report", "Xero Data Audit")]],
		},
		connect: {
			title: __("Connect"),
			about: __("Let Xero know this site, log in there, and say whose books the organisation keeps."),
			actions: connect_actions,
		},
		map: {
			title: __("Map"),
			about: __("Say which account and which tax rate in Xero yours are. What is obvious is suggested."),
			actions: (guide) => [
				[__("Map Accounts and Taxes"), () => go("xero-map", guide)],
				[__("Fields of Contacts"), () => frappe.set_route("List", "Xero Field Map")],
			],
		},
		pilot: {
			title: __("Pilot"),
			about: __("Try it with a few records: see exactly what would be sent, send them, and compare."),
			actions: (guide) => [[__("Open the Pilot"), () => go("xero-pilot", guide)]],
		},
		live: {
			title: __("Go Live"),
			about: __("From then on, what is saved and submitted goes to Xero, and payments come back."),
			actions: (guide, page) =>
				guide.organisation?.live_since
					? [[__("Open Health"), () => go("xero-health", guide)]]
					: [[__("Go Live…"), () => page.go_live()]],
		},
	};

	const STATES = {
		done: { icon: "tick", colour: "green", label: __("Done") },
		open: { icon: "edit", colour: "orange", label: __("To Do") },
		later: { icon: "lock", colour: "gray", label: __("Later") },
	};

	function go(route, { organisation }) {
		if (organisation) frappe.route_options = { organisation: organisation.name };
		frappe.set_route(route);
	}

	function connect_actions({ organisation }, page) {
		if (organisation?.status === "Not Confirmed") {
			const open = () => frappe.set_route("Form", "Xero Organisation", organisation.name);
			return [[__("Open the Organisation"), open]];
		}
		const settings = [__("Open Xero Settings"), () => frappe.set_route("Form", "Xero Settings")];
		return organisation ? [settings] : [settings, [__("Try the Demo Organisation"), () => page.connect_demo()]];
	}

	class XeroSetup {
		constructor(page) {
			this.page = page;
			this.$body = $('<div class="xero-setup pt-3"></div>').appendTo(page.main);
			this.field = page.add_field({
				fieldtype: "Select",
				fieldname: "organisation",
				label: __("Organisation"),
				change: () => this.chosen(),
			});
			page.add_menu_item(__("Refresh"), () => this.load());
		}

		show() {
			this.wanted = frappe.route_options?.organisation || this.wanted;
			frappe.route_options = null;
			return this.load();
		}

		chosen() {
			const value = this.field.get_value();
			if (!value || value === this.wanted || value === this.guide?.organisation?.name) return;
			this.wanted = value;
			this.load();
		}

		async load() {
			if (!this.guide) this.$body.html(`<p class="text-muted p-4">${__("Loading…")}</p>`);
			const turn = (this.turn = {});
			const args = this.wanted ? { organisation: this.wanted } : {};
			const answer = await xero_connector.call("setup.guide", args, { type: "GET", freeze: false });
			if (turn !== this.turn) return; // another organisation was chosen meanwhile
			if (!answer) return this.$body.html(`<p class="text-muted p-4">${__("The setup could not be read.")}</p>`);
			this.guide = answer.message;
			this.draw();
		}

		draw() {
			const { organisations, organisation, steps } = this.guide;
			const options = organisations.map(({ name, organisation_name }) => ({
				value: name,
				label: frappe.utils.escape_html(organisation_name), // Frappe puts it on the page as HTML
			}));
			this.field.df.options = options;
			this.field.refresh();
			this.page.page_form.toggleClass("hide", options.length < 2);
			if (organisation) this.field.set_value(organisation.name);
			this.page.set_title(organisation ? __("Setup of {0}", [organisation.organisation_name]) : __("Xero Setup"));
			const done = steps.filter(({ state }) => state === "done").length;
			this.page.set_indicator(__("{0} of {1} done", [done, steps.length]), done === steps.length ? "green" : "orange");
			this.$body.empty();
			if (organisation?.is_demo) this.$body.append(this.banner());
			for (const [at, step] of steps.entries()) this.$body.append(this.step(step, at));
		}

		banner() {
			const text = __("This is the demo organisation. It lives on this site only: nothing leaves it.");
			return $('<div class="alert alert-info"></div>').text(text);
		}

		step({ key, state, left, notes }, at) {
			const { title, about, actions } = STEPS[key];
			const { icon, colour, label } = STATES[state];
			const lines = [...left.map((text) => ["", text]), ...notes.map((text) => ["text-muted", text])].map(
				([css, text]) => `<li class="${css}">${frappe.utils.escape_html(text)}</li>`
			);
			const $card = $(`
				<section class="frappe-card p-4 mb-3 d-flex" data-step="${key}" data-state="${state}">
					<div class="mr-4 text-center" style="min-width: 3.5rem">
						<div class="h4 mb-1">${at + 1}</div>
						${frappe.utils.icon(icon, "sm")}
						<div class="mt-1">${xero_connector.pill(label, colour)}</div>
					</div>
					<div class="flex-grow-1">
						<h2 class="h5 mt-0 mb-1">${title}</h2>
						<p class="text-muted mb-2">${about}</p>
						<ul class="pl-4 mb-2">${lines.join("")}</ul>
						<div class="xero-actions"></div>
					</div>
				</section>`);
			if (state !== "later") this.add_actions($card.find(".xero-actions"), actions(this.guide, this), state);
			return $card;
		}

		add_actions($place, actions, state) {
			for (const [at, [label, action]] of actions.entries()) {
				const style = state === "open" && !at ? "btn-primary" : "btn-default";
				$(`<button class="btn btn-sm ${style} mr-2"></button>`).text(label).on("click", action).appendTo($place);
			}
		}

		async connect_demo() {
			const freeze_message = __("Preparing the demo organisation…");
			const answer = await xero_connector.call("connect.connect_demo", { pilot: 1 }, { freeze_message });
			if (!answer) return;
			this.wanted = answer.message;
			this.load();
		}

		async go_live() {
			const unfinished = this.guide.steps.filter(({ key, left }) => left.length && ["map", "pilot"].includes(key));
			const doubts = unfinished.flatMap(({ left }) => left.map((text) => frappe.utils.escape_html(text)));
			if (await xero_connector.go_live(this.guide.organisation, doubts)) this.load();
		}
	}
})();
