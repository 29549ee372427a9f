"""What the causes of ``sync`` and ``mapping`` are called where they are counted."""

from __future__ import annotations

from collections.abc import Callable

from frappe import _


def cause_words(cause: str) -> str:
	"""A cause as a person calls it."""
	known = CAUSES.get(cause)
	return known() if known else cause.replace("-", " ").capitalize() or _("Other")


CAUSES: dict[str, Callable[[], str]] = {
	"account-archived": lambda: _("Account archived in Xero"),
	"account-missing": lambda: _("No account chosen"),
	"account-refused": lambda: _("Account refused by Xero"),
	"account-unfit": lambda: _("Account does not fit"),
	"already-linked": lambda: _("Two records are one in Xero"),
	"amends-what-is-billed": lambda: _("Amends what is invoiced"),
	"amount-too-high": lambda: _("More than what is due"),
	"answered-with-another": lambda: _("Xero answered with another record"),
	"beyond-what-is-billed": lambda: _("More than what is invoiced"),
	"billed-by-others": lambda: _("Invoiced by other documents"),
	"billed-in-parts": lambda: _("Invoiced in parts"),
	"changed-in-xero": lambda: _("Changed in Xero meanwhile"),
	"code-taken": lambda: _("Item code taken in Xero"),
	"contact-archived": lambda: _("Contact archived in Xero"),
	"contact-missing": lambda: _("Contact not in this organisation"),
	"credit-note-final": lambda: _("Credit note can no longer change"),
	"currency-not-enabled": lambda: _("Currency not enabled in Xero"),
	"description-missing": lambda: _("Line without a description"),
	"discount-refused": lambda: _("Discount on a credit note"),
	"email-invalid": lambda: _("Email address not valid"),
	"email-missing": lambda: _("No email address"),
	"exchange-rate-missing": lambda: _("No exchange rate"),
	"expiry-before-date": lambda: _("Expires before its date"),
	"gone-in-xero": lambda: _("No longer in Xero"),
	"group-refused": lambda: _("Contact group refused by Xero"),
	"invoice-final": lambda: _("Invoice can no longer change"),
	"item-code-taken": lambda: _("Item code taken in Xero"),
	"item-code-too-long": lambda: _("Item code too long"),
	"merged-here": lambda: _("Merged here, not in Xero"),
	"merged-in-xero": lambda: _("Merged in Xero, not here"),
	"name-missing": lambda: _("No name"),
	"name-refused": lambda: _("Name refused by Xero"),
	"name-taken": lambda: _("Name taken in Xero"),
	"negative-total": lambda: _("Total below zero"),
	"no-lines": lambda: _("No items"),
	"no-tax-type-missing": lambda: _("No tax rate for lines without tax"),
	"not-authorised": lambda: _("Not authorised in Xero"),
	"not-found": lambda: _("Names something that is not there"),
	"not-understood": lambda: _("Not understood"),
	"number-taken": lambda: _("Number taken in Xero"),
	"number-too-long": lambda: _("Number too long"),
	"part-exceeds": lambda: _("Part exceeds the whole"),
	"party-not-sent": lambda: _("Lead or Prospect not sent"),
	"period-locked": lambda: _("Period locked in Xero"),
	"plan-limit": lambda: _("Limit of the Xero plan"),
	"quote-final": lambda: _("Quote can no longer change"),
	"reference-too-long": lambda: _("Reference too long"),
	"refused": lambda: _("Refused by Xero"),
	"rounding-account-missing": lambda: _("No rounding account"),
	"several-candidates": lambda: _("Several contacts fit"),
	"several-taxes": lambda: _("Several taxes on a line"),
	"tax-not-a-rate": lambda: _("Tax is no rate"),
	"tax-not-mapped": lambda: _("Tax not mapped"),
	"tax-rate-differs": lambda: _("Tax rate differs from Xero's"),
	"tax-rate-unfit": lambda: _("Tax rate does not fit"),
	"tax-refused": lambda: _("Tax refused by Xero"),
	"theme-refused": lambda: _("Branding theme refused by Xero"),
	"too-long": lambda: _("Too long for Xero"),
	"totals-differ": lambda: _("Totals differ"),
	"tracking-refused": lambda: _("Tracking refused by Xero"),
	"xero-failed": lambda: _("Xero failed on it"),
}
"""When it is called, so that it is in the language of who looks."""
