"""Facts told as economic events, in the terms of ValueFlows.

The same fact gives the same events, so that telling it twice changes nothing in a ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from commons.flows.actions import Action
from commons.flows.events import Event, Measure
from commons.flows.facts import (
    Bought,
    Cited,
    Consumed,
    Counted,
    Delivered,
    Dropped,
    Fact,
    Judged,
    Lost,
    Made,
    Paid,
    Picked,
    Worked,
)

__all__ = ["events_of"]


def events_of(fact: Fact) -> tuple[Event, ...]:
    """The economic events of a fact; what is not known in it gives no event.

    Raises:
        ValueError: a number or a name in it breaks a rule of events.
    """
    return _MAPPING[type(fact)](fact)


def _event(fact: Fact, word: str, action: Action, provider: str | None, receiver: str | None, **rest: Any) -> Event:
    return Event(f"{fact.id}#{word}", action, fact.at, provider, receiver, **rest)


def _pieces(count: int | Measure) -> Measure:
    return count if isinstance(count, Measure) else Measure.of(count, "piece")


def _made(fact: Made) -> tuple[Event, ...]:
    process, fulfils = fact.id, () if fact.fulfils is None else (fact.fulfils,)
    found = []
    if fact.duration_s is not None:
        effort = Measure.of(fact.duration_s, "s")
        found.append(
            _event(
                fact,
                "use",
                Action.USE,
                fact.lab,
                fact.build,
                effort=effort,
                resource=fact.machine,
                kinds=("machine",),
                process=process,
            )
        )
    if fact.material_g is not None:
        found.append(
            _event(
                fact,
                "consume",
                Action.CONSUME,
                fact.lab,
                fact.build,
                quantity=Measure.of(fact.material_g, "g"),
                resource=fact.material_stock,
                specification=fact.material,
                kinds=("material",),
                process=process,
            )
        )
    if fact.pieces:
        found.append(
            _event(
                fact,
                "produce",
                Action.PRODUCE,
                fact.lab,
                fact.build,
                quantity=_pieces(fact.pieces),
                resource=fact.stock,
                specification=fact.part,
                process=process,
                fulfils=fulfils,
            )
        )
    return tuple(found)


def _judged(fact: Judged) -> tuple[Event, ...]:
    """A test in the vocabulary's way: the pieces go into it, and come out with a state."""
    same: dict[str, Any] = {"quantity": _pieces(fact.pieces), "resource": fact.stock, "specification": fact.part}
    state = "pass" if fact.good else "fail"
    found = [
        _event(fact, "accept", Action.ACCEPT, fact.lab, fact.by, process=fact.id, **same),
        _event(fact, "modify", Action.MODIFY, fact.by, fact.lab, process=fact.id, state=state, **same),
    ]
    if not fact.good:
        found.append(_event(fact, "lower", Action.LOWER, fact.lab, fact.lab, state="fail", **same))
    if fact.minutes:
        effort = Measure.of(fact.minutes, "min")
        found.append(
            _event(fact, "work", Action.WORK, fact.by, fact.lab, effort=effort, kinds=("care",), process=fact.id)
        )
    return tuple(found)


def _worked(fact: Worked) -> tuple[Event, ...]:
    effort = Measure.of(fact.minutes, "min")
    return (
        _event(fact, "work", Action.WORK, fact.who, fact.build, effort=effort, kinds=(fact.kind,), process=fact.id),
    )


def _cited(fact: Cited) -> tuple[Event, ...]:
    return (
        _event(
            fact,
            "cite",
            Action.CITE,
            fact.designer,
            fact.build,
            quantity=_pieces(fact.copies),
            resource=fact.design,
            kinds=("design",),
            process=fact.id,
        ),
    )


def _picked(fact: Picked) -> tuple[Event, ...]:
    return (
        _event(
            fact,
            "pickup",
            Action.PICKUP,
            fact.sender,
            fact.carrier,
            quantity=_pieces(fact.pieces),
            resource=fact.stock,
            specification=fact.part,
            process=fact.id,
        ),
    )


def _dropped(fact: Dropped) -> tuple[Event, ...]:
    there = _event(
        fact,
        "dropoff",
        Action.DROPOFF,
        fact.carrier,
        fact.receiver,
        quantity=_pieces(fact.pieces),
        resource=fact.stock,
        specification=fact.part,
        process=fact.id,
    )
    if not fact.minutes:
        return (there,)
    effort = Measure.of(fact.minutes, "min")
    work = _event(
        fact, "work", Action.WORK, fact.carrier, fact.receiver, effort=effort, kinds=("care",), process=fact.id
    )
    return there, work


def _bought(fact: Bought) -> tuple[Event, ...]:
    goods = _event(
        fact,
        "goods",
        Action.TRANSFER,
        fact.vendor,
        fact.buyer,
        quantity=fact.quantity,
        to_resource=fact.stock,
        specification=fact.item,
    )
    if fact.price is None:
        return (goods,)
    return goods, _money(fact, fact.buyer, fact.vendor, fact.price)


def _paid(fact: Paid) -> tuple[Event, ...]:
    return (_money(fact, fact.payer, fact.payee, fact.money),)


def _money(fact: Fact, payer: str, payee: str | None, money: Measure) -> Event:
    return _event(fact, "money", Action.TRANSFER, payer, payee, quantity=money, kinds=("money",))


def _delivered(fact: Delivered) -> tuple[Event, ...]:
    """The kind is that of who ordered: `commons.flows.giving` counts them as a user."""
    return (
        _event(
            fact,
            "delivered",
            Action.TRANSFER,
            fact.maker,
            fact.user,
            quantity=_pieces(fact.pieces),
            resource=fact.stock,
            specification=fact.part,
            kinds=("order",),
        ),
    )


def _consumed(fact: Consumed) -> tuple[Event, ...]:
    return (
        _event(
            fact,
            "consume",
            Action.CONSUME,
            fact.lab,
            fact.build,
            quantity=fact.quantity,
            resource=fact.stock,
            specification=fact.material,
            kinds=("material",),
            process=fact.id,
        ),
    )


def _counted(fact: Counted) -> tuple[Event, ...]:
    more = fact.change.value > 0
    word, action, quantity = ("raise", Action.RAISE, fact.change) if more else ("lower", Action.LOWER, -fact.change)
    return (
        _event(
            fact, word, action, fact.owner, fact.owner, quantity=quantity, resource=fact.stock, specification=fact.thing
        ),
    )


def _lost(fact: Lost) -> tuple[Event, ...]:
    """Who owned it gives the rights up; what lay at hand is none of it, for it had been picked up."""
    return (
        _event(
            fact,
            "lost",
            Action.TRANSFER_ALL_RIGHTS,
            fact.owner,
            None,
            quantity=_pieces(fact.pieces),
            resource=fact.stock,
            specification=fact.part,
            state="lost",
        ),
    )


_MAPPING: Final[Mapping[type[Fact], Callable[[Any], tuple[Event, ...]]]] = {
    Made: _made,
    Judged: _judged,
    Worked: _worked,
    Cited: _cited,
    Picked: _picked,
    Dropped: _dropped,
    Bought: _bought,
    Paid: _paid,
    Delivered: _delivered,
    Consumed: _consumed,
    Counted: _counted,
    Lost: _lost,
}
