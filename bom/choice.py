"""Several lists in one design: which is the bill.

They are never added up, but for the pages of one GitBuilding manual, each of which is a sub-assembly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from bom.bill import Assembly
from bom.candidates import Candidate
from bom.entry import Reading
from bom.manual import made_parts
from bom.partfiles import squash
from bom.sisters import sister_lists, united
from bom.sources import read_text
from bom.titles import title_of
from core.provenance import Finding, Question, Severity
from designs.design import Design, FileRole

__all__ = ["Choice", "choose"]

_STEP: Final = re.compile(r"\]\(([^)\s]+\.md)\)\s*\{[^}]*\bstep\b", re.IGNORECASE)
_BOM_MARK: Final = re.compile(r"\{\{\s*BOM\s*\}\}|\]\s*\{\s*BOM", re.IGNORECASE)
_ONE: Final = "delete it, or name the bill to be read as bom in the manifest"
_COPY_SHARE: Final = 0.9
_FORMS: Final = {"nopscadlib": 0, "matrix": 1, "gitbuilding": 1, "table": 2, "workbook": 3, "page": 4}


@dataclass(frozen=True, slots=True)
class Choice:
    """The list that was taken for the bill.

    Attributes:
        reading: its lines.
        sources: the files it comes from.
        questions: which of several is meant.
        findings: what was not taken, and why.
    """

    reading: Reading
    sources: tuple[str, ...]
    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()


def choose(design: Design, found: Sequence[tuple[Candidate, Reading]]) -> Choice | None:
    """The best list: the manifest's, then a list of parts before one of a circuit, then by name and place; or None."""
    if not found:
        return None
    ranked = sorted(found, key=lambda each: _rank(design, *each))
    best = ranked[0][1]
    reading, sources, dropped = _with_sisters(design, best, [each for _, each in ranked[1:]])
    sisters = sister_lists(ranked[0], ranked[1:])
    if sisters:
        reading, sources = united(sisters), tuple(each.file for each in sisters)
    others = [each for _, each in ranked[1:] if each.file not in sources and each.file not in dropped]
    copies = [each for each in others if _is_copy(reading, each)]
    rivals = [each for each in others if each not in copies]
    findings = [
        Finding(
            "bom-copy", Severity.NOTE, f"{each.file} repeats the list of {sources[0]} and is not added", each.file, _ONE
        )
        for each in copies
    ] + [
        Finding("bom-stale", Severity.NOTE, f"{path} is of a page that asks for no list; it is not read", path, _ONE)
        for path in dropped
    ]
    questions = _questions(sources, rivals) or _together(sisters) or _doubt(ranked[0][0], reading)
    return Choice(reading, sources, questions, tuple(findings))


def _rank(design: Design, candidate: Candidate, reading: Reading) -> tuple[object, ...]:
    stated = candidate.score > 100
    folder = PurePosixPath(reading.file).parent
    project = folder.parent if folder.name.casefold() in {"bom", "boms", "doc", "docs", "documentation"} else folder
    near = [file for file in design.files if str(project) in {".", *map(str, PurePosixPath(file.path).parents)}]
    meshes = sum(file.present and file.role in {FileRole.MESH, FileRole.DRAWING} for file in near)
    called = bool(project.name) and squash(project.name) in squash(design.name)
    return (
        not stated,
        reading.form == "pdf",
        reading.is_circuit or reading.counted < 2,
        not candidate.named,
        -round(candidate.score / 10) if not candidate.named else (candidate.score < 60),
        not called,
        -min(meshes, 1),
        _FORMS.get(reading.form, 5),
        -candidate.score,
        -reading.counted,
        reading.file,
    )


def _is_copy(reading: Reading, other: Reading) -> bool:
    """Whether most names of the other list stand in this one."""
    names = {squash(entry.name) for entry in reading.entries}
    theirs = {squash(entry.name) for entry in other.entries}
    return bool(theirs) and len(names & theirs) >= _COPY_SHARE * len(theirs)


def _questions(sources: Sequence[str], rivals: Sequence[Reading]) -> tuple[Question, ...]:
    if not rivals:
        return ()
    paths = [each.file for each in rivals]
    listed = ", ".join(paths[:6]) + (f" and {len(paths) - 6} more" if len(paths) > 6 else "")
    ask = f"Is {' with '.join(sources)} the bill to build? There are also {listed}; they were not added"
    return (Question("bill of materials", f"{ask}; is that right?", (*sources, *paths), about="source"),)


def _together(sisters: Sequence[Reading]) -> tuple[Question, ...]:
    """Lists that were read as one product's: nobody said so."""
    if not sisters:
        return ()
    paths = [each.file for each in sisters]
    ask = f"Are these lists one product, each a sub-assembly of it: {', '.join(paths)}?"
    ask += " If not, which is the one to build?"
    return (Question("bill of materials", ask, ("yes", *paths), about="source"),)


def _doubt(candidate: Candidate, reading: Reading) -> tuple[Question, ...]:
    """A list found by nothing but its content may be something else."""
    if candidate.named or reading.titled:
        return ()
    ask = f"{reading.file} does not call itself a bill of materials: does it list all parts of one product?"
    return (Question("bill of materials", ask, ("yes", "no")),)


def _with_sisters(
    design: Design, best: Reading, others: Iterable[Reading]
) -> tuple[Reading, tuple[str, ...], tuple[str, ...]]:
    """The list; for GitBuilding the lists of all pages that no other page holds as a step, each a sub-assembly."""
    if best.form != "gitbuilding":
        return best, (best.file,), ()
    folder = PurePosixPath(best.file).parent
    pages = [
        best,
        *(each for each in others if each.form == "gitbuilding" and PurePosixPath(each.file).parent == folder),
    ]
    texts = {each.file: read_text(design, _page_of(each.file)) for each in pages}
    stale = tuple(file for file, text in texts.items() if text is not None and not _BOM_MARK.search(text))
    live = [each for each in pages if each.file not in stale] or pages[:1]
    inside = {name for each in live for name in _steps(design, _page_of(each.file))}
    tops = sorted((each for each in live if _page_of(each.file) not in inside), key=lambda each: each.file) or live[:1]
    dropped = tuple(each.file for each in pages if each not in tops)
    named = {squash(entry.name) for each in pages for entry in each.entries}
    entries = [entry for entry in made_parts(design, str(folder)) if squash(entry.name) not in named]
    if len(tops) == 1:
        return replace(best, file=tops[0].file, entries=(*entries, *tops[0].entries)), (tops[0].file,), dropped
    assemblies: list[Assembly] = []
    for each in tops:
        name = re.sub(r"^\d+\s+|\s+bom$", "", title_of(each.file))
        assemblies.append(Assembly(name))
        entries.extend(each.within(name).entries)
    merged = replace(best, entries=tuple(entries), assemblies=tuple(assemblies))
    return merged, tuple(each.file for each in tops), dropped


def _page_of(bill: str) -> str:
    return re.sub(r"_BOM\.csv$", ".md", bill, flags=re.IGNORECASE)


def _steps(design: Design, page: str) -> set[str]:
    """Paths of the pages that this page holds as steps, at any depth."""
    found: set[str] = set()
    pending = [page]
    while pending:
        here = pending.pop()
        folder = PurePosixPath(here).parent
        for target in _STEP.findall(read_text(design, here) or ""):
            path = str(folder / target)
            if path not in found:
                found.add(path)
                pending.append(path)
    return found
