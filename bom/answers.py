"""What the designer answered: a file beside the design that later readings use.

The file `fabcommons-answers.yaml` lies at the design's root. It is YAML ::

    fabcommons-answers: "1"
    answers:
      Foot:                          # what the question was about: a line's name or key, or a subject
        quantity: "4"                # a field of the line, or the question's own sentence
      material:
        material: PLA
      spares:
        "How many spares of these: Foot?": "2"

`docs/answers.md` describes the fields. Keys that are not known are kept when the file is written again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from core.errors import FabcommonsError, InputError
from core.part_settings import SETTING_NAMES
from core.provenance import Question
from designs.documents import parse_yaml
from designs.writing import yaml_text

__all__ = ["ANSWERS_NAME", "FIELDS", "Answer", "Answers", "answer_to", "parse_answers", "with_answers", "write_answers"]

ANSWERS_NAME: Final = "fabcommons-answers.yaml"
_VERSION_KEY: Final = "fabcommons-answers"
_VERSION: Final = "1"
_HEADER: Final = "# What the designer answered; fabcommons reads it together with the design.\n"
_MAX_CHARS: Final = 2_000_000
_MAX_ANSWER_CHARS: Final = 4_000
FIELDS: Final = (
    "quantity",
    "unit",
    "make",
    "process",
    "material",
    "thickness_mm",
    "alternatives",
    "tolerance_mm",
    "feature_mm",
    *SETTING_NAMES,
    "files",
    "status",
    "source",
    "sheet",
    "variant",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        item: what was asked about: a line's name or key, or a subject ("material", "bill of materials").
        about: the field that it fills, or the question's sentence where it fills none.
        text: the answer.
    """

    item: str
    about: str
    text: str

    def __post_init__(self) -> None:
        if not self.item.strip() or not self.about.strip() or not self.text.strip():
            raise ValueError("an answer has an item, says what it is about, and is not blank")
        if len(self.text) > _MAX_ANSWER_CHARS:
            raise ValueError(f"an answer has at most {_MAX_ANSWER_CHARS} characters")


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers to one design.

    Attributes:
        given: no two of them for the same item and field.
        file: the answers' file as it is called in the design.
        others: what else stands in the file, kept when it is written.
    """

    given: tuple[Answer, ...] = ()
    file: str = ANSWERS_NAME
    others: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = [(each.item, each.about) for each in self.given]
        if len(set(keys)) < len(keys):
            raise ValueError("two answers are about the same")

    def find(self, item: str, about: str) -> Answer | None:
        """The answer about this, or None."""
        return next((each for each in self.given if (each.item, each.about) == (item, about)), None)

    def to(self, question: Question) -> Answer | None:
        """The answer to a question, or None."""
        return self.find(question.item, question.about or question.question)


def with_answers(known: Answers, new: Iterable[Answer]) -> Answers:
    """Both together; of two about the same the new one counts."""
    merged = {(each.item, each.about): each for each in (*known.given, *new)}
    return replace(known, given=tuple(merged.values()))


def answer_to(words: str, questions: Iterable[Question], items: Iterable[str]) -> Answer:
    """The answer that ``ITEM=ANSWER`` or ``ITEM:FIELD=ANSWER`` states.

    Args:
        words: what the person gave.
        questions: the open ones; without a field, the item's only open question is meant.
        items: names and keys that may be answered though nothing is asked.

    Raises:
        InputError: there is no such item or field, or it has several open questions, or nothing is answered.
    """
    asked = list(questions)
    known = {*items, *(each.item for each in asked)}
    for at in (at for at, sign in enumerate(words) if sign == "="):
        left, text = words[:at].strip(), words[at + 1 :].strip()
        item, colon, about = left.rpartition(":")
        if left in known:
            return _checked(left, _only_field(left, asked), text)
        if colon and item in known and about in FIELDS:
            return _checked(item, about, text)
    if "=" not in words:
        raise InputError("an answer has the form ITEM=ANSWER", where=words, hint="such as --answer 'Foot=4'")
    near = ", ".join(sorted({each.item for each in asked})[:6])
    hint = f"questions are open about {near}" if near else "no question is open; say ITEM:FIELD=ANSWER about a line"
    raise InputError("nothing of the bill is called so", where=words, hint=hint)


def _only_field(item: str, asked: Iterable[Question]) -> str:
    about = list(dict.fromkeys(each.about or each.question for each in asked if each.item == item))
    if len(about) == 1:
        return about[0]
    what = f"{len(about)} questions are open" if about else "no question is open"
    hint = f"say which: {item}:FIELD=ANSWER with FIELD one of {', '.join(FIELDS)}"
    raise InputError(f"about this {what}", where=item, hint=hint)


def _checked(item: str, about: str, text: str) -> Answer:
    try:
        return Answer(item, about, text)
    except ValueError as error:
        raise InputError(str(error), where=item) from error


def parse_answers(text: str, *, file: str = ANSWERS_NAME) -> Answers:
    """The answers of a file.

    Raises:
        InputError: it is no file of answers; with the line of the fault.
    """
    if len(text) > _MAX_CHARS:
        raise InputError(f"a file of answers has at most {_MAX_CHARS:,} characters", where=file)
    document = parse_yaml(text)
    if document.fault is not None:
        where = f"{file}:{document.line}" if document.line else file
        raise InputError(f"the answers are not well formed ({document.fault})", where=where, hint="correct that line")
    others = dict(document.fields)
    version, items = others.pop(_VERSION_KEY, _VERSION), others.pop("answers", {}) or {}
    if version != _VERSION:
        raise InputError(f"answers of version {version} are not known", where=file, hint=f"version {_VERSION} is")
    if not isinstance(items, dict):
        raise InputError("'answers' is a mapping of items to fields", where=file, hint="see docs/answers.md")
    given = [answer for item, fields in items.items() for answer in _of_item(str(item), fields, file)]
    return Answers(tuple(given), file, others)


def _of_item(item: str, fields: Any, file: str) -> list[Answer]:
    if not isinstance(fields, dict):
        raise InputError("a field and its answer are expected", where=f"{file}: {item}", hint="such as 'quantity: 4'")
    found = []
    for about, value in fields.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        if not isinstance(text, str):
            raise InputError("an answer is a text, a number or a list", where=f"{file}: {item}: {about}")
        if text.strip():
            found.append(_checked(item, str(about), text))
    return found


def write_answers(path: Path, answers: Answers) -> None:
    """Write the file whole: a reader sees the old one or the new one.

    Raises:
        FabcommonsError: the disk refuses.
    """
    items: dict[str, dict[str, str]] = {}
    for each in answers.given:
        items.setdefault(each.item, {})[each.about] = each.text
    document = {_VERSION_KEY: _VERSION, **answers.others, "answers": items}
    text = _HEADER + yaml_text(document)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise FabcommonsError(f"the answers cannot be written: {error.strerror}", where=str(path)) from error
