"""The time zone of a place, where a format does not say it: from the table that comes with the time zone database.

`zone.tab` (IANA time zone database) lists, for every zone, its country and the place it is named after. A country with
one zone, or with zones that tell the same time, decides; else the zone whose place is nearest is only likely, and says
so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from machines.lab import Place

__all__ = ["ZoneGuess", "zone_of"]


@dataclass(frozen=True, slots=True)
class ZoneGuess:
    """A time zone and how it is known.

    Attributes:
        zone: IANA name.
        sure: whether the country has no other, or none that tells another time.
        basis: one clause.
    """

    zone: str
    sure: bool
    basis: str


def zone_of(country: str | None, place: Place | None) -> ZoneGuess | None:
    """The zone of a place, or None where neither country nor place is known.

    Args:
        country: ISO 3166 code of two letters, in any case.
        place: where it is.
    """
    code = country.upper() if country else None
    rows = [row for row in _table() if code is None or row[0] == code]
    if not rows:
        rows, code = list(_table()), None
    if code is not None and len({zone for _, _, zone in rows}) == 1:
        return ZoneGuess(rows[0][2], True, f"the only zone of {code}")
    if code is not None and len({_year(zone) for _, _, zone in rows}) == 1:
        return ZoneGuess(rows[0][2], True, f"all zones of {code} tell the same time")
    if place is None:
        return None
    _, nearest, zone = min(rows, key=lambda row: place.distance_km(row[1]))
    return ZoneGuess(zone, False, f"its namesake is the nearest, {place.distance_km(nearest):.0f} km away")


@cache
def _year(zone: str) -> tuple[timedelta | None, ...]:
    """The zone's offsets from UTC on every day of two years: the table lists zones that differed long ago as well."""
    known, noon = ZoneInfo(zone), datetime(2025, 1, 1, 12, tzinfo=UTC)
    return tuple((noon + timedelta(days=day)).astimezone(known).utcoffset() for day in range(731))


@cache
def _table() -> tuple[tuple[str, Place, str], ...]:
    """Country, place and name of every zone."""
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return tuple((country, _place(where), zone) for country, where, zone, *_ in rows)


def _place(written: str) -> Place:
    """A place of ISO 6709, degrees and minutes and perhaps seconds: ``+4224+00131`` or ``+404251-0740023``."""
    latitude, longitude = re.findall(r"[+-]\d+", written)
    return Place(_degrees(latitude, 2), _degrees(longitude, 3))


def _degrees(written: str, digits: int) -> float:
    sign, rest = (-1 if written[0] == "-" else 1), written[1:]
    minutes = int(rest[digits : digits + 2]) + int(rest[digits + 2 :] or 0) / 60
    return sign * (int(rest[:digits]) + minutes / 60)
