"""Which files belong to a line, and how that is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bom.entry import Entry
from bom.pages import Mention, read_mentions
from bom.partfiles import PartFiles, Shortlist, squash
from bom.partsheets import PartSheet, own_sheets, read_sheet
from bom.quantity import trailing_quantity
from bom.words import kind_of
from core.provenance import Origin, Provenance
from core.trees import processes
from designs.design import Design

__all__ = ["Link", "Linker"]

_NAME_SIGNS: Final = re.compile(r"[\w\-+. ()]+")
_NAME_END: Final = re.compile(
    r"[\w)]\.(?:stl|3mf|obj|step|stp|dxf|svg|scad|amf|fcstd|f3d|ipt|sldprt|brd|kicad_pcb|gbr|zip)\b", re.IGNORECASE
)
_DRAWING: Final = re.compile(r"drawing|blueprint|zeichnung|dessin|planos?\b|disegn|desenho", re.IGNORECASE)
_REMARKS: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_LEAD: Final = re.compile(
    r"^(?:3d[\s-]?printed|printed|laser[\s-]?cut|cnc[\s-]?(?:milled|cut)?|custom)\s+", re.IGNORECASE
)
_STATING: Final = ("file", "reference")  # the cells that may be a path
_NAMING: Final = ("file", "also_called", "notes")  # the cells that may name a file in their text
_MOST_FILES: Final = 8
_MIN_STEM_CHARS: Final = 2
_MIN_NUMBER_CHARS: Final = 3


@dataclass(frozen=True, slots=True)
class Link:
    """The files of a line.

    Attributes:
        files: repository paths, best first.
        stated: the list, a page or a manifest names the file; otherwise it was found by its stem.
        provenance: how it was found.
        doubtful: files that are as good as the first, the first included; empty without doubt.
        sheet: what a part manifest says, or None.
    """

    files: tuple[str, ...]
    stated: bool
    provenance: Provenance
    doubtful: tuple[str, ...] = ()
    sheet: PartSheet | None = None


class Linker:
    """Finds the files of lines.

    Args:
        design: the open design.
        near: folder of the bill.
    """

    def __init__(self, design: Design, near: str) -> None:
        self._design = design
        self._files = PartFiles(design, near)
        self._mentions: Mapping[str, Mention] | None = None
        self._sheets = {squash(sheet.name): sheet for sheet in own_sheets(design)}

    def link(self, entry: Entry, process: str | None) -> Link | None:
        """The files of a line: by path, by file name, by manifest, by a page, then by its own name."""
        stated = self._by_path(entry, process)
        if stated is not None or not self._files:
            return stated or self._by_sheet(entry)
        return (
            self._by_file_name(entry, process)
            or self._by_sheet(entry)
            or self._by_page(entry, process)
            or self._by_stem(entry, process)
            or self._by_board(entry)
        )

    def guess(self, entry: Entry, process: str | None) -> Link | None:
        """The files whose stem is nearly the name: only for lines that are surely made here."""
        for name in _spellings(entry) if self._files else ():
            found = self._files.with_core(name, process) or self._files.like(name, process)
            if found is not None:
                return self._link(found, entry, Origin.GUESSED, "file name resembles the name", stated=False)
        return None

    def missing(self, entry: Entry) -> str | None:
        """A path inside the design that the line states though nothing is there, or None."""
        stated = entry.cell("reference") or entry.cell("file")
        inside = "/" in stated and "://" not in stated and " " not in stated.strip()
        return stated if inside and self._files.at(stated) is None else None

    def _by_path(self, entry: Entry, process: str | None) -> Link | None:
        stated = [text for role in _STATING if (text := entry.cells.get(role))]
        for target in (*entry.links, *stated):
            file = self._files.at(target) if target else None
            if file is None:
                continue
            if self._files.is_part(file):
                files = self._files.companions(file, process)
                return self._link(files, entry, Origin.READ, "path in the list", stated=True)
            if file.suffix == ".pdf" and _DRAWING.search(file.path):
                return self._link(Shortlist((file.path,), ()), entry, Origin.READ, "drawing in the list", stated=True)
            sheet = read_sheet(self._design, file.path)
            if sheet is not None:
                return self._from_sheet(sheet)
        return None

    def _by_file_name(self, entry: Entry, process: str | None) -> Link | None:
        cells = entry.cells
        for text in (entry.name, *entry.remarks, *[cells[role] for role in _NAMING if role in cells]):
            for name in _file_names(text) if "." in text else ():
                files = self._files.named(name, process)
                if files is not None:
                    return self._link(files, entry, Origin.READ, "file name in the list", stated=True)
        stem = entry.cell("file")
        files = self._files.with_stem(stem, process) if stem and len(squash(stem)) > 1 else None
        return self._link(files, entry, Origin.READ, "file column", stated=True) if files else None

    def _by_sheet(self, entry: Entry) -> Link | None:
        sheet = self._sheets.get(squash(entry.name)) if self._sheets else None
        return self._from_sheet(sheet) if sheet else None

    def _from_sheet(self, sheet: PartSheet) -> Link:
        known = [file for path in sheet.files if (file := self._design.file(path)) is not None]
        parts = [file.path for file in known if self._files.is_part(file)]
        best = self._files.companions(known[0], sheet.process).files if known else ()
        order = [path for path in best if path in parts] + [path for path in parts if path not in best]
        meshes = self._files.named(parts[0], sheet.process) if parts else None
        files = tuple(dict.fromkeys((*(meshes.files if meshes and len(parts) == 1 else ()), *order)))
        place = Provenance(Origin.READ, "part manifest", sheet.manifest)
        return Link(_best_first(files), stated=True, provenance=place, sheet=sheet)

    def _by_page(self, entry: Entry, process: str | None) -> Link | None:
        if self._mentions is None:
            self._mentions = read_mentions(self._design, self._files)
        for name in _spellings(entry) if self._mentions else ():
            mention = self._mentions.get(squash(name))
            file = self._design.file(mention.path) if mention else None
            if mention and file:
                files = self._files.companions(file, process).files[:_MOST_FILES]
                place = Provenance(Origin.READ, "a page links it beside the name", mention.page, str(mention.line))
                return Link(files, stated=True, provenance=place)
        return None

    def _by_stem(self, entry: Entry, process: str | None) -> Link | None:
        is_circuit = process is not None and processes().is_a(process, "electronics")
        find = self._files.with_core if is_circuit else self._files.with_stem
        for name in _spellings(entry):
            if len(squash(name)) < _MIN_STEM_CHARS:
                continue
            files = find(name, process)
            if files is not None:
                return self._link(files, entry, Origin.DERIVED, "file name is the name", stated=False)
        number = entry.cell("part_number")
        files = self._files.with_core(number, process) if number else None
        return self._link(files, entry, Origin.DERIVED, "file name is the part number", stated=False) if files else None

    def _by_board(self, entry: Entry) -> Link | None:
        found = self._files.board(_REMARKS.sub(" ", entry.name)) if self._files.has_boards else None
        return (
            self._link(found, entry, Origin.DERIVED, "the board that the design draws", stated=False) if found else None
        )

    def _link(self, found: Shortlist, entry: Entry, origin: Origin, rule: str, *, stated: bool) -> Link:
        doubtful = found.equals if len(found.equals) > 1 else ()
        place = Provenance(origin, rule, entry.file or None, entry.place or None)
        return Link(found.files[:_MOST_FILES], stated, place, doubtful)


def _file_names(text: str) -> Iterator[str]:
    """Names of part files in a text: from the first sign that a name may have to the last suffix."""
    for signs in _NAME_SIGNS.finditer(text):
        ends = [found.end() for found in _NAME_END.finditer(signs.group())]
        if ends:
            yield signs.group()[: ends[-1]].strip()


def _best_first(files: tuple[str, ...]) -> tuple[str, ...]:
    """Meshes before everything else."""
    return tuple(sorted(files, key=lambda path: 0 if path.lower().endswith((".stl", ".3mf")) else 1))


def _spellings(entry: Entry) -> tuple[str, ...]:
    """The name as a file may spell it: whole, without remarks, without the process, its part number; each once."""
    return _spelled(entry.name, entry.cell("part_number") or entry.cell("number"))


@lru_cache(1_000)
def _spelled(name: str, number: str) -> tuple[str, ...]:
    bare = _REMARKS.sub(" ", name).strip() if "(" in name or "[" in name else name.strip()
    counted = trailing_quantity(bare)
    spellings = [name, bare, _LEAD.sub("", bare), *([counted[1]] if counted else [])]
    head, _, tail = bare.rpartition(",")
    if head and (kind := kind_of(tail)) is not None and kind.make == "fabricate":
        spellings.append(head)
    if number and len(squash(number)) > _MIN_NUMBER_CHARS and re.search(r"[a-zA-Z]", number):
        spellings += [number, f"{number} {bare}"]
    return tuple(dict.fromkeys(spellings))
