"""Xero's refusals by name: each sentence that the simulator says has a cause that stays, and advice.

The sentences are those of ``tests/simulator/test_simulator_refusals.py``, where each is provoked.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xero_connector.sync.advice import advice_for

REFUSALS = Path(__file__).parents[1] / "simulator" / "test_simulator_refusals.py"

CAUSES = {
	"Invoice # must be unique.": "number-taken",
	"Quote # must be unique.": "number-taken",
	"Credit note # must be unique.": "number-taken",
	"Price List Item with Code 'book' already exists": "code-taken",
	"The contact name KESTREL MEDIA GROUP is already assigned to another contact. ": "name-taken",
	"The specified contact details matched an archived contact. ": "contact-archived",
	"The contact with the specified contact details has been archived. ": "contact-archived",
	"Invoice not of valid status for modification": "invoice-final",
	"Quote not of valid status for modification": "invoice-final",
	"This document cannot be edited as it has a payment or credit note allocated to it.": "invoice-final",
	"The document date cannot be before the period lock date 2026-05-01": "period-locked",
	"The document date cannot be before the end of year lock date 2026-05-01": "period-locked",
	"Organisation is not subscribed to currency CHF": "currency-not-enabled",
	"You have reached the limit of invoices you can approve": "plan-limit",
	"The TaxType code 'INPUT2' cannot be used with account code '200'.": "tax-refused",
	"Account code '090' is not a valid code for this document.": "account-refused",
	"Account code '999' is not a valid code for this document.": "account-refused",
	"Email address must be valid.": "email-invalid",
	"The contact has no email address to send the invoice to": "email-missing",
	"Only submitted, authorised or paid sales invoices can be emailed": "not-authorised",
	"An online invoice is only available for authorised sales invoices": "not-authorised",
	"Payments can only be made against Authorised documents": "not-authorised",
	"Payment amount exceeds the amount outstanding on this document": "amount-too-high",
	"The amount exceeds the amount outstanding on this document": "amount-too-high",
	"The amount exceeds the remaining credit on this document": "amount-too-high",
	"The contact name cannot contain angle brackets.": "name-refused",
	"The contact name cannot contain double spaces.": "name-refused",
	"The field Name must be a string with a maximum length of 255.": "too-long",
	"The field Name must be a string with a maximum length of 50.": "too-long",
	"The field ContactNumber must be a string with a maximum length of 50.": "too-long",
	"The field AccountNumber must be a string with a maximum length of 50.": "too-long",
	"The field TaxNumber must be a string with a maximum length of 50.": "too-long",
	"The field InvoiceNumber must be a string with a maximum length of 255.": "too-long",
	"The field Description must be a string with a maximum length of 4000.": "too-long",
	"The field Code must be a string with a maximum length of 30.": "too-long",
	"The tracking option 'Moon' is not a valid active option": "tracking-refused",
	"The tracking option 'North' is not a valid active option": "tracking-refused",
	"A line item can have a maximum of 2 tracking categories": "tracking-refused",
	"The branding theme with the specified BrandingThemeID could not be found": "theme-refused",
	"Discounts are only supported on sales invoices": "discount-refused",
	"The total of a document cannot be negative": "negative-total",
}

NEVER_ASKED = (
	"The LineAmountTypes",
	"Payments cannot be modified",
	"Payments can only be made to bank accounts",
	"The maximum number of active tracking categories",
	"The name of a tracking category",
)
"""Beginnings of what only others are told: we enter no payments, make no categories, and say how lines are
meant as Xero spells it (a test of the payloads proves that).
"""


@pytest.mark.parametrize(("sentence", "cause"), CAUSES.items())
def test_a_refusal_has_a_name_and_advice(sentence: str, cause: str) -> None:
	found = advice_for(sentence)
	assert found.cause == cause
	assert found.advice and found.advice != advice_for("Something that nobody has heard of").advice


def test_no_sentence_of_the_simulator_is_forgotten() -> None:
	said = re.findall(r'@says\(\s*"([^"]+)"', REFUSALS.read_text())
	assert len(said) > 50
	missing = {sentence for sentence in said if sentence not in CAUSES}
	assert not {sentence for sentence in missing if not sentence.startswith(NEVER_ASKED)}
