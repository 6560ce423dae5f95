"""Schematics and boards of Eagle 6 to 9 (`.sch`, `.brd`, XML) as lists of components.

Source: `eagle.dtd` (Autodesk), which comes with the program. A part whose device has no package is a symbol (supply,
frame) and no component. The parts of a module count for each place where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from bom.components import Component, component_lines
from bom.entry import Reading
from core.errors import InputError

__all__ = ["read_eagle"]

_FORM: Final = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE\s+eagle\b|<eagle\b)", re.DOTALL)
_NOT_FITTED: Final = "no"


def read_eagle(text: str, file: str) -> Reading | None:
    """The components of a schematic or board; None when the text is neither.

    Raises:
        InputError: it is one and not well formed.
    """
    if not _FORM.match(text):
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"this is no XML: {error}", where=file, hint="save it again") from error
    schematic, board = root.find("drawing/schematic"), root.find("drawing/board")
    components = _of_schematic(schematic) if schematic is not None else _of_board(board) if board is not None else ()
    entries = tuple(component_lines(components, file))
    return Reading(file, "circuit", entries, titled=True) if entries else None


def _of_schematic(schematic: Any) -> Iterator[Component]:
    packages = {
        (library.get("name"), devices.get("name"), device.get("name", "")): device.get("package")
        for library in schematic.iterfind("libraries/library")
        for devices in library.iterfind("devicesets/deviceset")
        for device in devices.iterfind("devices/device")
    }
    modules = {module.get("name"): module for module in schematic.iterfind("modules/module")}
    for part in schematic.iterfind("parts/part"):
        yield from _of_part(part, packages, "")
    for use in schematic.iterfind("sheets/sheet/moduleinsts/moduleinst"):
        module = modules.get(use.get("module"))
        for part in module.iterfind("parts/part") if module is not None else ():
            yield from _of_part(part, packages, f"{use.get('name', '')}:")


def _of_part(part: Any, packages: dict[tuple[str, str, str], str | None], prefix: str) -> Iterator[Component]:
    key = (part.get("library"), part.get("deviceset"), part.get("device", ""))
    package = packages.get(key)
    if key in packages and not package:
        return
    value = part.get("value") or f"{part.get('deviceset', '')}{part.get('device', '')}"
    fitted = all(each.get("populate") != _NOT_FITTED for each in part.iterfind("variant"))
    yield Component(f"{prefix}{part.get('name', '')}", value, package or "", fitted, _attributes(part))


def _of_board(board: Any) -> Iterator[Component]:
    for element in board.iterfind("elements/element"):
        package = element.get("package", "")
        fitted = element.get("populate") != _NOT_FITTED
        value = element.get("value") or package
        yield Component(element.get("name", ""), value, package, fitted, _attributes(element))


def _attributes(node: Any) -> tuple[tuple[str, str], ...]:
    return tuple((each.get("name", ""), each.get("value", "")) for each in node.iterfind("attribute"))
