{% include "xero_connector/public/js/xero.js" %}

(() => {
	const KINDS = [
		"Duplicate Customers",
		"Customer Fields",
		"Email",
		"Address",
		"Item Codes",
		"Item Prices",
		"Accounts and Taxes",
		"Documents",
	];
	const SEVERITIES = { "Must Fix": "red", "Should Fix": "orange" };
	const MAPPED = ["Accounts and Taxes", "Documents"];

	frappe.query_reports["Xero Data Audit"] = {
		filters: [
			{
				fieldname: "organisation",
				label: __("Xero Organisation"),
				fieldtype: "Link",
				options: "Xero Organisation",
			},
			{
				fieldname: "kind",
				label: __("Kind"),
				fieldtype: "Select",
				options: ["", ...KINDS.map((kind) => ({ value: kind, label: __(kind) }))],
			},
		],

		async onload(report) {
			report.page.add_inner_button(__("Map to Xero"), () => open_map(report));
			report.page.main.off(".xero-audit"); // it is the page of all reports
			report.page.main.on("click.xero-audit", ".xero-merge", (event) => {
				const row = report.data[event.currentTarget.dataset.row];
				show_sides(report, row.group);
			});
			report.page.main.on("click.xero-audit", ".xero-map-link", () => open_map(report));
			if (report.get_filter_value("organisation")) return;
			const found = await frappe.db.get_list("Xero Organisation", {
				filters: { status: ["!=", "Disconnected"] },
				order_by: "enabled desc, creation asc",
				limit: 1,
			});
			if (found.length) report.set_filter_value("organisation", found[0].name);
		},

		formatter(value, row, column, data, standard) {
			if (column.fieldname === "severity") return xero_connector.pill(value, SEVERITIES[value]);
			if (["what", "advice"].includes(column.fieldname)) return whole(value);
			if (column.fieldname === "kind" || column.fieldname === "reference_doctype") value = __(value);
			if (column.fieldname === "action") return action(row, data);
			return standard(value, row, column, data);
		},
	};

	/** A text that may be longer than its column. */
	function whole(value) {
		const text = frappe.utils.escape_html(value || "");
		return `<span title="${text}">${text}</span>`;
	}

	function action(row, data) {
		const button = (name, label) =>
			`<button class="btn btn-xs btn-default ${name}" data-row="${row.meta.rowIndex}">${label}</button>`;
		if (data.group.length) return button("xero-merge", __("Merge…"));
		if (MAPPED.includes(data.kind)) return button("xero-map-link", __("Map…"));
		return "";
	}

	function open_map(report) {
		const organisation = report.get_filter_value("organisation");
		frappe.set_route(organisation ? ["xero-map", organisation] : ["xero-map"]);
	}

	async function show_sides(report, customers) {
		const args = { customers: JSON.stringify(customers) };
		const answer = await xero_connector.call("audit.merging.compare", args, { type: "GET" });
		if (!answer) return;
		const sides = answer.message;
		if (sides.length < 2) {
			frappe.show_alert({ message: __("They are one by now."), indicator: "green" });
			report.refresh();
			return;
		}
		const dialog = new frappe.ui.Dialog({
			title: __("Are They One Customer?"),
			size: sides.length > 2 ? "extra-large" : "large",
			fields: [
				{ fieldname: "sides", fieldtype: "HTML" },
				{
					fieldname: "into",
					fieldtype: "Select",
					label: __("Keep"),
					options: sides.map((side) => side.name),
					default: sides[0].name,
					reqd: 1,
					onchange: () => offer_others(dialog, sides),
				},
				{
					fieldname: "merged",
					fieldtype: "MultiCheck",
					label: __("Merge Into It"),
					columns: 2,
					options: [],
				},
				{ fieldname: "warning", fieldtype: "HTML" },
			],
			primary_action_label: __("Merge"),
			primary_action: ({ into, merged }) => confirm_merge(report, dialog, into, merged),
		});
		dialog.fields_dict.sides.$wrapper.html(table_of(sides));
		dialog.fields_dict.warning.$wrapper.html(warning(sides));
		offer_others(dialog, sides);
		dialog.show();
	}

	function offer_others(dialog, sides) {
		const into = dialog.get_value("into") || sides[0].name;
		const others = sides.filter((side) => side.name !== into);
		const options = others.map(({ name }) => ({ label: name, value: name, checked: sides.length === 2 }));
		dialog.set_df_property("merged", "options", options);
		dialog.fields_dict.merged.refresh();
	}

	function table_of(sides) {
		const text = (value) => frappe.utils.escape_html(String(value ?? ""));
		const rows = [
			[__("Customer"), (side) => frappe.utils.get_form_link("Customer", side.name, true)],
			[__("Name"), (side) => text(side.customer_name)],
			[__("Email"), (side) => text(side.email)],
			[__("Tax ID"), (side) => text(side.tax_id)],
			[__("Billing Currency"), (side) => text(side.currency)],
			[__("Customer Group"), (side) => text(side.customer_group)],
			[__("Sales Orders"), (side) => text(side.orders)],
			[__("Sales Invoices"), (side) => text(side.invoices)],
			[__("In Xero"), (side) => text(side.in_xero.join(", ")) || "–"],
			[__("Created"), (side) => xero_connector.day(side.created)],
		];
		const cells = (shown) => sides.map((side) => `<td>${shown(side)}</td>`).join("");
		const body = rows.map(([label, shown]) => `<tr><th scope="row">${label}</th>${cells(shown)}</tr>`);
		return `<div class="table-responsive"><table class="table table-bordered"><tbody>${body.join("")}</tbody></table></div>`;
	}

	function warning(sides) {
		if (sides.filter((side) => side.in_xero.length).length < 2) return "";
		const text = __(
			"More than one of them is in Xero. Finance has to merge the contacts there too; Xero Match says which."
		);
		return `<p class="text-muted">${text}</p>`;
	}

	function confirm_merge(report, dialog, into, merged) {
		if (!merged?.length) {
			frappe.msgprint(__("Choose what is to be merged into {0}.", [frappe.utils.escape_html(into)]));
			return;
		}
		const names = merged.map((name) => frappe.utils.escape_html(name)).join(", ");
		const question = __(
			"Merge {0} into {1}? All documents become those of {1}. This cannot be undone.",
			[names, frappe.utils.escape_html(into)].map((name) => `<b>${name}</b>`)
		);
		frappe.confirm(question, async () => {
			let done = 0;
			for (const customer of merged) {
				const args = { customer, into };
				const answer = await xero_connector.call("audit.merging.merge", args, {
					freeze_message: __("Merging {0}", [frappe.utils.escape_html(customer)]),
				});
				if (!answer) break;
				done += 1;
			}
			if (done === merged.length) {
				dialog.hide();
				frappe.show_alert({ message: __("Merged into {0}.", [frappe.utils.escape_html(into)]), indicator: "green" });
			}
			if (done) report.refresh();
		});
	}
})();
