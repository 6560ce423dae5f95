"""The bills that OpenSCAD frameworks write: NopSCADlib's bom.json, and the text matrix of its bom.txt.

Amounts in both are totals for one product, whatever the count of the assembly is. In NopSCADlib's words a *vitamin* is
bought, a *printed* part printed and a *routed* part cut from sheet by a router; a vitamin whose key begins with a colon
is only mentioned, no call draws it. Source: NopSCADlib `scripts/bom.py`,
`scripts/views.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bom.bill import Assembly
from bom.entry import Entry, Reading
from bom.leftover import Leftover, told
from bom.quantity import Quantity
from bom.words import plain
from core.errors import InputError
from core.trees import normal_form

__all__ = ["read_assembly_json", "read_matrix"]

_SECTIONS: Final = {"vitamins": "Vitamins", "printed": "Printed", "routed": "Routed"}
_MAIN_SECTIONS: Final = frozenset({"Vitamins", "Printed"})
_TITLED: Final = re.compile(rf"^[^\S\n]*(?:{'|'.join(_MAIN_SECTIONS)})\s*:", re.MULTILINE)
_ROW: Final = re.compile(r"(?P<columns>(?:[ \d]{2,4}\|)*)\s*(?P<total>\d{1,9}) (?P<name>\S.*)$")
_ENDING: Final = re.compile(r"[\s_]*assembl(?:y|ies)$", re.IGNORECASE)


def read_assembly_json(text: str, file: str) -> Reading | None:
    """NopSCADlib's list of assemblies; None when the JSON is something else.

    Raises:
        InputError: the text is no JSON.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON: {error}", where=file) from error
    bodies = _bodies(document)
    if not bodies:
        return None
    top = _top(bodies)
    entries = [entry for body in bodies for entry in _body_entries(body, file, top)]
    parents = {child: str(body["name"]) for body in bodies for child in body["assemblies"]}
    assemblies = [
        Assembly(
            str(body["name"]), _count(body.get("count")) or 1.0, _inner_parent(parents.get(str(body["name"])), top)
        )
        for body in bodies
        if str(body["name"]) != top
    ]
    return Reading(file, "nopscadlib", tuple(entries), tuple(assemblies), titled=True)


def _bodies(document: object) -> list[dict[str, Any]]:
    """The assemblies, flat; older files nest them."""
    found: dict[str, dict[str, Any]] = {}
    pending = list(document) if isinstance(document, list) else [document]
    while pending:
        body = pending.pop(0)
        if not (
            isinstance(body, dict) and isinstance(body.get("name"), str) and isinstance(body.get("vitamins"), dict)
        ):
            return []
        inner = body.get("assemblies") or {}
        nested = [each for each in inner if isinstance(each, dict)] if isinstance(inner, list) else []
        names = [str(each.get("name")) for each in nested] if nested else [str(each) for each in inner]
        found.setdefault(body["name"], body | {"assemblies": names})
        pending.extend(nested)
    return list(found.values())


def _top(bodies: list[dict[str, Any]]) -> str | None:
    """The assembly that no other holds, if there is exactly one: it is the product itself."""
    held = {child for body in bodies for child in body["assemblies"]}
    tops = [str(body["name"]) for body in bodies if body["name"] not in held]
    return tops[0] if len(tops) == 1 else None


def _inner_parent(parent: str | None, top: str | None) -> str | None:
    return None if parent == top else parent


def _count(value: object) -> float | None:
    if isinstance(value, Mapping):
        value = value.get("count")
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
    return float(value) if usable and isinstance(value, int | float) else None


def _body_entries(body: Mapping[str, Any], file: str, top: str | None) -> list[Entry]:
    entries = []
    for key, title in _SECTIONS.items():
        section = body.get(key) or {}
        for raw, facts in section.items() if isinstance(section, Mapping) else ():
            name = plain(raw.split(": ", 1)[1] if key == "vitamins" and ": " in raw else raw)
            count = _count(facts)
            if name:
                place = f"{body['name']}.{key}"
                holder = _inner_parent(str(body["name"]), top)
                cells = {"undrawn": name} if raw.startswith(":") else {}
                amount = Quantity(count, text="" if count is not None else str(facts))
                entries.append(
                    Entry(
                        name,
                        amount,
                        file,
                        place,
                        "count",
                        section=(title,),
                        cells=cells,
                        assembly=holder,
                    )
                )
    return entries


@dataclass(frozen=True, slots=True)
class _Matrix:
    """The parts of a text bill: rows, the assemblies it lists, the column titles, and rows that are none of these."""

    rows: tuple[tuple[int, str, re.Match[str]], ...]
    listed: Mapping[str, float]
    titles: tuple[str, ...]
    left: tuple[Leftover, ...] = ()


def read_matrix(text: str, file: str, sibling: Callable[[str], str | None]) -> Reading | None:
    """A text bill of sections "Vitamins:" and "Printed:" with one column for each assembly; None for other texts.

    Args:
        text: the bill.
        file: its path in the design.
        sibling: the text of another file of the same folder by its name, or None; each assembly may have one that lists
            the assemblies within it.
    """
    matrix = _parse(text)
    if matrix is None:
        return None
    names = _column_names(matrix)
    entries = [_matrix_entry(row, names, file) for row in matrix.rows]
    parents = _parents(matrix.listed, sibling)
    top = [name for name in matrix.listed if name not in parents]
    product = top[0] if len(top) == 1 and len(matrix.listed) > 1 else None
    assemblies = tuple(
        Assembly(name, quantity, _inner_parent(parents.get(name), product))
        for name, quantity in matrix.listed.items()
        if name != product
    )
    inside = tuple(_without(entry, product) for entry in entries)
    return Reading(file, "matrix", inside, assemblies, findings=told(matrix.left, file), titled=True)


def _parse(text: str) -> _Matrix | None:
    if not _TITLED.search(text):
        return None
    section = ""
    rows: list[tuple[int, str, re.Match[str]]] = []
    listed: dict[str, float] = {}
    above: list[str] = []
    left: list[Leftover] = []
    for number, line in enumerate(text.splitlines(), start=1):
        title = re.fullmatch(r"([\w\- ]+):\s*", line)
        if title:
            section = title[1].strip()
        elif found := _ROW.match(line):
            if "assembl" in section.lower():
                listed[found["name"].strip()] = float(found["total"])
            elif section:
                rows.append((number, section, found))
        elif section and not rows:
            above.append(line)
        elif section and re.search(r"\w", line):
            left.append(Leftover(str(number), line.strip(), "the row has no amount"))
    if not rows or not {section for _, section, _ in rows} & _MAIN_SECTIONS:
        return None
    return _Matrix(
        tuple(rows), {name: count for name, count in listed.items() if count > 0}, _vertical(above), tuple(left)
    )


def _vertical(lines: list[str]) -> tuple[str, ...]:
    """Titles written downwards, one letter a line, in columns three signs wide."""
    width = max((len(line.rstrip()) for line in lines), default=0)
    columns = range(1, width, 3)
    return tuple(plain("".join(line[at] if at < len(line) else " " for line in lines)) for at in columns)


def _column_names(matrix: _Matrix) -> tuple[str, ...]:
    """For each column the listed assembly it stands for, or its title."""
    by_form = {re.sub(r"\W|_", "", _ENDING.sub("", name)).lower(): name for name in matrix.listed}
    return tuple(by_form.get(normal_form(title).replace(" ", ""), title) for title in matrix.titles)


def _matrix_entry(row: tuple[int, str, re.Match[str]], names: tuple[str, ...], file: str) -> Entry:
    number, section, found = row
    cells = [cell.strip() for cell in found["columns"].split("|")[:-1]]
    shares = {
        names[at]: float(cell) for at, cell in enumerate(cells) if cell.isdecimal() and at < len(names) and names[at]
    }
    entry = Entry(
        plain(found["name"]), Quantity(float(found["total"])), file, str(number), "total of the row", section=(section,)
    )
    if len(shares) == 1:
        return replace(entry, assembly=next(iter(shares)))
    return replace(entry, uses=shares) if sum(shares.values()) == entry.quantity.value else entry


def _parents(listed: Mapping[str, float], sibling: Callable[[str], str | None]) -> dict[str, str]:
    """Which assembly holds which, from the assemblies' own texts."""
    parents: dict[str, str] = {}
    for name in listed:
        stem = re.sub("_assemblies$", "_assembly", name)
        matrix = _listed(sibling(f"{stem}.txt") or "")
        for child in matrix:
            if child in listed and child != name:
                parents.setdefault(child, name)
    return {child: parent for child, parent in parents.items() if not _loops(child, parents)}


def _listed(text: str) -> list[str]:
    section, names = "", []
    for line in text.splitlines():
        title = re.fullmatch(r"([\w\- ]+):\s*", line)
        found = _ROW.match(line)
        if title:
            section = title[1].lower()
        elif found and "assembl" in section:
            names.append(found["name"].strip())
    return names


def _loops(name: str, parents: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    while name in parents and name not in seen:
        seen.add(name)
        name = parents[name]
    return name in seen


def _without(entry: Entry, product: str | None) -> Entry:
    """The product itself is no sub-assembly."""
    return replace(entry, assembly=None) if product is not None and entry.assembly == product else entry
