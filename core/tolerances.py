"""Tolerance classes as drawings name them, in millimetres: `IT9` and `40 H7` (ISO 286), `ISO 2768-m`.

A class is a width that grows with the nominal size. Where the size of the toleranced length is not said, the width lies
between that of the smallest lengths and that of the longest one of the piece.

Sources: ISO 286-1:2010, table 1 (standard tolerance grades, to 3150 mm); ISO 2768-1:1989, table 1 (linear dimensions).
"""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from core.errors import InputError

__all__ = ["ToleranceClass", "tolerance_class"]

_UP_TO_MM: Final = (
    3, 6, 10, 18, 30, 50, 80, 120, 180, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150,
)  # fmt: skip
_GRADES_UM: Final[Mapping[int, Sequence[float]]] = MappingProxyType({  # full width, by the ranges above
    5: (4, 5, 6, 8, 9, 11, 13, 15, 18, 20, 23, 25, 27, 32, 36, 40, 47, 55, 65, 78, 96),
    6: (6, 8, 9, 11, 13, 16, 19, 22, 25, 29, 32, 36, 40, 44, 50, 56, 66, 78, 92, 110, 135),
    7: (10, 12, 15, 18, 21, 25, 30, 35, 40, 46, 52, 57, 63, 70, 80, 90, 105, 125, 150, 175, 210),
    8: (14, 18, 22, 27, 33, 39, 46, 54, 63, 72, 81, 89, 97, 110, 125, 140, 165, 195, 230, 280, 330),
    9: (25, 30, 36, 43, 52, 62, 74, 87, 100, 115, 130, 140, 155, 175, 200, 230, 260, 310, 370, 440, 540),
    10: (40, 48, 58, 70, 84, 100, 120, 140, 160, 185, 210, 230, 250, 280, 320, 360, 420, 500, 600, 700, 860),
    11: (60, 75, 90, 110, 130, 160, 190, 220, 250, 290, 320, 360, 400, 440, 500, 560, 660, 780, 920, 1100, 1350),
    12: (100, 120, 150, 180, 210, 250, 300, 350, 400, 460, 520, 570, 630, 700, 800, 900, 1050, 1250, 1500, 1750, 2100),
    13: (140, 180, 220, 270, 330, 390, 460, 540, 630, 720, 810, 890, 970, 1100, 1250, 1400, 1650, 1950, 2300, 2800,
         3300),
    14: (250, 300, 360, 430, 520, 620, 740, 870, 1000, 1150, 1300, 1400, 1550, 1750, 2000, 2300, 2600, 3100, 3700,
         4400, 5400),
    15: (400, 480, 580, 700, 840, 1000, 1200, 1400, 1600, 1850, 2100, 2300, 2500, 2800, 3200, 3600, 4200, 5000, 6000,
         7000, 8600),
    16: (600, 750, 900, 1100, 1300, 1600, 1900, 2200, 2500, 2900, 3200, 3600, 4000, 4400, 5000, 5600, 6600, 7800, 9200,
         11000, 13500),
})  # fmt: skip
_GENERAL_UP_TO_MM: Final = (3, 6, 30, 120, 400, 1000, 2000, 4000)
_GENERAL_MM: Final[Mapping[str, Sequence[float]]] = MappingProxyType({  # plus or minus; NaN: the standard gives none
    "f": (0.05, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, math.nan),
    "m": (0.1, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0),
    "c": (0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 3.0, 4.0),
    "v": (math.nan, 0.5, 1.0, 1.5, 2.5, 4.0, 6.0, 8.0),
})  # fmt: skip
_GRADE: Final = re.compile(r"IT\s*0?(\d{1,2})", re.IGNORECASE)
_FIT: Final = re.compile(r"(?:[øØ⌀]?\s*(\d{1,4}(?:[.,]\d{1,4})?)\s*(?:mm)?\s*)?[A-Za-z]{1,2}(\d{1,2})")
_GENERAL: Final = re.compile(
    r"(?:(?:DIN|EN)\s*)*(?:ISO)?\s*2768\s*[-\u2013 ]?\s*(?:1\s*[-\u2013]\s*)?([fmcv])[HKL]?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ToleranceClass:
    """A class, perhaps of a stated nominal size.

    Attributes:
        text: as written.
        up_to_mm: upper ends of the ranges of nominal sizes, ascending.
        half_mm: plus or minus in each range; NaN where the standard gives none.
        nominal_mm: the size of the toleranced length, or None.
    """

    text: str
    up_to_mm: tuple[float, ...]
    half_mm: tuple[float, ...]
    nominal_mm: float | None = None

    def span_mm(self, longest_mm: float | None) -> tuple[float, float]:
        """The tightest and the loosest that it may mean on a piece, plus or minus; infinite where nobody can tell.

        Args:
            longest_mm: the longest extent of the piece, or None.
        """
        if self.nominal_mm is not None:
            exact = self._at(self.nominal_mm)
            return exact, exact
        tightest = min(each for each in self.half_mm if not math.isnan(each))
        return tightest, math.inf if longest_mm is None else max(tightest, self._at(longest_mm))

    def _at(self, length_mm: float) -> float:
        place = bisect.bisect_left(self.up_to_mm, length_mm)
        found = self.half_mm[place] if place < len(self.half_mm) else math.inf
        return math.inf if math.isnan(found) else found


def tolerance_class(text: str, *, where: str) -> ToleranceClass:
    """The class of which this is a spelling: "IT9", "H7", "40 H7", "ISO 2768-mK".

    Raises:
        InputError: it is none, or one that the tables do not hold.
    """
    said = text.strip()
    general = _GENERAL.fullmatch(said)
    if general is not None:
        half = tuple(_GENERAL_MM[general[1].lower()])
        return ToleranceClass(said, tuple(map(float, _GENERAL_UP_TO_MM)), half)
    grade = _GRADE.fullmatch(said)
    fit = None if grade is not None else _FIT.fullmatch(said)
    found = grade[1] if grade is not None else fit[2] if fit is not None else None
    if found is None:
        hint = "write a class such as IT9, H7, 40 H7 or ISO 2768-m, or millimetres as tolerance_mm"
        raise InputError(f"{text!r} is no tolerance class", where=where, hint=hint)
    if int(found) not in _GRADES_UM:
        hint = f"known are IT{min(_GRADES_UM)} to IT{max(_GRADES_UM)}; state tolerance_mm"
        raise InputError(f"grade {int(found)} of {text!r} stands in no table here", where=where, hint=hint)
    nominal = float(fit[1].replace(",", ".")) if fit is not None and fit[1] else None
    if nominal is not None and not 0 < nominal <= _UP_TO_MM[-1]:
        raise InputError(f"{text!r}: ISO 286 has nominal sizes to {_UP_TO_MM[-1]} mm", where=where)
    half = tuple(each / 2000 for each in _GRADES_UM[int(found)])
    return ToleranceClass(said, tuple(map(float, _UP_TO_MM)), half, nominal)
