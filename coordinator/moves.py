"""The life of everything that has a state: one table of legal moves, and the one function that makes them.

A task asks for pieces::

    open <-> unplaceable,  open | unplaceable -> ordered -> done,  open -> done -> open   (a made piece was rejected)
    open | unplaceable | ordered | done -> cancelled    (its build is cancelled, or the design has it no more)

An offer proposes a lot of it to a lab::

    offered -> accepted | declined | expired | withdrawn

A lab asks to substitute something of a task::

    asked -> approved | declined | withdrawn

An accepted offer is a job, which an agent takes under a lease, or a person starts::

    waiting for toolpath -> scheduled -> dispatched -> running -> made
                                 ^-- lease ran out --'    |  |-> failed       -> made | scrapped   (a person rules)
                                                          |  `-> lost contact -> made | scrapped   (a person rules)
                                                          `<------- heard of again --'

What waits until enough is pledged, or enough have joined, begins then or lapses; a fund is allotted and granted::

    pledging -> reached | lapsed,  a build that waits for pledges -> open | cancelled,  allotting -> granted

What members owe each other is settled, by paying or by a round of netting::

    claimed -> owed | refused,  owed -> settled,  proposed -> done | refused | lapsed

Parts are bought, and things travel::

    wanted -> ordered <-> short -> arrived -> short (damage was found later),  wanted | ordered | short -> cancelled
    packed -> sent -> arrived | damaged | lost | returned,  packed -> unpacked

A version that somebody proposes to the maintainers of a design::

    proposed -> accepted | declined | withdrawn

What a person asks of a running job is carried out within seconds, or never::

    asked -> told -> done | refused | expired,  asked -> expired | refused,  expired -> done | refused  (told late)

The first run of a batch is checked before the rest starts::

    wanted <-> accepted  (a piece of it was rejected later),  wanted <-> waived  (the lab asks for it no more, or again)

A job makes pieces, which a peer checks::

    planned -> made -> accepted -> delivered,  made -> rejected,  planned -> scrapped
    made -> delivered (nobody checks the build),  made | accepted | delivered -> scrapped (lost or damaged on a way)
    made | accepted -> superseded    (its design has moved on under the build)
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from coordinator.schema.builds import BuildState, JobState, OfferState, PieceState, TaskState
from coordinator.schema.change import SubstitutionState
from coordinator.schema.credit import NettingState, ObligationState
from coordinator.schema.design_change import ChangeState
from coordinator.schema.first_article import FirstArticleState
from coordinator.schema.pledge import GoalState, RoundState
from coordinator.schema.request import RequestState
from coordinator.schema.service import AttemptState, ClaimState
from coordinator.schema.shipment import ShipmentState
from coordinator.schema.supply import PurchaseState
from core.errors import StateError

__all__ = ["MOVES", "Stateful", "advance", "may_become", "sources"]

S = TypeVar("S", bound=StrEnum)

MOVES: Final[Mapping[type[StrEnum], Mapping[StrEnum, frozenset[StrEnum]]]] = {
    BuildState: {
        BuildState.WAITING: frozenset({BuildState.OPEN, BuildState.CANCELLED}),
        BuildState.OPEN: frozenset({BuildState.FINISHED, BuildState.CANCELLED}),
        BuildState.FINISHED: frozenset({BuildState.REPORTED, BuildState.OPEN, BuildState.DELIVERED}),
        BuildState.DELIVERED: frozenset(),
        BuildState.REPORTED: frozenset(),
        BuildState.CANCELLED: frozenset(),
    },
    TaskState: {
        TaskState.OPEN: frozenset({TaskState.UNPLACEABLE, TaskState.ORDERED, TaskState.DONE, TaskState.CANCELLED}),
        TaskState.UNPLACEABLE: frozenset({TaskState.OPEN, TaskState.ORDERED, TaskState.DONE, TaskState.CANCELLED}),
        TaskState.ORDERED: frozenset({TaskState.DONE, TaskState.OPEN, TaskState.CANCELLED}),
        TaskState.DONE: frozenset({TaskState.OPEN, TaskState.CANCELLED}),
        TaskState.CANCELLED: frozenset({TaskState.OPEN}),  # a later version of the design has it again
    },
    OfferState: {
        OfferState.OFFERED: frozenset(
            {OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED, OfferState.WITHDRAWN}
        ),
        OfferState.ACCEPTED: frozenset(),
        OfferState.DECLINED: frozenset(),
        OfferState.EXPIRED: frozenset(),
        OfferState.WITHDRAWN: frozenset(),
    },
    JobState: {
        JobState.WAITING_FOR_TOOLPATH: frozenset({JobState.SCHEDULED, JobState.WITHDRAWN}),
        JobState.SCHEDULED: frozenset({JobState.DISPATCHED, JobState.RUNNING, JobState.WITHDRAWN}),
        JobState.DISPATCHED: frozenset({JobState.RUNNING, JobState.SCHEDULED}),
        JobState.RUNNING: frozenset({JobState.MADE, JobState.FAILED, JobState.LOST_CONTACT}),
        JobState.FAILED: frozenset({JobState.MADE, JobState.SCRAPPED}),
        JobState.LOST_CONTACT: frozenset({JobState.RUNNING, JobState.MADE, JobState.SCRAPPED}),
        JobState.MADE: frozenset(),
        JobState.SCRAPPED: frozenset(),
        JobState.WITHDRAWN: frozenset(),
    },
    PieceState: {
        PieceState.PLANNED: frozenset({PieceState.MADE, PieceState.SCRAPPED}),
        PieceState.MADE: frozenset(
            {
                PieceState.ACCEPTED,
                PieceState.REJECTED,
                PieceState.DELIVERED,
                PieceState.SCRAPPED,
                PieceState.SUPERSEDED,
            }
        ),
        PieceState.ACCEPTED: frozenset({PieceState.DELIVERED, PieceState.SCRAPPED, PieceState.SUPERSEDED}),
        PieceState.REJECTED: frozenset(),
        PieceState.DELIVERED: frozenset({PieceState.SCRAPPED}),
        PieceState.SCRAPPED: frozenset(),
        PieceState.SUPERSEDED: frozenset(),
    },
    AttemptState: {
        AttemptState.LEASED: frozenset({AttemptState.STARTED, AttemptState.RELEASED}),
        AttemptState.STARTED: frozenset({AttemptState.ENDED}),
        AttemptState.ENDED: frozenset(),
        AttemptState.RELEASED: frozenset(),
    },
    RequestState: {
        RequestState.ASKED: frozenset({RequestState.TOLD, RequestState.REFUSED, RequestState.EXPIRED}),
        RequestState.TOLD: frozenset({RequestState.DONE, RequestState.REFUSED, RequestState.EXPIRED}),
        RequestState.DONE: frozenset(),
        RequestState.REFUSED: frozenset(),
        RequestState.EXPIRED: frozenset({RequestState.DONE, RequestState.REFUSED}),
    },
    PurchaseState: {
        PurchaseState.WANTED: frozenset({PurchaseState.ORDERED, PurchaseState.CANCELLED}),
        PurchaseState.ORDERED: frozenset({PurchaseState.SHORT, PurchaseState.ARRIVED, PurchaseState.CANCELLED}),
        PurchaseState.SHORT: frozenset({PurchaseState.ORDERED, PurchaseState.ARRIVED, PurchaseState.CANCELLED}),
        PurchaseState.ARRIVED: frozenset({PurchaseState.SHORT}),
        PurchaseState.CANCELLED: frozenset(),
    },
    ShipmentState: {
        ShipmentState.PACKED: frozenset({ShipmentState.SENT, ShipmentState.UNPACKED}),
        ShipmentState.SENT: frozenset(
            {ShipmentState.ARRIVED, ShipmentState.DAMAGED, ShipmentState.LOST, ShipmentState.RETURNED}
        ),
        **dict.fromkeys(
            (
                ShipmentState.ARRIVED,
                ShipmentState.DAMAGED,
                ShipmentState.LOST,
                ShipmentState.RETURNED,
                ShipmentState.UNPACKED,
            ),
            frozenset(),
        ),
    },
    FirstArticleState: {
        FirstArticleState.WANTED: frozenset({FirstArticleState.ACCEPTED, FirstArticleState.WAIVED}),
        FirstArticleState.ACCEPTED: frozenset({FirstArticleState.WANTED}),
        FirstArticleState.WAIVED: frozenset({FirstArticleState.WANTED}),
    },
    GoalState: {
        GoalState.PLEDGING: frozenset({GoalState.REACHED, GoalState.LAPSED}),
        GoalState.REACHED: frozenset(),
        GoalState.LAPSED: frozenset(),
    },
    RoundState: {
        RoundState.ALLOTTING: frozenset({RoundState.GRANTED}),
        RoundState.GRANTED: frozenset(),
    },
    ObligationState: {
        ObligationState.CLAIMED: frozenset({ObligationState.OWED, ObligationState.REFUSED}),
        ObligationState.OWED: frozenset({ObligationState.SETTLED}),
        ObligationState.REFUSED: frozenset(),
        ObligationState.SETTLED: frozenset(),
    },
    NettingState: {
        NettingState.PROPOSED: frozenset({NettingState.DONE, NettingState.REFUSED, NettingState.LAPSED}),
        NettingState.DONE: frozenset(),
        NettingState.REFUSED: frozenset(),
        NettingState.LAPSED: frozenset(),
    },
    ChangeState: {
        ChangeState.PROPOSED: frozenset({ChangeState.ACCEPTED, ChangeState.DECLINED, ChangeState.WITHDRAWN}),
        ChangeState.ACCEPTED: frozenset(),
        ChangeState.DECLINED: frozenset(),
        ChangeState.WITHDRAWN: frozenset(),
    },
    ClaimState: {
        ClaimState.OPEN: frozenset({ClaimState.HONOURED, ClaimState.REFUSED, ClaimState.WITHDRAWN}),
        ClaimState.HONOURED: frozenset(),
        ClaimState.REFUSED: frozenset(),
        ClaimState.WITHDRAWN: frozenset(),
    },
    SubstitutionState: {
        SubstitutionState.ASKED: frozenset(
            {SubstitutionState.APPROVED, SubstitutionState.DECLINED, SubstitutionState.WITHDRAWN}
        ),
        SubstitutionState.APPROVED: frozenset(),
        SubstitutionState.DECLINED: frozenset(),
        SubstitutionState.WITHDRAWN: frozenset(),
    },
}
"""By kind of state, what each may become. (Words of two kinds may be equal, so each kind has a table of its own.)"""


class Stateful(Protocol[S]):
    """A row that has a state."""

    state: S


def may_become(before: S, after: S) -> bool:
    """Whether the move is legal."""
    return after in MOVES[type(before)][before]


def sources(after: S) -> list[S]:
    """From where the move to this state is legal: for a statement that moves a row only if it is there."""
    return [
        before for before, afters in MOVES[type(after)].items() if after in afters and isinstance(before, type(after))
    ]


def advance(row: Stateful[S], after: S, where: str) -> S:
    """Move a row to another state; the state that it had is returned.

    Args:
        row: what moves.
        after: to where.
        where: what it is, for the error, such as "job J7-1a2b3c4d".

    Raises:
        StateError: the move is not legal.
    """
    before = row.state
    if not may_become(before, after):
        noun = where.partition(" ")[0]
        raise StateError(f"this {noun} is {before} and cannot become {after}", where=where)
    row.state = after
    return before
