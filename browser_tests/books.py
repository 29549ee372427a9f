"""Three years of a firm that sells to seven customers, so that screens show what they show in real life."""

from __future__ import annotations

from datetime import date, timedelta

from xero_connector.simulator import Accountant

CUSTOMERS = (
	"Chalkdown University",
	"Estuary Marine Systems",
	"Fenland Business Advice",
	"Hartwell Sims Ltd",
	"Kestrel Media Group",
	"Minster Limousines",
	"Seafront Rowing Club",
)
OWES = "Hartwell Sims Ltd"
"""Of all ages."""

ALL = "all"
BILLED = (
	# customer, days ago, days to pay, pounds, paid of it
	("Hartwell Sims Ltd", 1010, 30, 7800, ALL),
	("Hartwell Sims Ltd", 720, 30, 1150, ALL),
	("Hartwell Sims Ltd", 380, 30, 3600, ALL),
	("Hartwell Sims Ltd", 150, 30, 1200, None),
	("Hartwell Sims Ltd", 105, 30, 1200, None),
	("Hartwell Sims Ltd", 80, 30, 3000, "1400"),
	("Hartwell Sims Ltd", 42, 14, 1200, None),
	("Hartwell Sims Ltd", 5, 14, 1800, None),
	("Chalkdown University", 320, 30, 2750, ALL),
	("Chalkdown University", 130, 30, 6200, ALL),
	("Chalkdown University", 33, 30, 798, ALL),
	("Estuary Marine Systems", 260, 14, 1850, ALL),
	("Estuary Marine Systems", 95, 14, 1560, ALL),
	("Estuary Marine Systems", 40, 14, 780, "300"),
	("Fenland Business Advice", 210, 30, 2400, ALL),
	("Fenland Business Advice", 2, 30, 1800, None),
	("Kestrel Media Group", 290, 30, 880, ALL),
	("Kestrel Media Group", 64, 30, 1980, ALL),
	("Kestrel Media Group", 20, 30, 600, None),
	("Minster Limousines", 180, 30, 2100, ALL),
	("Minster Limousines", 75, 30, 3340, None),
	("Seafront Rowing Club", 240, 14, 1340, ALL),
	("Seafront Rowing Club", 12, 14, 600, ALL),
)


def keep(accountant: Accountant) -> None:
	"""Enter all of it in Xero. What is paid was paid on its day, or today."""
	contacts = {name: accountant.add_contact(Name=name) for name in CUSTOMERS}
	for name, age, terms, pounds, paid in sorted(BILLED, key=lambda row: -row[1]):
		issued = date.today() - timedelta(days=age)
		due = issued + timedelta(days=terms)
		line = {"Description": "Work as agreed", "Quantity": 1, "UnitAmount": pounds, "AccountCode": "200"}
		invoice = accountant.add_invoice(
			Contact={"ContactID": contacts[name]},
			Date=issued.isoformat(),
			DueDate=due.isoformat(),
			Status="AUTHORISED",
			LineAmountTypes="Inclusive",
			LineItems=[line],
		)
		if paid:
			when = min(due, date.today())
			accountant.pay(invoice, None if paid == ALL else paid, date=when)
