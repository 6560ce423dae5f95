"""Which files of a design may hold its bill of materials, the most promising first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from bom.sources import MAX_BYTES, read_text
from bom.titles import title_of
from bom.words import phrases, words
from designs.design import Design, DesignFile, FileRole

__all__ = ["Candidate", "closed_bills", "find_candidates"]

_SUFFIXES: Final = frozenset(
    {".csv", ".tsv", ".txt", ".md", ".markdown", ".mdx", ".json", ".yaml", ".yml", ".html", ".htm"}
    | {".xlsx", ".xlsm", ".xls", ".ods", ".rst", ".adoc", ".pdf"}
)
_TABLES: Final = frozenset({".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods"})
_MAX_PAGES: Final = 300
_SURE: Final = 60.0
_MAX_UNNAMED_TABLES: Final = 40
_COUNTS: Final = re.compile(rf"\b(?:{'|'.join(sorted(words('quantity_words')))})\b", re.IGNORECASE)
_HEADER_CELL: Final = re.compile(r"<t[hd]\b", re.IGNORECASE)
_LAST_BAR: Final = 500  # where in its line a table's bar stands at the latest
_REACH: Final = 300  # between a bar or the start of a cell and the word for amounts
_MAX_COUNTING_WORDS: Final = 20_000  # looked at in one page


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may hold the bill.

    Attributes:
        file: the file.
        score: how promising; above 40 its name or the manifest says so.
        why: a short clause.
    """

    file: DesignFile
    score: float
    why: str

    @property
    def calls_itself(self) -> bool:
        """Whether the manifest names it, or its name surely means a bill."""
        return self.score > _SURE

    @property
    def named(self) -> bool:
        """Whether the manifest or the file's name says that it is a bill."""
        return self.score > 40


def find_candidates(design: Design) -> tuple[Candidate, ...]:
    """Files that may hold the bill, best first: the manifest's, those named so, the README, other pages, tables."""
    found = []
    pages = tables = 0
    for file in design.files:
        if not file.present or file.suffix not in _SUFFIXES or not 0 < file.size_bytes <= MAX_BYTES:
            continue
        stated = _stated(design, file)
        score, why = stated or _named(file)
        if not score and file.suffix in _TABLES and tables < _MAX_UNNAMED_TABLES:
            tables += 1
            score, why = 12.0, "a table"
        elif not score and file.role is FileRole.TEXT and file.suffix != ".pdf" and pages < _MAX_PAGES:
            pages += 1
            score, why = _page(design, file)
        if score:
            found.append(Candidate(file, score if stated else _placed(score, file, named=score > 40), why))
    return tuple(sorted(found, key=lambda each: (-each.score, each.file.path.count("/"), each.file.path)))


def closed_bills(design: Design) -> tuple[tuple[DesignFile, str], ...]:
    """Files that the manifest or their name calls a bill, and why they cannot even be looked into."""
    named = [
        each for each in design.files if each.suffix in _SUFFIXES and (_stated(design, each) or _named(each)[0] > _SURE)
    ]
    whys = [(file, _why_closed(file)) for file in named]
    return tuple((file, why) for file, why in whys if why)


def _why_closed(file: DesignFile) -> str | None:
    if not file.present:
        return "its content is not here"
    if file.size_bytes == 0:
        return "it is empty"
    return f"it is larger than {MAX_BYTES // 10**6} MB" if file.size_bytes > MAX_BYTES else None


def _stated(design: Design, file: DesignFile) -> tuple[float, str] | None:
    """Whether the manifest's `bom` means this file: by path, by the tail of a URL, or by the same stem beside it."""
    stated = design.manifest.bom_path if design.manifest else None
    if not stated:
        return None
    target = unquote(urlsplit(stated).path).strip("/")
    if target == file.path:
        return 200.0, "the manifest names it"
    if "://" not in stated and design.file(target) is not None:
        return None
    if target.endswith(f"/{file.path}"):
        return 200.0, "the manifest names it"
    pure, wanted = PurePosixPath(file.path), PurePosixPath(target)
    tail = str(wanted.with_suffix(""))
    if tail.endswith(str(pure.with_suffix(""))) and pure.parent.name == wanted.parent.name:
        return 190.0, "the manifest names it with another suffix"
    if pure.name == wanted.name:
        return 150.0, "the manifest names a file of this name in another folder"
    return None


def _named(file: DesignFile) -> tuple[float, str]:
    title = title_of(file.path)
    if phrases("bill_names").find(title) or re.search(r"(?:^|[a-z])bom$|^bom(?=[a-z])", title.replace(" ", "")):
        form = {".json": 6.0, ".html": 2.0, ".htm": 2.0, ".md": 4.0, ".markdown": 4.0, ".txt": 3.0}.get(
            file.suffix, 5.0
        )
        exact = 6.0 if title in phrases("bill_names") else 0.0
        return 80.0 + form + exact, "its name says so"
    if file.suffix in _TABLES and title_of(f"{PurePosixPath(file.path).parent.name}.x") in phrases("bill_names"):
        return 80.0, "its folder's name says so"
    if title in phrases("weak_bill_names"):
        return 50.0, "its name says so"
    return 0.0, ""


def _page(design: Design, file: DesignFile) -> tuple[float, str]:
    """A page with a title that announces a bill, or may."""
    text = read_text(design, file.path) or ""
    titled = phrases("bill_titles").find(text) or phrases("maybe_titles").find(text)
    if not titled and not _counts_in_table(text):
        return 0.0, ""
    first = file.stem.lower().startswith("readme") and "/" not in file.path
    return (34.0, "the README") if first else (20.0, "a page")


def _counts_in_table(text: str) -> bool:
    """Whether a word for amounts stands behind a table's bar or in a cell of an HTML table."""
    for found in islice(_COUNTS.finditer(text), _MAX_COUNTING_WORDS):
        start = text.rfind("\n", 0, found.start()) + 1
        near = max(start, found.start() - _REACH)
        bar = text.find("|", max(start, near - 1), found.start())
        if 0 <= bar <= start + _LAST_BAR or _HEADER_CELL.search(text, max(start, near - 3), found.start()):
            return True
    return False


def _placed(score: float, file: DesignFile, *, named: bool) -> float:
    """The score less what the folder costs: drafts, archives and depth."""
    folders = [title_of(folder) for folder in PurePosixPath(file.path).parts[:-1]]
    cost = 1.5 * len(folders)
    if any(folder in phrases("lesser_folders") or re.match(r"_", folder) for folder in folders):
        cost += 25.0
    return max(score - cost, 41.0 if named else 1.0)
