"""Conflicts: fields that changed on both sides, or that ERPNext does not take, for a person to decide.

One row per link and field. It opens, is decided or settles itself, and may open again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xero_connector.mapping.fields import FieldMapLine
from xero_connector.mapping.merge import Base
from xero_connector.store.protocol import Doc
from xero_connector.sync import log
from xero_connector.sync.context import Context, put

OPEN, RESOLVED = "Open", "Resolved"
ERPNEXT, XERO, AGREED = "ERPNext", "Xero", "Agreed"
"""How a conflict ended: whose value was taken; *Agreed* if both came to hold the same."""

ASKED = "Changed here and in Xero. Decide which value holds, in Xero Conflict."

BOTH_CHANGED, REFUSED_HERE = "both-changed", "refused-here"


def note(
	context: Context,
	link: Doc,
	field_map: Sequence[FieldMapLine],
	base: Base,
	ours: Mapping[str, Any],
	theirs: Mapping[str, Any],
	refused: Mapping[str, str],
) -> None:
	"""Keep these fields of a link as its open conflicts, and close its others.

	``theirs`` is Xero's value of each field in conflict; ``refused`` is what ERPNext says
	against those that it does not take.
	"""
	opened = []
	for path, their in theirs.items():
		line = next(line for line in field_map if line["xero_field"] == path)
		values = {
			"organisation": context.organisation,
			"reference_doctype": link["reference_doctype"],
			"reference_name": link["reference_name"],
			"erp_doctype": line["erp_doctype"],
			"erp_field": line["erp_field"],
			"base_value": str(base.local.get(path, "")),
			"erpnext_value": str(ours.get(path, "")),
			"xero_value": str(their),
			"cause": REFUSED_HERE if path in refused else BOTH_CHANGED,
			"message": refused.get(path),
			"status": OPEN,
			"resolution": None,
			"resolved_by": None,
			"resolved_at": None,
		}
		name, changed = put(
			context.store, "Xero Conflict", {"link": link["name"], "xero_field": path}, values
		)
		if changed:
			opened.append(path)
			context.store.update("Xero Conflict", name, {"opened_at": context.now()})
	if opened:
		log.write(
			context,
			log.PULL,
			"Merge",
			log.HELD,
			doctype=link["reference_doctype"],
			name=link["reference_name"],
			xero_entity=link["xero_entity"],
			xero_id=link["xero_id"],
			changed=opened,
			answer=" ".join(dict.fromkeys(refused.values())) or ASKED,
			cause=REFUSED_HERE if refused else BOTH_CHANGED,
		)
	settled = [row["xero_field"] for row in _open(context, link["name"]) if row["xero_field"] not in theirs]
	close(context, link["name"], settled, AGREED)


def close(
	context: Context, link: str, paths: Iterable[str], resolution: str, user: str | None = None
) -> None:
	"""End the open conflicts of these fields."""
	wanted = set(paths)
	for row in _open(context, link):
		if row["xero_field"] in wanted:
			context.store.update(
				"Xero Conflict",
				row["name"],
				{
					"status": RESOLVED,
					"resolution": resolution,
					"resolved_by": user,
					"resolved_at": context.now(),
				},
			)


def _open(context: Context, link: str) -> list[Doc]:
	return context.store.find("Xero Conflict", {"link": link, "status": OPEN}, fields=["xero_field"])
