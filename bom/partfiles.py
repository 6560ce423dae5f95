"""The part files of a design, found by path, name, stem, or nearly so."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from bom.lexicon import words_of
from bom.textindex import TextIndex
from bom.titles import title_of
from bom.words import phrases
from core.trees import processes
from designs.design import Design, DesignFile, FileRole

__all__ = ["PartFiles", "Shortlist", "core_stem", "squash"]

_PART_ROLES: Final = frozenset({FileRole.MESH, FileRole.SOLID, FileRole.DRAWING, FileRole.CIRCUIT})
_PLATES: Final = frozenset({"printed", "platters", "platter", "plates", "plate", "all", "print plates"})
_MIN_PREFIX_CHARS: Final = 6
_ORDERS: Final = {
    "shape": (FileRole.MESH, FileRole.SOLID, FileRole.DRAWING, FileRole.CIRCUIT),
    "sheet": (FileRole.DRAWING, FileRole.TEXT, FileRole.SOLID, FileRole.MESH),
    "circuit": (FileRole.ARCHIVE, FileRole.CIRCUIT),
}
_BOARDS: Final = frozenset({".kicad_pcb", ".brd"})
_BOARD_WORDS: Final = frozenset({"pcb", "pcbs", "board", "boards"})
_ANY_BOARD: Final = frozenset({"circuit", "printed", "custom", "main", "bare", "the", "own"})
_VERSION: Final = re.compile(
    r"(?:[\s_\-.]*(?:rev(?:ision)?|ver(?:sion)?|v)[\s_\-.]*\d+(?:[._]\d+)*[a-z]?|[\s_\-]*\d{4}[\-_.]?\d{2}[\-_.]?\d{2}"
    r"|[\s_\-]+x\d{1,3}|[\s_\-]*\(\d+\)|[\s_\-]+(?:final|new|latest|copy))+$",
    re.IGNORECASE,
)


@lru_cache(10_000)
def squash(text: str) -> str:
    """Letters and digits only, case folded: as names and stems are compared."""
    return "".join(words_of(text))


@lru_cache(10_000)
def core_stem(text: str) -> str:
    """Squashed, without a version, a date or a count at its end."""
    return squash(_VERSION.sub("", text)) or squash(text)


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Files that may be the one, best first.

    Attributes:
        files: repository paths.
        equals: those that are as good as the first one, itself included; more than one is a doubt.
    """

    files: tuple[str, ...]
    equals: tuple[str, ...]


class PartFiles:
    """The part files of a design.

    Args:
        design: the design.
        near: folder of the bill; files near it are preferred.
    """

    def __init__(self, design: Design, near: str) -> None:
        self._near = PurePosixPath(near).parts
        self._paths = {file.path: file for file in design.files}
        self._by_name: dict[str, list[DesignFile]] = defaultdict(list)
        self._by_stem: dict[str, list[DesignFile]] = defaultdict(list)
        self._by_core: dict[str, list[DesignFile]] = defaultdict(list)
        for file in design.files:
            if file.role in _PART_ROLES or file.suffix in {".pdf", ".zip"}:
                self._by_name[file.name.casefold()].append(file)
                self._by_stem[squash(file.stem)].append(file)
                self._by_core[core_stem(file.stem)].append(file)
        stems: dict[FileRole, list[str]] = defaultdict(list)
        for stem, files in self._by_stem.items():
            for role in _PART_ROLES & {file.role for file in files}:
                stems[role].append(stem)
        self._stems = {role: TextIndex(each, _MIN_PREFIX_CHARS) for role, each in stems.items()}
        self._boards: dict[str, list[DesignFile]] = defaultdict(list)
        for file in design.files:
            if file.suffix in _BOARDS and not _is_lesser(file):
                self._boards[core_stem(file.stem)].append(file)
        self.folder = near

    def __bool__(self) -> bool:
        """Whether the design has any part file, drawing or archive."""
        return bool(self._by_name)

    @property
    def has_boards(self) -> bool:
        """Whether the design draws circuit boards."""
        return bool(self._boards)

    def at(self, link: str) -> DesignFile | None:
        """The file that a relative path, an absolute path of the repository or a URL points to."""
        target = re.sub(r"[?#].*$", "", link).strip()
        if not target:
            return None
        relative = posixpath.normpath(posixpath.join(self.folder, target.lstrip("/") if "://" in target else target))
        for path in (relative.lstrip("/"), posixpath.normpath(target).lstrip("/")):
            if path in self._paths:
                return self._paths[path]
        if "://" not in target:
            return None
        parts = target.split("://", 1)[1].split("/")
        tails = ("/".join(parts[at:]) for at in range(1, len(parts)))
        return next((self._paths[tail] for tail in tails if tail in self._paths), None)

    def is_part(self, file: DesignFile) -> bool:
        """Whether the file may describe a part."""
        return file.role in _PART_ROLES

    def named(self, name: str, process: str | None = None) -> Shortlist | None:
        """Files of this base name, case overlooked."""
        return self._rank(self._by_name.get(PurePosixPath(name).name.casefold(), ()), process)

    def with_stem(self, text: str, process: str | None = None) -> Shortlist | None:
        """Files whose stem is the text; signs and case overlooked."""
        return self._rank(self._by_stem.get(squash(text), ()), process)

    def with_core(self, text: str, process: str | None = None) -> Shortlist | None:
        """Files whose stem is the text when versions, dates and counts are left out."""
        return self._rank(self._by_core.get(core_stem(text), ()), process)

    def board(self, text: str) -> Shortlist | None:
        """The circuit board that the text names: "lamp PCB" as its file is called, "main PCB" if there is only one."""
        words = words_of(text)
        if _BOARD_WORDS.isdisjoint(words):
            return None
        core = core_stem("".join(word for word in words if word not in _BOARD_WORDS | _ANY_BOARD))
        if not core and len(self._boards) == 1:
            core = next(iter(self._boards))
        return self._rank(self._boards.get(core, ()), "pcb_fabrication")

    def like(self, text: str, process: str | None) -> Shortlist | None:
        """Files of the one stem that begins with the text; else of the one that holds it or is a beginning of it."""
        wanted = squash(text)
        if len(wanted) < _MIN_PREFIX_CHARS:
            return None
        for stems in (self._stems[role] for role in _order(process) if role in self._stems):
            holding = set(islice(stems.holding(wanted), 2))
            longer = set(islice(stems.beginning_with(wanted), 2)) if holding else holding
            matching = longer or {*stems.starts_of(wanted), *holding}
            if matching:
                return self._rank(self._by_stem[matching.pop()], process) if len(matching) == 1 else None
        return None

    def companions(self, file: DesignFile, process: str | None) -> Shortlist:
        """The file and those of its stem, in the order that suits the process; a named mesh or drawing stays first."""
        found = self._rank([file, *(each for each in self._by_stem[squash(file.stem)] if each != file)], process)
        order = _order(process)
        files = list(found.files) if found else []
        best = self._paths[files[0]].role if files else None
        if best is None or file.role not in order or order.index(file.role) <= order.index(best):
            files = [file.path, *(path for path in files if path != file.path)]
        return Shortlist(tuple(files), (files[0],))

    def _rank(self, files: Sequence[DesignFile], process: str | None) -> Shortlist | None:
        if not files:
            return None
        order = _order(process)
        usable = [file for file in files if file.role in order]
        if not usable:
            return None
        keys = {file.path: self._key(file, order) for file in usable}
        ranked = sorted(usable, key=lambda file: (keys[file.path], _newest_first(file.stem), file.path))
        first = keys[ranked[0].path]
        dated = core_stem(ranked[0].stem) != squash(ranked[0].stem)
        equals = tuple(file.path for file in ranked if keys[file.path] == first)
        return Shortlist(tuple(file.path for file in ranked), equals[:1] if dated else equals)

    def _key(self, file: DesignFile, order: Sequence[FileRole]) -> tuple[int, int, int, int, int]:
        """Role, plate or draft folder, distance from the bill, depth, suffix."""
        folders = PurePosixPath(file.path).parts[:-1]
        shared = 0
        for mine, its in zip(self._near, folders, strict=False):
            if mine != its:
                break
            shared += 1
        lesser = _is_lesser(file)
        preferred = 0 if file.suffix in {".stl", ".dxf", ".step", ".stp", ".zip"} else 1
        return order.index(file.role), lesser, -shared, len(folders), preferred


def _is_lesser(file: DesignFile) -> bool:
    """Whether it lies in a folder of plates, drafts, old or generated copies."""
    folders = PurePosixPath(file.path).parts[:-1]
    return any(
        folder.casefold() in _PLATES or title_of(f"{folder}.x") in phrases("lesser_folders") for folder in folders
    )


@lru_cache(1_000)
def _order(process: str | None) -> tuple[FileRole, ...]:
    tree = processes()
    if process is not None and tree.is_a(process, "electronics"):
        return _ORDERS["circuit"]
    if process is not None and (tree.is_a(process, "sheet_cutting") or process == "cnc_routing"):
        return _ORDERS["sheet"]
    return _ORDERS["shape"]


def _newest_first(stem: str) -> tuple[int, ...]:
    """Sorts later dates and higher versions first."""
    return tuple(-int(number) for number in re.findall(r"\d{1,9}", stem[len(_VERSION.sub("", stem)) :]))
