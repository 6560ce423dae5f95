"""GitBuilding manuals: the parts that pages use and make, where no list was generated.

A page links parts as ``[name](target){Qty: 4, Cat: tool}``, names what it makes as ``[name]{output, qty: 2}`` and holds
other pages as ``[title](page.md){step}``. Source: GitBuilding's BuildUp syntax (`gitbuilding/buildup/link.py`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

from bom.bill import Assembly
from bom.entry import Entry, Reading
from bom.partfiles import squash
from bom.quantity import Quantity, parse_quantity
from bom.sources import read_text
from bom.text import read_words, without_comments
from designs.design import Design

__all__ = ["made_parts", "read_manuals", "used_parts"]

_MAX_PAGES: Final = 400
_MAX_LINE_CHARS: Final = 5_000
_LINK: Final = re.compile(r"\[([^\[\]]{1,200})\](?:\(([^()\s]*)\)|\[([^\[\]]*)\])?\{([^{}]*)\}")
_REFERENCE: Final = re.compile(r"^\s{0,3}\[([^\[\]]+)\]:\s*([^\s\"']\S*)?\s*(?:[\"'](.*)[\"'])?\s*$")
_FACT: Final = re.compile(r"(\w+)\s*:\s*(?:\"([^\"]*)\"|'([^']*)'|([^,]*))")
_FILE_LINK: Final = re.compile(r"\]\(([^()\s]+\.(?:stl|3mf|obj|step|stp|dxf|svg))\)", re.IGNORECASE)


@dataclass(slots=True)
class _Page:
    """One page.

    Attributes:
        path: its file.
        uses: the parts it uses.
        makes: the parts with files that it makes.
        steps: the pages it holds.
        outputs: what it puts together, names squashed -> name and how many.
        takes: what it takes from earlier pages (`fromstep`), names squashed.
    """

    path: str
    uses: list[Entry] = field(default_factory=list)
    makes: list[Entry] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    outputs: dict[str, tuple[str, float]] = field(default_factory=dict)
    takes: set[str] = field(default_factory=set)


def read_manuals(design: Design) -> tuple[Reading, ...]:
    """One reading for each page that no other holds as a step: its parts and those of its steps, the largest first."""
    config = next((file for file in design.files if file.name.lower() in {"buildconf.yaml", "buildconf.yml"}), None)
    if config is None:
        return ()
    pages = _pages(design, str(PurePosixPath(config.path).parent))
    held = {step for page in pages.values() for step in page.steps}
    assemblies = _assemblies(list(pages.values()))
    readings = [
        Reading(page.path, "manual", entries, tuple(dict.fromkeys(assemblies.values())), titled=True)
        for page in pages.values()
        if page.path not in held and page.steps and (entries := tuple(_gathered(page, pages, assemblies)))
    ]
    return tuple(sorted(readings, key=lambda reading: (-len(reading.entries), reading.file)))


def made_parts(design: Design, folder: str) -> tuple[Entry, ...]:
    """The parts with files that the pages of a folder make; generated lists leave out what a later step uses."""
    return tuple(_summed([entry for page in _pages(design, folder).values() for entry in page.makes]))


def used_parts(design: Design, folder: str) -> tuple[Entry, ...]:
    """What the pages of a folder use, whether or not a list was made of it."""
    return tuple(_summed([entry for page in _pages(design, folder).values() for entry in page.uses]))


def _pages(design: Design, folder: str) -> dict[str, _Page]:
    inside = [
        file for file in design.files if file.suffix == ".md" and (folder == "." or file.path.startswith(f"{folder}/"))
    ]
    return {file.path: _page(read_text(design, file.path) or "", file.path) for file in inside[:_MAX_PAGES]}


def _page(text: str, path: str) -> _Page:
    page = _Page(path)
    lines = [line[:_MAX_LINE_CHARS] for line in without_comments(text).splitlines()]
    references = {found[1].casefold(): found for line in lines if (found := _REFERENCE.match(line))}
    for number, line in enumerate(lines, start=1):
        if _REFERENCE.match(line):
            continue
        for found in _LINK.finditer(line):
            reference = references.get((found[3] or found[1]).casefold())
            facts = (_facts(reference[3] or "") if reference else {}) | _facts(found[4])
            target = found[2] or (reference[2] if reference else None) or ""
            _take(page, found, target, facts, line[found.end() :], number)
    return page


def _facts(text: str) -> dict[str, str]:
    """The facts of a link's braces; a flag has an empty value: output, qty: 2."""
    text = text.strip("{} ")
    facts = {found[1].lower(): (found[2] or found[3] or found[4] or "").strip() for found in _FACT.finditer(text)}
    flags = {flag.strip().lower(): "" for flag in _FACT.sub("", text).split(",") if flag.strip()}
    return flags | facts


def _take(page: _Page, found: re.Match[str], target: str, facts: dict[str, str], rest: str, number: int) -> None:
    folder = posixpath.dirname(page.path)
    if "step" in facts and target.endswith(".md"):
        page.steps.append(posixpath.normpath(posixpath.join(folder, target)))
        return
    if target == "fromstep":
        page.takes.add(squash(read_words(found[1]).text))
        return
    if not facts.get("qty"):
        return
    cells = {role: facts[key] for role, key in (("kind", "cat"), ("notes", "note")) if facts.get(key)}
    entry = Entry(
        read_words(found[1]).text, parse_quantity(facts["qty"]), page.path, str(number), "qty of the link", cells=cells
    )
    files = {posixpath.normpath(posixpath.join(folder, link)) for link in _FILE_LINK.findall(rest)}
    if "output" not in facts:
        inside = "" if not target else f"/{posixpath.normpath(posixpath.join(folder, target))}"
        page.uses.append(replace(entry, links=(target if "://" in target else inside,)))
    elif len(files) == 1:
        page.makes.append(replace(entry, links=(f"/{files.pop()}",)))
    else:
        page.outputs[squash(entry.name)] = (entry.name, entry.quantity.value or 1.0)


def _assemblies(pages: Sequence[_Page]) -> dict[str, Assembly]:
    """Path of a page -> the sub-assembly that it puts together and a later page takes from it (`fromstep`).

    The page that takes it puts together the assembly that holds it, or the product.
    """
    made = {key: page for page in pages for key in page.outputs}
    taken_by = {key: page for page in pages for key in sorted(page.takes) if key in made and made[key] is not page}
    names = {made[key].path: key for key in taken_by}
    found: dict[str, Assembly] = {}
    for path, key in names.items():
        name, count = made[key].outputs[key]
        holder = names.get(taken_by[key].path)
        parent = made[holder].outputs[holder][0] if holder is not None else None
        found[path] = Assembly(name, count, None if parent == name or _holds(key, names, taken_by) else parent)
    return found


def _holds(key: str, names: dict[str, str], taken_by: dict[str, _Page]) -> bool:
    """Whether a thing is taken, over some pages, into itself: then the pages tell no order."""
    seen: set[str] = set()
    here: str | None = key
    while here is not None and here in taken_by and here not in seen:
        seen.add(here)
        here = names.get(taken_by[here].path)
    return here in seen


def _gathered(page: _Page, pages: dict[str, _Page], assemblies: dict[str, Assembly]) -> Iterator[Entry]:
    """The parts of a page and its steps, each page once, in the sub-assembly that its page puts together."""
    seen: set[str] = set()
    pending = [page.path]
    entries: list[Entry] = []
    while pending:
        here = pages.get(pending.pop(0))
        if here is None or here.path in seen:
            continue
        seen.add(here.path)
        inside = assemblies.get(here.path)
        entries += [*here.makes, *(replace(each, assembly=inside.name if inside else None) for each in here.uses)]
        pending += here.steps
    yield from _summed(entries)


def _summed(entries: Sequence[Entry]) -> Iterator[Entry]:
    """The same part of several pages as one entry; unknown amounts stay unknown."""
    found: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        key = (squash(entry.name), entry.quantity.unit)
        known = found.get(key)
        if known is None:
            found[key] = entry
            continue
        mine, its = known.quantity.value, entry.quantity.value
        total = None if mine is None or its is None else mine + its
        cells = {**entry.cells, **known.cells}
        summed = replace(
            known, quantity=Quantity(total, entry.quantity.unit), cells=cells, rule="qty of the links, added up"
        )
        found[key] = _shared(summed, known, entry)
    yield from found.values()


def _shared(summed: Entry, known: Entry, more: Entry) -> Entry:
    """The sum, split over the sub-assemblies where every use is in one."""
    if known.assembly == more.assembly and not known.uses:
        return summed
    mine = dict(known.uses) or {known.assembly or "": known.quantity.value or 0.0}
    if not all(mine) or not more.assembly or summed.quantity.value is None:
        return replace(summed, assembly=None, uses={})
    mine[more.assembly] = mine.get(more.assembly, 0.0) + (more.quantity.value or 0.0)
    return replace(summed, assembly=None, uses=mine)
