"""The demo organisation: contacts, items, invoices in every state, payments."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xero_connector.simulator import contacts, invoices, items, payments
from xero_connector.simulator.books import Books
from xero_connector.simulator.kinds import ORGANISATION

if TYPE_CHECKING:
	from xero_connector.simulator.core import Simulator

DEMO_TENANT_ID = "0d6f3c52-7a11-4c1e-9a55-2f0b7c1de001"
DEMO_CLIENT_ID = "XERODEMOWEBAPP00000000000000000A"
DEMO_CLIENT_SECRET = "demo-web-secret"
DEMO_REDIRECT_URI = "http://localhost/xero-demo"
DEMO_CUSTOM_CLIENT_ID = "XERODEMOCUSTOM000000000000000000"
DEMO_CUSTOM_CLIENT_SECRET = "demo-custom-secret"

CONTACTS = (
	("Seafront Rowing Club", "secretary@seafrontrowing.example", "Bristol"),
	("Wicker & Willow", "", "Birmingham"),
	("Minster Limousines", "finance@minsterlimousines.example", "London"),
	("Fenland Business Advice", "office@fenlandadvice.example", "Oxford"),
	("Hartwell Sims Ltd", "info@hartwellsims.example", "Leeds"),
	("Estuary Marine Systems", "support@estuarymarine.example", "Plymouth"),
	("Kestrel Media Group", "info@kestrelmedia.example", "London"),
	("Chalkdown University", "office@chalkdown.example", "Reading"),
)
ITEMS = (
	("BOOK", "Handbook, second edition", "19.95", "200", "ZERORATEDOUTPUT"),
	("DEV-DAY", "Development work - developer onsite per day", "650.00", "210", "OUTPUT2"),
	("PROJECT", "Project management & implementation", "1500.00", "210", "OUTPUT2"),
	("SUPPORT", "Desktop support via email & phone, per month", "500.00", "210", "OUTPUT2"),
	("TSHIRT-W", "T-Shirt Large White", "20.00", "200", "OUTPUT2"),
)
INVOICES = (
	# contact, days ago, terms in days, item, quantity, status, part paid (None: not at all, "all": in full)
	("Seafront Rowing Club", 75, 14, "SUPPORT", 1, "AUTHORISED", "all"),
	("Minster Limousines", 60, 30, "DEV-DAY", 2, "AUTHORISED", "all"),
	("Hartwell Sims Ltd", 45, 14, "PROJECT", 1, "AUTHORISED", None),
	("Estuary Marine Systems", 40, 14, "DEV-DAY", 1, "AUTHORISED", "300.00"),
	("Kestrel Media Group", 20, 30, "SUPPORT", 1, "AUTHORISED", None),
	("Chalkdown University", 10, 30, "BOOK", 40, "AUTHORISED", "all"),
	("Wicker & Willow", 5, 30, "TSHIRT-W", 12, "SUBMITTED", None),
	("Fenland Business Advice", 2, 30, "SUPPORT", 3, "DRAFT", None),
)


def seed_demo_company(simulator: Simulator, tenant_id: str = DEMO_TENANT_ID) -> str:
	"""The demo organisation and its two apps, unless the state has them; answers the tenant id."""
	with simulator.store.transaction():
		if not simulator.store.value("SELECT 1 FROM organisations WHERE tenant = ?", tenant_id):
			_create(simulator, tenant_id)
	return tenant_id


def _create(simulator: Simulator, tenant_id: str) -> None:
	simulator.add_organisation("Demo Company (UK)", tenant_id=tenant_id)
	simulator.add_app(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, redirect_uris=[DEMO_REDIRECT_URI])
	simulator.add_app(DEMO_CUSTOM_CLIENT_ID, DEMO_CUSTOM_CLIENT_SECRET, kind="custom", tenant_id=tenant_id)
	books = simulator.books(tenant_id, simulator.now())
	books.save(ORGANISATION, books.organisation | {"IsDemoCompany": True, "Class": "DEMO"})
	for name, email, city in CONTACTS:
		contacts.create(books, _contact(name, email, city))
	for code, name, price, account, tax_type in ITEMS:
		details = {"UnitPrice": Decimal(price), "AccountCode": account, "TaxType": tax_type}
		items.create(books, {"Code": code, "Name": name, "Description": name, "SalesDetails": details})
	for name, age, terms, item, quantity, status, paid in INVOICES:
		_invoice(books, name, age, terms, item, quantity, status, paid)


def _contact(name: str, email: str, city: str) -> dict[str, Any]:
	return {
		"Name": name,
		"EmailAddress": email,
		"Addresses": [
			{
				"AddressType": "POBOX",
				"AddressLine1": "1 High Street",
				"City": city,
				"Country": "United Kingdom",
			}
		],
	}


def _invoice(
	books: Books, name: str, age: int, terms: int, item: str, quantity: int, status: str, paid: str | None
) -> None:
	issued = date.fromisoformat(books.today) - timedelta(days=age)
	due = issued + timedelta(days=terms)
	given = {
		"Type": "ACCREC",
		"Contact": {"Name": name},
		"Date": issued.isoformat(),
		"DueDate": due.isoformat(),
		"Status": status,
		"LineItems": [{"ItemCode": item, "Quantity": quantity}],
	}
	invoice = invoices.create(books, given).body
	if paid is not None:
		amount = invoice["Total"] if paid == "all" else Decimal(paid)
		when = min(due, date.fromisoformat(books.today)).isoformat()
		payment = {"Amount": amount, "Date": when, "Account": {"Code": "090"}}
		payments.create(books, {**payment, "Invoice": {"InvoiceID": invoice["InvoiceID"]}})
