"""How much of a thing a list asks for, from the many ways people write it.

Blank, words ("some", "as needed") and anything unclear are *unknown*, never one. Zero is a number: an option not taken.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bom.spoken import Spoken, number_word, spoken_before, spoken_behind
from bom.words import units

__all__ = ["UNKNOWN", "Quantity", "leading_quantity", "parse_quantity", "trailing_quantity"]

_UNITS: Final = units()
_MEASURES: Final = frozenset({"mm", "cm", "m", "km", "in", "ft", "g", "kg", "mg", "oz", "lb", "l", "ml", "m2", "cm2"})
_APPROXIMATE: Final = r"(?:~|c\.|ca\.?|circa|about|around|approx\.?|approximately)"
_NUMBER: Final = r"\d+/\d+(?![\w\"'/])|\d+(?:[.,]\d+)*(?:\s+\d+/\d+)?|\.\d+"
_UNIT: Final = "|".join(sorted((re.escape(each) for each in _UNITS), key=len, reverse=True))
_AMOUNT: Final = re.compile(
    rf"(?P<approx>{_APPROXIMATE}\s*)?(?:x\s*)?(?P<low>{_NUMBER})\s*(?:(?P<low_unit>{_UNIT})(?!\w))?"
    rf"(?:\s*(?:-|to|\.\.)\s*(?P<high>{_NUMBER}))?\s*(?:(?P<unit>{_UNIT})(?!\w))?(?P<plus>\+)?",
    re.IGNORECASE,
)
_CONTAINERS: Final = re.compile(r"(?:set|pair|roll|sheet|pack|box|kit)s?")
_LARGEST: Final = 1e9
_SIGNS: Final = str.maketrans(
    {
        "\u00d7": "x",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2033": '"',
        "\u201d": '"',
        "\u2019": "'",
        "\xa0": " ",
        "\u00bd": " 1/2",
        "\u00bc": " 1/4",
        "\u00be": " 3/4",
        "\u2153": " 1/3",
    }
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount as a list states it.

    Attributes:
        value: the amount, or None when it is unknown; of a range of pieces the upper end (enough in any case), of a
            range of lengths or masses the middle. Never negative.
        unit: "piece", "m", "g", "set", ...
        low, high: the ends of a range, else None.
        approximate: the list says "about".
        text: what was read.
    """

    value: float | None
    unit: str = "piece"
    low: float | None = None
    high: float | None = None
    approximate: bool = False
    text: str = ""

    def __post_init__(self) -> None:
        if self.value is not None and not 0 <= self.value <= _LARGEST:
            raise ValueError(f"a quantity lies between 0 and {_LARGEST:g}, not {self.value}")

    @property
    def is_range(self) -> bool:
        """Whether two ends are stated."""
        return self.low is not None


UNKNOWN: Final = Quantity(None)


def _plain_signs(text: str) -> str:
    """The text with the plain signs that stand for typographic ones."""
    return text if text.isascii() else text.translate(_SIGNS)


def _number(text: str) -> float | None:
    """A number with a decimal point or comma, thousands separators, a fraction or a whole number and a fraction."""
    text = text.strip()
    whole, _, part = text.rpartition(" ")
    if "/" in part:
        over, under = part.split("/")
        return None if float(under) == 0 else (float(whole) if whole else 0.0) + float(over) / float(under)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?", text):
        text = text.replace(".", "")
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and value <= _LARGEST else None


def _from_match(found: re.Match[str]) -> Quantity | None:
    low, high = _number(found["low"]), _number(found["high"]) if found["high"] else None
    if low is None or (found["high"] and (high is None or high < low)):
        return None
    unit = _UNITS.get(_spelled_unit(found), "piece")
    scale = 1.0
    if unit == "cm":
        unit, scale = "m", 0.01
    text = found.group().strip()
    if high is None:
        return Quantity(round(low * scale, 9), unit, approximate=bool(found["approx"] or found["plus"]), text=text)
    value = high if unit == "piece" else round((low + high) / 2 * scale, 9)
    return Quantity(value, unit, low * scale, high * scale, True, text)


def _spelled_unit(found: re.Match[str]) -> str:
    """The unit as written; in "3M x cord" it stands before the times sign."""
    last, first = (found["unit"] or "").lower(), (found["low_unit"] or "").lower()
    if first == "x" and not _CONTAINERS.fullmatch(last):
        return first
    return first if first and last in {"", "x"} else last


@lru_cache(10_000)
def parse_quantity(text: str) -> Quantity:
    """The amount that a quantity cell states; unknown when it states none.

    A cell is a number, a range, a number with a unit, a number word, or one of these with a remark in brackets.
    """
    cell = re.sub(r"^[\s*_`]+|[\s*_`]+$", "", _plain_signs(text))
    bare = re.sub(r"^\((.*)\)$", r"\1", cell)
    bare = re.sub(r"\s*\([^)]*\)\s*$", "", bare).strip()
    if (count := number_word(bare)) is not None:
        return Quantity(float(count), text=cell)
    found = _AMOUNT.fullmatch(bare)
    amount = _from_match(found) if found else None
    return amount or Quantity(None, text=cell)


_TIMES: Final = re.compile(r"\s*[x*](?=[\s\[(*_`])\s*", re.IGNORECASE)
_TIGHT_TIMES: Final = re.compile(r"x(?=[^\W\d])", re.IGNORECASE)
_CONTAINER: Final = re.compile(r"(set|pair|roll|sheet|pack|box|kit)s?\s+of\s+", re.IGNORECASE)
_OWN_UNIT: Final = re.compile(
    r"[\s-]*(?:way|pin|pole|port|channel|ohms?|v|volts?|a|amps?|k|w|watts?|gb|mb|k?hz|mhz|mp|axis|teeth|th)\b",
    re.IGNORECASE,
)
_SPOKEN_MEASURES: Final = frozenset(
    {"m", "km", "g", "kg", "kgs", "l", "ml", "ft", "gram", "grams", "feet", "foot"}
    | {f"{word}{end}" for word in ("metre", "meter", "litre", "liter", "metro", "litro") for end in ("", "s")}
)
_LARGEST_UNMARKED: Final = 200
_SHARED: Final = frozenset({"sheet", "roll", "pack", "box"})  # of which half is an amount
_SET_OFF: Final = re.compile(r"\((\d{1,3})\s?x?\)\s+(?=\w)|(\d{1,3})\s+-\s+(?=[^\W\d])", re.IGNORECASE)


def leading_quantity(text: str) -> tuple[Quantity, str] | None:
    """The amount at the beginning of a list item and the rest, or None.

    "8  x Cup hooks", "3-14x screws", "1x set of rivets", "3M x cord", "40cm - 50cm tube", "2 ear tubes", "a spring".
    A number that belongs to the thing's own name ("608 bearing", "5mm LED", "2.5mm hex key",
    "2-way switch") is left to it.
    """
    text = _plain_signs(text).strip()
    if spoken := spoken_before(text):
        return _contained(_as_spoken(spoken), spoken.rest)
    if set_off := _SET_OFF.match(text):
        return Quantity(float(set_off[1] or set_off[2]), text=set_off.group().strip(" -:")), text[set_off.end() :]
    found = _AMOUNT.match(text)
    amount = _from_match(found) if found else None
    if found is None or amount is None:
        return None
    tight = _spelled_unit(found) == "x" == (found["low_unit"] or "").lower()
    end = found.end("low_unit") if tight else found.start() + len(found.group().rstrip())
    if "x" in {_spelled_unit(found), (found["unit"] or "").lower()}:
        return _contained(amount, text[end:].strip(" \t:-"))
    times = _TIMES.match(text, end) or (_TIGHT_TIMES.match(text, end) if _spelled_unit(found) == "" else None)
    if times:
        return _contained(amount, text[times.end() :].strip(" \t:-"))
    return _unmarked(amount, text[end:], found)


def _as_spoken(spoken: Spoken) -> Quantity:
    return Quantity(spoken.value, spoken.unit, approximate=spoken.approximate, text=spoken.text)


def _contained(amount: Quantity, rest: str) -> tuple[Quantity, str] | None:
    """The amount and the thing; "1x set of rivets" is one set."""
    inner = _CONTAINER.match(rest)
    if inner and amount.unit == "piece":
        return Quantity(amount.value, inner[1].lower(), text=f"{amount.text} {inner[1]}"), rest[inner.end() :]
    return (amount, rest) if rest else None


def _unmarked(amount: Quantity, rest: str, found: re.Match[str]) -> tuple[Quantity, str] | None:
    """No times sign: a small whole number before a word, or a length, mass or range that is spelled out."""
    thing = re.sub(r"^\s*(?:of\s+)?", "", rest, count=1, flags=re.IGNORECASE)
    if not rest[:1].isspace() or not (thing[:1].isalnum() or thing[:1] in {"[", "*", "_", "("}):
        return None
    spelled = _spelled_unit(found)
    if spelled in {'"', "'", "in", "inch", "mm"} and not amount.is_range:
        return None
    if amount.unit in _MEASURES:
        stated = spelled in _SPOKEN_MEASURES or spelled == "cm" or amount.is_range or amount.approximate
        return (amount, thing) if stated else None
    is_whole = amount.value is not None and (amount.value == int(amount.value) or amount.unit in _SHARED)
    plain = is_whole and amount.value is not None and amount.value <= _LARGEST_UNMARKED
    if not plain or (spelled == "" and _OWN_UNIT.match(rest)):
        return None
    return _contained(amount, thing)


_PIECES: Final = "|".join(
    sorted((re.escape(each) for each, unit in _UNITS.items() if unit == "piece"), key=len, reverse=True)
)
_TRAILING: Final = re.compile(
    rf"\s*[-,:]?\s*(?:[(\[]\s*(?P<approx>{_APPROXIMATE}\s*)?(?:x\s*(?P<a>\d{{1,4}})|(?P<b>\d{{1,4}})\s*(?:{_PIECES}))\s*[)\]]"
    rf"|(?<=[\s\-,:])(?:x(?P<c>\d{{1,4}})|(?P<d>\d{{1,4}})\s*(?:{_PIECES})))\s*$",
    re.IGNORECASE,
)
# Behind such a word an x goes on with a size: "M3 x8", "20mm x4", "20x20 x400"; behind "608", "M3x8" or a file not.
_SIZE_BEFORE: Final = re.compile(
    r"M\d+(?:[.,]\d+)?|#?\D?\d{1,2}(?:[.,]\d+)?|[\d.,]+(?:mm|cm|m|in|\"|')|(?!M\d)\S*\dx\d\S*", re.IGNORECASE
)
_MOST_BEHIND_NUMBER: Final = 30
# "Wheels 83mm x4" are four; "Plate 83mm x4" may be a size.
_MANY_OF_A_SIZE: Final = re.compile(
    r"(?:.*\s)?(?!\w*(?:ss|us|is)\s)(?!(?:lens|gps|series)\s)[^\W\d]{2,}s\s+[\d.,]+\s?(?:mm|cm|m|in|\"|')",
    re.IGNORECASE,
)
_LONGEST_TRAIL: Final = 20  # signs
_LONGEST_COUNT: Final = 5  # x and four digits
_COUNT_ENDS: Final = (")", "]", *(each for each, unit in _UNITS.items() if unit == "piece" and each))


def _may_count(text: str) -> bool:
    """Whether the text ends as an amount may, quick to see: x and digits, a bracket, or a word for pieces."""
    end = text.rstrip()[-_LONGEST_TRAIL:].lower()
    if end[-1:].isdigit():
        return "x" in end[-_LONGEST_COUNT:]
    return end.endswith(_COUNT_ENDS) and any(map(str.isdigit, end))


def trailing_quantity(text: str) -> tuple[Quantity, str] | None:
    """The amount at the end of a name and the rest, or None: "leg x2", "foot (2x)", "clip - 4 pcs", "glue, as needed".

    A size such as "M3 x8" is no amount; behind a number or a file's name ("608 x2", "foot_v2.stl x4") it is, and so it
    is, with doubt, behind several things of one size ("wheels 83mm x4").
    """
    text = _plain_signs(text)
    if spoken := spoken_behind(text):
        return _as_spoken(spoken), spoken.rest
    if not _may_count(text):
        return None
    found = _TRAILING.search(text)
    if found is None or not (name := text[: found.start()].rstrip(" -,:")):
        return None
    last = name.split()[-1]
    is_size = found["c"] and _SIZE_BEFORE.fullmatch(last)
    many = bool(is_size and int(found["c"]) <= _MOST_BEHIND_NUMBER and _MANY_OF_A_SIZE.fullmatch(name))
    is_long = found["c"] and last.isdigit() and int(found["c"]) > _MOST_BEHIND_NUMBER
    if (is_size and not many) or is_long:
        return None
    value = next(found[each] for each in "abcd" if found[each])
    approximate = bool(found["approx"]) or many  # it may still be a size, so that it is asked about
    return Quantity(float(value), approximate=approximate, text=found.group().strip(" -,:")), name
