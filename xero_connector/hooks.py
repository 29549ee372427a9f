app_name = "xero_connector"
app_title = "Xero Connector"
app_publisher = "Xero Connector contributors"
app_description = "ERPNext and Xero as one system"
app_email = "xero-connector@example.com"
app_license = "MIT"

required_apps = ["frappe/erpnext"]

add_to_apps_screen = [
	{
		"name": "xero_connector",
		"logo": "/assets/xero_connector/images/xero_connector.svg",
		"title": "Xero Connector",
		"route": "/app/xero",
		"has_permission": "xero_connector.desk.permissions.may_open_the_app",
	}
]

after_install = "xero_connector.install.after_install"
after_migrate = "xero_connector.install.after_migrate"
before_uninstall = "xero_connector.install.before_uninstall"
after_uninstall = "xero_connector.install.after_uninstall"

doctype_js = {
	"Customer": ["public/js/xero.js", "public/js/standing.js", "public/js/customer.js"],
	"Item": ["public/js/xero.js", "public/js/standing.js", "public/js/item.js"],
	"Sales Order": [
		"public/js/xero.js",
		"public/js/standing.js",
		"public/js/documents.js",
		"public/js/sales_order.js",
		"public/js/overdue.js",
	],
	"Sales Invoice": [
		"public/js/xero.js",
		"public/js/standing.js",
		"public/js/documents.js",
		"public/js/sales_invoice.js",
	],
	"Quotation": [
		"public/js/xero.js",
		"public/js/standing.js",
		"public/js/documents.js",
		"public/js/quotation.js",
		"public/js/overdue.js",
	],
	"Opportunity": [
		"public/js/xero.js",
		"public/js/standing.js",
		"public/js/documents.js",
		"public/js/opportunity.js",
	],
	"Xero Conflict": "public/js/xero.js",
	"Xero Field Map": "public/js/xero.js",
	"Xero Import": ["public/js/xero.js", "public/js/work.js"],
	"Xero Invoice": "public/js/xero.js",
	"Xero Link": "public/js/xero.js",
	"Xero Match": "public/js/xero.js",
	"Xero Organisation": "public/js/xero.js",
	"Xero Outbox": ["public/js/xero.js", "public/js/record.js"],
	"Xero Payment": "public/js/xero.js",
	"Xero Quote": "public/js/xero.js",
	"Xero Reconciliation": ["public/js/xero.js", "public/js/work.js"],
	"Xero Resync": ["public/js/xero.js", "public/js/work.js"],
	"Xero Settings": "public/js/xero.js",
	"Xero Sync Log": ["public/js/xero.js", "public/js/record.js"],
}

page_js = {
	"xero-health": "public/js/xero.js",
	"xero-map": "public/js/xero.js",
	"xero-pilot": ["public/js/xero.js", "public/js/live.js"],
	"xero-setup": ["public/js/xero.js", "public/js/live.js"],
}

doctype_list_js = {
	"Customer": ["public/js/xero.js", "public/js/customer_list.js"],
	"Xero Import": "public/js/xero.js",
	"Xero Invoice": "public/js/xero.js",
	"Xero Outbox": "public/js/xero.js",
	"Xero Reconciliation": "public/js/xero.js",
	"Xero Resync": "public/js/xero.js",
	"Xero Sync Log": "public/js/xero.js",
}

doc_events = {
	"Customer": {
		"before_save": "xero_connector.desk.events.keep_ours",
		"on_update": "xero_connector.desk.events.saved",
		"on_trash": "xero_connector.desk.events.deleted",
		"before_rename": "xero_connector.desk.events.merging",
		"after_rename": "xero_connector.desk.events.renamed",
	},
	"Lead": {
		"on_update": "xero_connector.desk.events.saved",
		"on_trash": "xero_connector.desk.events.deleted",
		"before_rename": "xero_connector.desk.events.merging",
		"after_rename": "xero_connector.desk.events.renamed",
	},
	"Prospect": {
		"on_update": "xero_connector.desk.events.saved",
		"on_trash": "xero_connector.desk.events.deleted",
		"before_rename": "xero_connector.desk.events.merging",
		"after_rename": "xero_connector.desk.events.renamed",
	},
	"Address": {
		"on_update": "xero_connector.desk.events.saved",
		"on_trash": "xero_connector.desk.events.deleted",
	},
	"Contact": {
		"on_update": "xero_connector.desk.events.saved",
		"on_trash": "xero_connector.desk.events.deleted",
	},
	"Item": {
		"before_save": "xero_connector.desk.events.keep_ours",
		"on_update": "xero_connector.desk.events.saved",
		"on_trash": "xero_connector.desk.events.deleted",
		"before_rename": "xero_connector.desk.events.merging",
		"after_rename": "xero_connector.desk.events.renamed",
	},
	"Item Price": {
		"on_update": "xero_connector.desk.events.saved",
		"on_trash": "xero_connector.desk.events.saved",
	},
	"Sales Order": {
		"validate": "xero_connector.desk.overdue.validate",
		"before_save": "xero_connector.desk.events.keep_ours",
		"before_submit": [
			"xero_connector.desk.events.keep_ours",
			"xero_connector.desk.overdue.before_submit",
		],
		"before_update_after_submit": "xero_connector.desk.events.keep_ours",
		"before_cancel": "xero_connector.desk.events.keep_ours",
		"on_submit": "xero_connector.desk.events.saved",
		"on_update_after_submit": "xero_connector.desk.events.saved",
		"on_cancel": "xero_connector.desk.events.cancelled",
		"on_trash": "xero_connector.desk.events.deleted",
	},
	"Sales Invoice": {
		"before_save": "xero_connector.desk.events.keep_ours",
		"before_submit": "xero_connector.desk.events.keep_ours",
		"before_update_after_submit": "xero_connector.desk.events.keep_ours",
		"before_cancel": "xero_connector.desk.events.keep_ours",
		"on_submit": [
			"xero_connector.desk.events.saved",
			"xero_connector.desk.payment_entry.on_invoice_submit",
		],
		"on_update_after_submit": "xero_connector.desk.events.saved",
		"on_cancel": "xero_connector.desk.events.cancelled",
		"on_trash": "xero_connector.desk.events.deleted",
	},
	"Quotation": {
		"validate": "xero_connector.desk.overdue.validate",
		"before_save": "xero_connector.desk.events.keep_ours",
		"before_submit": [
			"xero_connector.desk.events.keep_ours",
			"xero_connector.desk.overdue.before_submit",
		],
		"before_update_after_submit": "xero_connector.desk.events.keep_ours",
		"before_cancel": "xero_connector.desk.events.keep_ours",
		"on_submit": "xero_connector.desk.events.saved",
		"on_update_after_submit": "xero_connector.desk.events.saved",
		"on_cancel": "xero_connector.desk.events.cancelled",
		"on_trash": "xero_connector.desk.events.deleted",
	},
	"Opportunity": {
		"before_save": "xero_connector.desk.events.keep_ours",
		"on_update": "xero_connector.desk.events.saved",
		"on_trash": "xero_connector.desk.events.deleted",
	},
	"Payment Entry": {
		"on_cancel": "xero_connector.desk.payment_entry.on_cancel",
		"on_trash": "xero_connector.desk.payment_entry.on_trash",
	},
}

scheduler_events = {
	"cron": {
		"* * * * *": [
			"xero_connector.desk.jobs.sweep",
			"xero_connector.desk.notices.tell_payments",
			"xero_connector.desk.notices.tell_reconnect",
		],
	},
	"hourly": ["xero_connector.desk.needs_notice.tell"],
	"daily_long": ["xero_connector.desk.jobs.daily", "xero_connector.desk.notices.tell_overdue"],
}

_OF_AN_ORGANISATION = (
	"Xero Batch",
	"Xero Conflict",
	"Xero Contact",
	"Xero Import",
	"Xero Link",
	"Xero Match",
	"Xero Outbox",
	"Xero Reconciliation",
	"Xero Resync",
	"Xero Sync Log",
)

permission_query_conditions = {
	**dict.fromkeys(_OF_AN_ORGANISATION, "xero_connector.desk.permissions.organisation_conditions"),
	"Xero Invoice": "xero_connector.desk.permissions.invoice_conditions",
	"Xero Payment": "xero_connector.desk.permissions.payment_conditions",
	"Xero Quote": "xero_connector.desk.permissions.quote_conditions",
}

has_permission = {
	**dict.fromkeys(_OF_AN_ORGANISATION, "xero_connector.desk.permissions.may_see_organisation_of"),
	"Xero Invoice": "xero_connector.desk.permissions.has_permission",
	"Xero Payment": "xero_connector.desk.permissions.has_permission",
	"Xero Quote": "xero_connector.desk.permissions.has_permission",
}

ignore_links_on_delete = [
	"Xero Account Map",
	"Xero Batch",
	"Xero Billed",
	"Xero Branding Theme",
	"Xero Conflict",
	"Xero Contact",
	"Xero Import",
	"Xero Invoice",
	"Xero Invoice Request",
	"Xero Item",
	"Xero Item Account",
	"Xero Link",
	"Xero Login",
	"Xero Match",
	"Xero Match Candidate",
	"Xero Organisation",
	"Xero Outbox",
	"Xero Payment",
	"Xero Payment Account",
	"Xero Quote",
	"Xero Reconciliation",
	"Xero Resync",
	"Xero Sync Log",
	"Xero Tax Map",
	"Xero Tracking Map",
	"Xero Tracking Option",
]

default_log_clearing_doctypes = {"Xero Sync Log": 400}

export_python_type_annotations = True
require_type_annotated_api_methods = True
