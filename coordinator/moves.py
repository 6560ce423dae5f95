"""The life of everything that has a state: one table of legal moves, and the one function that makes them.

A task asks for pieces::

    open <-> unplaceable,  open | unplaceable -> ordered -> done,  open -> done -> open   (a made piece was rejected)

An offer proposes a lot of it to a lab::

    offered -> accepted | declined | expired | withdrawn

An accepted offer is a job, which an agent takes under a lease, or a person starts::

    waiting for toolpath -> scheduled -> dispatched -> running -> made
                                 ^-- lease ran out --'    |  |-> failed       -> made | scrapped   (a person rules)
                                                          |  `-> lost contact -> made | scrapped   (a person rules)
                                                          `<------- heard of again --'

A job makes pieces, which a peer checks::

    planned -> made -> accepted -> delivered,  made -> rejected,  planned -> scrapped
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from coordinator.service_tables import AttemptState, ClaimState
from coordinator.tables import BuildState, JobState, OfferState, PieceState, TaskState
from core.errors import StateError

__all__ = ["MOVES", "Stateful", "advance", "may_become", "sources"]

S = TypeVar("S", bound=StrEnum)

MOVES: Final[Mapping[type[StrEnum], Mapping[StrEnum, frozenset[StrEnum]]]] = {
    BuildState: {
        BuildState.OPEN: frozenset({BuildState.FINISHED}),
        BuildState.FINISHED: frozenset({BuildState.REPORTED, BuildState.OPEN}),
        BuildState.REPORTED: frozenset(),
    },
    TaskState: {
        TaskState.OPEN: frozenset({TaskState.UNPLACEABLE, TaskState.ORDERED, TaskState.DONE}),
        TaskState.UNPLACEABLE: frozenset({TaskState.OPEN, TaskState.ORDERED, TaskState.DONE}),
        TaskState.ORDERED: frozenset({TaskState.DONE}),
        TaskState.DONE: frozenset({TaskState.OPEN}),
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
        JobState.WAITING_FOR_TOOLPATH: frozenset({JobState.WITHDRAWN}),
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
        PieceState.MADE: frozenset({PieceState.ACCEPTED, PieceState.REJECTED}),
        PieceState.ACCEPTED: frozenset({PieceState.DELIVERED}),
        PieceState.REJECTED: frozenset(),
        PieceState.DELIVERED: frozenset(),
        PieceState.SCRAPPED: frozenset(),
    },
    AttemptState: {
        AttemptState.LEASED: frozenset({AttemptState.STARTED, AttemptState.RELEASED}),
        AttemptState.STARTED: frozenset({AttemptState.ENDED}),
        AttemptState.ENDED: frozenset(),
        AttemptState.RELEASED: frozenset(),
    },
    ClaimState: {
        ClaimState.OPEN: frozenset({ClaimState.HONOURED, ClaimState.REFUSED, ClaimState.WITHDRAWN}),
        ClaimState.HONOURED: frozenset(),
        ClaimState.REFUSED: frozenset(),
        ClaimState.WITHDRAWN: frozenset(),
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
