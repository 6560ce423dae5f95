"""A designer's answers taken into a bill."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from bom.allowances import allowed_materials, feature_mm, tolerance_mm
from bom.answers import ANSWERS_NAME, Answer, Answers, parse_answers
from bom.bill import Bill, BillLine, Make, Status
from bom.picks import PICKED, option_named
from bom.places import origin_of
from bom.quantity import parse_quantity
from bom.questions import of_all
from bom.sources import read_text
from bom.substance import find_process, thickness_mm
from bom.words import units
from core.errors import InputError
from core.part_settings import SETTING_NAMES, read_setting
from core.provenance import Finding, Origin, Provenance, Question, Severity
from core.trees import materials, normal_form, processes
from designs.design import Design, Manifest

__all__ = ["answered", "preferring", "read_answers", "refusal"]

_SOURCE_ITEM: Final = "bill of materials"
_ALL_BOUGHT: Final = "make or buy"
_SHARED_MAKES: Final = {"yes": "purchase", "no": "unknown"}  # "no": not all of them, so that each is asked about
_ITEM_OF_STATUS: Final = {Status.OPTIONAL: "optional parts", Status.CHOOSE: "choice"}
_OF_MADE_PARTS: Final = frozenset({"files", "process", "material"})
_MAKE_WORDS: Final = {
    **dict.fromkeys(("fabricate", "make", "made", "cut", "yes"), Make.FABRICATE),
    **dict.fromkeys(("purchase", "buy", "bought", "no"), Make.PURCHASE),
    "unknown": Make.UNKNOWN,
}


def read_answers(design: Design) -> tuple[Answers, tuple[Finding, ...]]:
    """The answers at the design's root; a file that cannot be read gives none, and a finding."""
    text = read_text(design, ANSWERS_NAME)
    if text is None:
        return Answers(), ()
    try:
        return parse_answers(text), ()
    except InputError as error:
        message = f"{error.where}: {error.what}; no answer was taken from it" if error.where else error.what
        return Answers(), (Finding("answers-broken", Severity.WARNING, message, ANSWERS_NAME, error.hint),)


def preferring(design: Design, answers: Answers) -> Design:
    """The design as if its manifest named the bill that was answered, where one was."""
    answer = answers.find(_SOURCE_ITEM, "source")
    if answer is None or answer.text.strip().casefold() == "yes":
        return design
    manifest = design.manifest or Manifest(answers.file, "answers", None, None, None, None, None)
    return replace(design, manifest=replace(manifest, bom_path=answer.text))


def answered(bill: Bill, design: Design, answers: Answers) -> Bill:
    """The bill with what was answered; the questions that have an answer are gone.

    An answer that does not fit (no such file, no such process) changes nothing and becomes a finding.
    """
    if not answers.given:
        return bill
    taking = _Taking(design, answers)
    taking.check_picks(bill)
    lines = tuple(taking.line(each) for each in bill.lines)
    bought = {line.name for line in lines if _says(line, "make") and line.make is Make.PURCHASE}
    open_questions = tuple(
        each
        for each in (*_asked_still(bill, lines), *_asked_then(bill, lines))
        if answers.to(each) in {None, *taking.refused} and not (each.item in bought and each.about in _OF_MADE_PARTS)
    )
    findings = (*bill.findings, *taking.findings, *_unused(bill, answers))
    return replace(bill, lines=lines, questions=open_questions, findings=findings)


def _asked_still(bill: Bill, lines: Sequence[BillLine]) -> Iterator[Question]:
    """The bill's questions; those about several lines at once leave out the lines that were answered alone."""
    before, now = ({each.item: each for each in of_all(some)} for some in (bill.lines, lines))
    for each in bill.questions:
        if each != before.get(each.item):
            yield each
        elif each.item in now:
            yield now[each.item]


def _asked_then(bill: Bill, lines: Sequence[BillLine]) -> Iterator[Question]:
    """What is asked of lines that were taken for bought, and are not: whether they are made, and from which file."""
    for before, now in zip(bill.lines, lines, strict=True):
        if before.make is not Make.PURCHASE or not _says(now, "make"):
            continue
        if now.make is Make.UNKNOWN:
            ask = f"Is {now.name} made or bought ({now.make_reason})?"
            yield Question(now.name, ask, ("fabricate", "purchase"), about="make")
        elif now.make is Make.FABRICATE and not now.files:
            yield Question(now.name, f"Which file is {now.name}?", about="files")


def refusal(bill: Bill, design: Design, answer: Answer) -> Finding | None:
    """Why the answer does not fit the bill, or None when it does."""
    return next(iter(answered(replace(bill, findings=()), design, Answers((answer,))).findings), None)


def _says(line: BillLine, field: str) -> bool:
    return field in line.provenance and line.provenance[field].origin is Origin.ANSWERED


class _Taking:
    """Takes answers into the lines of one bill; collects those that do not fit."""

    def __init__(self, design: Design, answers: Answers) -> None:
        self._answers = answers
        self._design = design
        self._made_of = answers.find("material", "material")
        self._bought = answers.find(_ALL_BOUGHT, "make")
        self._by_item: dict[str, list[Answer]] = {}
        for each in answers.given:
            self._by_item.setdefault(each.item, []).append(each)
        self.refused: list[Answer] = []
        self.findings: list[Finding] = []
        source = answers.find(_SOURCE_ITEM, "source")
        if source is not None and source.text.strip().casefold() != "yes" and not _names_file(design, source.text):
            self._refuse(source, InputError("there is no such file", hint="give the path of one list in the design"))

    def check_picks(self, bill: Bill) -> None:
        """Refuse what picks a sheet or variant that the list does not have."""
        for each in bill.questions:
            answer = self._answers.to(each) if each.about in PICKED else None
            if answer is not None and option_named(answer.text, each.options) is None:
                hint = f"one of these is expected: {', '.join(each.options)}"
                self._refuse(answer, InputError(f"the list has no such {each.about}", hint=hint))

    def line(self, line: BillLine) -> BillLine:
        """The line with its answers: those for all that lack something first, then its own by name, then by key."""
        for answer in (*self._shared(line), *self._by_item.get(line.name, ()), *self._own_key(line)):
            try:
                changes = _changes(line, answer, self._design)
            except InputError as error:
                self._refuse(answer, error)
                continue
            if changes:
                place = f"{answer.item}: {answer.about}"
                source = Provenance(Origin.ANSWERED, "the designer's answer", self._answers.file, place)
                line = replace(line, **changes, provenance={**line.provenance, **dict.fromkeys(changes, source)})
        return line

    def _own_key(self, line: BillLine) -> list[Answer]:
        return self._by_item.get(line.key, []) if line.key != line.name else []

    def _shared(self, line: BillLine) -> Iterator[Answer]:
        """What was answered for several lines at once."""
        if self._made_of and line.make is Make.FABRICATE and line.material is None:
            yield self._made_of
        if self._bought and line.make is Make.PURCHASE and origin_of(line.provenance, "make") is Origin.GUESSED:
            text = self._bought.text
            yield replace(self._bought, text=_SHARED_MAKES.get(text.strip().casefold(), text))
        item = _ITEM_OF_STATUS.get(line.status)
        for answer in self._by_item.get(item, ()) if item else ():
            wanted = {normal_form(each) for each in answer.text.split(",")}
            if answer.about == "status" and wanted & {normal_form(line.name), normal_form(line.key)}:
                yield replace(answer, text=Status.REQUIRED)

    def _refuse(self, answer: Answer, error: InputError) -> None:
        if answer in self.refused:
            return
        self.refused.append(answer)
        message = f"{answer.item}: the answer {answer.text!r} is not taken: {error.what}"
        file, place = self._answers.file, f"{answer.item}: {answer.about}"
        self.findings.append(Finding("answer-refused", Severity.WARNING, message, file, error.hint, place))


def _unused(bill: Bill, answers: Answers) -> Iterator[Finding]:
    """Answers about what the bill does not hold: a part was renamed or left out since."""
    known = {line.name for line in bill.lines} | {line.key for line in bill.lines}
    known |= {question.item for question in bill.questions} | {_SOURCE_ITEM, "material", *_ITEM_OF_STATUS.values()}
    for item in dict.fromkeys(each.item for each in answers.given if each.item not in known):
        message = f"the answer about {item!r} meets nothing in the bill"
        yield Finding("answer-unused", Severity.NOTE, message, answers.file, "correct the name, or remove it", item)


def _names_file(design: Design, text: str) -> bool:
    """Whether the text is the path of a file of the design, or its end."""
    path = text.strip().strip("/")
    return bool(path) and any(f"/{file.path}".endswith(f"/{path}") for file in design.files)


def _changes(line: BillLine, answer: Answer, design: Design) -> dict[str, Any]:
    """Field of the line -> its value by the answer; empty for an answer that fills none.

    Raises:
        InputError: the answer is no value of that field.
    """
    read = _READERS.get(answer.about)
    return read(answer.text.strip(), line, design) if read else {}


def _quantity(text: str, line: BillLine, _design: Design) -> dict[str, Any]:
    amount = parse_quantity(text)
    if amount.value is None or amount.is_range:
        raise InputError("it is no amount", hint="give a number, with a unit if it is not pieces: 4, 0.5 m, 20 g")
    unit = line.unit if text.replace(".", "").replace(",", "").isdecimal() else amount.unit
    uses = line.uses if sum(line.uses.values()) == amount.value else {}
    return {"quantity": amount.value, "unit": unit, "uses": uses}


def _unit(text: str, _line: BillLine, _design: Design) -> dict[str, Any]:
    unit = units().get(text.casefold())
    if unit is None:
        raise InputError("it is no unit", hint="piece, mm, cm, m, g, set and the like are")
    return {"unit": unit}


def _make(text: str, line: BillLine, _design: Design) -> dict[str, Any]:
    make = _MAKE_WORDS.get(text.casefold())
    if make is None:
        raise InputError("it is neither made nor bought", hint="answer fabricate or purchase")
    process = line.process if make is Make.FABRICATE else None
    why = "not all that was taken for bought is" if make is Make.UNKNOWN else "the designer says so"
    return {"make": make, "make_reason": why, "process": process}


def _process(text: str, _line: BillLine, _design: Design) -> dict[str, Any]:
    found = find_process(text)
    return {"process": found or processes().require(text, where="the answer").id}


def _material(text: str, _line: BillLine, _design: Design) -> dict[str, Any]:
    found, allowed = materials().find(text), allowed_materials(text)
    if found is None and allowed:
        return {"material": allowed[0], "alternatives": allowed[1:]}
    return {"material": found.id if found else text}


def _alternatives(text: str, line: BillLine, _design: Design) -> dict[str, Any]:
    words = [word for each in re.split(r"[,;]|\s+(?:or|and)\s+", text) if (word := each.strip())]
    found = (materials().require(word, where="the answer").id for word in words)
    return {"alternatives": tuple(each for each in dict.fromkeys(found) if each != line.material)}


def _tolerance(text: str, _line: BillLine, _design: Design) -> dict[str, Any]:
    return {"tolerance_mm": _length(tolerance_mm([text], text))}


def _feature(text: str, _line: BillLine, _design: Design) -> dict[str, Any]:
    return {"feature_mm": _length(feature_mm([text], text))}


def _setting(name: str, text: str, line: BillLine, _design: Design) -> dict[str, Any]:
    return {"settings": read_setting(name, text).over(line.settings)}


def _length(found: float | None) -> float:
    if found is None:
        raise InputError("it is no length", hint="give millimetres: 0.2")
    return found


def _thickness(text: str, _line: BillLine, _design: Design) -> dict[str, Any]:
    found = thickness_mm(text) or thickness_mm(f"{text} mm")
    if found is None:
        raise InputError("it is no thickness", hint="give millimetres: 3")
    return {"thickness_mm": found}


def _files(text: str, _line: BillLine, design: Design) -> dict[str, Any]:
    paths = [path for each in text.split(",") if (path := each.strip())] if design.file(text) is None else [text]
    absent = [path for path in paths if design.file(path) is None]
    if absent or not paths:
        raise InputError(f"the design has no file {', '.join(absent)}", hint="give its path from the design's root")
    return {"files": tuple(paths)}


def _status(text: str, _line: BillLine, _design: Design) -> dict[str, Any]:
    if text.casefold() not in set(Status):
        raise InputError("it is no status", hint=f"{', '.join(Status)} are")
    return {"status": Status(text.casefold())}


_READERS: Final[dict[str, Callable[[str, BillLine, Design], dict[str, Any]]]] = {
    "quantity": _quantity,
    "unit": _unit,
    "make": _make,
    "process": _process,
    "material": _material,
    "thickness_mm": _thickness,
    "alternatives": _alternatives,
    "tolerance_mm": _tolerance,
    "feature_mm": _feature,
    **{name: partial(_setting, name) for name in SETTING_NAMES},
    "files": _files,
    "status": _status,
}
