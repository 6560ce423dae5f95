"""What the pages of a design say beside the list: other parts, stock, numbers of builds, labels that disagree.

Nothing is concluded from prose; each contradiction becomes a question that names the page.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

from bom.entry import Entry
from bom.manual import used_parts
from bom.markdown import Table, read_blocks
from bom.partfiles import squash
from bom.quantity import leading_quantity
from bom.sources import read_text
from bom.text import read_words, without_comments
from bom.textindex import TextIndex
from bom.wording import listed, summed_up
from bom.words import phrases
from core.provenance import Question
from designs.design import Design

__all__ = ["ask_pages"]

_MAX_PAGES: Final = 60
_MAX_PAGE_BYTES: Final = 200_000
_MIN_OTHERS: Final = 3
_MIN_NAME_CHARS: Final = 3
_MIN_WITHIN_CHARS: Final = 6
_MAX_COUNTED: Final = 2_000  # names in all pages that are looked for among the lines
_TIMES: Final = re.compile(r"\d\s*x\b", re.IGNORECASE)
_STOCK: Final = re.compile(
    r"\b(?P<amount>(?:about |approximately |around |~ ?)?\d+(?:[.,]\d+)?\s?(?:kg|g|grams?|met(?:re|er)s?|m|ml|l))"
    r"\s+of\s+(?P<what>\[?(?:[\w-]+ ){0,2}[\w-]+)",
    re.IGNORECASE,
)
_BUILDS: Final = re.compile(
    r"\b(?:should|must|need to|have to)\s+(?:build|make|assemble|print)\s+"
    r"(?P<count>two|three|four|five|six|eight|\d{1,2})\s+"
    r"(?P<what>[a-z][\w-]*(?: (?!(?:for|of|to|and|with|in|at|on|from|so|or)\b)[\w-]+){0,2})",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(
    r"\[(?P<label>[^\[\]\n]{2,80})\](?:\(|:\s*)(?P<target>[^\s()\"]+?)(?:\.md|\.html)?(?=[\s)\"]|$)", re.MULTILINE
)
_TARGET_SIZE: Final = re.compile(r"(?<!\d)(\d+(?:[._]\d+)?)mm", re.IGNORECASE)
_MARKED_SIZE: Final = re.compile(r"(?<![\w.])(?:M(\d+(?:\.\d+)?)(?![\w.])|(\d+(?:\.\d+)?)\s?mm)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Page:
    path: str
    text: str


class _Names:
    """What the lines are called, squashed; gathered when a page asks for the first time."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    def __contains__(self, form: object) -> bool:
        """Whether a line is called so."""
        return form in self._forms

    def hold(self, form: str) -> bool:
        """Whether this stands in the name of a line."""
        return any(self._index.holding(form))

    def resemble(self, form: str) -> bool:
        """Whether a line is called so, a plural s overlooked, or either name holds the other and neither is short."""
        return form.rstrip("s") in self._singular or any(self._long.holding(form)) or any(self._long.within(form))

    @cached_property
    def _forms(self) -> frozenset[str]:
        names = (name for each in self._entries for name in (each.name, each.cell("also_called")) if name)
        return frozenset(map(squash, names))

    @cached_property
    def _singular(self) -> frozenset[str]:
        return frozenset(form.rstrip("s") for form in self._forms)

    @cached_property
    def _index(self) -> TextIndex:
        return TextIndex(self._forms)

    @cached_property
    def _long(self) -> TextIndex:
        return TextIndex(self._forms, _MIN_WITHIN_CHARS)


def ask_pages(design: Design, sources: Collection[str], entries: Sequence[Entry]) -> tuple[Question, ...]:
    """What the design's pages say that the list does not.

    Args:
        design: the open design.
        sources: the files that were read as the bill.
        entries: the lines of the bill, also those that are excluded.
    """
    pages = _pages(design)

    names = _Names(entries)
    near = {str(PurePosixPath(source).parent) for source in sources}
    return (
        *_other_parts([page for page in pages if page.path not in sources], sources, names),
        *(question for folder in sorted(near) for question in _unlisted(design, folder, names)),
        *_stock([page for page in pages if str(PurePosixPath(page.path).parent) in near], names),
        *_builds(pages),
        *_labels(pages),
    )


def _pages(design: Design) -> list[_Page]:
    files = [
        file for file in design.files if file.suffix == ".md" and file.present and file.size_bytes < _MAX_PAGE_BYTES
    ]
    return [_Page(file.path, without_comments(read_text(design, file.path) or "")) for file in files[:_MAX_PAGES]]


def _other_parts(pages: Sequence[_Page], sources: Collection[str], names: _Names) -> Iterator[Question]:
    """Pages that count parts of which the list knows nothing, though it knows some of the page's parts."""
    left = _MAX_COUNTED
    for page in pages:
        counted = list(dict.fromkeys(_counted(page.text)))[:left] if _TIMES.search(page.text) else []
        left -= len(counted)
        others = [name for name in counted if not names.resemble(squash(name))]
        if _MIN_OTHERS <= len(others) < len(counted):
            name = PurePosixPath(page.path).name
            ask = f"{page.path} counts parts that have no line in {', '.join(sorted(sources))}: {listed(others)}"
            yield Question(name, f"{ask}; are lines missing, or is the page about something else?")


def _counted(text: str) -> Iterator[str]:
    """Names that stand behind a number and a times sign, in list items and cells of tables."""
    for block in read_blocks(text):
        if isinstance(block, Table):
            texts = [cell for row in block.grid.rows for cell in row.cells]
        else:
            texts = [block.text] if block.bullet else []
        for cell in texts:
            words = read_words(cell).text
            found = leading_quantity(words) if _TIMES.match(words) else None
            if found and len(squash(found[1])) >= _MIN_NAME_CHARS:
                yield re.sub(r"\s*\(.*", "", found[1])[:80].strip()


def _stock(pages: Sequence[_Page], names: _Names) -> Iterator[Question]:
    """Stock that a page beside the list measures out and no line holds: "about 2 kg of filament"."""
    said: dict[str, list[str]] = {}
    for page in pages:
        for found in _STOCK.finditer(page.text):
            stock = phrases("stock_words").find(found["what"])
            if stock and not names.hold(squash(stock)):
                said.setdefault(stock, []).append(f"{found['amount']} in {page.path}")
    for stock, places in said.items():
        ask = f"No line holds {stock}, yet pages need some ({listed(places)}): of which material, and who brings it?"
        yield Question(stock, ask)


def _unlisted(design: Design, folder: str, names: _Names) -> Iterator[Question]:
    """What the pages of a GitBuilding manual use while its lists know nothing of it; tools are left aside."""
    if not any(file.name.lower() in {"buildconf.yaml", "buildconf.yml"} for file in design.files):
        return
    used = [
        each
        for each in used_parts(design, folder)
        if squash(each.name) not in names and not phrases("tool_words").find(each.cell("kind"))
    ]
    if used:
        shown = listed(f"{each.name} ({each.quantity.text or 'some'}, {each.file})" for each in used)
        yield Question(summed_up(each.name for each in used), f"Pages use what no line holds: {shown}; is it needed?")


def _builds(pages: Sequence[_Page]) -> Iterator[Question]:
    """Pages that ask for several of what the bill describes once."""
    for page in pages:
        for found in _BUILDS.finditer(page.text):
            ask = f"{page.path} says to build {found['count']} {found['what']}: does one product hold so many?"
            yield Question(found["what"], ask, ("yes", "no"))


def _labels(pages: Sequence[_Page]) -> Iterator[Question]:
    """Links whose label states another size than their target."""
    odd: dict[str, str] = {}
    for page in pages:
        for found in _LABELLED.finditer(page.text):
            label = {float(a or b) for a, b in _MARKED_SIZE.findall(found["label"])}
            target = PurePosixPath(found["target"].rstrip("/")).name
            theirs = {float(size.replace("_", ".")) for size in _TARGET_SIZE.findall(target)}
            if label and theirs and "://" not in found["target"] and label.isdisjoint(theirs):
                odd.setdefault(found["label"], target)
    if odd:
        shown = listed(f"{label} is {target}" for label, target in odd.items())
        yield Question(next(iter(odd)), f"Labels and what they link state different sizes ({shown}): which is meant?")
