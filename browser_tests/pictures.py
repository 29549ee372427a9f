"""Pictures of the desk that are the same each time, as far as what they show is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page

TALL = 2400
"""Pixels, in which nothing scrolls and nothing covers anything."""

STILL = """() => {
	$(".desk-alert").remove();
	if (!document.activeElement.closest(".modal, .dropdown")) document.activeElement.blur();
}"""
"""What would be on a picture by chance: messages that slide in, and where the cursor is."""

DRAWN = """() => [...document.querySelectorAll(".frappe-chart")].every((chart) => {
	const bars = [...chart.querySelectorAll("rect.bar")];
	const grown = !bars.length || bars.some((bar) => bar.height.baseVal.value > 1);
	return !chart.getClientRects().length || (grown && !chart.querySelector("animate"));
})"""
"""Charts grow into place."""


def take(page: Page, file: Path, parts: Sequence[Locator], height: int) -> None:
	"""Take a picture of the window, or of these parts of the page. ``height``: cut off what is below."""
	size = page.viewport_size
	assert size
	if parts:
		page.set_viewport_size({**size, "height": TALL})
	page.evaluate(STILL)
	page.wait_for_function(DRAWN)
	page.screenshot(path=file, animations="disabled", clip=around(parts, height) if parts else None)
	page.set_viewport_size(size)


def around(parts: Sequence[Locator], height: int) -> dict[str, float]:
	"""The smallest part of the page with all of these in it, at most so high."""
	boxes = [box for part in parts if (box := part.bounding_box())]
	left, top = (min(box[side] for box in boxes) for side in ("x", "y"))
	right, bottom = (
		max(box[at] + box[size] for box in boxes) for at, size in (("x", "width"), ("y", "height"))
	)
	return {"x": left, "y": top, "width": right - left, "height": min(bottom - top, height or bottom)}
