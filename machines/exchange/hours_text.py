"""Opening hours as one line of text, as Open Know-Where has them: written so that we and people can read it."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import InputError
from machines.exchange.document import hours_document
from machines.hours import parse_opening_hours
from machines.lab import OpeningHours

__all__ = ["hours_text", "read_hours_text"]

_DAY = r"(?:mo|tu|we|th|fr|sa|su)[a-z]*|daily"
_PART = re.compile(rf"({_DAY})(?:\s*(?:-|\u2013|to)\s*({_DAY}))?\s*:?\s*(.+)", re.IGNORECASE)
_TIME = r"(\d{1,2})(?::(\d{2}))?\s*(a\.?m\.?|p\.?m\.?)?"
_SPAN = re.compile(rf"{_TIME}\s*(?:-|\u2013|to)\s*{_TIME}", re.IGNORECASE)
_ZONE = re.compile(r"\(([A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*)\)\s*$")


def hours_text(hours: OpeningHours, zone: str) -> str:
    """``Mon-Fri 09:00-19:00; Sat 10:00-12:00, 13:00-16:00 (Europe/Madrid)``."""
    parts = []
    for days, spans in hours_document(hours).items():
        listed = [spans] if isinstance(spans, str) else spans
        parts.append(f"{'-'.join(day.capitalize() for day in days.split('-'))} {', '.join(listed)}")
    return f"{'; '.join(parts) or 'closed'} ({zone})"


def read_hours_text(text: str) -> tuple[dict[str, str | list[str]] | None, str | None]:
    """Weekly hours as the labs file writes them, and the zone; None for what the text does not say for sure."""
    found = _ZONE.search(text)
    zone = found.group(1) if found and _is_zone(found.group(1)) else None
    body = text[: found.start()] if found and zone else text
    if body.strip().casefold() == "closed":
        return {}, zone
    hours: dict[str, str | list[str]] = {}
    for part in re.split(r"[;\n]", body):
        match = _PART.fullmatch(part.strip())
        if match is None:
            return None, zone
        first, last, spans = match.groups()
        read = [_span(each) for each in _SPAN.finditer(spans)]
        if _SPAN.sub("", spans).strip(" ,&") or None in read:
            return None, zone
        key = first.lower() + (f"-{last.lower()}" if last else "")
        hours[key] = [each for each in read if each is not None]
    try:
        parse_opening_hours(hours, where="opening hours")
    except InputError:
        return None, zone
    return hours, zone


def _span(found: re.Match[str]) -> str | None:
    """`9am-5:30pm` by the clock of 24 hours; None where it is not sure, as in `9-5`."""
    hour, minute, half, hour_2, minute_2, half_2 = found.groups()
    if (half is None) != (half_2 is None) or (half is None and (minute is None or minute_2 is None)):
        return None
    start, end = _time(hour, minute, half), _time(hour_2, minute_2, half_2)
    return None if start is None or end is None else f"{start}-{end}"


def _time(hour: str, minute: str | None, half: str | None) -> str | None:
    if half is None:
        return f"{hour}:{minute}"
    if not 1 <= int(hour) <= 12:
        return None
    afternoon = 12 if half.lower().startswith("p") else 0
    return f"{int(hour) % 12 + afternoon:02d}:{minute or '00'}"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
