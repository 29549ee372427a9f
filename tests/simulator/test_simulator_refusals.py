"""The table of refusals: what Xero says, and how the simulator is brought to say it.

The texts of the first part are Xero's own, recorded or reported; those of the second stand for rules of which
only the rule is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal as D
from typing import Any

import pytest
from simulator_kit import Xero, read

from xero_connector.simulator import Accountant, AccountantError

LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
NOBODY = "11111111-1111-4111-8111-111111111111"


@dataclass
class Office:
	"""An organisation with one contact. What begins with `refused` answers the sentence of the refusal."""

	xero: Xero
	accountant: Accountant
	contact_id: str

	def sale(self, **fields: Any) -> dict[str, Any]:
		"""The fields of an authorised sales invoice of 120.00."""
		dates = {"Date": "2026-05-01", "DueDate": "2026-05-31"}
		return {"Type": "ACCREC", "Status": "AUTHORISED", **dates, **self.quote(), **fields}

	def note(self, **fields: Any) -> dict[str, Any]:
		"""The fields of an authorised credit note of 120.00."""
		return {"Type": "ACCRECCREDIT", "Status": "AUTHORISED", **self.quote(), **fields}

	def quote(self, **fields: Any) -> dict[str, Any]:
		"""The fields of a draft quote of 120.00."""
		return {"Contact": {"ContactID": self.contact_id}, "LineItems": [LINE], **fields}

	def invoice(self, **fields: Any) -> str:
		return str(self.xero.create("Invoices", **self.sale(**fields))["InvoiceID"])

	def voided(self, **fields: Any) -> str:
		invoice_id = self.invoice(**fields)
		self.accountant.void(invoice_id)
		return invoice_id

	def part_paid(self) -> str:
		invoice_id = self.invoice()
		self.accountant.pay(invoice_id, "70")
		return invoice_id

	def allocated(self) -> tuple[str, str]:
		"""A credit note and the invoice that 20.00 of it are used for."""
		note_id = str(self.xero.create("CreditNotes", **self.note())["CreditNoteID"])
		invoice_id = self.invoice()
		self.accountant.allocate(note_id, invoice_id, "20")
		return note_id, invoice_id

	def archive(self, **fields: Any) -> None:
		self.xero.change("Contacts", ContactID=self.contact_id, Name="Kestrel", **fields)
		self.accountant.archive_contact(self.contact_id)

	def refused(self, collection: str, **fields: Any) -> str:
		return self.xero.refusal(collection, **fields)

	def refused_sale(self, **fields: Any) -> str:
		return self.refused("Invoices", **self.sale(**fields))

	def refused_line(self, **fields: Any) -> str:
		return self.refused_sale(LineItems=[{**LINE, **fields}])

	def refused_change(self, invoice_id: str, **fields: Any) -> str:
		return self.xero.refused_change("Invoices", InvoiceID=invoice_id, **fields)

	def refused_payment(self, invoice_id: str, amount: str = "1", account: str = "090") -> str:
		named = {"Invoice": {"InvoiceID": invoice_id}, "Account": {"Code": account}}
		return self.refused("Payments", **named, Amount=D(amount))

	def refused_call(self, method: str, path: str, body: Any = None) -> str:
		response = self.xero.call(method, path, body)
		assert response.status_code == 400, response.text
		(error,) = read(response)["Elements"][0]["ValidationErrors"]
		return str(error["Message"])

	def refused_allocation(self, note_id: str, invoice_id: str, amount: str) -> str:
		body = {"Allocations": [{"Amount": D(amount), "Invoice": {"InvoiceID": invoice_id}}]}
		return self.refused_call("PUT", f"CreditNotes/{note_id}/Allocations", body)


Provoke = Callable[[Office], str]
REFUSALS: list[tuple[str, Provoke]] = []


def says(sentence: str) -> Callable[[Provoke], Provoke]:
	"""Enters a row in the table: the situation below leads to this sentence."""

	def enter(provoke: Provoke) -> Provoke:
		REFUSALS.append((sentence, provoke))
		return provoke

	return enter


@says("Invoice # must be unique.")
def number_taken(office: Office) -> str:
	office.invoice(InvoiceNumber="SO-1")
	return office.refused_sale(InvoiceNumber="so-1")


@says("Invoice # must be unique.")
def number_of_a_voided_invoice(office: Office) -> str:
	office.voided(InvoiceNumber="SO-1")
	return office.refused_sale(InvoiceNumber="SO-1")


@says("Invoice # must be unique.")
def number_of_a_voided_invoice_by_post(office: Office) -> str:
	office.voided(InvoiceNumber="SO-1")
	return office.xero.refused_change("Invoices", **office.sale(InvoiceNumber="SO-1"))


@says(
	"The contact name KESTREL MEDIA GROUP is already assigned to another contact. "
	"The contact name must be unique across all active contacts."
)
def contact_name_taken(office: Office) -> str:
	return office.refused("Contacts", Name="KESTREL MEDIA GROUP")


@says(
	"The specified contact details matched an archived contact. "
	"Archived contacts cannot currently be edited via the API."
)
def contact_number_of_an_archived_contact(office: Office) -> str:
	office.archive(ContactNumber="CUST-1")
	return office.refused("Contacts", Name="New", ContactNumber="CUST-1")


@says(
	"The specified contact details matched an archived contact. "
	"Archived contacts cannot currently be edited via the API."
)
def archived_contact_revived(office: Office) -> str:
	office.archive()
	revived = {"ContactID": office.contact_id, "ContactStatus": "ACTIVE"}
	return office.xero.refused_change("Contacts", **revived)


@says("Invoice not of valid status for modification")
def voided_invoice_edited(office: Office) -> str:
	return office.refused_change(office.voided(), Reference="x")


@says("Invoice not of valid status for modification")
def authorised_invoice_deleted(office: Office) -> str:
	return office.refused_change(office.invoice(), Status="DELETED")


@says("Invoice not of valid status for modification")
def draft_voided(office: Office) -> str:
	return office.refused_change(office.invoice(Status="DRAFT"), Status="VOIDED")


@says("This document cannot be edited as it has a payment or credit note allocated to it.")
def part_paid_invoice_edited(office: Office) -> str:
	return office.refused_change(office.part_paid(), Reference="x")


@says("This document cannot be edited as it has a payment or credit note allocated to it.")
def part_paid_invoice_voided(office: Office) -> str:
	return office.refused_change(office.part_paid(), Status="VOIDED")


@says("This document cannot be edited as it has a payment or credit note allocated to it.")
def credited_invoice_voided(office: Office) -> str:
	return office.refused_change(office.allocated()[1], Status="VOIDED")


@says("This document cannot be edited as it has a payment or credit note allocated to it.")
def used_credit_note_voided(office: Office) -> str:
	change = {"CreditNoteID": office.allocated()[0], "Status": "VOIDED"}
	return office.xero.refused_change("CreditNotes", **change)


@says("Payment amount exceeds the amount outstanding on this document")
def payment_of_more_than_is_due(office: Office) -> str:
	return office.refused_payment(office.part_paid(), "50.01")


@says("Payments can only be made against Authorised documents")
def payment_of_a_draft(office: Office) -> str:
	return office.refused_payment(office.invoice(Status="DRAFT"))


@says("Payments can only be made against Authorised documents")
def payment_of_a_voided_invoice(office: Office) -> str:
	return office.refused_payment(office.voided())


@says("The TaxType code 'INPUT2' cannot be used with account code '200'.")
def tax_of_a_purchase_on_a_sale(office: Office) -> str:
	return office.refused_line(TaxType="INPUT2")


@says("Account code '090' is not a valid code for this document.")
def bank_account_on_a_line(office: Office) -> str:
	return office.refused_line(AccountCode="090")


@says("Account code '999' is not a valid code for this document.")
def unknown_account_on_an_approved_line(office: Office) -> str:
	return office.refused_line(AccountCode="999")


@says("Account code '999' is not a valid code for this document.")
def unknown_account_on_a_quote(office: Office) -> str:
	return office.refused("Quotes", **office.quote(LineItems=[{**LINE, "AccountCode": "999"}]))


@says("The document date cannot be before the period lock date 2026-05-01")
def invoice_in_a_locked_period(office: Office) -> str:
	office.accountant.set_lock_date(period="2026-05-01")
	return office.refused_sale()


@says("The document date cannot be before the period lock date 2026-05-01")
def void_in_a_locked_period(office: Office) -> str:
	invoice_id = office.invoice()
	office.accountant.set_lock_date(period="2026-05-01")
	return office.refused_change(invoice_id, Status="VOIDED")


@says("The document date cannot be before the period lock date 2026-05-01")
def credit_note_in_a_locked_period(office: Office) -> str:
	office.accountant.set_lock_date(period="2026-05-01")
	return office.refused("CreditNotes", **office.note())


@says("The document date cannot be before the end of year lock date 2026-05-01")
def invoice_in_a_locked_year(office: Office) -> str:
	office.accountant.set_lock_date(end_of_year="2026-05-01")
	return office.refused_sale()


@says("Organisation is not subscribed to currency CHF")
def currency_of_an_invoice_not_enabled(office: Office) -> str:
	return office.refused_sale(CurrencyCode="CHF")


@says("Organisation is not subscribed to currency CHF")
def currency_of_a_contact_not_enabled(office: Office) -> str:
	return office.refused("Contacts", Name="New", DefaultCurrency="CHF")


@says("You have reached the limit of invoices you can approve")
def one_invoice_more_than_the_plan_allows(office: Office) -> str:
	office.accountant.set_approval_limit(1)
	office.invoice()
	return office.refused_sale()


@says("You have reached the limit of invoices you can approve")
def draft_approved_beyond_the_plan(office: Office) -> str:
	draft = office.invoice(Status="DRAFT")
	office.accountant.set_approval_limit(1)
	office.voided()
	return office.refused_change(draft, Status="AUTHORISED")


@says(
	"The contact with the specified contact details has been archived. "
	"The contact must be un-archived before creating new invoices or credit notes."
)
def invoice_for_an_archived_contact(office: Office) -> str:
	office.archive()
	return office.refused_sale()


@says(
	"The contact with the specified contact details has been archived. "
	"The contact must be un-archived before creating new invoices or credit notes."
)
def credit_note_for_an_archived_contact(office: Office) -> str:
	office.archive()
	return office.refused("CreditNotes", **office.note())


@says(
	"The contact with the specified contact details has been archived. "
	"The contact must be un-archived before creating new invoices or credit notes."
)
def quote_for_an_archived_contact(office: Office) -> str:
	office.archive()
	return office.refused("Quotes", **office.quote())


# From here on the rule is known, the wording is not.


@says("Email address must be valid.")
def invalid_email(office: Office) -> str:
	return office.refused("Contacts", Name="New", EmailAddress="nobody at home")


@says("Email address must be valid.")
def invalid_email_of_a_contact_person(office: Office) -> str:
	return office.refused("Contacts", Name="New", ContactPersons=[{"EmailAddress": "@"}])


@says("The contact name cannot contain angle brackets.")
def angle_bracket_in_a_name(office: Office) -> str:
	return office.refused("Contacts", Name="A > B")


@says("The contact name cannot contain double spaces.")
def double_space_in_a_name(office: Office) -> str:
	return office.refused("Contacts", Name="A  B")


@says("The field Name must be a string with a maximum length of 255.")
def name_too_long(office: Office) -> str:
	return office.refused("Contacts", Name="x" * 256)


@says("The field ContactNumber must be a string with a maximum length of 50.")
def contact_number_too_long(office: Office) -> str:
	return office.refused("Contacts", Name="New", ContactNumber="x" * 51)


@says("The field AccountNumber must be a string with a maximum length of 50.")
def account_number_too_long(office: Office) -> str:
	return office.refused("Contacts", Name="New", AccountNumber="x" * 51)


@says("The field TaxNumber must be a string with a maximum length of 50.")
def tax_number_too_long(office: Office) -> str:
	return office.refused("Contacts", Name="New", TaxNumber="x" * 51)


@says("The field InvoiceNumber must be a string with a maximum length of 255.")
def invoice_number_too_long(office: Office) -> str:
	return office.refused_sale(InvoiceNumber="x" * 256)


@says("The field Description must be a string with a maximum length of 4000.")
def description_too_long(office: Office) -> str:
	return office.refused_line(Description="x" * 4001)


@says("The field Code must be a string with a maximum length of 30.")
def item_code_too_long(office: Office) -> str:
	return office.refused("Items", Code="x" * 31)


@says("The field Name must be a string with a maximum length of 50.")
def item_name_too_long(office: Office) -> str:
	return office.refused("Items", Code="x", Name="x" * 51)


@says("Price List Item with Code 'book' already exists")
def item_code_taken(office: Office) -> str:
	office.xero.create("Items", Code="BOOK")
	return office.refused("Items", Code="book")


@says("The name of a tracking category or option must have 1 to 100 characters")
def tracking_option_too_long(office: Office) -> str:
	return accountant_refused(lambda: office.accountant.add_tracking_category("Team", ["x" * 101]))


@says("The maximum number of active tracking categories has been reached")
def third_tracking_category(office: Office) -> str:
	office.accountant.add_tracking_category("Team", ["Red"])
	return accountant_refused(lambda: office.accountant.add_tracking_category("Third", []))


@says("The tracking option 'Moon' is not a valid active option")
def unknown_tracking_option(office: Office) -> str:
	return office.refused_line(Tracking=[{"Name": "Region", "Option": "Moon"}])


@says("The tracking option 'North' is not a valid active option")
def unknown_tracking_category(office: Office) -> str:
	return office.refused_line(Tracking=[{"Name": "Planet", "Option": "North"}])


@says("A line item can have a maximum of 2 tracking categories")
def line_with_three_tracking_categories(office: Office) -> str:
	return office.refused_line(Tracking=[{"Name": "Region", "Option": "North"}] * 3)


@says("The branding theme with the specified BrandingThemeID could not be found")
def unknown_branding_theme(office: Office) -> str:
	return office.refused_sale(BrandingThemeID=NOBODY)


@says("The LineAmountTypes 'EXCLUSIVE' is not valid.")
def line_amount_types_of_a_quote_on_an_invoice(office: Office) -> str:
	return office.refused_sale(LineAmountTypes="EXCLUSIVE")


@says("The LineAmountTypes 'Exclusive' is not valid.")
def line_amount_types_of_an_invoice_on_a_quote(office: Office) -> str:
	return office.refused("Quotes", **office.quote(LineAmountTypes="Exclusive"))


@says("Discounts are only supported on sales invoices")
def discount_on_a_credit_note(office: Office) -> str:
	return office.refused("CreditNotes", **office.note(LineItems=[{**LINE, "DiscountAmount": 1}]))


@says("Discounts are only supported on sales invoices")
def discount_on_a_bill(office: Office) -> str:
	return office.refused_sale(Type="ACCPAY", LineItems=[{**LINE, "AccountCode": "429", "DiscountAmount": 1}])


@says("The total of a document cannot be negative")
def negative_total(office: Office) -> str:
	return office.refused_line(UnitAmount=-1)


@says("Credit note # must be unique.")
def credit_note_number_taken(office: Office) -> str:
	office.xero.create("CreditNotes", **office.note(CreditNoteNumber="RET-1"))
	return office.refused("CreditNotes", **office.note(CreditNoteNumber="ret-1"))


@says("Credit note # must be unique.")
def number_of_a_voided_credit_note_by_post(office: Office) -> str:
	note = office.xero.create("CreditNotes", **office.note(CreditNoteNumber="RET-1"))
	office.accountant.void_credit_note(note["CreditNoteID"])
	return office.xero.refused_change("CreditNotes", **office.note(CreditNoteNumber="RET-1"))


@says("The amount exceeds the remaining credit on this document")
def allocation_of_more_than_is_left(office: Office) -> str:
	note_id, _ = office.allocated()
	return office.refused_allocation(note_id, office.invoice(), "100.01")


@says("The amount exceeds the amount outstanding on this document")
def allocation_of_more_than_is_due(office: Office) -> str:
	note_id, _ = office.allocated()
	return office.refused_allocation(note_id, office.part_paid(), "50.01")


@says("Quote # must be unique.")
def quote_number_taken(office: Office) -> str:
	office.xero.create("Quotes", **office.quote(QuoteNumber="QTN-1"))
	return office.refused("Quotes", **office.quote(QuoteNumber="qtn-1"))


@says("Quote not of valid status for modification")
def draft_quote_declined(office: Office) -> str:
	quote_id = office.xero.create("Quotes", **office.quote())["QuoteID"]
	return office.xero.refused_change("Quotes", QuoteID=quote_id, Status="DECLINED")


@says("Payments cannot be modified, only created and deleted.")
def payment_edited(office: Office) -> str:
	payment_id = office.accountant.pay(office.invoice(), "20")
	return office.refused_call("POST", f"Payments/{payment_id}", {"Amount": 5})


@says("Payments can only be made to bank accounts or accounts that have payments enabled")
def payment_to_a_sales_account(office: Office) -> str:
	return office.refused_payment(office.invoice(), account="200")


@says("Only submitted, authorised or paid sales invoices can be emailed")
def draft_emailed(office: Office) -> str:
	return office.refused_call("POST", f"Invoices/{office.invoice(Status='DRAFT')}/Email")


@says("The contact has no email address to send the invoice to")
def invoice_emailed_to_nobody(office: Office) -> str:
	office.xero.change("Contacts", ContactID=office.contact_id, EmailAddress="")
	return office.refused_call("POST", f"Invoices/{office.invoice()}/Email")


@says("An online invoice is only available for authorised sales invoices")
def payment_link_of_a_draft(office: Office) -> str:
	return office.refused_call("GET", f"Invoices/{office.invoice(Status='DRAFT')}/OnlineInvoice")


def accountant_refused(act: Callable[[], object]) -> str:
	with pytest.raises(AccountantError) as refused:
		act()
	return str(refused.value)


@pytest.mark.parametrize(("sentence", "provoke"), REFUSALS, ids=[provoke.__name__ for _, provoke in REFUSALS])
def test_what_xero_refuses(
	xero: Xero, accountant: Accountant, contact: dict[str, Any], sentence: str, provoke: Provoke
) -> None:
	assert provoke(Office(xero, accountant, contact["ContactID"])) == sentence
