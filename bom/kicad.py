"""KiCad's own files as lists of components: schematics (`.kicad_sch`), net lists (`.net`) and their XML form.

Components are counted by designator; those of one value, footprint and order number are one line. A component that the
schematic keeps out of the bill is left out, one that is not fitted is marked. Sources: KiCad's "S-Expression Format"
and "Schematic File Format", and `eeschema/netlist_exporters/netlist_exporter_xml.cpp`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from bom.components import Component, component_lines
from bom.entry import Reading
from core.errors import InputError, LimitError
from core.provenance import Finding, Severity

__all__ = ["read_circuit"]

Node = list["Node | str"]

_FORM: Final = re.compile(r"\s*(?:\((?P<list>kicad_sch|export)\b|(?P<xml><[?!]\w|<export\b))")
_TOKEN: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+)', re.DOTALL)
_MAX_DEPTH: Final = 100
_MAX_TOKENS: Final = 3_000_000
_MAX_SHEETS: Final = 60
_PARAMETERS: Final = frozenset(
    {"reference", "value", "footprint", "datasheet", "description", "sheetname", "sheetfile"}
)


def read_circuit(text: str, file: str, sibling: Callable[[str], str | None]) -> Reading | None:
    """The components of a schematic with its sheets, or of a net list; None when the text is neither.

    Args:
        text: the file.
        file: its path in the design.
        sibling: the text of another file by its path relative to this one, or None; sheets are read by it.

    Raises:
        InputError: it is one of them and breaks off or is too deep.
    """
    missing: list[str] = []
    form = _FORM.match(text)
    if form is None:
        return None
    if form["xml"]:
        components = list(_of_xml(text, file))
    elif form["list"] == "kicad_sch":
        components = list(_of_sheets(_parse(text, file), file, sibling, missing))
    else:
        parts = _children(_parse(text, file), "components")
        components = [_of_net(each) for part in parts for each in _children(part, "comp")]
    entries = tuple(component_lines(components, file))
    findings = tuple(_missing_sheet(name, file) for name in missing)
    return Reading(file, "circuit", entries, findings=findings, titled=True) if entries else None


def _missing_sheet(name: str, file: str) -> Finding:
    message = (
        f"{file} holds the sheet {name}, which is not here or beyond the {_MAX_SHEETS}th: its parts are not listed"
    )
    return Finding("circuit-sheet-missing", Severity.WARNING, message, file, "add the sheet's file", name)


def _parse(text: str, file: str) -> Node:
    """The first expression of the text as nested lists."""
    stack: list[Node] = [[]]
    for count, found in enumerate(_TOKEN.finditer(text)):
        if count > _MAX_TOKENS or len(stack) > _MAX_DEPTH:
            raise LimitError("the circuit is too large or nested too deep", where=file)
        if found[2] == "(":
            stack.append([])
        elif found[2] == ")" and len(stack) > 1:
            done = stack.pop()
            stack[-1].append(done)
        elif not found[2]:
            stack[-1].append(re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[3])
    first = stack[0][0] if stack[0] else None
    if len(stack) > 1:
        raise InputError("the circuit breaks off", where=file, hint="save it again")
    return first if isinstance(first, list) else []


def _children(node: Node, name: str) -> Iterator[Node]:
    return (each for each in node if isinstance(each, list) and each[:1] == [name])


def _text(node: Node, name: str) -> str:
    """The text of the first child of this name."""
    values = (each[1] for each in _children(node, name) if len(each) > 1)
    return next((value for value in values if isinstance(value, str)), "")


def _of_sheets(root: Node, file: str, sibling: Callable[[str], str | None], missing: list[str]) -> Iterator[Component]:
    """The components of the sheet and of the sheets below it, each file once; sheets without a file go to `missing`."""
    pending, seen = [root], {PurePosixPath(file).name}
    project = PurePosixPath(file).stem
    while pending:
        sheet = pending.pop(0)
        for symbol in _children(sheet, "symbol"):
            yield from _of_symbol(symbol, project)
        for inner in _children(sheet, "sheet"):
            name = _properties(inner).get("Sheetfile") or _properties(inner).get("Sheet file") or ""
            if not name or name in seen:
                continue
            text = sibling(name) if len(seen) < _MAX_SHEETS else None
            seen.add(name)
            if text is None:
                missing.append(name)
            else:
                pending.append(_parse(text, name))


def _properties(node: Node) -> dict[str, str]:
    return {str(each[1]): str(each[2]) for each in _children(node, "property") if len(each) > 2}


def _of_symbol(symbol: Node, project: str) -> Iterator[Component]:
    """The components for which a symbol stands: several when its sheet is used several times."""
    properties = _properties(symbol)
    if _text(symbol, "in_bom") == "no":
        return
    used = list(_designators(symbol, project))
    fields = tuple((name, text) for name, text in properties.items() if name.casefold() not in _PARAMETERS)
    for designator in dict.fromkeys(each for each in used or [properties.get("Reference", "")] if each):
        value, footprint = properties.get("Value", ""), properties.get("Footprint", "")
        yield Component(designator, value, footprint, _text(symbol, "dnp") != "yes", fields)


def _designators(symbol: Node, project: str) -> Iterator[str]:
    """What the symbol is called in this project; sheets that were copied remember other projects too."""
    projects = [each for instances in _children(symbol, "instances") for each in _children(instances, "project")]
    mine = [each for each in projects if each[1:2] == [project]] or projects[:1]
    for each in mine:
        for path in _children(each, "path"):
            yield _text(path, "reference")


def _of_net(node: Node) -> Component:
    fields = [
        (_text(each, "name"), str(each[-1])) for part in _children(node, "fields") for each in _children(part, "field")
    ]
    marks = {_text(each, "name").casefold() for each in _children(node, "property")}
    return Component(
        _text(node, "ref"), _text(node, "value"), _text(node, "footprint"), "dnp" not in marks, tuple(fields)
    )


def _of_xml(text: str, file: str) -> Iterator[Component]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"this is no XML: {error}", where=file) from error
    for comp in root.iterfind("components/comp") if root.tag == "export" else ():
        fields = tuple((each.get("name", ""), each.text or "") for each in comp.iterfind("fields/field"))
        marks = {each.get("name", "").casefold() for each in comp.iterfind("property")}
        value, footprint = comp.findtext("value", ""), comp.findtext("footprint", "")
        yield Component(comp.get("ref", ""), value, footprint, "dnp" not in marks, fields)
