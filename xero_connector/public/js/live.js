/** Ask whether an organisation shall go live, and let it; gives whether it did. `doubts`: HTML sentences. */
xero_connector.go_live = ({ name, organisation_name, company }, doubts) =>
	new Promise((resolve) => {
		const escape = frappe.utils.escape_html;
		const question = __(
			"Go live with {0}? From now on, what is saved and submitted in {1} goes to Xero by itself, as the organisation says. What was there before goes when it is saved again.",
			[escape(organisation_name), escape(company)]
		);
		const warnings = doubts.map((doubt) => `<p class="indicator orange">${doubt}</p>`).join("");
		const yes = async () => {
			const done = await xero_connector.call("connect.go_live", { organisation: name });
			if (done) {
				frappe.show_alert({ message: __("{0} is live.", [escape(organisation_name)]), indicator: "green" });
			}
			resolve(Boolean(done));
		};
		frappe.confirm(`<p>${question}</p>${warnings}`, yes, () => resolve(false));
	});
