"""The pages of the accountant: invoices, quotes, contacts, payments, credit; a button for each act."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from xero_connector.simulator import html
from xero_connector.simulator.accountant import Accountant, AccountantError
from xero_connector.simulator.values import Body, parse_date

if TYPE_CHECKING:
	from xero_connector.simulator.core import Simulator

ROUTES = Map(
	[
		Rule("/", endpoint="organisations", methods=["GET"]),
		Rule("/<tenant>/", endpoint="invoices", methods=["GET"]),
		Rule("/<tenant>/contacts", endpoint="contacts", methods=["GET"]),
		Rule("/<tenant>/quotes", endpoint="quotes", methods=["GET"]),
		Rule("/<tenant>/payments", endpoint="payments", methods=["GET"]),
		Rule("/<tenant>/credits", endpoint="credits", methods=["GET"]),
		Rule("/<tenant>/settings", endpoint="settings", methods=["GET"]),
		Rule("/<tenant>/invoices/<record>", endpoint="invoice", methods=["GET"]),
		Rule("/<tenant>/contacts/<record>", endpoint="contact", methods=["GET"]),
		Rule("/<tenant>/quotes/<record>", endpoint="quote", methods=["GET"]),
		Rule("/<tenant>/credits/<record>", endpoint="credit", methods=["GET"]),
		Rule("/<tenant>/<kind>/<record>/<act>", endpoint="act", methods=["POST"]),
	]
)


CREDITS = {"CreditNote": "Credit note", "Overpayment": "Overpayment", "Prepayment": "Prepayment"}
"""What a contact has to its credit, by the name that the API gives it."""


QUOTE_BUTTONS = {
	"DRAFT": ("Send", "Delete"),
	"SENT": ("Accept", "Decline", "Invoice", "Delete"),
	"ACCEPTED": ("Invoice", "Delete"),
	"DECLINED": ("Delete",),
}
"""What can be done with a quote, by its status."""


class Pages:
	"""Answers requests for pages; every act is a POST and ends in a redirect back to where it was done."""

	def __init__(self, simulator: Simulator) -> None:
		self._simulator = simulator

	def respond(self, request: Request) -> Response:
		"""The page, the redirect after an act, or 404."""
		try:
			name, values = ROUTES.bind_to_environ(request.environ).match()
		except HTTPException as error:
			return Response.force_type(error.get_response(), request.environ)
		if name == "organisations":
			return _page("Organisations", [self._organisations()])
		try:
			accountant = self._simulator.accountant(values["tenant"])
		except KeyError:
			return Response("Not found", 404)
		try:
			if name == "act":
				return self._act(accountant, request, values["kind"], values["record"], values["act"])
			return self._show(accountant, name, values.get("record", ""))
		except HTTPException as error:
			return Response.force_type(error.get_response(), request.environ)
		except AccountantError as error:
			back = f"/{accountant.tenant_id}/"
			body = [
				html.element("p", str(error), class_="problem", role="alert"),
				_link(back, "Back to the invoices"),
			]
			return _page("Xero says no", body, status=400)

	def _organisations(self) -> Markup:
		return html.table(
			["Organisation", "Tenant"],
			(
				[_link(f"/{each['tenantId']}/", each["name"]), each["tenantId"]]
				for each in self._simulator.organisations()
			),
		)

	def _show(self, accountant: Accountant, name: str, record: str) -> Response:
		title, body = _VIEWS[name](accountant, record)
		base = f"/{accountant.tenant_id}"
		links = [
			("/", "Organisations"),
			(f"{base}/", "Invoices"),
			(f"{base}/quotes", "Quotes"),
			(f"{base}/contacts", "Contacts"),
			(f"{base}/payments", "Payments"),
			(f"{base}/credits", "Credit"),
			(f"{base}/settings", "Settings"),
		]
		return _page(title, body, links)

	def _act(self, accountant: Accountant, request: Request, kind: str, record: str, act: str) -> Response:
		chosen = _ACTS.get((kind, act))
		if chosen is None:
			return Response("Not found", 404)
		chosen(accountant, record, request)
		base = f"/{accountant.tenant_id}"
		listed = {"payments": "payments", "settings": "settings", "allocations": "credits"}.get(kind)
		target = f"{base}/{listed}" if listed else f"{base}/{kind}/{quote(record)}"
		return Response(status=303, headers={"Location": target})


def _page(
	title: str, body: list[Markup], links: list[tuple[str, str]] | None = None, *, status: int = 200
) -> Response:
	return Response(
		html.page(title, body, links or [("/", "Organisations")]),
		status,
		content_type="text/html; charset=utf-8",
	)


def _link(address: str, label: str) -> Markup:
	return html.element("a", label, href=address)


def _day(spelled: str | None) -> str:
	"""A calendar date in Xero's form as `YYYY-MM-DD`."""
	if not spelled:
		return ""
	return parse_date(spelled)


def _status(text: str) -> Markup:
	return html.element("span", text, class_="status")


def _invoices(accountant: Accountant, _record: str) -> tuple[str, list[Markup]]:
	rows = (
		[
			_link(
				f"/{accountant.tenant_id}/invoices/{each['InvoiceID']}",
				each["InvoiceNumber"] or "(no number)",
			),
			each["Contact"]["Name"],
			_day(each["Date"]),
			_day(each.get("DueDate")),
			_status(each["Status"]),
			f"{each['Total']} {each['CurrencyCode']}",
			str(each["AmountDue"]),
		]
		for each in reversed(accountant.invoices())
	)
	heads = ["Number", "Contact", "Date", "Due", "Status", "#Total", "#Amount due"]
	return f"Invoices of {accountant.organisation()['Name']}", [html.table(heads, rows)]


def _quotes(accountant: Accountant, _record: str) -> tuple[str, list[Markup]]:
	base = f"/{accountant.tenant_id}/quotes"
	rows = (
		[
			_link(f"{base}/{each['QuoteID']}", each["QuoteNumber"]),
			each["Contact"]["Name"],
			_day(each["Date"]),
			_day(each.get("ExpiryDate")),
			_status(each["Status"]),
			f"{each['Total']} {each['CurrencyCode']}",
			_quote_buttons(f"{base}/{each['QuoteID']}", each["Status"]),
		]
		for each in reversed(accountant.quotes())
	)
	return "Quotes", [html.table(["Number", "Contact", "Date", "Expires", "Status", "#Total", ""], rows)]


def _quote(accountant: Accountant, record: str) -> tuple[str, list[Markup]]:
	quote = accountant.quote(record)
	base = f"/{accountant.tenant_id}/quotes/{record}"
	summary = (
		f"{quote['Contact']['Name']}, {_day(quote['Date'])}. "
		f"Total {quote['Total']} {quote['CurrencyCode']}. {quote['Title']}"
	)
	lines = (
		[each["Description"], str(each.get("Quantity", "")), str(each["UnitAmount"]), str(each["LineAmount"])]
		for each in quote["LineItems"]
	)
	history = html.join(html.element("li", line) for line in accountant.history(record))
	body = [
		html.element("p", html.join([_status(quote["Status"]), " ", summary])),
		_quote_buttons(base, quote["Status"]),
		html.table(["Line", "#Quantity", "#Price", "#Amount"], lines),
		html.element("h2", "History"),
		html.element("ul", history),
	]
	return f"Quote {quote['QuoteNumber']}", body


def _quote_buttons(base: str, status: str) -> Markup:
	labels = QUOTE_BUTTONS.get(status, ())
	return html.join(html.form(f"{base}/{label.lower()}", [], label) for label in labels)


def _contacts(accountant: Accountant, _record: str) -> tuple[str, list[Markup]]:
	rows = (
		[
			_link(f"/{accountant.tenant_id}/contacts/{each['ContactID']}", each["Name"]),
			each.get("EmailAddress", ""),
			_status(each["ContactStatus"]),
			str(each.get("Balances", {}).get("AccountsReceivable", {}).get("Outstanding", "0.00")),
		]
		for each in accountant.contacts()
	)
	return "Contacts", [html.table(["Name", "Email", "Status", "#Outstanding"], rows)]


def _payments(accountant: Accountant, _record: str) -> tuple[str, list[Markup]]:
	rows = (
		[
			_day(each["Date"]),
			*_paid_document(accountant, each),
			_status(each["Status"]),
			str(each["Amount"]),
			_remove_button(accountant, each["PaymentID"]) if each["Status"] == "AUTHORISED" else Markup(""),
		]
		for each in reversed(accountant.payments())
	)
	return "Payments", [html.table(["Date", "Document", "Contact", "Status", "#Amount", ""], rows)]


def _paid_document(accountant: Accountant, payment: Body) -> tuple[Markup, str]:
	"""The link to what was paid or refunded, and its contact."""
	document, base = payment["Invoice"], f"/{accountant.tenant_id}"
	if document["Type"] in ("ACCREC", "ACCPAY"):
		link = _link(f"{base}/invoices/{document['InvoiceID']}", document["InvoiceNumber"])
	else:
		title = f"Refund {document['InvoiceNumber']}".strip()
		link = _link(f"{base}/credits/{document['InvoiceID']}", title)
	return link, document["Contact"]["Name"]


def _remove_button(accountant: Accountant, payment_id: str) -> Markup:
	return html.form(f"/{accountant.tenant_id}/payments/{payment_id}/remove", [], "Remove payment")


def _credits(accountant: Accountant, _record: str) -> tuple[str, list[Markup]]:
	every = [*accountant.credit_notes(), *accountant.overpayments(), *accountant.prepayments()]
	rows = (
		[
			_day(each["Date"]),
			_link(f"/{accountant.tenant_id}/credits/{credit_id}", title),
			each["Contact"]["Name"],
			_status(each["Status"]),
			f"{each['Total']} {each['CurrencyCode']}",
			str(each["RemainingCredit"]),
		]
		for each in every
		for credit_id, title in [_credit_title(each)]
	)
	heads = ["Date", "Credit", "Contact", "Status", "#Total", "#Remaining"]
	return "Credit", [html.table(heads, rows)]


def _credit_title(credit: Body) -> tuple[str, str]:
	"""Id and name of a credit note, an overpayment or a prepayment."""
	name = next(name for name in CREDITS if f"{name}ID" in credit)
	return credit[f"{name}ID"], f"{CREDITS[name]} {credit.get('CreditNoteNumber', '')}".strip()


def _credit(accountant: Accountant, record: str) -> tuple[str, list[Markup]]:
	credit = accountant.credit_by_id(record)
	base = f"/{accountant.tenant_id}"
	summary = (
		f"{credit['Contact']['Name']}, {_day(credit['Date'])}. Total {credit['Total']}, "
		f"remaining {credit['RemainingCredit']} {credit['CurrencyCode']}."
	)
	allocations = (
		[
			_day(each["Date"]),
			each["Invoice"]["InvoiceNumber"],
			str(each["Amount"]),
			html.form(f"{base}/allocations/{each['AllocationID']}/remove", [], "Remove"),
		]
		for each in credit["Allocations"]
	)
	body = [
		html.element("p", html.join([_status(credit["Status"]), " ", summary])),
		*_credit_forms(accountant, record, credit),
		html.table(["Allocated", "Invoice", "#Amount", ""], allocations),
	]
	return _credit_title(credit)[1], body


def _credit_forms(accountant: Accountant, record: str, credit: Body) -> list[Markup]:
	base = f"/{accountant.tenant_id}/credits/{record}"
	if credit["Status"] in ("DRAFT", "SUBMITTED"):
		return [html.form(f"{base}/authorise", [], "Authorise"), html.form(f"{base}/void", [], "Delete")]
	if credit["Status"] != "AUTHORISED":
		return []
	invoices = (
		html.element("option", f"{each['InvoiceNumber']}: {each['AmountDue']}", value=each["InvoiceID"])
		for each in accountant.invoices()
		if each["Status"] == "AUTHORISED"
		and each["Contact"]["ContactID"] == credit["Contact"]["ContactID"]
		and each["CurrencyCode"] == credit["CurrencyCode"]
	)
	choice = Markup('<label>to <select name="invoice">{}</select></label>').format(html.join(invoices))
	amount = html.amount_field("amount", "Amount")
	return [
		html.form(f"{base}/allocate", [amount, choice], "Allocate"),
		html.form(f"{base}/refund", [amount], "Refund"),
		html.form(f"{base}/void", [], "Void"),
	]


def _invoice(accountant: Accountant, record: str) -> tuple[str, list[Markup]]:
	invoice = accountant.invoice(record)
	base = f"/{accountant.tenant_id}/invoices/{record}"
	summary = (
		f"{invoice['Contact']['Name']}, {_day(invoice['Date'])}. Total {invoice['Total']}, "
		f"due {invoice['AmountDue']} {invoice['CurrencyCode']}."
	)
	payments = html.table(
		["Payment", "#Amount", ""],
		(
			[_day(each["Date"]), str(each["Amount"]), _remove_button(accountant, each["PaymentID"])]
			for each in invoice["Payments"]
		),
	)
	history = html.join(html.element("li", line) for line in accountant.history(record))
	body = [
		html.element("p", html.join([_status(invoice["Status"]), " ", summary])),
		_invoice_buttons(base, invoice),
		_edit_form(base, invoice),
		payments,
		html.element("h2", "History"),
		html.element("ul", history),
	]
	return f"Invoice {invoice['InvoiceNumber']}", body


def _invoice_buttons(base: str, invoice: Body) -> Markup:
	status = invoice["Status"]
	forms = []
	if status in ("DRAFT", "SUBMITTED"):
		forms += [html.form(f"{base}/authorise", [], "Authorise"), html.form(f"{base}/void", [], "Delete")]
	if status == "AUTHORISED":
		forms += [
			html.form(f"{base}/pay", [], "Pay in full"),
			html.form(f"{base}/pay", [html.amount_field("amount", "Amount")], "Pay part"),
			html.form(f"{base}/overpay", [html.amount_field("amount", "Amount")], "Overpay"),
			html.form(f"{base}/void", [], "Void"),
		]
	return html.join(forms)


def _edit_form(base: str, invoice: Body) -> Markup:
	parts = [
		html.field("Reference", "Reference", invoice["Reference"]),
		html.field("DueDate", "Due date", _day(invoice.get("DueDate")), kind="date"),
	]
	for number, line in enumerate(invoice["LineItems"]):
		fields = [
			html.hidden(f"line{number}", line["LineItemID"]),
			html.field(f"Description{number}", "Description", line["Description"]),
			html.field(f"Quantity{number}", "Quantity", str(line.get("Quantity", "")), class_="amount"),
			html.field(f"UnitAmount{number}", "Price", str(line["UnitAmount"]), class_="amount"),
		]
		parts.append(
			html.element("fieldset", html.join([html.element("legend", f"Line {number + 1}"), *fields]))
		)
	return html.form(f"{base}/edit", parts, "Save", class_="stack")


def _contact(accountant: Accountant, record: str) -> tuple[str, list[Markup]]:
	contact = accountant.contact(record)
	base = f"/{accountant.tenant_id}/contacts/{record}"
	body = [html.element("p", _status(contact["ContactStatus"]))]
	if contact["ContactStatus"] == "ACTIVE":
		others = [
			html.element("option", each["Name"], value=each["ContactID"])
			for each in accountant.contacts()
			if each["ContactStatus"] == "ACTIVE" and each["ContactID"] != record
		]
		choice = Markup('<label>into <select name="target">{}</select></label>').format(html.join(others))
		edit = [
			html.field("Name", "Name", contact["Name"]),
			html.field("EmailAddress", "Email", contact.get("EmailAddress", "")),
		]
		body += [
			html.form(f"{base}/edit", edit, "Save", class_="stack"),
			html.form(f"{base}/archive", [], "Archive"),
			html.form(f"{base}/merge", [choice], "Merge"),
			html.form(f"{base}/credit", [html.amount_field("amount", "Amount")], "Credit"),
			html.form(f"{base}/prepay", [html.amount_field("amount", "Amount")], "Prepay"),
		]
	return contact["Name"], body


def _settings(accountant: Accountant, _record: str) -> tuple[str, list[Markup]]:
	organisation = accountant.organisation()
	base = f"/{accountant.tenant_id}/settings"
	dates = [
		html.field("period", "Lock up to", _day(organisation.get("PeriodLockDate")), kind="date"),
		html.field("end_of_year", "End of year", _day(organisation.get("EndOfYearLockDate")), kind="date"),
	]
	apps = (
		[client_id, html.form(f"{base}/{quote(client_id)}/disconnect", [], "Disconnect")]
		for client_id in accountant.connected_apps()
	)
	body = [
		html.element("h2", "Lock dates"),
		html.form(f"{base}/dates/lock", dates, "Save"),
		html.element("h2", "Connected apps"),
		html.table(["App", ""], apps),
	]
	return "Settings", body


_VIEWS: dict[str, Callable[[Accountant, str], tuple[str, list[Markup]]]] = {
	"invoices": _invoices,
	"quotes": _quotes,
	"quote": _quote,
	"contacts": _contacts,
	"payments": _payments,
	"credits": _credits,
	"credit": _credit,
	"invoice": _invoice,
	"contact": _contact,
	"settings": _settings,
}


def _edit_invoice(accountant: Accountant, record: str, request: Request) -> None:
	form = request.form
	invoice = accountant.invoice(record)
	fields: Body = {name: form[name] for name in ("Reference", "DueDate") if form.get(name, "") != ""}
	held = {line["LineItemID"]: line for line in invoice["LineItems"]}
	lines, changed = [], False
	for number in range(len(held)):
		line: Body = {"LineItemID": form[f"line{number}"]}
		for name in ("Description", "Quantity", "UnitAmount"):
			value = form.get(f"{name}{number}", "")
			if value and value != str(held[line["LineItemID"]].get(name, "")):
				line[name] = value
				changed = True
		lines.append(line)
	if changed:
		fields["LineItems"] = lines
	accountant.edit_invoice(record, **fields)


def _edit_contact(accountant: Accountant, record: str, request: Request) -> None:
	names = ("Name", "EmailAddress")
	accountant.edit_contact(record, **{name: request.form[name] for name in names if name in request.form})


def _pay(accountant: Accountant, record: str, request: Request) -> None:
	accountant.pay(record, request.form.get("amount") or None)


def _void_credit(accountant: Accountant, record: str, request: Request) -> None:
	is_note = "CreditNoteID" in accountant.credit_by_id(record)
	(accountant.void_credit_note if is_note else accountant.void_received)(record)


def _lock(accountant: Accountant, record: str, request: Request) -> None:
	period, end_of_year = (request.form.get(name) or None for name in ("period", "end_of_year"))
	accountant.set_lock_date(period=period, end_of_year=end_of_year)


_ACTS: dict[tuple[str, str], Callable[[Accountant, str, Request], object]] = {
	("invoices", "authorise"): lambda accountant, record, request: accountant.authorise(record),
	("invoices", "pay"): _pay,
	("invoices", "overpay"): lambda accountant, record, request: accountant.overpay(
		record, request.form["amount"]
	),
	("invoices", "void"): lambda accountant, record, request: accountant.void(record),
	("invoices", "edit"): _edit_invoice,
	("quotes", "send"): lambda accountant, record, request: accountant.send_quote(record),
	("quotes", "accept"): lambda accountant, record, request: accountant.accept_quote(record),
	("quotes", "decline"): lambda accountant, record, request: accountant.decline_quote(record),
	("quotes", "invoice"): lambda accountant, record, request: accountant.invoice_quote(record),
	("quotes", "delete"): lambda accountant, record, request: accountant.delete_quote(record),
	("contacts", "edit"): _edit_contact,
	("contacts", "archive"): lambda accountant, record, request: accountant.archive_contact(record),
	("contacts", "merge"): lambda accountant, record, request: accountant.merge_contacts(
		record, request.form["target"]
	),
	("contacts", "credit"): lambda accountant, record, request: accountant.credit(
		record, request.form["amount"]
	),
	("contacts", "prepay"): lambda accountant, record, request: accountant.prepay(
		record, request.form["amount"]
	),
	("credits", "authorise"): lambda accountant, record, request: accountant.authorise_credit_note(record),
	("credits", "allocate"): lambda accountant, record, request: accountant.allocate(
		record, request.form["invoice"], request.form["amount"]
	),
	("credits", "refund"): lambda accountant, record, request: accountant.refund(
		record, request.form["amount"]
	),
	("credits", "void"): _void_credit,
	("allocations", "remove"): lambda accountant, record, request: accountant.remove_allocation(record),
	("settings", "lock"): _lock,
	("settings", "disconnect"): lambda accountant, record, request: accountant.disconnect(record),
	("payments", "remove"): lambda accountant, record, request: accountant.remove_payment(record),
}
