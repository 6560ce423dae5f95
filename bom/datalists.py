"""Parts lists as data: YAML and JSON documents whose lists or mappings hold one part each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bom.entry import Entry, Reading
from bom.grids import Grid, Row
from bom.leftover import Leftover, left_in_grid, told
from bom.lists import has_amount, read_items
from bom.markdown import Item
from bom.tables import read_table
from bom.words import headers, plain
from core.errors import InputError, LimitError
from core.provenance import Finding, Severity
from core.trees import normal_form
from designs.documents import parse_yaml

__all__ = ["read_data"]

_MAX_DEPTH: Final = 8
_MAX_PARTS: Final = 20_000
_MAX_YAML_CHARS: Final = 1_000_000
_AMOUNT: Final = re.compile(r"\d+(?:[.,]\d+)?(?:\s*\w{1,3})?")
_WRAPPER: Final = "list"


def read_data(text: str, file: str, *, is_json: bool) -> Reading | None:
    """The parts of a document, None when it holds none.

    A list of mappings is a table, whose header is the keys; a mapping of names to mappings or amounts is one too, its
    first column the names. Keys on the way to it are titles ("printed", "hardware").

    Raises:
        InputError: the text is no such document.
        LimitError: it is too long or holds too many parts.
    """
    document, findings = _load_json(text, file) if is_json else _load_yaml(text, file)
    entries: list[Entry] = []
    left: list[Leftover] = []
    for titles, found in _tables(document, (), 0):
        some = read_table(found, file, titles) if isinstance(found, Grid) else _read_texts(found, file, titles)
        entries.extend(some)
        if len(entries) > _MAX_PARTS:
            raise LimitError(f"the list has more than {_MAX_PARTS} parts", where=file)
        left += left_in_grid(found, some) if isinstance(found, Grid) else _left_in_texts(found, some, titles)
    return Reading(file, "data", tuple(entries), findings=(*findings, *told(left, file))) if entries else None


def _read_texts(texts: Sequence[str], file: str, titles: tuple[str, ...]) -> tuple[Entry, ...]:
    """The lines of a list of texts ("4x M3 screw"), if it is one of parts: at least half of them state an amount."""
    items = [Item(titles, text, number, 0) for number, text in enumerate(texts, start=1) if text]
    if sum(has_amount(item.text) for item in items) * 2 < len(items):
        return ()
    entries, _ = read_items(items, file)
    return tuple(replace(each, place=_place(titles, each.place)) for each in entries)


def _left_in_texts(texts: Sequence[str], entries: Sequence[Entry], titles: tuple[str, ...]) -> Iterator[Leftover]:
    read = {each.place for each in entries}
    for number, text in enumerate(texts, start=1):
        if text and entries and _place(titles, str(number)) not in read:
            yield Leftover(_place(titles, str(number)), text, "it states no part")


def _place(path: tuple[str, ...], name: str) -> str:
    return f"{'.'.join(path)}[{name}]"


def _load_json(text: str, file: str) -> tuple[Any, tuple[Finding, ...]]:
    try:
        return json.loads(text), ()
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON: {error}", where=file) from error


def _load_yaml(text: str, file: str) -> tuple[Any, tuple[Finding, ...]]:
    """The document, also one that is a list at its top; of a broken one what can be read, with a finding."""
    if len(text) > _MAX_YAML_CHARS:
        raise LimitError(f"the document is longer than {_MAX_YAML_CHARS:,} signs", where=file)
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "---"))]
    is_list = bool(lines) and lines[0].startswith("-")
    found = parse_yaml(f"{_WRAPPER}:\n{text.replace('---', '', 1)}") if is_list else parse_yaml(text)
    document = found.fields.get(_WRAPPER) if is_list else found.fields
    if found.fault is None:
        return document, ()
    place = f"{file}:{found.line - is_list}" if found.line else file
    if not document:
        raise InputError(f"this is no YAML: {found.fault}", where=place)
    message = f"{place} is not well formed ({found.fault}); the rest was read"
    return document, (Finding("bom-broken", Severity.WARNING, message, file, "correct that line"),)


def _tables(value: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Grid | list[str]]]:
    """Titles and parts of every list or mapping of parts in the document: a grid, or texts."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, Sequence) and not isinstance(value, str):
        parts = [each for each in value if isinstance(each, Mapping)]
        pairs = [pair for each in parts for pair in each.items()]
        if parts and len(pairs) == len(parts) and all(_is_amount(body) for _, body in pairs):
            yield path, _grid([(str(at), str(name), body) for at, (name, body) in enumerate(pairs, start=1)], path)
        elif parts:
            yield path, _grid([(str(at), "", each) for at, each in enumerate(parts, start=1)], path)
        texts = [plain(each) if isinstance(each, str) else "" for each in value]  # what is no text keeps its number
        if any(texts):
            yield path, texts
    elif isinstance(value, Mapping):
        bodies = [(str(name), body) for name, body in value.items()]
        if len(bodies) > 1 and all(_is_part(body) for _, body in bodies):
            yield path, _grid([(name, name, body) for name, body in bodies], path)
            return
        for name, body in bodies:
            yield from _tables(body, (*path, name), depth + 1)


def _is_part(body: Any) -> bool:
    """Whether the body behind a name is a part's: an amount, or facts that are not lists of parts themselves."""
    if isinstance(body, Mapping):
        return bool(body) and not any(isinstance(each, Mapping | list) and each for each in body.values())
    return _is_amount(body)


def _is_amount(body: Any) -> bool:
    return isinstance(body, int | float | str) and _AMOUNT.fullmatch(str(body).strip()) is not None


def _grid(parts: Sequence[tuple[str, str, Any]], path: tuple[str, ...]) -> Grid:
    """A table of the parts: place, name where the document has it outside, facts."""
    keys = list(dict.fromkeys(str(key) for _, _, body in parts if isinstance(body, Mapping) for key in body))
    amount = next((key for key in keys if (headers().get(normal_form(key)) or ("", 0))[0] == "quantity"), "quantity")
    facts = [(place, name, body if isinstance(body, Mapping) else {amount: body}) for place, name, body in parts]
    columns = list(dict.fromkeys([*keys, *(str(key) for _, _, body in facts for key in body)]))
    naming = ("name",) if any(name for _, name, _ in facts) else ()
    rows = [Row(".".join(path) or "top", (*naming, *columns))]
    for place, name, body in facts:
        cells = (*((name,) if naming else ()), *(_text(body.get(key)) for key in columns))
        rows.append(Row(_place(path, place), cells))
    return Grid("", tuple(rows))


def _text(value: Any, depth: int = 0) -> str:
    """The value in a cell: texts and numbers as they are, what lists and mappings hold joined."""
    if value is None or isinstance(value, bool) or depth > _MAX_DEPTH:
        return ""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else None
    if inner is not None:
        return "; ".join(text for each in inner if (text := _text(each, depth + 1)))
    return plain(str(int(value)) if isinstance(value, float) and value.is_integer() else str(value))
