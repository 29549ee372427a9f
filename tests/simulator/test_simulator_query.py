from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal as D
from typing import Any

import pytest
from simulator_kit import HandClock, Make, Xero, connect, read

from xero_connector.simulator import Limits, Simulator
from xero_connector.simulator.kinds import CONTACT, INVOICE
from xero_connector.simulator.query import where


def names(found: list[dict[str, Any]]) -> list[str]:
	return [each["Name"] for each in found]


@pytest.fixture
def three(xero: Xero, clock: HandClock) -> list[dict[str, Any]]:
	made = []
	for name in ("Ada", "Bob", "Cyd"):
		made.append(
			xero.create("Contacts", Name=name, ContactNumber=f"N-{name}", EmailAddress=f"{name}@x.example")
		)
		clock.forward(seconds=1)
	return made


@pytest.mark.parametrize(
	("condition", "found"),
	[
		('Name=="ADA"', ["Ada"]),
		('Name = "ada"', ["Ada"]),
		('ContactNumber=="N-Bob"', ["Bob"]),
		('EmailAddress=="cyd@X.example"', ["Cyd"]),
		('Name=="Ada" OR Name=="Bob"', ["Ada", "Bob"]),
		('Name=="Ada" || (Name=="Bob" && ContactStatus=="ACTIVE")', ["Ada", "Bob"]),
		('Name!="Ada" AND ContactStatus=="ACTIVE"', ["Bob", "Cyd"]),
		('Name=="Ada" AND Name=="Bob" OR Name=="Cyd"', ["Cyd"]),
		("UpdatedDateUTC>=DateTime(2026,05,01,12,00,02)", ["Cyd"]),
		('Name=="nobody"', []),
		('Name=="O\'Hara; DROP TABLE records"', []),
	],
)
def test_where(xero: Xero, three: list[dict[str, Any]], condition: str, found: list[str]) -> None:
	assert names(xero.many("Contacts", where=condition)) == found


@pytest.mark.parametrize(
	"condition",
	[
		'Name.StartsWith("A")',
		'Nonsense=="A"',
		"Name==",
		"Name==5",
		'Name=="A" AND',
		'(Name=="A"',
		'Name=="A")',
		'ContactID=="not a guid"',
		'ContactID==guid("abc")',
		'Name=="unclosed',
		"UpdatedDateUTC>DateTime(2026,13,01)",
	],
)
def test_a_where_that_is_not_understood_is_refused(xero: Xero, condition: str) -> None:
	response = xero.get("Contacts", where=condition)
	assert (response.status_code, read(response)["Type"]) == (400, "QueryParseException")


def test_dates_in_where(xero: Xero, make_invoice: Make) -> None:
	make_invoice(Date="2026-01-31", InvoiceNumber="old")
	make_invoice(Date="2026-02-01", InvoiceNumber="new")
	condition = 'Type=="ACCREC" AND Date>=DateTime(2026,02,01)'
	assert [each["InvoiceNumber"] for each in xero.many("Invoices", where=condition)] == ["new"]


def test_where_compiles_to_placeholders() -> None:
	assert where(CONTACT, 'Name=="A" AND ContactStatus=="ACTIVE"') == (
		"(name IS ? AND status IS ?)",
		("a", "ACTIVE"),
	)
	assert where(INVOICE, "Date>=DateTime(2026,01,01)") == ("date >= ?", ("2026-01-01",))


def test_order_and_paging(xero: Xero, three: list[dict[str, Any]]) -> None:
	first = read(xero.get("Contacts", page=1, pageSize=2, order="UpdatedDateUTC ASC, ContactID ASC"))
	assert names(first["Contacts"]) == ["Ada", "Bob"]
	assert first["pagination"] == {"page": 1, "pageSize": 2, "pageCount": 2, "itemCount": 3}
	assert names(xero.many("Contacts", page=2, pageSize=2)) == ["Cyd"]
	assert xero.many("Contacts", page=3, pageSize=2) == []
	assert names(xero.many("Contacts", order="Name DESC")) == ["Cyd", "Bob", "Ada"]
	assert "pagination" not in read(xero.get("Contacts"))
	assert xero.get("Contacts", order="Shoe ASC").status_code == 400


@pytest.mark.parametrize(
	("asked", "given"), [("0", 1), ("-5", 1), ("1000", 1000), ("5000", 1000), (None, 100)]
)
def test_page_sizes_are_clamped(xero: Xero, asked: str | None, given: int) -> None:
	options = {"page": 1} if asked is None else {"page": 1, "pageSize": asked}
	assert read(xero.get("Invoices", **options))["pagination"]["pageSize"] == given


@pytest.mark.parametrize(
	("header", "found"),
	[
		("Fri, 01 May 2026 12:00:01 GMT", ["Bob", "Cyd"]),
		("2026-05-01T12:00:01", ["Bob", "Cyd"]),
		("2026-05-01T12:00:01.999Z", ["Bob", "Cyd"]),
		("2026-05-01T13:00:02+01:00", ["Cyd"]),
		("2026-05-01T12:00:03", []),
	],
)
def test_if_modified_since(xero: Xero, three: list[dict[str, Any]], header: str, found: list[str]) -> None:
	assert names(xero.many("Contacts", headers={"If-Modified-Since": header})) == found


def test_if_modified_since_leaves_out_that_very_moment(xero: Xero, clock: HandClock) -> None:
	clock.now = datetime(2026, 5, 1, 12, 0, 0, tzinfo=timezone.utc)
	xero.create("Contacts", Name="Sharp")
	assert xero.many("Contacts", headers={"If-Modified-Since": "2026-05-01T12:00:00"}) == []


def test_if_modified_since_is_for_some_collections_only(xero: Xero) -> None:
	late = {"If-Modified-Since": "2030-01-01T00:00:00"}
	assert xero.many("Accounts", headers=late) == []
	for collection in ("TaxRates", "Currencies", "TrackingCategories"):
		assert xero.many(collection, headers=late) != []
	assert xero.get("Invoices", headers={"If-Modified-Since": "yesterday"}).status_code == 400


def test_lists_of_values(xero: Xero, make_invoice: Make, three: list[dict[str, Any]]) -> None:
	ids = ",".join(each["ContactID"] for each in three[:2])
	assert names(xero.many("Contacts", IDs=ids)) == ["Ada", "Bob"]
	one, two = make_invoice(), make_invoice(Status="DRAFT")
	make_invoice(Contact={"ContactID": three[0]["ContactID"]}, Status="SUBMITTED")

	def numbers(**options: Any) -> list[str]:
		return sorted(each["InvoiceNumber"] for each in xero.many("Invoices", **options))

	assert numbers(IDs=f"{one['InvoiceID']},{two['InvoiceID']}") == ["INV-0001", "INV-0002"]
	assert numbers(InvoiceNumbers="INV-0002,inv-0003") == ["INV-0002", "INV-0003"]
	assert numbers(ContactIDs=three[0]["ContactID"]) == ["INV-0003"]
	assert numbers(Statuses="DRAFT,AUTHORISED") == ["INV-0001", "INV-0002"]
	assert numbers(searchTerm="v-0003") == ["INV-0003"]
	assert xero.get("Invoices", createdByMyApp="true").status_code == 400


def test_parameters_are_known_in_any_case(xero: Xero) -> None:
	bad = {"Contacts": [{"Name": ""}]}
	assert xero.put("Contacts", bad, SummarizeErrors="false").status_code == 200
	assert "pagination" in read(xero.get("Contacts", Page=1))


def test_reference_collections(xero: Xero) -> None:
	assert [each["Code"] for each in xero.many("Accounts", where='Type=="BANK"', order="Code ASC")] == [
		"090",
		"091",
	]
	system = {
		each["SystemAccount"]: each["Code"] for each in xero.many("Accounts") if "SystemAccount" in each
	}
	assert (system["DEBTORS"], system["GST"], system["ROUNDING"]) == ("610", "820", "860")
	rates = {each["TaxType"]: each for each in xero.many("TaxRates")}
	assert rates["OUTPUT2"]["EffectiveRate"] == D("20")
	assert (rates["OUTPUT2"]["CanApplyToRevenue"], rates["OUTPUT2"]["CanApplyToExpenses"]) == (True, False)
	assert (rates["INPUT2"]["CanApplyToRevenue"], rates["RROUTPUT"]["EffectiveRate"]) == (False, D("5"))
	assert [each["Code"] for each in xero.many("Currencies")] == ["EUR", "GBP", "USD"]
	assert xero.one("TaxRates", "OUTPUT2")["Name"] == "20% (VAT on Income)"
	(organisation,) = read(xero.get("Organisation"))["Organisations"]
	assert (organisation["BaseCurrency"], organisation["CountryCode"]) == ("GBP", "GB")


def test_lock_dates_show_on_the_organisation(xero: Xero, accountant: Any) -> None:
	accountant.set_lock_date(period="2026-03-31", end_of_year="2025-12-31")
	organisation = read(xero.get("Organisation"))["Organisations"][0]
	assert organisation["PeriodLockDate"] == "/Date(1774915200000+0000)/"
	assert organisation["EndOfYearLockDate"] == "/Date(1767139200000+0000)/"


def test_pages_can_be_made_smaller() -> None:
	sim = Simulator(limits=Limits(None, None, None, None), max_page_size=2)
	xero = connect(sim, sim.add_organisation("Small pages"))
	for name in ("Ada", "Bob", "Cyd"):
		xero.create("Contacts", Name=name)
	page = read(xero.get("Contacts", page=1, pageSize=1000))["pagination"]
	assert page == {"page": 1, "pageSize": 2, "pageCount": 2, "itemCount": 3}
