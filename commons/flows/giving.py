"""Events as contributions: what a formula of benefits counts of what flowed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from commons.benefits.contributions import Contribution
from commons.flows.actions import Action
from commons.flows.events import Event, Measure

__all__ = ["Given", "Tariff", "given"]

_KINDS: Final[Mapping[Action, str]] = {  # of who gave, where an event names none
    Action.WORK: "making",
    Action.USE: "machine",
    Action.CITE: "design",
    Action.CONSUME: "material",
    Action.DELIVER_SERVICE: "care",
}
_HANDED: Final = frozenset({"money", "order"})
_PRICELESS: Final = frozenset({Action.CITE, Action.TRANSFER})
_SECONDS: Final[Mapping[str, int]] = {"s": 1, "min": 60, "h": 3600}
_MINOR_UNITS: Final = 100


@dataclass(frozen=True, slots=True)
class Tariff:
    """What people and labs set for what they give.

    Attributes:
        hourly: by agent and kind of contribution, in the smallest unit of money an hour; what a machine's own name has
            counts before what its lab's has. Who set none is counted with the rate that the formula names.
        each: by stock or, where that has none, by kind of thing, and unit, in the smallest unit of money: what a gram,
            a copy or a piece is worth.
        currency: ISO 4217, of which 100 of the smallest unit are one.
    """

    hourly: Mapping[tuple[str, str], int] = field(default_factory=dict)
    each: Mapping[tuple[str, str], int | Fraction] = field(default_factory=dict)
    currency: str = "EUR"

    def __post_init__(self) -> None:
        prices = [*self.hourly.values(), *self.each.values()]
        if any(isinstance(price, float) or price < 0 for price in prices):
            raise ValueError("rates and prices are exact, from zero")


@dataclass(frozen=True, slots=True)
class Given:
    """What was given, as far as it can be counted.

    Attributes:
        contributions: in the order of the events.
        unknown: events whose worth is not known, by id, and why; they are in no contribution.
    """

    contributions: tuple[Contribution, ...]
    unknown: Mapping[str, str]


def given(events: Iterable[Event], tariff: Tariff, kinds: Collection[str] | None = None) -> Given:
    """The contributions of events.

    Work, machines' time, material, designs and services count, and money that an event says was given ("money"). What
    was made does not count once more beside the work in it; the work in carriage and checks is an event of its own.
    What was handed over to whom ordered it ("order") counts for who received it: they are the users.

    Args:
        events: `commons.flows.ledger.Ledger.standing`: none that was taken back.
        tariff: what people set.
        kinds: of contributions that are asked for; None for all.
    """
    found: list[Contribution] = []
    unknown: dict[str, str] = {}
    for event in events:
        if event.corrects is not None:
            raise ValueError("what was taken back does not count: a ledger's standing events do")
        kind = event.kinds[0] if event.kinds else _KINDS.get(event.action)
        handed = kind if event.action is Action.TRANSFER and kind in _HANDED else None
        money, who = handed == "money", event.receiver if handed == "order" else event.provider
        if kind is None or who is None or not (handed or event.action in _KINDS):
            continue
        if kinds is not None and kind not in kinds:
            continue
        try:
            minutes = _minutes(event.effort)
            amount = _money(event.quantity, tariff) if money else _worth(event, tariff)
        except _UnknownError as error:
            unknown[event.id] = str(error)
            continue
        own = tariff.hourly.get((event.resource, kind)) if event.resource is not None else None
        rate = tariff.hourly.get((who, kind)) if own is None else own
        found.append(Contribution(event.id, who, kind, minutes, rate, amount))
    return Given(tuple(found), unknown)


class _UnknownError(Exception):
    """Why the worth of an event is not known."""


def _minutes(effort: Measure | None) -> int:
    """Whole minutes, half a minute counts as one."""
    if effort is None:
        return 0
    if effort.unit not in _SECONDS:
        raise _UnknownError(f"{effort.unit} is no unit of time")
    return int(effort.value * _SECONDS[effort.unit] / 60 + Fraction(1, 2))


def _money(quantity: Measure | None, tariff: Tariff) -> int:
    if quantity is None or quantity.unit != tariff.currency:
        raise _UnknownError(f"it is no sum in {tariff.currency}")
    return int(quantity.value * _MINOR_UNITS + Fraction(1, 2))


def _worth(event: Event, tariff: Tariff) -> int:
    """What the things in an event are worth. A citation or an order without a price counts, and is worth nothing."""
    if event.quantity is None:
        return 0
    thing = event.specification or event.resource or ""
    price = tariff.each.get((event.resource or thing, event.quantity.unit))
    if price is None:
        price = tariff.each.get((thing, event.quantity.unit))
    if price is None and event.action not in _PRICELESS:
        raise _UnknownError(f"nobody set a price for a {event.quantity.unit} of {thing or 'what has no name'}")
    return int(event.quantity.value * (price or 0) + Fraction(1, 2))
