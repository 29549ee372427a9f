"""The accounts in Xero that money is paid into."""

from __future__ import annotations

from frappe import _

from xero_connector.desk import usage
from xero_connector.desk.unmapped.world import OPTIONAL, UNMAPPED, Row, Section, World, row_of
from xero_connector.mapping import suggest


def payment_accounts(world: World) -> Section:
	"""Each of them, with an account here in the same currency."""
	own = {row.xero_account: row for row in world.doc.payment_accounts}
	shown = {name: row for name, row in world.accounts.items() if name in own or _takes_payments(row)}
	received = usage.payments_into(world.doc.name)
	suggested, wanted = _suggested(world, shown), bool(world.doc.make_payment_entries)
	rows = []
	for name, account in shown.items():
		row, payments = own.get(name), received.get(str(account.get("xero_id") or ""), 0)
		if row:
			judged = world.judged("payment_accounts", row, "xero_account")
		elif wanted and (payments or account.get("account_type") == "BANK"):
			judged = {"state": UNMAPPED, "note": _("Payments into it wait.")}
		else:
			judged = {"state": OPTIONAL}
		made = row_of(
			{"xero_account": name},
			str(account.get("title") or account.get("account_name") or name),
			about=_currency(world, account),
			chosen=row.account if row else "",
			suggested=suggested.get(name),
			**judged,
		)
		rows.append({**made, "used": payments, "currency": _currency(world, account)})
	about = _("What each account in Xero that receives payments is here: one in the same currency.")
	if not wanted:
		about += " " + _("It is for Payment Entries, which this organisation does not make.")
	return Section("payments", _("Payments"), about, "Account", rows)


def _takes_payments(account: Row) -> bool:
	return account["status"] == "ACTIVE" and bool(
		account.get("account_type") == "BANK" or account.get("enable_payments")
	)


def _currency(world: World, account: Row) -> str:
	return str(account.get("currency") or world.doc.base_currency or "")


def _suggested(world: World, shown: dict[str, Row]) -> dict[str, str]:
	"""For accounts in Xero the one here that is most like it, if it is that one's most like too."""
	taken = {row.account for row in world.doc.payment_accounts}
	here = usage.money_accounts(world.doc.company)
	found: dict[str, str] = {}
	for currency in set(here.values()):
		ours = {
			name: suggest.words(name, world.abbr)
			for name, kept_in in here.items()
			if kept_in == currency and name not in taken
		}
		theirs = {
			name: str(row.get("account_name") or "")
			for name, row in shown.items()
			if _currency(world, row) == currency
		}
		for name, title in theirs.items():
			best = suggest.closest([title], ours)
			if best and suggest.closest([ours[best]], theirs) == name:
				found[name] = best
	return found
