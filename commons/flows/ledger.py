"""A ledger of economic events: the stocks, and what everybody gave and received, whatever the order events came in.

Nothing is erased. An event is taken back by one that corrects it; that one may come first, and waits then. Two people
may take the same event back: once is once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from commons.flows.actions import RULES, Action
from commons.flows.events import Event, reversal
from core.errors import InputError

__all__ = ["Balances", "Ledger", "Stock"]

Amounts = Mapping[tuple[str, Action, str], Fraction]
_Sums = defaultdict[tuple[str, Action, str], Fraction]


@dataclass(frozen=True, slots=True)
class Stock:
    """How much there is of a stock, in one unit.

    Attributes:
        accounting: that is owned and answered for.
        onhand: that lies at hand.
    """

    accounting: Fraction
    onhand: Fraction


@dataclass(frozen=True, slots=True)
class Balances:
    """What follows from the events of a ledger; what comes to nothing is left out.

    Attributes:
        stocks: by resource and unit.
        gave: by agent, action and unit.
        received: by agent, action and unit.
    """

    stocks: Mapping[tuple[str, str], Stock]
    gave: Amounts
    received: Amounts


@dataclass(slots=True)
class Ledger:
    """Events, and the sums that they come to. Not for several threads at once."""

    _events: dict[str, Event] = field(default_factory=dict)
    _corrections: dict[str, list[str]] = field(default_factory=dict)  # by the event that they take back
    _set_aside: dict[str, str] = field(default_factory=dict)
    _stocks: dict[tuple[str, str], list[Fraction]] = field(default_factory=dict)
    _gave: _Sums = field(default_factory=lambda: defaultdict(Fraction))
    _received: _Sums = field(default_factory=lambda: defaultdict(Fraction))

    @property
    def events(self) -> tuple[Event, ...]:
        """All that was taken in and not set aside, by moment and id."""
        held = (event for event in self._events.values() if event.id not in self._set_aside)
        return tuple(sorted(held, key=lambda event: (event.at, event.id)))

    @property
    def standing(self) -> tuple[Event, ...]:
        """Events that were not taken back, without those that correct: what the balances are made of."""
        return self.standing_of(self._events)

    def standing_of(self, ids: Iterable[str]) -> tuple[Event, ...]:
        """The same of some events: an id that is not known here is nothing."""
        held = (self._events[each] for each in ids if each in self._events and each not in self._set_aside)
        standing = [each for each in held if each.corrects is None and each.id not in self._corrections]
        return tuple(sorted(standing, key=lambda event: (event.at, event.id)))

    @property
    def waiting(self) -> tuple[str, ...]:
        """Corrections of events that are not known here yet; they change nothing until these come."""
        return tuple(sorted(i for first, ids in self._corrections.items() if first not in self._events for i in ids))

    @property
    def set_aside(self) -> Mapping[str, str]:
        """Corrections that came first and proved wrong when their event came: by id, why. They count nowhere."""
        return dict(self._set_aside)

    def balances(self) -> Balances:
        """What all events come to: the same for the same events, in whatever order they came."""
        return Balances(
            {key: Stock(*both) for key, both in sorted(self._stocks.items()) if any(both)},
            {key: value for key, value in sorted(self._gave.items()) if value},
            {key: value for key, value in sorted(self._received.items()) if value},
        )

    def stock(self, resource: str) -> dict[str, Stock]:
        """How much there is of a stock, by unit."""
        return {unit: Stock(*both) for (name, unit), both in self._stocks.items() if name == resource and any(both)}

    def gave(self, agent: str) -> dict[tuple[Action, str], Fraction]:
        """What an agent gave, by action and unit: hours worked, pieces produced, designs cited."""
        return {key[1:]: value for key, value in self._gave.items() if key[0] == agent and value}

    def received(self, agent: str) -> dict[tuple[Action, str], Fraction]:
        """What an agent received, by action and unit."""
        return {key[1:]: value for key, value in self._received.items() if key[0] == agent and value}

    def copy(self) -> Ledger:
        """A ledger of the same events, to which more can come without this one changing."""
        return Ledger(
            dict(self._events),
            {first: list(ids) for first, ids in self._corrections.items()},
            dict(self._set_aside),
            {key: list(both) for key, both in self._stocks.items()},
            self._gave.copy(),
            self._received.copy(),
        )

    def take_in(self, events: Iterable[Event]) -> int:
        """Take events in, in any order. The same event a second time changes nothing.

        Returns:
            How many are new.

        Raises:
            InputError: an id has another event, or one corrects an event that is known in another way than whole:
                nothing is taken in.
        """
        new: dict[str, Event] = {}
        for event in events:
            known = self._events.get(event.id) or new.get(event.id)
            if known is None:
                new[event.id] = event
            elif known != event:
                raise InputError("another event has this id", where=f"event {event.id}")
        for event in new.values():
            if event.corrects is not None:
                first = new.get(event.corrects) or self._events.get(event.corrects)
                if first is not None and (why := _wrong(event, first)):
                    raise InputError(why, where=f"event {event.id}", hint="take the whole event back, enter a new one")
        for event in new.values():
            self._enter(event)
        return len(new)

    def _enter(self, event: Event) -> None:
        self._events[event.id] = event
        self._drop_wrong_corrections(event)
        if event.corrects is None:
            if event.id not in self._corrections:
                self._add(event, 1)
            return
        others = self._corrections.setdefault(event.corrects, [])
        others.append(event.id)
        if len(others) == 1 and event.corrects in self._events:
            self._add(self._events[event.corrects], -1)

    def _drop_wrong_corrections(self, event: Event) -> None:
        held = self._corrections.pop(event.id, [])
        wrong = {each: why for each in held if (why := _wrong(self._events[each], event))}
        self._set_aside |= wrong
        if right := [each for each in held if each not in wrong]:
            self._corrections[event.id] = right

    def _add(self, event: Event, sign: int) -> None:
        if event.quantity is not None:
            value, unit = sign * event.quantity.value, event.quantity.unit
            rule = RULES[event.action]
            for resource, side in ((event.resource, 0), (event.to_resource, 1)):
                if resource is not None:
                    both = self._stocks.setdefault((resource, unit), [Fraction(0), Fraction(0)])
                    both[0] += rule.accounting.signs[side] * value
                    both[1] += rule.onhand.signs[side] * value
        for measure in (event.quantity, event.effort):
            if measure is not None:
                if event.provider is not None:
                    self._gave[event.provider, event.action, measure.unit] += sign * measure.value
                if event.receiver is not None:
                    self._received[event.receiver, event.action, measure.unit] += sign * measure.value


def _wrong(correction: Event, first: Event) -> str:
    """Why a correction does not take an event back, or "" where it does."""
    if first.corrects is not None:
        return "it corrects a correction"
    whole = replace(reversal(first, correction.id, correction.at), note=correction.note)
    return "" if whole == correction else "it does not take back the whole event"
