"""A design to its bill of materials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from bom.bill import Assembly, Bill
from bom.candidates import Candidate, find_candidates
from bom.choice import Choice, choose
from bom.entry import Entry, Reading
from bom.lines import conclude
from bom.linking import Linker
from bom.questions import ask
from bom.sources import read_source
from core.errors import InputError
from core.provenance import Finding, Question, Severity
from designs.design import Design, FileRole

__all__ = ["read_bill"]

_MAX_READ: Final = 80
_MAX_LINES: Final = 20_000
_PART_ROLES: Final = frozenset({FileRole.MESH, FileRole.SOLID, FileRole.DRAWING})
_COLUMNS: Final = "name, quantity, make or buy, process, material, file, sub-assembly"


def read_bill(design: Design) -> Bill:
    """The design's bill: the list found, its lines understood, what is open asked.

    A design without a readable list gives a bill without lines, a finding that says so and what to add. Lists that
    cannot be read are findings too.
    """
    found, findings = _read_all(design, find_candidates(design))
    choice = choose(design, found)
    if choice is None:
        return _no_bill(design, tuple(findings))
    near = str(PurePosixPath(choice.sources[0]).parent)
    linker = Linker(design, "" if near == "." else near)
    entries = choice.reading.entries[:_MAX_LINES]
    result = conclude(design, entries, linker)
    linked = {path for each in result.lines for path in each.line.files}
    return Bill(
        design=design.name,
        lines=tuple(each.line for each in result.lines),
        assemblies=_assemblies(choice.reading, [each.entry for each in result.lines]),
        excluded=tuple(result.excluded),
        questions=choice.questions + choice.reading.questions + ask(result) + _left_over(design, choice, linked),
        findings=(*findings, *choice.findings, *choice.reading.findings, *result.findings),
        sources=choice.sources,
    )


def _read_all(design: Design, candidates: Sequence[Candidate]) -> tuple[list[tuple[Candidate, Reading]], list[Finding]]:
    found: list[tuple[Candidate, Reading]] = []
    findings: list[Finding] = []
    for candidate in candidates[:_MAX_READ]:
        if found and not candidate.named and found[0][0].named and not found[0][1].is_circuit:
            break
        try:
            reading = read_source(design, candidate.file, named=candidate.named)
        except InputError as error:
            severity = Severity.WARNING if candidate.named else Severity.NOTE
            findings.append(Finding("bom-unreadable", severity, str(error), candidate.file.path, error.hint))
            continue
        if reading is not None:
            found.append((candidate, reading))
    return found, findings


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
    message = f"no bill of materials found; {len(parts)} part files; here is what to add"
    fix = f"add a bom.csv with the columns {_COLUMNS}, one line for each part, and name it in the manifest as bom"
    here = Finding("bom-missing", Severity.WARNING, message, None, fix)
    questions = [Question("bill of materials", "Which parts, and how many of each, make one product?")]
    if documents:
        ask = f"{documents[0]} cannot be read as a table: is there a CSV or spreadsheet of it?"
        questions.append(Question(documents[0], ask))
    if parts:
        shown = tuple(file.path for file in parts[:10])
        questions.append(Question("part files", f"Which of the {len(parts)} part files belong to the product?", shown))
    return Bill(design.name, questions=tuple(questions), findings=(*findings, here))


def _left_over(design: Design, choice: Choice, linked: set[str]) -> tuple[Question, ...]:
    """Meshes and outlines that no line names: options, plates, variants, or forgotten."""
    folders = {PurePosixPath(path).parent for path in linked}
    stems = {PurePosixPath(path).stem.casefold() for path in linked}
    left = [
        file.path
        for file in design.files
        if file.role in {FileRole.MESH, FileRole.DRAWING}
        and file.path not in linked
        and file.stem.casefold() not in stems
        and any(parent in folders for parent in PurePosixPath(file.path).parents)
    ]
    if not left:
        return ()
    shown = ", ".join(left[:8]) + (f" and {len(left) - 8} more" if len(left) > 8 else "")
    question = f"{len(left)} part files have no line in {choice.sources[0]}: options, plates, or forgotten ({shown})?"
    return (Question("part files without a line", question),)
