"""Bills in running text such as "you will need 4 M3x10 screws, two 608 bearings and a NEMA 17 motor".

Only sentences that say what is needed, or hold nothing but amounts of things, are read. Each amount is doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from bom.entry import Entry
from bom.markdown import Item
from bom.spares import amount_before
from bom.text import read_words
from bom.words import words
from core.provenance import Origin

__all__ = ["read_sentences"]

_MAX_CHARS: Final = 4_000  # of a paragraph
_MAX_NAME_WORDS: Final = 8
_MIN_LINES: Final = 2
_SENTENCE_END: Final = re.compile(r"(?<=[^\W\d][.!?])\s+(?=[^\W\d_]|\d)|(?<=\d[.!?])\s+(?=[A-Z])")
_COMMA: Final = re.compile(r"[,;]\s+(?:(?:and|und|et|y|e|plus|ou|or)\s+)?", re.IGNORECASE)
_AND: Final = re.compile(r"\s+(?:and|und|et|y|e|plus|as well as|sowie)\s+", re.IGNORECASE)
_END_OF_NAME: Final = re.compile(
    r"\s+(?:for|to|which|that|from|f\u00fcr|zum|zur|para|pour|per|if|in order)\s+|\s*[(\[:]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines of text that belong together, with the first one's number and the titles above."""

    line: int
    titles: tuple[str, ...]
    text: str


@cache
def _intro() -> re.Pattern[str]:
    """The beginning of a sentence up to the last word that says "need"."""
    needs = "|".join(sorted(map(re.escape, words("need_words")), key=len, reverse=True))
    return re.compile(
        rf"(?:.*\W)?(?:{needs})(?:\s*:|\s)\s*(?:(?:also|noch|auch|de|di|about|the following|:)\s+)*", re.IGNORECASE
    )


def read_sentences(items: Sequence[Item], file: str) -> tuple[Entry, ...]:
    """The things that running text counts, each with a doubtful amount; empty when it counts fewer than two.

    Args:
        items: the lines under a title that announces a bill; those with bullets are passed over.
        file: the text's path in the design.
    """
    found = [
        entry
        for paragraph in _paragraphs([each for each in items if not each.bullet])
        for sentence in _SENTENCE_END.split(read_words(paragraph.text[:_MAX_CHARS]).text)
        for entry in _entries(sentence, paragraph, file)
    ]
    return tuple(found) if len(found) >= _MIN_LINES else ()


def _paragraphs(items: Sequence[Item]) -> Iterator[_Paragraph]:
    pending: list[Item] = []
    for item in items:
        if pending and (item.line != pending[-1].line + 1 or item.titles != pending[-1].titles):
            yield _joined(pending)
            pending = []
        pending.append(item)
    if pending:
        yield _joined(pending)


def _joined(items: Sequence[Item]) -> _Paragraph:
    return _Paragraph(items[0].line, items[0].titles, " ".join(each.text.strip() for each in items))


def _entries(sentence: str, paragraph: _Paragraph, file: str) -> Iterator[Entry]:
    """The things of one sentence; a clause without an amount is a remark on the thing before it."""
    intro = _intro().match(sentence)
    rest = sentence[intro.end() :] if intro else sentence
    clauses = [*_clauses(rest)]
    if not intro and not (len(clauses) > 1 and all(_entry(each, paragraph, file) for each in clauses)):
        return
    last: Entry | None = None
    for clause in clauses:
        entry = _entry(clause, paragraph, file)
        if entry is None:
            if last is None:
                return
            last = replace(last, remarks=(*last.remarks, clause.strip(" .")))
            continue
        if last is not None:
            yield last
        last = entry
    if last is not None:
        yield last


def _clauses(text: str) -> Iterator[str]:
    """The text parted at commas, and at an "and" that an amount follows."""
    for part in _COMMA.split(text):
        start = 0
        for found in _AND.finditer(part):
            if amount_before(part[found.end() :]) is not None:
                yield part[start : found.start()]
                start = found.end()
        yield part[start:]


def _entry(clause: str, paragraph: _Paragraph, file: str) -> Entry | None:
    found = amount_before(clause.strip())
    if found is None:
        return None
    quantity, rest = found
    cut = _END_OF_NAME.search(rest)
    name = (rest[: cut.start()] if cut else rest).strip(" .!?")
    if not re.search(r"[^\W\d]", name) or len(name.split()) > _MAX_NAME_WORDS:
        return None
    remark = rest[cut.start() :].strip(" .()[]:") if cut else ""
    return Entry(
        name, replace(quantity, approximate=quantity.value is not None), file, str(paragraph.line),
        "amount in running text", Origin.DERIVED, paragraph.titles, remarks=(remark,) if remark else (),
    )  # fmt: skip
