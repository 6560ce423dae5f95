"""What pages call things: moments and amounts in people's words, states with the tone that they are shown in.

Each takes the language that it is said in. English is as the house writes it; others as the Unicode CLDR has them.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Final

from babel.dates import format_skeleton
from babel.numbers import format_decimal
from babel.units import format_unit

from coordinator.web.languages import ENGLISH, Language, language, mark
from core.clock import utc

__all__ = ["STATES", "Tone", "amount", "clause", "date_words", "day", "duration", "fixed", "measured", "moment", "tone"]

_TONES = {
    "calm": (
        "done",
        "reached",
        "granted",
        "made",
        "accepted",
        "delivered",
        "finished",
        "reported",
        "honoured",
        "approved",
        "arrived",
        "unpacked",
        "confirmed",
        "paid",
        "passed",
    ),
    "busy": ("running", "dispatched", "scheduled", "ordered", "planned", "claimed", "packed", "sent"),
    "asks": (
        "open",
        "wanted",
        "short",
        "returned",
        "offered",
        "asked",
        "waiting for toolpath",
        "proposed",
        "waits for pledges",
        "pledging",
        "allotting",
    ),
    "bad": (
        "lapsed",
        "unplaceable",
        "refused",
        "void",
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
STATES: Final = tuple(_TONE_OF)
"""Every state of anything; pages say them in the reader's language."""
_NEAR: Final = {-1: mark("yesterday"), 0: mark("today"), 1: mark("tomorrow")}
_MANY: Final = 1000  # from here on, whole numbers have more than three digits
_PIECES: Final = ("", "each", "piece", "pieces", "pcs")  # counted without a unit


def tone(state: str) -> Tone:
    """The tone of a state of anything."""
    return _TONE_OF[state]


def day(at: datetime, now: datetime, zone: tzinfo, spoken: Language = ENGLISH) -> str:
    """A day as people say it: today, tomorrow, Tue 25 Nov; with the year where it is another."""
    return date_words(utc(at).astimezone(zone).date(), utc(now).astimezone(zone).date(), spoken)


@lru_cache(maxsize=2048)
def date_words(local: date, here: date, spoken: Language = ENGLISH) -> str:
    """A local date as `day` says it, on the date that it is here."""
    near = _NEAR.get((local - here).days)
    if near is not None:
        return spoken.gettext(near)
    same_year = local.year == here.year
    if spoken.is_english:
        return local.strftime("%a %-d %b" if same_year else "%a %-d %b %Y")
    midnight = datetime.combine(local, time())
    return format_skeleton("MMMEd" if same_year else "yMMMEd", midnight, locale=spoken.locale)


def moment(at: datetime, now: datetime, zone: tzinfo, spoken: Language = ENGLISH) -> str:
    """A moment as people say it, such as "today 14:05"; all our languages write the time so."""
    local = utc(at).astimezone(zone)
    return f"{date_words(local.date(), utc(now).astimezone(zone).date(), spoken)} {local.hour:02}:{local.minute:02}"


def duration(span: timedelta, spoken: Language = ENGLISH) -> str:
    """A duration in its two largest units, such as "2 h 05 min"."""
    minutes = round(abs(span.total_seconds()) / 60)
    if minutes < 1:
        return spoken.gettext(mark("under 1 min"))
    if minutes < 60:
        return _units(spoken, minute=minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest:02d} min" if spoken.is_english else _units(spoken, hour=hours, minute=rest)
    days, hours = divmod(round(minutes / 60), 24)
    return _units(spoken, day=days, hour=hours) if hours else _units(spoken, day=days)


def _units(spoken: Language, **counts: int) -> str:
    if spoken.is_english:
        return " ".join(f"{count} {'min' if unit == 'minute' else unit[0]}" for unit, count in counts.items())
    said = (format_unit(count, f"duration-{unit}", "short", locale=spoken.locale) for unit, count in counts.items())
    return " ".join(said)


def amount(quantity: float, unit: str = "", spoken: Language = ENGLISH) -> str:
    """A quantity without needless decimals; pieces are counted without a unit."""
    if spoken.is_english:
        number = f"{quantity:.12g}" if quantity != int(quantity) else f"{int(quantity):,}".replace(",", " ")
    else:
        number = _number(float(f"{quantity:.12g}"), spoken.code)
    return number if unit in _PIECES else f"{number} {spoken.gettext(unit)}"


@lru_cache(maxsize=4096)
def _number(quantity: float, code: str) -> str:
    return format_decimal(quantity, locale=language(code).locale, decimal_quantization=False)


def measured(quantity: float, unit: str, spoken: Language = ENGLISH) -> str:
    """What something took, to three digits: seconds as a duration, else with its unit, such as "12.5 g"."""
    if unit == "s":
        return duration(timedelta(seconds=quantity), spoken)
    return amount(float(f"{quantity:.3g}") if quantity < _MANY else round(quantity), unit, spoken)


def clause(text: str, spoken: Language = ENGLISH) -> str:
    """A licence and its clause, such as "CERN-OHL-S-2.0, 4" or "MIT, the paragraph on notices"."""
    licence, comma, where = text.partition(", ")
    return f"{spoken.gettext(licence)}{comma}{spoken.gettext(where)}" if where else spoken.gettext(licence)


def fixed(quantity: float, spoken: Language = ENGLISH) -> str:
    """An amount of money, with its two decimals."""
    if spoken.is_english:
        return f"{quantity:.2f}"
    return format_decimal(quantity, "#,##0.00", locale=spoken.locale)
