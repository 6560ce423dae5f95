"""What a design's pages say of files: a list item or table row that names one part and links one file."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bom.partfiles import PartFiles, squash
from bom.sources import read_text
from bom.text import read_words
from designs.design import Design, FileRole

__all__ = ["Mention", "read_mentions"]

_PART_LINK: Final = re.compile(r"\.(?:stl|3mf|obj|step|stp|dxf|svg|scad|amf|fcstd)\b", re.IGNORECASE)
_LABEL: Final = re.compile(r"\[([^\[\]]{2,80})\](?!\()")
_LISTED: Final = re.compile(r"\s*(?:[*+-]\s|\d{1,3}[.)]\s|\|)|[^|]+\|")
_MAX_LINE_CHARS: Final = 2_000
_MAX_PAGES: Final = 300
_MIN_CHARS: Final = 3


@dataclass(frozen=True, slots=True)
class Mention:
    """A file that a page gives for a name.

    Attributes:
        path: the part file.
        page: the page's path.
        line: line number.
    """

    path: str
    page: str
    line: int


def read_mentions(design: Design, files: PartFiles) -> Mapping[str, Mention]:
    """Squashed name -> the one file that the design's pages link beside it. Names with several files are left out."""
    found: dict[str, dict[str, Mention]] = {}
    pages = [file for file in design.files if file.present and file.role is FileRole.TEXT and file.suffix == ".md"]
    for page in pages[:_MAX_PAGES]:
        text = read_text(design, page.path) or ""
        folder = str(PurePosixPath(page.path).parent)
        for number, line in enumerate(text.splitlines(), start=1):
            if len(line) > _MAX_LINE_CHARS or not _LISTED.match(line) or not _PART_LINK.search(line):
                continue
            path = _only_file(line, folder, files)
            for name in _names(line) if path else ():
                found.setdefault(squash(name), {}).setdefault(path or "", Mention(path or "", page.path, number))
    return {name: next(iter(by_path.values())) for name, by_path in found.items() if len(by_path) == 1}


def _only_file(line: str, folder: str, files: PartFiles) -> str | None:
    linked = set()
    for target in read_words(line).links:
        inside = target if "://" in target else posixpath.normpath(posixpath.join("/", folder, target))
        file = files.at(inside)
        if file is not None and files.is_part(file):
            linked.add(file.path)
    return linked.pop() if len(linked) == 1 else None


def _names(line: str) -> list[str]:
    """Names beside a link: bracketed labels, the text before it, table cells."""
    labels = [found[1] for found in _LABEL.finditer(line)]
    cells = [read_words(cell).text for cell in line.split("|")] if line.count("|") >= 2 else []
    before = read_words(re.split(r"\[[^\]]*\]\(", line, maxsplit=1)[0]).text
    names = [*labels, *cells, re.sub(r"^[\s*+\-\d.)]+", "", before).strip(" :-")]
    return [name for name in names if len(squash(name)) >= _MIN_CHARS and not _PART_LINK.search(name)]
