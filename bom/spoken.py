"""Amounts in words: "two bearings", "a pair of hinges", "a dozen nuts", "some paint", "glue, as needed".

The words of six languages stand in `words.yaml`. A word such as "some" states that an amount is meant and not how much:
its value is unknown, which is another thing than no amount at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from bom.lexicon import document

__all__ = ["Spoken", "number_word", "spoken_before", "spoken_behind"]

_DOZEN: Final = 12
_OF: Final = r"(?:\s+(?:of|de|di|von)(?=\s)|\s+d['\u2019](?=\w))?"
_NOT_DUE_TO: Final = re.compile(r"to\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """An amount in words.

    Attributes:
        value: how much, or None where the words leave it open.
        unit: "piece" or "pair".
        approximate: whether the words may mean more or less.
        text: the words.
        rest: the thing, without them.
    """

    value: float | None
    unit: str
    approximate: bool
    text: str
    rest: str


@cache
def _numbers() -> dict[str, int]:
    return {str(word): int(value) for value, spellings in document()["number_words"].items() for word in spellings}


def number_word(word: str) -> int | None:
    """The number that one word states, or None."""
    return _numbers().get(word.lower())


def _either(phrases: Iterable[str]) -> str:
    """Any of the phrases; one with a capital inside keeps it: "ein Paar" is two, "ein paar" are some."""
    longest_first = sorted(map(str, phrases), key=len, reverse=True)
    return "|".join(
        rf"(?i:{re.escape(each[0])})(?-i:{re.escape(each[1:])})" if each[1:] != each[1:].lower() else re.escape(each)
        for each in longest_first
    )


@cache
def _before() -> re.Pattern[str]:
    words = document()
    numbers = "|".join(sorted(map(re.escape, _numbers()), key=len, reverse=True))
    return re.compile(
        rf"(?:(?P<pair>{_either(words['pair_words'])})|(?P<loose>{_either(words['loose_pair_words'])})"
        rf"|(?:(?P<times>\d{{1,2}}|{numbers})\s+)?(?P<dozen>{_either(words['dozen_words'])})"
        rf"|(?P<vague>{_either(words['vague_words'])})){_OF}(?:\s+|(?<=['\u2019]))(?=\S)",
        re.IGNORECASE,
    )


@cache
def _behind() -> re.Pattern[str]:
    """Words for an amount at the end: those that stand only there, and any other behind a bracket, colon or dash."""
    words = document()
    last, vague = _either(words["vague_last_words"]), _either(words["vague_words"])
    return re.compile(
        rf"(?:[\s,;:(\[\u2013\u2014-]+(?P<last>{last})|\s*(?:[(\[]\s*|:\s+|\s[\u2013\u2014-]\s+)(?P<vague>{vague}))"
        r"\s*[)\].]?\s*$",
        re.IGNORECASE,
    )


@cache
def _last_words() -> frozenset[str]:
    """The words with which an amount in words ends, as they are quick to look for."""
    every = [*document()["vague_last_words"], *document()["vague_words"]]
    return frozenset(str(each).lower().split()[-1].strip(".") for each in every)


def spoken_before(text: str) -> Spoken | None:
    """The amount in words with which a text begins, or None; the thing follows."""
    found = _before().match(text)
    if found:
        said, rest = found.group().strip(), text[found.end() :]
        if found["pair"] or found["loose"]:
            return Spoken(1.0, "pair", bool(found["loose"]), said, rest)
        if found["dozen"]:
            times = found["times"] or "1"
            count = int(times) if times.isdecimal() else number_word(times) or 1
            return Spoken(float(count * _DOZEN), "piece", True, said, rest)
        return Spoken(None, "piece", False, said, rest)
    word, _, rest = text.partition(" ")
    count, rest = number_word(word) or 0, rest.strip()
    if not count or not rest[:1].isalnum() or (word.lower() == "due" and _NOT_DUE_TO.match(rest)):
        return None
    return Spoken(float(count), "piece", False, word, rest)


def spoken_behind(text: str) -> Spoken | None:
    """The words at the end of a text that leave its amount open, or None: "glue (as needed)", "paint: some"."""
    words = text.split() if text and not text[-1].isdigit() else ()  # most names end in a number
    if not words or words[-1].lower().strip("([.)]") not in _last_words():
        return None
    found = _behind().search(text)
    if found is None or not (thing := text[: found.start()].rstrip(" -,:;(")):
        return None
    return Spoken(None, "piece", False, found["last"] or found["vague"], thing)
