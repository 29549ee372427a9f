"""Plain server-rendered HTML: text is escaped where it enters, so nothing else has to think of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

Content = str | Markup

STYLE = """
:root { color-scheme: light dark; --line: #8885; --accent: #0a6ebd; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem 4rem; }
header { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: baseline; }
header { border-bottom: 1px solid var(--line); }
header strong { font-size: 1.2rem; }
a { color: var(--accent); }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: .4rem .6rem; vertical-align: top; }
tr { border-bottom: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
form { display: inline-flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .2rem .8rem .2rem 0; }
form.stack { display: grid; gap: .6rem; max-width: 40rem; justify-items: start; margin: 1rem 0; }
input, button, select { font: inherit; padding: .25rem .6rem; border-radius: 4px; }
input, button, select { border: 1px solid var(--line); }
input.amount { width: 8rem; }
button { cursor: pointer; }
button.main { background: var(--accent); color: white; border-color: var(--accent); }
fieldset { border: 1px solid var(--line); border-radius: 6px; }
.status { border: 1px solid var(--line); border-radius: 999px; padding: 0 .6rem; font-size: .85rem; }
.problem { border-left: 4px solid #c33; padding: .5rem 1rem; }
"""


def page(title: str, body: Iterable[Markup], navigation: Sequence[tuple[str, str]] = ()) -> str:
	"""A whole page; `navigation` is pairs of address and label."""
	links = join(Markup('<a href="{}">{}</a>').format(address, label) for address, label in navigation)
	return Markup(
		'<!doctype html><html lang="en"><head><meta charset="utf-8">'
		'<meta name="viewport" content="width=device-width, initial-scale=1">'
		"<title>{title} · Xero simulator</title><style>{style}</style></head>"
		"<body><header><strong>Xero simulator</strong>{links}</header>"
		"<main><h1>{title}</h1>{body}</main></body></html>"
	).format(title=title, style=Markup(STYLE), links=links, body=join(body))


def join(parts: Iterable[Content]) -> Markup:
	"""The parts one after the other; text that is not markup yet is escaped."""
	return Markup("").join(parts)


def element(name: str, content: Content = "", **attributes: str) -> Markup:
	"""One element; an attribute's trailing underscore is dropped (`class_`)."""
	spelled = join(Markup(' {}="{}"').format(key.rstrip("_"), value) for key, value in attributes.items())
	return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), spelled, escape(content))


def table(heads: Sequence[str], rows: Iterable[Sequence[Content]]) -> Markup:
	"""A table; a head that starts with # stands over a column of numbers."""
	numeric = [head.startswith("#") for head in heads]

	def cells(name: str, values: Sequence[Content]) -> Markup:
		return join(
			element(name, value, class_="number") if right else element(name, value)
			for value, right in zip(values, numeric, strict=True)
		)

	head = element("tr", cells("th", [head.lstrip("#") for head in heads]))
	body = join(element("tr", cells("td", row)) for row in rows)
	return element("table", join([element("thead", head), element("tbody", body)]))


def field(name: str, label: str, value: str = "", *, kind: str = "text", class_: str = "") -> Markup:
	"""A labelled input."""
	return Markup('<label>{} <input name="{}" type="{}" value="{}" class="{}"></label>').format(
		label, name, kind, value, class_
	)


def amount_field(name: str, label: str, value: str = "") -> Markup:
	"""A labelled input for money."""
	return Markup(
		'<label>{} <input name="{}" value="{}" class="amount" inputmode="decimal" required></label>'
	).format(label, name, value)


def hidden(name: str, value: str) -> Markup:
	"""A value that goes along with a form."""
	return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def form(action: str, parts: Iterable[Content], button: str, *, class_: str = "") -> Markup:
	"""A form that POSTs to `action`."""
	content = join([*parts, element("button", button, type="submit")])
	return element("form", content, method="post", action=action, class_=class_)
