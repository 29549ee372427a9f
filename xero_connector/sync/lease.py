"""A lease on an organisation: one worker at a time, and none for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from xero_connector.clock import utc_text
from xero_connector.store.protocol import Duplicate
from xero_connector.sync.context import Context
from xero_connector.sync.errors import LeaseLost

LENGTH = timedelta(minutes=5)
"""Longer than any single call may take, so that a living holder can always renew in time."""

KEEP_EVERY = timedelta(minutes=1)
"""How often work without calls of its own renews."""


class Lease:
	"""A lease that is held. ``renew`` before each write; it raises ``LeaseLost`` if the time ran out."""

	def __init__(self, context: Context, name: str, holder: str) -> None:
		self.context = context
		self.name = name
		self.holder = holder
		self.renewed = context.clock.now()

	def keep(self) -> None:
		"""Renew if that is a while ago. For long work that makes many small steps."""
		if self.context.clock.now() - self.renewed >= KEEP_EVERY:
			self.renew()

	def renew(self) -> None:
		context, now = self.context, self.context.clock.now()
		with context.store.transaction():
			held = context.store.update_if(
				"Xero Lease",
				self.name,
				{"holder": self.holder, "until": (">", utc_text(now))},
				{"until": utc_text(now + LENGTH)},
			)
		if not held:
			raise LeaseLost(f"the lease {self.name} has passed to another worker")
		self.renewed = now


@contextmanager
def lease(context: Context, purpose: str) -> Iterator[Lease | None]:
	"""Hold the organisation for ``purpose`` while inside; ``None`` if another worker holds it."""
	store, now = context.store, context.clock.now()
	name, holder = _row(context, purpose), context.new_id()
	with store.transaction():
		taken = store.update_if(
			"Xero Lease",
			name,
			{"until": ("<=", utc_text(now))},
			{"holder": holder, "until": utc_text(now + LENGTH)},
		)
	if not taken:
		yield None
		return
	try:
		yield Lease(context, name, holder)
	finally:
		with store.transaction():
			store.update_if("Xero Lease", name, {"holder": holder}, {"holder": None, "until": None})


def _row(context: Context, purpose: str) -> str:
	"""The lease's row, made when it is first needed."""
	store, name = context.store, f"{context.organisation}-{purpose}"
	if store.get("Xero Lease", name) is None:
		try:
			with store.transaction():
				store.insert(
					{
						"doctype": "Xero Lease",
						"name": name,
						"organisation": context.organisation,
						"purpose": purpose,
					}
				)
		except Duplicate:
			pass  # another worker was first to need it
	return name
