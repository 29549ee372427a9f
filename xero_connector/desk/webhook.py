"""Where Xero announces changes."""

from __future__ import annotations

import frappe
from werkzeug.wrappers import Response

from xero_connector.desk import jobs
from xero_connector.desk.wiring import SiteClock
from xero_connector.store.frappe import FrappeStore
from xero_connector.sync import webhooks
from xero_connector.xero import verify_signature


@frappe.whitelist(allow_guest=True, methods=["POST"])
def receive() -> Response:
	"""Keep the events of a body that Xero signed, answer at once, read what they name in a job.

	Xero wants 200 or 401, an empty body and no cookies.
	"""
	raw = frappe.request.get_data()
	key = frappe.get_doc("Xero Settings").get_password("webhook_key", raise_exception=False)
	frappe.local.cookie_manager.cookies = {}
	if not verify_signature(raw, frappe.get_request_header("x-xero-signature") or "", key or ""):
		return Response(status=401)
	try:
		new = webhooks.receive(FrappeStore(), SiteClock(), raw)
	except ValueError as error:
		frappe.logger("xero_connector").warning(f"a signed webhook could not be read: {error}")
		new = 0
	if new:
		for organisation in jobs.announced():
			jobs.after_commit("fetch", organisation)
	return Response(status=200)
