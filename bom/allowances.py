"""What a designer allows or demands of a part beyond its material: other materials, a tolerance, a smallest feature.

Only what is said counts: "PLA or PETG" allows both, "PLA, TPU" may be a part of two materials and is asked about, and
"PC/ABS" is one blend.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from bom.lexicon import REMEMBERED
from bom.substance import find_materials
from core.errors import InputError
from core.tolerances import tolerance_class

__all__ = ["allowed_materials", "feature_mm", "tolerance_mm"]

_OR: Final = re.compile(r"\s+(?:or|oder|ou|o|oppure)\s+|\s*/\s*|\s*\|\s*", re.IGNORECASE)
_COMMA: Final = re.compile(r"\s*[,;]\s*")
_BLENDS: Final = (frozenset({"polycarbonate", "abs"}), frozenset({"asa", "abs"}))
_MOST: Final = 8
_LENGTH: Final = r"(\d{1,4}(?:[.,]\d{1,4})?)\s*(mm|µm|um|micron|microns)\b"
_TOLERANCE: Final = re.compile(
    rf"(?:±|\+\s?/\s?-|\+-|\btol(?:eran[a-zçé]*|\.)?\b[^\d±;\n]{{0,20}}(?:±|\+\s?/\s?-)?)\s*{_LENGTH}", re.IGNORECASE
)
_FEATURE: Final = re.compile(
    r"\b(?:min(?:imum|imal|\.)?|smallest|thinnest|narrowest|kleinste[rs]?|mínim[oa]|minim[ao])\s+"
    r"(?:wall|feature|slot|gap|detail|wand\w*|pared|paroi|parete|parede)"
    rf"(?:\s+(?:thickness|size|width))?[^\d;\n]{{0,12}}{_LENGTH}",
    re.IGNORECASE,
)
_OF_TOLERANCE: Final = re.compile(r"[±+]|tol", re.IGNORECASE)
_OF_FEATURE: Final = re.compile(r"wall|feature|slot|gap|detail|wand|pared|paroi|parete", re.IGNORECASE)
_BARE: Final = re.compile(r"\s*(?:±|\+\s?/\s?-|\+-|<=?|≤|≥|>=?)?\s*(\d{1,4}(?:[.,]\d{1,4})?)\s*(mm|µm|um)?\s*")
_UNITS_MM: Final = {"mm": 1.0, "": 1.0}
_MICRON_MM: Final = 0.001
_WIDEST_MM: Final = 50.0
_FIT: Final = re.compile(r"[Øø⌀]\s?\d{1,3}(?:[.,]\d{1,2})?\s?(?:mm\s?)?[A-Za-z]{1,2}\d{1,2}(?!\w)")
_OF_FIT: Final = re.compile(r"[Øø⌀]")


def allowed_materials(text: str) -> tuple[str, ...]:
    """Ids of the materials of which the text says that any will do, the best first; none for one alone or a mix."""
    if not text:
        return ()
    pieces = _OR.split(re.sub(r"[()]", " ", text).strip(" ."))
    if len(pieces) < 2:
        return ()
    pieces = [each.strip() for piece in pieces for each in _COMMA.split(piece)]
    if len(pieces) > _MOST:
        return ()
    named = [find_materials(each) for each in pieces if each]
    if any(len(each) != 1 for each in named):
        return ()
    found = tuple(dict.fromkeys(each[0] for each in named))
    tight = re.search(r"\w/\w", text) is not None
    if len(found) < 2 or (tight and frozenset(found) in _BLENDS):
        return ()
    return found


def tolerance_mm(texts: Iterable[str], column: str = "") -> float | None:
    """The tightest tolerance that texts state in millimetres, plus or minus; None where none does.

    Args:
        texts: notes and the like, which must name a unit, or the class of a diameter ("Ø8 H7").
        column: a cell below "Tolerance", whose bare number is millimetres; or a class with its size ("40 h6").
    """
    noted = [each for each in texts if each]
    fits = [_of_class(fit) for each in noted if _OF_FIT.search(each) for fit in _FIT.findall(each)]
    return _least([*_found(_TOLERANCE, _OF_TOLERANCE, noted), *fits, _of_class(column)], column)


@lru_cache(REMEMBERED)
def _of_class(text: str) -> float | None:
    """Plus or minus of a tolerance class whose nominal size stands in it; a class alone tells no millimetres."""
    try:
        tightest, loosest = tolerance_class(text, where="tolerance").span_mm(None)
    except InputError:
        return None
    return tightest if tightest == loosest else None


def feature_mm(texts: Iterable[str], column: str = "") -> float | None:
    """The thinnest wall or smallest feature that texts state, as `tolerance_mm`."""
    return _least(_found(_FEATURE, _OF_FEATURE, texts), column)


def _found(pattern: re.Pattern[str], sign: re.Pattern[str], texts: Iterable[str]) -> list[float | None]:
    """The lengths that the pattern finds; only texts with its sign are searched, since lists have very many."""
    return [length for each in texts if each for length in _lengths(pattern, sign, each)]


@lru_cache(REMEMBERED)
def _lengths(pattern: re.Pattern[str], sign: re.Pattern[str], text: str) -> tuple[float | None, ...]:
    """What one text states; notes repeat."""
    return tuple(_mm(*found) for found in pattern.findall(text)) if sign.search(text) else ()


def _bare(column: str) -> float | None:
    found = _BARE.fullmatch(column)
    return _mm(found[1], found[2] or "") if found is not None else None


def _mm(number: str, unit: str) -> float | None:
    value = float(number.replace(",", ".")) * _UNITS_MM.get(unit.casefold(), _MICRON_MM)
    return value if math.isfinite(value) and 0 < value <= _WIDEST_MM else None


def _least(found: list[float | None], column: str) -> float | None:
    if column:
        found.append(_bare(column))
    return min((each for each in found if each is not None), default=None)
