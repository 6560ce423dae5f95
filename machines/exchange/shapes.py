"""Values of a stranger's document: looked at before they are used, limited in size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["country", "email", "items", "mapping", "number", "place", "text"]

_LONGEST = 200
_MOST = 10_000
_POLE = 90.0
_OTHER_NAMES = {
    "CZECHIA": "CZ",
    "ENGLAND": "GB",
    "GREAT BRITAIN": "GB",
    "SCOTLAND": "GB",
    "SOUTH KOREA": "KR",
    "THE NETHERLANDS": "NL",
    "UK": "GB",
    "UNITED KINGDOM": "GB",
    "UNITED STATES OF AMERICA": "US",
    "USA": "US",
    "WALES": "GB",
}


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return {str(key): each for key, each in value.items()} if isinstance(value, Mapping) else {}


def items(value: Any) -> Iterator[Any]:
    """The members of a list, or the value alone where it is one; the first ten thousand."""
    members = value if isinstance(value, list) else [] if value is None else [value]
    yield from members[:_MOST]


def text(value: Any) -> str | None:
    """A line of text, cut at 200 signs; None where there is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = f"{value:g}"
    return " ".join(value.split())[:_LONGEST].strip() or None if isinstance(value, str) else None


def number(value: Any) -> float | None:
    """A finite number, also where it stands as text; else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def country(value: Any) -> str | None:
    """The ISO 3166 code of two letters in capitals, also of a country's English name; else None."""
    code = (text(value) or "").strip().upper()
    plain = len(code) == 2 and code.isalpha() and code.isascii()
    return _countries().get(code, code if plain else None)


@cache
def _countries() -> dict[str, str]:
    """Codes by name in capitals, from the table that comes with the time zone database."""
    table = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {name.upper(): code for code, name in rows} | _OTHER_NAMES


def email(value: Any) -> str | None:
    """An address of electronic mail; else None."""
    written = text(value) or ""
    name, _, host = written.partition("@")
    return written if name and host and "@" not in host and " " not in written else None


def place(latitude: Any, longitude: Any, city: Any) -> dict[str, Any] | None:
    """A place on earth as the labs document has it; else None."""
    north, east = number(latitude), number(longitude)
    if north is None or east is None or abs(north) > _POLE or abs(east) > 2 * _POLE:
        return None
    called = text(city)
    return {"latitude": north, "longitude": east} | ({"city": called} if called else {})
