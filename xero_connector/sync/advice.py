"""Xero's refusals, recognised: a cause that stays the same, and what a person can do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
	"""A refusal understood. ``passes``: it may go away by itself, so the row waits and is not held.

	``field``: where it is put right, if that is known: a field of the record that was refused, or with
	``chosen`` one of the **Xero Organisation**.
	"""

	cause: str
	advice: str
	passes: bool = False
	field: str = ""
	chosen: bool = False


NAME_TAKEN, CODE_TAKEN, NUMBER_TAKEN = "name-taken", "code-taken", "number-taken"
CONTACT_ARCHIVED = "contact-archived"
INVOICE_FINAL = "invoice-final"
PERIOD_LOCKED = "period-locked"

_KNOWN: list[tuple[str, Advice]] = [
	(
		r"contact name .* is already assigned",
		Advice(
			NAME_TAKEN,
			"Another contact in Xero has this name. Rename one of them, or give both the same email.",
			field="customer_name",
		),
	),
	(
		r"matched an archived contact|has been archived|contact .* is archived",
		Advice(
			CONTACT_ARCHIVED,
			"The contact is archived in Xero. Restore it there, then save this record again.",
		),
	),
	(
		r"Item with Code .* already exists",
		Advice(CODE_TAKEN, "Another item in Xero has this code. Look it up there.", field="xero_item_code"),
	),
	(
		r"(Invoice|Quote|Credit note) # must be unique",
		Advice(
			NUMBER_TAKEN,
			"Another document in Xero has this number, with another contact or total. Look it up there.",
		),
	),
	(
		r"ContactID could not be found",
		Advice(
			"contact-missing",
			"The contact it was linked to is not in this Xero organisation. Was this another one before?",
		),
	),
	(
		r"not of valid status for modification|cannot be edited as it has a payment",
		Advice(
			INVOICE_FINAL,
			"The document in Xero is paid, used, answered or voided and can no longer be changed.",
		),
	),
	(
		r"lock date|is locked",
		Advice(
			PERIOD_LOCKED,
			"The period is locked in Xero. Ask finance to move the lock date, or date it later.",
		),
	),
	(
		r"not subscribed to currency",
		Advice(
			"currency-not-enabled",
			"Add the currency in Xero (Settings, Currencies), then try again.",
			field="currency",
		),
	),
	(
		r"exceeds the (amount outstanding|remaining credit)",
		Advice("amount-too-high", "Less is due in Xero, or left of the credit, by now. Look both up there."),
	),
	(
		r"[Tt]racking (option|categor)",
		Advice(
			"tracking-refused",
			"Choose an active tracking option of Xero in the tracking table.",
			field="tracking",
			chosen=True,
		),
	),
	(
		r"BrandingThemeID",
		Advice(
			"theme-refused",
			"Choose a branding theme that is still there, on the Xero Organisation.",
			field="branding_theme",
			chosen=True,
		),
	),
	(
		r"maximum length of",
		Advice("too-long", "Shorten it to what Xero takes."),
	),
	(
		r"only supported on sales invoices",
		Advice("discount-refused", "A credit note takes no discount. Lower the price instead."),
	),
	(
		r"total of a document cannot be negative",
		Advice("negative-total", "Correct the lines: Xero takes no total below zero."),
	),
	(
		r"no email address to send",
		Advice("email-missing", "Give the customer's primary contact an email address."),
	),
	(
		r"only be made against Authorised|can be emailed|online invoice is only",
		Advice("not-authorised", "The document is not authorised in Xero. Authorise it there first."),
	),
	(
		r"TaxType|tax rate",
		Advice(
			"tax-refused",
			"Choose a Xero tax rate that fits sales on this account, in the tax map.",
			field="taxes",
			chosen=True,
		),
	),
	(
		r"[Aa]ccount code|AccountCode|valid account",
		Advice(
			"account-refused",
			"Choose an active sales account on the Xero Organisation.",
			field="sales_account",
			chosen=True,
		),
	),
	(
		r"[Ee]mail",
		Advice(
			"email-invalid",
			"Correct the email address of the primary contact.",
			field="customer_primary_contact",
		),
	),
	(
		r"[Nn]ame",
		Advice("name-refused", "Change the name to one that Xero takes.", field="customer_name"),
	),
	(
		r"limit of invoices you can approve",
		Advice("plan-limit", "Xero's plan allows no more approved invoices this month.", passes=True),
	),
]

_OTHER = Advice("refused", "Correct the record as Xero says, and save it.")


def advice_for(message: str) -> Advice:
	"""What to do about Xero's words."""
	return next((advice for pattern, advice in _KNOWN if re.search(pattern, message)), _OTHER)
