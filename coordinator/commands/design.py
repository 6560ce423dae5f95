"""`fabcommons design`: check, questions, diff, manifest."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import typer
from rich.text import Text

from bom.answering import refusal
from bom.answers import ANSWERS_NAME, Answer, Answers, answer_to, with_answers, write_answers
from bom.bill import Bill
from bom.checking.checks import check_design, exit_status
from bom.checking.fixes import write_fixes
from bom.checking.reports import findings_document, github_annotations, sarif_document
from bom.difference import Change, ChangeKind, compare, difference_document
from bom.okh import losh_fields, v1_fields
from bom.reader import read_bill
from coordinator.commands.licence import clash_findings, tree_of_bill
from coordinator.commands.output import console, print_json, print_questions, say
from coordinator.plans.measuring import measure_parts
from coordinator.plans.opening import answers_in
from core.errors import InputError
from core.provenance import Finding, Question, Severity
from designs.design import Design
from designs.source import open_design
from designs.writing import okh_v1_text, toml_text

__all__ = ["CheckFormat", "ManifestFormat", "check", "diff", "manifest", "questions"]

_Format = TypeVar("_Format", bound=StrEnum)
_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.RENAMED: ">", ChangeKind.CHANGED: "~"}


class CheckFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class ManifestFormat(StrEnum):
    """Which manifest is written."""

    LOSH = "okh-losh"
    V1 = "okh-v1"


def _chosen(formats: type[_Format], word: str) -> _Format:
    if word not in set(formats):
        raise InputError(f"there is no format {word!r}", where="--format", hint=f"{', '.join(formats)} are")
    return formats(word)


def check(location: str, revision: str | None, form: str, answers: Path | None = None, *, fix: bool) -> int:
    """Print what is wrong with a design; return 2 when there is an error, 1 when there is a warning, else 0.

    Raises:
        InputError: the format is not known, the design cannot be read, or is to be fixed and is no folder.
    """
    wanted, given = _chosen(CheckFormat, form), answers_in(answers)
    with open_design(location, revision=revision) as design:
        bill = read_bill(design, given)
        findings = check_design(design, bill, measure_parts)
        findings = (*findings, *clash_findings(tree_of_bill(design, bill)))
        _print_findings(design, findings, wanted)
        if fix:
            written = write_fixes(design, bill, measure_parts)
            for path in written:
                typer.echo(f"written: {design.root / path}", err=True)
            if not written:
                typer.echo("nothing to write: the bill and the manifest are clean", err=True)
    return exit_status(findings)


def _line(text: str) -> None:
    """A line that is never folded, so that programs can read it."""
    console.print(Text(text), soft_wrap=True)


def _print_findings(design: Design, findings: tuple[Finding, ...], form: CheckFormat) -> None:
    match form:
        case CheckFormat.JSON:
            print_json(findings_document(design.name, findings))
        case CheckFormat.GITHUB:
            for line in github_annotations(findings, prefix=_prefix(design)):
                _line(line)
        case CheckFormat.SARIF:
            print_json(sarif_document(findings, version=version("fabcommons"), prefix=_prefix(design)))
        case CheckFormat.TEXT:
            _print_text(findings)


def _prefix(design: Design) -> str:
    """Where the design lies below the working folder, which in continuous integration is the repository."""
    if design.source.kind != "folder":
        return ""
    here, root = Path.cwd().resolve(), design.root.resolve()
    inside = root != here and root.is_relative_to(here)
    return f"{root.relative_to(here).as_posix()}/" if inside else ""


def _print_text(findings: Iterable[Finding]) -> None:
    counts = dict.fromkeys(Severity, 0)
    for each in findings:
        counts[each.severity] += 1
        place = ":".join(part for part in (each.file, each.place) if part) or "the design"
        _line(f"{place}: {each.severity} {each.code}: {each.message}")
        if each.fix:
            _line(f"    fix: {each.fix}")
    say(", ".join(f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts.items()))


def questions(location: str, revision: str | None, given: Iterable[str], file: Path | None, *, as_json: bool) -> None:
    """Ask what only the designer knows, and store the answers.

    Answers that are given are stored; else a person at a terminal is asked, and without one the questions are printed.

    Raises:
        InputError: the design or the file of answers cannot be read, or an answer fits nothing.
    """
    with open_design(location, revision=revision) as design:
        place = file or (design.root / ANSWERS_NAME if design.source.kind == "folder" else None)
        asking = _Asking(design, place)
        answers = list(given)
        for words in answers:
            asking.take(words)
        if as_json:
            asking.print_json()
        elif answers:
            _line(f"{len(answers)} stored in {asking.place}; {len(asking.open)} questions are open")
        elif sys.stdin.isatty():
            asking.ask()
        else:
            print_questions(asking.open)


class _Asking:
    """The questions of one design and the answers to them; every answer is stored at once."""

    def __init__(self, design: Design, place: Path | None) -> None:
        self._design = design
        self._place = place
        self._answers = _known(place)
        self._bill = read_bill(design, self._answers, one_by_one=True)

    @property
    def place(self) -> Path:
        """Where the answers are stored.

        Raises:
            InputError: nobody said where, and the design is no folder.
        """
        if self._place is None:
            what = "answers are stored beside the design, and this design is no folder"
            raise InputError(what, where=self._design.source.location, hint="say where with --answers FILE")
        return self._place

    @property
    def open(self) -> tuple[Question, ...]:
        """The questions without an answer."""
        return self._bill.questions

    def take(self, words: str) -> None:
        """Store the answer that the words state.

        Raises:
            InputError: it answers nothing, or is no answer to that.
        """
        items = [spelling for line in self._bill.lines for spelling in (line.name, line.key)]
        self._store(answer_to(words, self.open, items))

    def ask(self) -> None:
        """Ask the person at the terminal; an empty answer passes a question over."""
        asked = self.open
        say(f"{len(asked)} questions; an empty answer passes one over. They are stored in {self.place}.")
        for question in asked:
            if question in self.open:
                self._ask(question)

    def _ask(self, question: Question) -> None:
        while True:
            print_questions([question])
            text = typer.prompt(">", default="", show_default=False, prompt_suffix=" ").strip()
            if not text:
                return
            try:
                self._store(Answer(question.item, question.about or question.question, text))
            except (InputError, ValueError) as error:
                say(str(error))
            else:
                return

    def print_json(self) -> None:
        """The open questions as JSON: ``[{"item", "about", "question", "options"}]``."""
        print_json(
            [
                {"item": each.item, "about": each.about, "question": each.question, "options": list(each.options)}
                for each in self.open
            ]
        )

    def _store(self, answer: Answer) -> None:
        why = refusal(self._bill, self._design, answer)
        if why is not None:
            raise InputError(why.message, where=why.file, hint=why.fix)
        self._answers = with_answers(self._answers, [answer])
        write_answers(self.place, self._answers)
        self._bill = read_bill(self._design, self._answers, one_by_one=True)


def _known(place: Path | None) -> Answers:
    known = answers_in(place) if place is not None and place.exists() else None
    return known or Answers(file=place.name if place else ANSWERS_NAME)


def diff(
    first: str, second: str, revisions: tuple[str | None, str | None], answers: Path | None = None, *, as_json: bool
) -> None:
    """Print what changed from one design to the other, in parts; answers that are given count for both.

    Raises:
        InputError: one of them cannot be read.
    """
    given = answers_in(answers)
    with open_design(first, revision=revisions[0]) as old, open_design(second, revision=revisions[1]) as new:
        bills: tuple[Bill, Bill] = read_bill(old, given), read_bill(new, given)
        changes = compare((old, bills[0]), (new, bills[1]))
    if as_json:
        print_json(difference_document(old.name, new.name, changes))
        return
    for change in changes:
        _line(_in_words(change))
    say(f"{len(changes)} changes" if changes else "no part changed")


def _in_words(change: Change) -> str:
    head = f"{_SIGNS[change.kind]} {change.subject} {change.name}"
    match change.kind:
        case ChangeKind.ADDED | ChangeKind.REMOVED:
            amount = change.after or change.before
            return f"{head} ({amount})" if amount else head
        case ChangeKind.RENAMED:
            return f"{head}, which was {change.before}"
        case ChangeKind.CHANGED if change.field == "content":
            moved = "" if change.before == change.after else f", now {change.after}"
            return f"{head}: the content of {change.before} changed{moved}"
        case _:
            return f"{head}: {change.field} {change.before or 'not stated'} -> {change.after or 'not stated'}"


def manifest(location: str, revision: str | None, form: str, answers: Path | None = None) -> None:
    """Print an Open Know-How manifest with all that was read and derived.

    Raises:
        InputError: the format is not known, or the design cannot be read.
    """
    wanted, given = _chosen(ManifestFormat, form), answers_in(answers)
    with open_design(location, revision=revision) as design:
        bill = read_bill(design, given)
        if wanted is ManifestFormat.LOSH:
            text = toml_text(losh_fields(design, bill, measure=measure_parts))
        else:
            text = okh_v1_text(v1_fields(design, bill))
    sys.stdout.write(text)
