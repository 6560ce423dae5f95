"""What a careful person calls a thing where a list says it loosely.

Two habits are put right. A material between an outer and an inner diameter is a tube, though nobody writes the noun
("silicone 4 mm OD, 2 mm ID"). And where one list writes "4x M3 screw" and "4x M3 nuts", a bought thing is called by its
singular, so that the same thing of two lines has one name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bom.entry import Entry
from bom.substance import find_materials
from bom.words import phrases

__all__ = ["called_alike", "head_noun", "with_shape"]

_DIAMETER: Final = r"(?:{0}\b|\b\d[\d.,]*\s*(?:mm|cm|in|\")?\s*{0}\b)"
_OUTER: Final = re.compile(_DIAMETER.format(r"(?:O\.?D|outer diameter|outside diameter)"), re.IGNORECASE)
_INNER: Final = re.compile(_DIAMETER.format(r"(?:I\.?D|inner diameter|inside diameter)"), re.IGNORECASE)
_MATERIAL_FIRST: Final = re.compile(r"(?P<material>[^\W\d][^\d,;(]*?)\s+(?=\d)")
_HABIT: Final = 2
_TIMES: Final = re.compile(r"\d\s*x\b|\bx\s*\d", re.IGNORECASE)


def with_shape(entry: Entry) -> Entry:
    """The line with the noun that its sizes imply: a material with an outer and an inner diameter is a tube."""
    low = entry.name.lower()
    if not ("od" in low or "o.d" in low or "out" in low):  # signs of an outer diameter, quick to look for
        return entry
    first = _MATERIAL_FIRST.match(entry.name)
    if first is None or not (_OUTER.search(entry.name) and _INNER.search(entry.name)):
        return entry
    if not find_materials(first["material"]) or phrases("hollow_nouns").find(entry.name):
        return entry
    return _renamed(entry, f"{first['material']} tube {entry.name[first.end() :]}")


def called_alike(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The lines, each bought thing in the singular if that is the list's habit: at least two, and half of all of them.

    Only lists that count with a times sign are touched, only nouns that are known to be bought, and no line that links
    a file: those are called as their files are.
    """
    several = [each for each in entries if _is_counted(each)]
    singular = sum(head_noun(each.name) in phrases("bought_nouns") for each in several)
    if singular < max(_HABIT, sum(_singular(each.name) is not None for each in several)):
        return tuple(entries)
    return tuple(
        _renamed(each, single) if _is_counted(each) and (single := _singular(each.name)) else each for each in entries
    )


def _renamed(entry: Entry, name: str) -> Entry:
    """The line under another name; how the list calls it stays as a remark."""
    return replace(entry, name=name, remarks=(*entry.remarks, f"listed as {entry.name!r}"))


def _is_counted(entry: Entry) -> bool:
    """Whether it stands in the list as "4x ..." and links nothing."""
    amount = entry.quantity
    several = amount.value is not None and amount.value > 1 and amount.unit == "piece"
    return several and not entry.links and _TIMES.search(amount.text) is not None


def _words(name: str) -> list[str]:
    words = name.split()
    while len(words) > 1 and any(sign.isdigit() for sign in words[-1]):
        words.pop()
    return words


def head_noun(name: str) -> str:
    """The word that names the thing; model numbers and sizes behind it are left out."""
    return _words(name)[-1].strip(".,;:")


def _singular(name: str) -> str | None:
    """The name with its noun in the singular, if that is a plural of something that is bought."""
    words = _words(name)
    noun = words[-1]
    single = noun[:-1]
    if not noun.endswith("s") or single not in phrases("bought_nouns"):
        return None
    return " ".join([*words[:-1], single, *name.split()[len(words) :]])
