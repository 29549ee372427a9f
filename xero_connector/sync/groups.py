"""Contact groups: by choice, a customer's contact is in the group that bears the name of its Customer Group.

A **Customer Group** with work has its own row in the outbox. Contacts are added, never removed: finance may
keep groups of its own. Adding one twice changes nothing, so what was interrupted is simply done again.
"""

from __future__ import annotations

from urllib.parse import quote

from xero_connector.clock import Clock
from xero_connector.store.protocol import Doc, Store
from xero_connector.sync import links, log, outbox
from xero_connector.sync.context import Context, Report, portions
from xero_connector.sync.lease import Lease
from xero_connector.xero.errors import BadAnswer, Missing, Refused, Uncertain
from xero_connector.xero.reading import write_json

DOCTYPE = "Customer Group"

MOST = 500
"""Contacts in one call: ids only, so it stays small."""

ADVICE = "Look the group and its contacts up in Xero, then press Try Again."


def note(store: Store, clock: Clock, organisation: str, group: str | None) -> None:
	"""A customer of this group is new in Xero, or new in the group."""
	if group:
		outbox.enqueue(store, clock, organisation, DOCTYPE, group)


def note_all(store: Store, clock: Clock, organisation: str) -> None:
	"""The choice was made: every group has to be looked at."""
	for group in store.find(DOCTYPE, fields=["name"]):
		note(store, clock, organisation, group["name"])


class Groups:
	"""The step of a push that fills contact groups: a call for each group with new members."""

	def __init__(self, context: Context, lease: Lease) -> None:
		self.context = context
		self.store = context.store
		self.lease = lease
		self._ids: dict[str, str] | None = None

	def run(self) -> Report:
		"""Work through the groups that are due. Raises ``XeroError`` when Xero cannot be worked with now."""
		report = Report()
		for row in outbox.due(self.context, DOCTYPE):
			self.lease.keep()
			try:
				report += self._fill(row)
			except (Refused, Missing) as error:
				with self.store.transaction():
					outbox.hold(self.context, row, "group-refused", str(error), ADVICE)
				report += Report(held=1)
			except (Uncertain, BadAnswer) as error:
				with self.store.transaction():
					outbox.wait(self.context, row, outbox.XERO_FAILED, str(error))
				report += Report(waiting=1)
		return report

	def _fill(self, row: Doc) -> Report:
		group, sends = row["reference_name"], self.context.settings().get("contact_groups")
		new = self._new_members(group) if sends else []
		part = new[:MOST]
		if part:
			self._add(group, [link["xero_id"] for link in part])
		with self.store.transaction():
			for link in part:
				self.store.update("Xero Link", link["name"], {"contact_group": group})
			if part:
				self._log(group, len(part))
			if len(part) == len(new):
				outbox.close(self.context, row, outbox.DONE)
		return Report(sent=1) if part else Report(unchanged=1)

	def _new_members(self, group: str) -> list[Doc]:
		"""The links of the group's customers that were not put into it yet."""
		customers = self.store.find("Customer", {"customer_group": group, "disabled": 0}, fields=["name"])
		found: list[Doc] = []
		for names in portions([customer["name"] for customer in customers]):
			known = links.of_documents(self.store, self.context.organisation, "Customer", names)
			found += known.values()
		return [
			link for link in found if link["status"] == links.LINKED and link.get("contact_group") != group
		]

	def _add(self, group: str, contacts: list[str]) -> None:
		group_id = self._known_groups().get(group.casefold()) or self._make(group)
		body = {"Contacts": [{"ContactID": contact} for contact in contacts]}
		self._put(f"ContactGroups/{quote(group_id)}/Contacts", body)

	def _known_groups(self) -> dict[str, str]:
		"""The ids of Xero's groups by their names in lower case, read once per run."""
		if self._ids is None:
			found = self.context.api.get("ContactGroups").records("ContactGroups")
			self._ids = {str(group["Name"]).casefold(): str(group["ContactGroupID"]) for group in found}
		return self._ids

	def _make(self, group: str) -> str:
		made = self._put("ContactGroups", {"ContactGroups": [{"Name": group}]})
		(record,) = made
		if not links.is_saved(record.get("ContactGroupID")):
			raise BadAnswer("Xero answered without the id of the contact group.")
		self._known_groups()[group.casefold()] = record["ContactGroupID"]
		return str(record["ContactGroupID"])

	def _put(self, path: str, body: Doc) -> list[Doc]:
		answer = self.context.api.send(
			"PUT", path, write_json(body), key=self.context.new_id(), before=self.lease.keep
		)
		return answer.records(path.rpartition("/")[2])

	def _log(self, group: str, count: int) -> None:
		log.write(
			self.context,
			log.PUSH,
			"Update",
			log.OK,
			doctype=DOCTYPE,
			name=group,
			xero_entity="ContactGroup",
			answer=f"{count} contacts were added.",
		)
