"""Numbers as an operator reads them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from core.clock import utc

__all__ = ["amount", "listed", "moment", "span"]

_LARGER = {"g": "kg", "mm": "m", "ml": "l", "mL": "L"}
_MINUTE_S = 60
_HOUR_S = 3600
_THOUSAND = 1000


def span(seconds: int) -> str:
    """A length of time: "45 s", "12 min", "3 h 20 min", "-5 min"."""
    if seconds < 0:
        return f"-{span(-seconds)}"
    hours, rest = divmod(seconds, _HOUR_S)
    minutes, left = divmod(rest, _MINUTE_S)
    parts = [(hours, "h"), (minutes, "min"), (left, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def amount(number: int, unit: str) -> str:
    """A number of units: "3 sheets", "800 g", "3.2 kg"; a unit without a name is a piece."""
    if unit in _LARGER and abs(number) >= _THOUSAND:
        return f"{number / _THOUSAND:,.10g} {_LARGER[unit]}"
    return f"{number} {unit or 'pieces'}"


def moment(origin: datetime, seconds: int) -> str:
    """The moment so many seconds after the origin: "2026-03-02 08:00 UTC"."""
    return f"{utc(origin) + timedelta(seconds=seconds):%Y-%m-%d %H:%M} UTC"


def listed(names: Iterable[str], *, most: int = 6) -> str:
    """The names joined by commas; past `most` only their number is told."""
    known = list(names)
    shown = ", ".join(known[:most])
    return shown if len(known) <= most else f"{shown} and {len(known) - most} more"
