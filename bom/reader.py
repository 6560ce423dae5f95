"""A design to its bill of materials."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bom.answering import answered, preferring, read_answers
from bom.answers import Answers
from bom.bill import Assembly, Bill
from bom.candidates import Candidate, closed_bills, find_candidates
from bom.choice import Choice, choose
from bom.entry import Entry, Reading
from bom.grids import is_workbook
from bom.lines import conclude
from bom.linking import Linker
from bom.manual import read_manuals
from bom.picks import picks_of
from bom.prose import ask_pages
from bom.questions import ask, merge
from bom.sources import MAX_BYTES, read_source, read_text
from bom.substitutes import read_substitute
from bom.surroundings import ask_around, by_folder
from core.bulk import making_many
from core.errors import InputError
from core.provenance import Finding, Question, Severity
from designs.design import Design, DesignFile, FileRole

__all__ = ["read_bill"]

_MAX_READ: Final = 80
_PART_ROLES: Final = frozenset({FileRole.MESH, FileRole.SOLID, FileRole.DRAWING})
_COLUMNS: Final = "name, quantity, make or buy, process, material, file, sub-assembly"


def read_bill(design: Design, answers: Answers | None = None, *, one_by_one: bool = False) -> Bill:
    """The design's bill: the list found, its lines understood, what is open asked, what was answered taken in.

    A design without a readable list gives a bill without lines, a finding that says so and what to add. Lists that
    cannot be read are findings too.

    Args:
        design: the open design.
        answers: what the designer answered; None takes the file of answers at the design's root, if there is one.
        one_by_one: leave questions that are alike apart, as one answers them; else they are put together.
    """
    given, findings = read_answers(design) if answers is None else (answers, ())
    with making_many():
        bill = answered(_read_bill(preferring(design, given), given), design, given)
    questions = bill.questions if one_by_one else merge(bill.questions)
    return replace(bill, questions=questions, findings=(*bill.findings, *findings))


def _read_bill(design: Design, answers: Answers) -> Bill:
    found, findings = _read_all(design, find_candidates(design), answers)
    if not any(candidate.named for candidate, _ in found):
        found += [
            (Candidate(file, 45.0, "a GitBuilding manual"), each)
            for each in read_manuals(design)
            if (file := design.file(each.file))
        ]
    choice = choose(design, found)
    if choice is None and (substitute := read_substitute(design)) is not None:
        findings += substitute.findings
        sources = () if substitute.form == "file names" else (substitute.file,)
        choice = Choice(replace(substitute, findings=()), sources) if substitute.entries else None
    return _no_bill(design, tuple(findings)) if choice is None else _bill(design, choice, tuple(findings))


def _bill(design: Design, choice: Choice, findings: tuple[Finding, ...]) -> Bill:
    """The bill that the chosen list comes to."""
    near = str(PurePosixPath(choice.reading.file).parent)
    linker = Linker(design, "" if near == "." else near)
    entries = _placed(choice.reading.entries)
    result = conclude(design, entries, linker)
    around = (
        *ask_around(design, choice, [each.line for each in result.lines]),
        *ask_pages(design, choice.sources, entries),
    )
    return Bill(
        design=design.name,
        lines=tuple(each.line for each in result.lines),
        assemblies=_assemblies(choice.reading, [each.entry for each in result.lines]),
        excluded=tuple(result.excluded),
        questions=choice.questions + choice.reading.questions + ask(result) + around,
        findings=(*findings, *choice.findings, *choice.reading.findings, *result.findings),
        sources=choice.sources,
    )


def _read_all(
    design: Design, candidates: Sequence[Candidate], answers: Answers
) -> tuple[list[tuple[Candidate, Reading]], list[Finding]]:
    found: list[tuple[Candidate, Reading]] = []
    findings: list[Finding] = []
    unread: list[tuple[DesignFile, str]] = []
    for candidate in candidates[:_MAX_READ]:
        if found and not candidate.named and found[0][0].named and not found[0][1].is_circuit:
            break
        if candidate.file.suffix == ".pdf" and any(each.named for each, _ in found):
            continue
        try:
            reading = read_source(
                design, candidate.file, named=candidate.named, picks=picks_of(answers, candidate.file.path)
            )
        except InputError as error:
            severity = Severity.WARNING if candidate.named else Severity.NOTE
            findings.append(Finding("bom-unreadable", severity, str(error), candidate.file.path, error.hint))
            continue
        if reading is not None:
            found.append((candidate, reading))
        elif candidate.calls_itself:
            unread.append((candidate.file, _why_unread(design, candidate.file)))
    unread += [(file, why) for file, why in closed_bills(design) if file.present or not found]
    return found, [*findings, *(_unread(file, why, is_only=not found) for file, why in unread)]


def _why_unread(design: Design, file: DesignFile) -> str:
    is_known = is_workbook(design.locate(file.path)) or read_text(design, file.path) is not None
    return "no line of it names a part and an amount" if is_known else "it is no text"


def _unread(file: DesignFile, why: str, *, is_only: bool) -> Finding:
    """A file that calls itself a bill and gives none; a note where there is another list."""
    severity = Severity.WARNING if is_only else Severity.NOTE
    message = f"{file.path} calls itself a bill of materials and cannot be read: {why}"
    fix = f"give it a header row with the columns {_COLUMNS}, or another name if it is none"
    if file.size_bytes > MAX_BYTES:
        fix = "a list of that size is none: cut it down, or give it another name"
    return Finding("bom-unreadable", severity, message, file.path, fix)


def _placed(entries: Sequence[Entry]) -> list[Entry]:
    """A line "Hub + Stand" stands in neither of the two sub-assemblies: it belongs to the product."""
    names = {entry.assembly for entry in entries if entry.assembly}
    several = {name for name in names if len(parts := re.split(r"\s*[+&,/]\s*", name)) > 1 and set(parts) <= names}
    return [
        replace(entry, assembly=None, remarks=(*entry.remarks, f"for {entry.assembly}"))
        if entry.assembly in several
        else entry
        for entry in entries
    ]


def _assemblies(reading: Reading, entries: Sequence[Entry]) -> tuple[Assembly, ...]:
    """The sub-assemblies that the list names, and those that only its lines name."""
    known = {each.name: each for each in reading.assemblies}
    for entry in entries:
        for name in (entry.assembly, *entry.uses):
            if name:
                known.setdefault(name, Assembly(name))
    return tuple(known.values())


def _no_bill(design: Design, findings: tuple[Finding, ...]) -> Bill:
    """What to say and ask when there is no list."""
    parts = [file for file in design.files if file.role in _PART_ROLES]
    documents = [file.path for file in design.files if file.suffix == ".pdf" and "bom" in file.name.casefold()]
    message = f"no bill of materials found; {_counted(len(parts), 'part file')}"
    fix = f"add a bom.csv with the columns {_COLUMNS}, one line for each part, and name it in the manifest as bom"
    here = Finding("bom-missing", Severity.WARNING, message, None, fix)
    questions = [Question("bill of materials", "Which parts, and how many of each, make one product?")]
    if documents:
        ask = f"{documents[0]} cannot be read as a table: is there a CSV or spreadsheet of it?"
        questions.append(Question(documents[0], ask))
    if parts:
        shown = by_folder(parts, [file.path for file in parts], PurePosixPath())
        which = f"Which of the {len(parts)} part files belong" if len(parts) > 1 else "Does the one part file belong"
        ask = f"{which} to the product, and how many of each: {shown}?"
        questions.append(Question("part files", ask, tuple(file.path for file in parts[:10])))
    return Bill(design.name, questions=tuple(questions), findings=(*findings, here))


def _counted(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"
