"""Processes, materials and sizes in the words of a list."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from bom.lexicon import REMEMBERED, terms, words_of
from bom.words import words
from core.trees import materials, normal_form, processes

__all__ = ["find_materials", "find_process", "is_filament", "sheet_size_mm", "thickness_mm"]

_LENGTH_UNITS_MM: Final = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4, '"': 25.4, "": 1.0}
_SIZE: Final = re.compile(
    r"(?<!\d)(\d{1,9}(?:[.,]\d{1,9})?)\s*(mm|cm|in|\")?\s*[x\u00d7*]\s*(\d{1,9}(?:[.,]\d{1,9})?)\s*(mm|cm|in|\")?"
    r"\s*[x\u00d7*]\s*(\d{1,9}(?:[.,]\d{1,9})?)\s*(mm|cm|in|\")?(?![\w.])",
    re.IGNORECASE,
)
_ONE_LENGTH: Final = re.compile(r"(?<![\w.,x])(\d+(?:[.,]\d+)?)\s*(mm|cm|in|\")(?!\w)", re.IGNORECASE)
_FILAMENTS: Final = frozenset({"pla", "petg", "abs", "asa", "tpu", "nylon", "polycarbonate"})
_THICKEST_SHEET_MM: Final = 60
_WOODS: Final = frozenset({"birch", "oak", "pine", "beech"})  # as often part of a name as a material


@cache
def _material_words() -> re.Pattern[str]:
    words = {
        normal_form(spelling): node.id for node in materials() for spelling in (node.id, node.label, *node.aliases)
    }
    usable = sorted((word for word in words if word and word not in _WOODS), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, usable))})(?!\w)")


def find_materials(text: str) -> tuple[str, ...]:
    """Ids of the materials that the text names, in order; an ancestor of a named one is left out."""
    said = terms(text)
    return (_materials_in(said) if said else ()) or _compounds_in(text)


def _compounds_in(text: str) -> tuple[str, ...]:
    """Materials in German compounds, which no list of words can hold all: "Stahlrohr", "Birkensperrholz"."""
    named = [each for word in words_of(text) if not word.isdecimal() and (each := _compounded(word)) is not None]
    return tuple(dict.fromkeys(named)) if named else ()


@lru_cache(REMEMBERED)
def _compounded(word: str) -> str | None:
    """The id of the material that one word holds beside a form or a kind, or None."""
    found = _compound().fullmatch(word)
    node = materials().find(found[1] or found[2]) if found else None
    return node.id if node else None


@cache
def _compound() -> re.Pattern[str]:
    """A material before its form, or behind its kind, in one word."""
    material = "|".join(sorted(words("compound_materials"), key=len, reverse=True))
    form = "|".join(sorted(words("compound_forms"), key=len, reverse=True))
    return re.compile(rf"({material})(?:{form})|\w{{3,}}?({material})")


@lru_cache(REMEMBERED)
def _materials_in(said: str) -> tuple[str, ...]:
    tree = materials()
    found = (tree.find(word) for word in _material_words().findall(said))
    ids = list(dict.fromkeys(node.id for node in found if node is not None))
    return tuple(each for each in ids if not any(other != each and tree.is_a(other, each) for other in ids))


def find_process(text: str) -> str | None:
    """The id of the process of which the whole text is a spelling, or None."""
    said = terms(text)
    return _process_called(said) if said else None


@lru_cache(REMEMBERED)
def _process_called(said: str) -> str | None:
    node = processes().find(said)
    return node.id if node else None


def is_filament(material: str) -> bool:
    """Whether things of this material are usually printed."""
    return material in _FILAMENTS


def _mm(number: str, unit: str | None) -> float:
    return float(number.replace(",", ".")) * _LENGTH_UNITS_MM[(unit or "").lower()]


def sheet_size_mm(text: str) -> tuple[float, float, float] | None:
    """The three sizes in a text such as "489mm x 385mm x 12mm" or "17x17x0.5cm", largest first, in millimetres."""
    found = _SIZE.search(text)
    if found is None:
        return None
    last = found[6] or found[4] or found[2]
    sizes = [_mm(found[at], found[at + 1] or last) for at in (1, 3, 5)]
    largest, middle, least = sorted(sizes, reverse=True)
    return (largest, middle, least) if least > 0 else None


def thickness_mm(text: str) -> float | None:
    """The thickness that a text about a sheet states: the least of three sizes, or its only length; up to 60 mm."""
    size, lengths = sheet_size_mm(text), list(dict.fromkeys(_ONE_LENGTH.findall(text)))
    thickness = size[2] if size is not None else _mm(*lengths[0]) if len(lengths) == 1 else None
    return thickness if thickness is not None and 0 < thickness <= _THICKEST_SHEET_MM else None
