"""What lines and documents are credited to: for organisations that use tracking categories."""

from __future__ import annotations

from frappe import _

from xero_connector.desk import usage
from xero_connector.desk.unmapped.world import OPTIONAL, Section, World, row_of
from xero_connector.mapping import suggest


def tracking(world: World) -> Section:
	"""What is mapped, and what is used besides of the same DocTypes. Empty where nothing is mapped yet: Xero
	has two categories at most, and only a person knows what they are for.
	"""
	own: dict[tuple[str, str], list[tuple[int, str]]] = {}
	for row in world.doc.tracking:
		own.setdefault((row.source_doctype, row.source_name), []).append((row.idx, row.tracking_option))
	options = usage.tracking_options(world.doc.name)
	rows = []
	for doctype in sorted({doctype for doctype, _name in own}):
		used = usage.credited(world.doc.as_dict(), doctype)
		mine = [name for kind, name in own if kind == doctype]
		for name in dict.fromkeys((*used, *mine)):
			kept = own.get((doctype, name), [])
			if len(kept) > 1:
				continue  # one option of each category: for the form
			row = next((row for row in world.doc.tracking if kept and row.idx == kept[0][0]), None)
			judged = world.judged("tracking", row, "tracking_option") if row else {"state": OPTIONAL}
			rows.append(
				row_of(
					{"source_doctype": doctype, "source_name": name},
					name,
					about=_(doctype),
					used=used[name].documents if name in used else 0,
					example=used[name].example if name in used else None,
					chosen=row.tracking_option if row else "",
					suggested=suggest.closest([name], options, abbr=world.abbr),
					**judged,
				)
			)
	about = _("Lines of what is not mapped carry no tracking.")
	return Section("tracking", _("Tracking"), about, "Xero Tracking Option", rows)
