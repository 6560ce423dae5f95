"""What pages call things: moments and durations in people's words, states with the tone that they are shown in."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from core.clock import utc

__all__ = ["Tone", "amount", "day", "duration", "moment", "tone"]

_TONES = {
    "calm": (
        "done",
        "made",
        "accepted",
        "delivered",
        "finished",
        "reported",
        "honoured",
        "approved",
        "arrived",
        "unpacked",
    ),
    "busy": ("running", "dispatched", "scheduled", "ordered", "planned", "claimed", "packed", "sent"),
    "asks": ("open", "wanted", "short", "returned", "offered", "asked", "waiting for toolpath"),
    "bad": (
        "unplaceable",
        "failed",
        "lost contact",
        "scrapped",
        "rejected",
        "declined",
        "expired",
        "withdrawn",
        "cancelled",
        "superseded",
        "damaged",
        "lost",
    ),
}


class Tone(StrEnum):
    """How loudly a state is shown."""

    CALM = "calm"
    BUSY = "busy"
    ASKS = "asks"  # somebody is needed
    BAD = "bad"


_TONE_OF = {word: Tone(name) for name, words in _TONES.items() for word in words}


def tone(state: str) -> Tone:
    """The tone of a state of anything."""
    return _TONE_OF[state]


def day(at: datetime, now: datetime, zone: tzinfo) -> str:
    """A day as people say it: today, tomorrow, Tue 25 Nov; with the year where it is another."""
    local, here = utc(at).astimezone(zone), utc(now).astimezone(zone)
    days = (local.date() - here.date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    return near or local.strftime("%a %-d %b" if local.year == here.year else "%a %-d %b %Y")


def moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    """A moment as people say it, such as "today 14:05"."""
    return f"{day(at, now, zone)} {utc(at).astimezone(zone):%H:%M}"


def duration(span: timedelta) -> str:
    """A duration in its two largest units, such as "2 h 05 min"."""
    minutes = round(abs(span.total_seconds()) / 60)
    if minutes < 1:
        return "under 1 min"
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest:02d} min"
    days, hours = divmod(round(minutes / 60), 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def amount(quantity: float, unit: str = "") -> str:
    """A quantity without needless decimals; pieces are counted without a unit."""
    number = f"{quantity:.12g}" if quantity != int(quantity) else f"{int(quantity):,}".replace(",", " ")
    return number if unit in ("", "each", "piece", "pieces", "pcs") else f"{number} {unit}"
