"""A job given to an agent: moved, told of and leased, in one statement where the database can do that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, bindparam, insert, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from coordinator.life import dispatch, dispatched
from coordinator.schema.builds import EventRow, JobRow
from coordinator.schema.service import AttemptRow, AttemptState

__all__ = ["Lease", "Leasing"]

_EVENT: Final = ("at", "kind", "subject", "who", "why", "data")
_GIVEN: Final = ("fence", "agent_id", "made_at", "leased_until")
_ATTEMPT: Final = insert(AttemptRow.__table__)  # type: ignore[arg-type] # a mapped class has a table
_INSERT: Final = _ATTEMPT.returning(AttemptRow.id)


@dataclass(frozen=True, slots=True)
class Lease:
    """What an agent gets.

    Attributes:
        job_id, machine: the job, and what it runs on.
        fence: one more than there were attempts.
        agent: who gets it.
        at: now, on the network's clock.
        until: when the lease ends, in real time.
    """

    job_id: str
    machine: str
    fence: int
    agent: str
    at: datetime
    until: datetime


class Leasing:
    """Gives jobs to agents that may be moved."""

    def __init__(self, move: Update) -> None:
        """Args: move: `life.DISPATCH`, with what else must be so."""
        self._move = move
        self._at_once = _folded(move)

    def give(self, session: Session, lease: Lease, *, turn: int, given: Mapping[str, Any]) -> int | None:
        """Move the job, append the event, insert the attempt.

        Args:
            session: the transaction.
            lease: who gets what.
            turn: the first article that the job is then; 0 for none.
            given: the parameters of the move.

        Returns:
            The id of the attempt, or None where the job may not be moved; then nothing has changed.
        """
        why = f"leased, fence {lease.fence}"
        row = {
            "fence": lease.fence, "agent_id": lease.agent, "made_at": lease.at, "leased_until": lease.until,
        }  # fmt: skip
        connection = session.connection()
        if turn == 0 and connection.dialect.name == "postgresql":  # SQLite writes in no part of a statement but its end
            event = dispatched(lease.job_id, lease.machine, lease.at, who=lease.agent, why=why)
            told = {f"event_{name}": event[name] for name in _EVENT}
            asked = {"job": lease.job_id, "turn": turn, **given, **row, **told}
            found: int | None = connection.execute(self._at_once, asked).scalar()
            return found
        if not dispatch(
            session, lease.job_id, lease.machine, lease.at, who=lease.agent, why=why, turn=turn, move=self._move,
            given=given,
        ):  # fmt: skip
            return None
        leased = {"job_id": lease.job_id, "state": AttemptState.LEASED, **row}
        attempt_id: int = connection.execute(_INSERT, leased).scalar_one()
        return attempt_id


def _folded(move: Update) -> Executable:
    """All three as one statement; the event and the attempt come to be only where the job has moved."""
    moved = move.returning(JobRow.id).cte("moved")
    event = [_given(getattr(EventRow, name), f"event_{name}") for name in _EVENT]
    told = insert(EventRow).from_select(_EVENT, select(*event).select_from(moved)).cte("told")
    state = literal(AttemptState.LEASED, AttemptRow.state.type)
    lease = select(moved.c.id, state, *(_given(getattr(AttemptRow, name), name) for name in _GIVEN))
    given = _ATTEMPT.from_select(("job_id", "state", *_GIVEN), lease)
    return given.returning(AttemptRow.id).add_cte(told)


def _given(column: Any, name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=column.type).label(None)
