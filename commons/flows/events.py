"""Economic events: who gave how much of what to whom, in which process, when (ValueFlows 1.0, ``vf:EconomicEvent``)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from commons.flows.actions import RULES, Action, Counts, Side

__all__ = ["RESERVED", "Event", "Measure", "decimal_text", "reversal"]

_MOST_DIGITS: Final = 15
_MOST_PLACES: Final = 9
_NUMBER: Final = re.compile(rf"-?\d{{1,{_MOST_DIGITS}}}(\.\d{{1,{_MOST_PLACES}}})?", re.ASCII)
_UNIT: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,19}", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
RESERVED: Final = frozenset(  # what stands before a colon in documents, and is no scheme there
    "vf xsd unit action provider receiver resourceInventoriedAs toResourceInventoriedAs resourceConformsTo inputOf "
    "outputOf corrects fulfills hasUnit hasNumericalValue hasPointInTime omUnitIdentifier".lower().split()
)
_MOST_NAME: Final = 300
_MOST_WORDS: Final = 60
_MOST_NOTE: Final = 2000
_MOST_LIST: Final = 20


def decimal_text(value: Fraction) -> str:
    """A sum of quantities in its one shortest decimal form.

    Args:
        value: as quantities are, or a sum of such: with at most 9 decimal places.
    """
    if 10**_MOST_PLACES % value.denominator:
        raise ValueError(f"{value} is no sum of quantities: it has more than {_MOST_PLACES} decimal places")
    digits = f"{abs(value.numerator) * (10**_MOST_PLACES // value.denominator):0{_MOST_PLACES + 1}d}"
    whole, part = digits[:-_MOST_PLACES], digits[-_MOST_PLACES:].rstrip("0")
    return f"{'-' if value < 0 else ''}{whole}{'.' if part else ''}{part}"


@dataclass(frozen=True, slots=True)
class Measure:
    """An exact quantity.

    Attributes:
        value: a decimal fraction with at most 9 places, below 10^15; floats are refused, since they round in silence.
        unit: such as "h", "min", "s", "g", "piece", or a currency as ISO 4217 writes it, such as "EUR".
    """

    value: Fraction
    unit: str

    def __post_init__(self) -> None:
        if not isinstance(self.value, Fraction):
            raise TypeError("a quantity is an exact fraction; Measure.of takes whole numbers, decimals and text")
        if 10**_MOST_PLACES % self.value.denominator or abs(self.value) >= 10**_MOST_DIGITS:
            raise ValueError(
                f"a quantity has at most {_MOST_PLACES} decimal places and {_MOST_DIGITS} digits before them"
            )
        if not _UNIT.fullmatch(self.unit):
            raise ValueError("a unit is a short name of letters, digits and - . _, such as h, g, piece or EUR")

    @classmethod
    def of(cls, value: int | str | Decimal | Fraction, unit: str) -> Measure:
        """A quantity of a number, or of text such as "1.25".

        Raises:
            ValueError: it is no plain decimal number, or too long.
        """
        if isinstance(value, float):
            raise ValueError("a quantity is exact: a float is not")
        if isinstance(value, Decimal):
            value = format(value, "f") if value.is_finite() and abs(value.adjusted()) <= _MOST_DIGITS else str(value)
        if isinstance(value, str) and not _NUMBER.fullmatch(value):
            raise ValueError(f"{value[:30]!r} is no plain decimal number")
        return cls(Fraction(value), unit)

    @property
    def text(self) -> str:
        """The number, in the one shortest decimal form."""
        return decimal_text(self.value)

    def __neg__(self) -> Measure:
        return Measure(-self.value, self.unit)

    def __str__(self) -> str:
        return f"{self.text} {self.unit}"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was observed to flow. All names are IRIs, so that events of several networks can meet.

    Attributes:
        id: never used for another event.
        action: what happened.
        at: when, with a zone; kept in UTC.
        provider: the agent that gave, or None where nobody is named.
        receiver: the agent that got it.
        quantity: how much of a thing; above zero, unless the event corrects another.
        effort: how much of work or of a machine's time.
        resource: the stock that it came out of or was added to; None where no stock is kept.
        to_resource: the stock that received it, of actions that move or copy. A stock that has one name before and
            after stands in both places; one that stands alone left to, or came from, somebody who keeps none here.
        specification: what kind of thing it is.
        kinds: words that group it; the first one is the kind of contribution.
        process: that it went into or came out of.
        state: of the thing afterwards, such as "pass" or "fail".
        fulfils: commitments, such as accepted offers.
        corrects: the event that this one takes back, wholly.
        note: for people.
    """

    id: str
    action: Action
    at: datetime
    provider: str | None = None
    receiver: str | None = None
    quantity: Measure | None = None
    effort: Measure | None = None
    resource: str | None = None
    to_resource: str | None = None
    specification: str | None = None
    kinds: tuple[str, ...] = ()
    process: str | None = None
    state: str | None = None
    fulfils: tuple[str, ...] = ()
    corrects: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        self._check_names()
        self._check_quantities()
        if self.at.tzinfo is None:
            raise ValueError("a moment has a zone")
        object.__setattr__(self, "at", self.at.astimezone(UTC))
        rule = RULES[self.action]
        if self.provider is None and self.receiver is None:
            raise ValueError("an event names who gave or who received")
        if self.process is not None and rule.side is Side.NONE:
            raise ValueError(f"{self.action} stands beside processes, and names none")
        if self.to_resource is not None and not rule.receives:
            raise ValueError(f"{self.action} knows no second stock that receives")
        if self.corrects == self.id:
            raise ValueError("an event does not correct itself")

    def _check_names(self) -> None:
        one = (self.provider, self.receiver, self.resource, self.to_resource, self.specification, self.process)
        for name in (self.id, *(each for each in (*one, self.corrects) if each is not None), *self.fulfils):
            if len(name) > _MOST_NAME or not _NAME.fullmatch(name) or not name.isprintable():
                raise ValueError(f"{name[:40]!r} is no IRI, such as lab:north or https://fab.example/jobs/7")
            if name.partition(":")[0].lower() in RESERVED:
                raise ValueError(f"{name[:40]!r} stands for something else in documents")
        for word in (*self.kinds, *(() if self.state is None else (self.state,))):
            if not 0 < len(word) <= _MOST_WORDS or not word.isprintable():
                raise ValueError(f"a kind or a state is a word of at most {_MOST_WORDS} letters")
        for several in (self.kinds, self.fulfils):
            if len(several) > _MOST_LIST or len(set(several)) != len(several):
                raise ValueError(f"kinds and commitments stand once each, {_MOST_LIST} at most")
        if len(self.note) > _MOST_NOTE or not self.note.isprintable():
            raise ValueError(f"a note is one line of at most {_MOST_NOTE} letters")

    def _check_quantities(self) -> None:
        counts = RULES[self.action].counts
        if self.quantity is None and self.effort is None:
            raise ValueError("an event has a quantity")
        if self.quantity is not None and counts is Counts.EFFORT:
            raise ValueError(f"{self.action} is measured by effort alone")
        if self.effort is not None and counts is Counts.RESOURCE:
            raise ValueError(f"{self.action} is measured by a quantity of things alone")
        for measure in (self.quantity, self.effort):
            if measure is not None and (measure.value <= 0 if self.corrects is None else measure.value >= 0):
                raise ValueError("a quantity is above zero; in an event that corrects another it is below")


def reversal(event: Event, correction_id: str, at: datetime, note: str = "") -> Event:
    """The event that takes another back: the same, with quantities below zero.

    Raises:
        ValueError: the event is a correction itself; what it took back wrongly is entered anew.
    """
    if event.corrects is not None:
        raise ValueError("a correction is not corrected: what it took back is entered anew")
    return replace(
        event,
        id=correction_id,
        at=at,
        quantity=None if event.quantity is None else -event.quantity,
        effort=None if event.effort is None else -event.effort,
        corrects=event.id,
        note=note,
    )
