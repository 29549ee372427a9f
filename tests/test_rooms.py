"""The house stands as drawn: imports by room, and every name in hooks.py leads somewhere."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xero_connector import hooks
from xero_connector.store.schema import INDEX, UNIQUE

PACKAGE = Path(hooks.__file__).parent


def imports(path: Path) -> Iterator[str]:
	"""Every module that a file imports, wherever in it."""
	for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
		if isinstance(node, ast.Import):
			yield from (alias.name for alias in node.names)
		elif isinstance(node, ast.ImportFrom) and node.module:
			yield node.module


@pytest.mark.parametrize(
	"room", ["mapping", "xero", "sync", "simulator", "demo", "benchmark", "cli.py", "embedded.py", "clock.py"]
)
def test_no_frappe_in_this_room(room: str) -> None:
	place = PACKAGE / room
	files = [place] if place.is_file() else sorted(place.rglob("*.py"))
	assert files
	found = {
		f"{file.name}: {name}"
		for file in files
		for name in imports(file)
		if name.split(".")[0] in ("frappe", "erpnext")
	}
	assert found == set()


def test_mapping_imports_no_other_room_and_nothing_that_does_io() -> None:
	for file in (PACKAGE / "mapping").glob("*.py"):
		for name in imports(file):
			assert not name.startswith("xero_connector.") or name.startswith("xero_connector.mapping"), (
				file,
				name,
			)
			assert name.split(".")[0] not in {"requests", "sqlite3", "os", "socket", "time", "werkzeug"}, (
				file,
				name,
			)


def test_hooks_imports_nothing() -> None:
	assert list(imports(PACKAGE / "hooks.py")) == []


def dotted_paths(value: Any) -> Iterator[str]:
	"""Every text in a hook that names something of this app."""
	if isinstance(value, dict):
		for item in value.values():
			yield from dotted_paths(item)
	elif isinstance(value, (list, tuple)):
		for item in value:
			yield from dotted_paths(item)
	elif isinstance(value, str) and value.startswith("xero_connector."):
		yield value


PATHS = sorted(
	set(dotted_paths({name: value for name, value in vars(hooks).items() if not name.startswith("_")}))
)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_in_hooks_leads_to_a_function(path: str) -> None:
	module, _, function = path.rpartition(".")
	file = PACKAGE.parent / (module.replace(".", "/") + ".py")
	if not file.exists():
		file = PACKAGE.parent / module.replace(".", "/") / "__init__.py"
	assert file.exists(), f"{path}: no such module"
	tree = ast.parse(file.read_text(encoding="utf-8"))
	names = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
	assert function in names, f"{path}: no such function"


def test_hooks_name_something() -> None:
	assert len(PATHS) > 5


def test_every_script_in_hooks_is_there() -> None:
	for scripts in hooks.doctype_js.values():
		for script in [scripts] if isinstance(scripts, str) else scripts:
			assert (PACKAGE / script).exists(), script


def test_every_unique_key_names_fields_of_its_doctype() -> None:
	for declared in (UNIQUE, INDEX):
		for doctype, keys in declared.items():
			folder = doctype.lower().replace(" ", "_")
			definition = json.loads(
				(PACKAGE / "xero_connector" / "doctype" / folder / f"{folder}.json").read_text()
			)
			fields = {field["fieldname"] for field in definition["fields"]}
			for key in keys:
				assert set(key) <= fields, (doctype, key)
