"""The desk as somebody uses it: go to a form or a list, fill, press, read what it says.

Nothing here sleeps. What is looked for is waited for, and each step ends when the desk has come to rest: no
request under way, nothing frozen, nothing moving.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from browser_tests import pictures
from browser_tests.console import Console

AT_REST = """(turn) => {
	const { frappe, $ } = window;
	const drawn = frappe?.boot && frappe.request && frappe.dom && $;
	const busy = !drawn || frappe.request.ajax_count || frappe.dom.freeze_count || $(":animated").length;
	const looks = window.desk_test?.turn === turn && !busy ? window.desk_test.looks + 1 : 0;
	window.desk_test = { turn, looks };
	return looks > 2;
}"""
"""Looked at again and again: what one request brings may ask for the next."""

UNFOLD = """(name) => {
	const { tab, section } = cur_frm.get_field(name);
	if (tab && !tab.is_active()) tab.set_active();
	if (section?.is_collapsed()) section.collapse(false);
}"""


def slug(doctype: str) -> str:
	"""A DocType in an address."""
	return doctype.lower().replace(" ", "-")


class Desk:
	"""One person's desk, in a tab. ``taken`` are the pictures that were taken."""

	def __init__(self, page: Page, url: str, person: str) -> None:
		self.page, self.url, self.person = page, url, person
		self.console = Console(page)
		self.taken: list[Path] = []
		self._turn = 0
		self._is_open = False

	def open(self, *route: str) -> Desk:
		"""Load the desk, at this route."""
		kind, *names = route or ("List", "ToDo")
		path = [slug(names[0]), *names[1:]] if kind in ("Form", "List") else [kind, *names]
		self.page.goto("/".join([self.url, "app", *map(quote, path)]))
		self._is_open = True
		return self.rest()

	def rest(self) -> Desk:
		"""Wait until nothing is under way."""
		self._turn += 1
		self.page.wait_for_function(AT_REST, arg=self._turn, polling=20)
		return self

	@contextmanager
	def refused(self) -> Iterator[None]:
		"""The server refuses a call in here, and the console may say so."""
		with self.console.refusals():
			yield
			self.rest()

	def shot(self, name: str, *of: Locator, height: int = 0) -> Desk:
		"""Take the picture ``name`` of the window, or of these parts of the page, if pictures are asked for.
		``height``: cut off what is below.
		"""
		if folder := os.environ.get("SCREENSHOTS"):
			file = (Path(folder) / f"{name}.png").resolve()
			pictures.take(self.rest().page, file, of, height)
			self.taken.append(file)
		return self

	# Going somewhere

	def go(self, *route: str) -> Desk:
		"""Go to ``"Form", doctype, name``, ``"List", doctype`` or any other route of the desk."""
		if not self._is_open:
			return self.open(*route)
		self.page.evaluate("route => frappe.set_route(...route)", route)
		return self.rest()

	def form(self, doctype: str, name: str | None = None) -> Desk:
		"""Open a document's form, of a single one without ``name``, as it is on the server now."""
		self.go("Form", doctype, name or doctype)
		self.page.wait_for_function(
			"([doctype, name]) => cur_frm?.doc && cur_frm.doctype === doctype && cur_frm.doc.name === name"
			" && $(cur_frm.wrapper).is(':visible')",
			arg=[doctype, name or doctype],
		)
		return self.reload() if self.page.evaluate("cur_frm.xero_seen_by_test") else self._seen()

	def _seen(self) -> Desk:
		self.page.evaluate("() => { cur_frm.xero_seen_by_test = true; }")
		return self.rest()

	def new(self, doctype: str) -> Desk:
		"""Open an empty form."""
		self.go("List", doctype)
		self.page.evaluate("doctype => frappe.new_doc(doctype)", doctype)
		self.page.wait_for_function(
			"doctype => cur_frm?.doctype === doctype && cur_frm.is_new()", arg=doctype
		)
		return self.rest()

	def reload(self) -> Desk:
		"""Read the document on the form again, as *Reload* does."""
		self.page.evaluate("() => cur_frm.reload_doc()")
		return self.rest()

	def list(self, doctype: str, **filters: Any) -> Desk:
		"""Open a list with these filters and no others."""
		self.go("List", doctype)
		self.page.wait_for_function(
			"doctype => cur_list?.doctype === doctype && cur_list.filter_area", arg=doctype
		)
		self.page.evaluate(
			"""async (filters) => {
				if (!filters.length && !cur_list.filter_area.get().length) return;
				await cur_list.filter_area.clear(false);
				await cur_list.filter_area.add(filters);
				await cur_list.refresh();
			}""",
			[[doctype, field, "=", value] for field, value in filters.items()],
		)
		return self.rest()

	# Filling

	def fill(self, within: Locator | None = None, **values: Any) -> Desk:
		"""Fill fields by name as their kind wants it. ``within`` is a dialog, else it is the form."""
		for name, value in values.items():
			if within is None:
				self.page.evaluate(UNFOLD, name)
			self.set_control(self.field(name, within), value)
		return self

	def section(self, label: str) -> Locator:
		"""A section of the form, by its heading."""
		return self.page.locator(".form-section:visible").filter(has=self.page.get_by_text(label, exact=True))

	def field(self, name: str, within: Locator | None = None) -> Locator:
		place = within or self.page.locator(".form-layout:visible")
		return place.locator(f'.frappe-control[data-fieldname="{name}"]').first

	def set_control(self, control: Locator, value: Any) -> None:
		kind = control.get_attribute("data-fieldtype")
		if kind == "Check":
			control.locator("input.input-with-feedback").set_checked(bool(value))
		elif kind == "Select":
			control.locator("select").select_option(str(value))
		else:
			box = control.locator("input:visible, textarea:visible").first
			box.fill(str(value))
			expect(box).to_have_value(str(value))
			if kind in ("Link", "Dynamic Link"):
				control.get_by_role("option").get_by_title(str(value), exact=True).first.click()
			box.blur()  # the key Tab would add a row to a table that comes next
		self.rest()

	def fill_row(self, table: str, row: int, **values: Any) -> Desk:
		"""Fill a row of a table in its own form. ``row`` counts from 1; one more than there are is added."""
		self.page.evaluate(UNFOLD, table)
		grid = self.field(table)
		rows = grid.locator(".grid-body .rows > .grid-row")
		if rows.count() < row:
			grid.locator(".grid-add-row").click()
		rows.nth(row - 1).locator(".btn-open-row").click()
		opened = self.page.locator(".grid-row-open .form-in-grid")
		for name, value in values.items():
			self.set_control(opened.locator(f'.frappe-control[data-fieldname="{name}"]').first, value)
		opened.locator(".grid-collapse-row").click()
		return self.rest()

	def tab(self, label: str) -> Desk:
		"""Open a tab of the form."""
		self.page.locator(".form-tabs:visible").get_by_role("tab", name=label, exact=True).click()
		return self.rest()

	# Pressing

	def press(self, *labels: str, rest: bool = True) -> Desk:
		"""Press a button of the page, or open a group of buttons and press the one in it."""
		if len(labels) > 1:
			self.open_group(labels[0])
			items = self._actions().locator(".dropdown-menu.show .dropdown-item")
			items.get_by_text(labels[1], exact=True).click()
		else:
			self.button(labels[0]).click()
		return self.rest() if rest else self

	def open_group(self, label: str) -> Desk:
		"""Open a group of buttons."""
		self.button(label).click()
		return self

	def button(self, label: str) -> Locator:
		return self._actions().get_by_role("button", name=label, exact=True)

	def _actions(self) -> Locator:
		return self.page.locator(".page-head:visible .page-actions")

	def save(self) -> Desk:
		"""Save the form, which must be taken."""
		self.press("Save")
		self.page.wait_for_function("() => !cur_frm.is_dirty()")
		return self.rest()

	def submit(self) -> Desk:
		"""Submit the form, with the question that Frappe asks."""
		self.press("Submit")
		return self.answer("Yes")

	def dialog(self) -> Locator:
		"""The dialog on top."""
		return self.page.locator(".modal.show .modal-content").last

	def answer(self, label: str, rest: bool = True) -> Desk:
		"""Press a button of the dialog."""
		self.dialog().get_by_role("button", name=label, exact=True).click()
		return self.rest() if rest else self

	def close_dialog(self) -> Desk:
		self.dialog().locator(".btn-modal-close").click()
		expect(self.page.locator(".modal.show")).to_have_count(0)
		return self

	def check_rows(self, names: Sequence[str]) -> Desk:
		"""Mark rows of the list."""
		for name in names:
			self.rows().locator(f'input.list-row-checkbox[data-name="{quote(name)}"]').check()
		return self

	def action(self, label: str) -> Desk:
		"""Do something with the rows that are marked: *Actions → …*."""
		return self.press("Actions", label)

	# Reading

	def intro(self) -> Locator:
		"""The messages at the top of the form; there is no such place when nothing is said."""
		return self.page.locator(".form-message-container:visible")

	def indicator(self) -> Locator:
		"""The word beside the title."""
		return self.page.locator(".page-head:visible .title-area .indicator-pill")

	def alert(self, text: str) -> Locator:
		"""What slides in at the corner and says so."""
		return self.page.locator(".desk-alert").filter(has_text=text)

	def message(self) -> Locator:
		"""What Frappe says in a dialog of its own."""
		return self.page.locator(".modal.show .msgprint")

	def rows(self) -> Locator:
		"""The rows of the list."""
		return self.page.locator(".frappe-list:visible .result .list-row-container")

	def value(self, name: str) -> Any:
		"""What the form holds in a field."""
		return self.page.evaluate("name => cur_frm.doc[name]", name)
