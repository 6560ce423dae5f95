"""The 19 actions of ValueFlows 1.0.0, and what each does to the stock that it names.

Source: the named individuals of ``vf:Action`` in the ontology (https://w3id.org/valueflows/ont/vf#, version 1.0.0):
``inputOutput``, ``eventQuantity``, ``accountingEffect``, ``onhandEffect``. What is owned and answered for is the
accounting quantity of a stock, what lies at hand its onhand quantity: goods on their way are still owned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["RULES", "Action", "Counts", "Effect", "Rule", "Side"]


class Action(StrEnum):
    """What happens in an event."""

    PRODUCE = "produce"
    CONSUME = "consume"
    USE = "use"
    CITE = "cite"
    WORK = "work"
    PICKUP = "pickup"
    DROPOFF = "dropoff"
    ACCEPT = "accept"
    MODIFY = "modify"
    COMBINE = "combine"
    SEPARATE = "separate"
    DELIVER_SERVICE = "deliverService"
    TRANSFER_ALL_RIGHTS = "transferAllRights"
    TRANSFER_CUSTODY = "transferCustody"
    TRANSFER = "transfer"
    MOVE = "move"
    COPY = "copy"
    RAISE = "raise"
    LOWER = "lower"


class Side(StrEnum):
    """On which side of a process an event stands."""

    INPUT = "input"
    OUTPUT = "output"
    BOTH = "outputInput"  # out of one process and into another
    NONE = "notApplicable"


class Counts(StrEnum):
    """Which of its quantities an event has."""

    RESOURCE = "resource"
    EFFORT = "effort"
    BOTH = "both"  # at least one of them


class Effect(StrEnum):
    """What an event does to a quantity of the stocks that it names."""

    NONE = "notApplicable"
    INCREMENT = "increment"
    DECREMENT = "decrement"
    MOVED = "decrementIncrement"  # out of the one, into the other
    INCREMENT_TO = "incrementTo"  # into the other; the one stays as it is

    @property
    def signs(self) -> tuple[int, int]:
        """What the stock and the stock that receives get: 1, -1 or 0 times the event's quantity."""
        return _SIGNS[self]


_SIGNS: Final[Mapping[Effect, tuple[int, int]]] = {
    Effect.NONE: (0, 0),
    Effect.INCREMENT: (1, 0),
    Effect.DECREMENT: (-1, 0),
    Effect.MOVED: (-1, 1),
    Effect.INCREMENT_TO: (0, 1),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What an action does.

    Attributes:
        side: of a process that it stands on.
        counts: which quantity it has.
        accounting: what it does to what is owned.
        onhand: what it does to what lies at hand.
    """

    side: Side
    counts: Counts
    accounting: Effect
    onhand: Effect

    @property
    def receives(self) -> bool:
        """Whether a second stock, that receives, has a place in such an event."""
        return any(effect.signs[1] for effect in (self.accounting, self.onhand))


def _rule(side: Side, accounting: Effect, onhand: Effect, counts: Counts = Counts.RESOURCE) -> Rule:
    return Rule(side, counts, accounting, onhand)


RULES: Final[Mapping[Action, Rule]] = {
    Action.PRODUCE: _rule(Side.OUTPUT, Effect.INCREMENT, Effect.INCREMENT),
    Action.CONSUME: _rule(Side.INPUT, Effect.DECREMENT, Effect.DECREMENT),
    Action.USE: _rule(Side.INPUT, Effect.NONE, Effect.NONE, Counts.BOTH),
    Action.CITE: _rule(Side.INPUT, Effect.NONE, Effect.NONE),
    Action.WORK: _rule(Side.INPUT, Effect.NONE, Effect.NONE, Counts.EFFORT),
    Action.PICKUP: _rule(Side.INPUT, Effect.NONE, Effect.DECREMENT),
    Action.DROPOFF: _rule(Side.OUTPUT, Effect.NONE, Effect.INCREMENT),
    Action.ACCEPT: _rule(Side.INPUT, Effect.NONE, Effect.DECREMENT),
    Action.MODIFY: _rule(Side.OUTPUT, Effect.NONE, Effect.INCREMENT),
    Action.COMBINE: _rule(Side.INPUT, Effect.NONE, Effect.DECREMENT),
    Action.SEPARATE: _rule(Side.OUTPUT, Effect.NONE, Effect.INCREMENT),
    Action.DELIVER_SERVICE: _rule(Side.BOTH, Effect.NONE, Effect.NONE),
    Action.TRANSFER_ALL_RIGHTS: _rule(Side.NONE, Effect.MOVED, Effect.NONE),
    Action.TRANSFER_CUSTODY: _rule(Side.NONE, Effect.NONE, Effect.MOVED),
    Action.TRANSFER: _rule(Side.NONE, Effect.MOVED, Effect.MOVED),
    Action.MOVE: _rule(Side.NONE, Effect.MOVED, Effect.MOVED),
    Action.COPY: _rule(Side.NONE, Effect.INCREMENT_TO, Effect.INCREMENT_TO),
    Action.RAISE: _rule(Side.NONE, Effect.INCREMENT, Effect.INCREMENT),
    Action.LOWER: _rule(Side.NONE, Effect.DECREMENT, Effect.DECREMENT),
}
