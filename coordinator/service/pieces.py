"""Pieces: checked by a peer, not by who made them; rejected ones are made again, accepted ones delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coordinator.moves import advance
from coordinator.service.access import Right
from coordinator.service.builds import require_tender
from coordinator.service.finishing import settle_task
from coordinator.service.house import Call, Change, House, View
from coordinator.service.orders import want_plan
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnknownError
from coordinator.service_tables import CheckRow, OrderRow
from coordinator.tables import BuildState, EventRow, JobRow, LotRow, PieceRow, PieceState, TaskState

__all__ = ["CheckedPiece", "Pieces"]


class CheckedPiece(View):
    """A piece with what peers said of it."""

    id: int
    job_id: str
    build_id: int
    task: str
    number: int
    state: PieceState
    made_at: datetime | None
    checks: list[str]


class Pieces:
    """What was made."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(
        self, build_id: int | None = None, state: PieceState | None = None, *,
        after: str | None = None, limit: int = 50,
    ) -> Page[CheckedPiece]:  # fmt: skip
        """Pieces, of one build or state, or all."""
        query = select(PieceRow).join(JobRow).join(OrderRow, OrderRow.build_id == JobRow.build_id)
        if build_id is not None:
            query = query.where(JobRow.build_id == build_id)
        if state is not None:
            query = query.where(PieceRow.state == state)
        with self._house.reading() as session:
            return page_of(session, query, PieceRow.id, lambda row: _view(session, row), after=after, limit=limit)

    def one(self, piece_id: int) -> CheckedPiece:
        """One piece.

        Raises:
            UnknownError: there is no such piece.
        """
        with self._house.reading() as session:
            return _view(session, _piece(session, piece_id))

    def are_made(self, build_id: int) -> bool:
        """Whether any piece of a build is made and not rejected."""
        states = (PieceState.MADE, PieceState.ACCEPTED, PieceState.DELIVERED)
        query = select(PieceRow.id).join(JobRow).where(JobRow.build_id == build_id, PieceRow.state.in_(states))
        with self._house.reading() as session:
            return session.scalar(query.limit(1)) is not None

    def check(self, call: Call, piece_id: int, *, accept: bool, why: str) -> CheckedPiece:
        """Accept or reject a piece that was made; a rejected one is made again.

        Raises:
            UnknownError: there is no such piece.
            ForbiddenError: who asks may check nothing, or has a hand in making it.
            StateError: it is not made, or was checked before.
        """
        call.actor.require(Right.CHECK)

        def work(change: Change) -> CheckedPiece:
            piece = _piece(change.session, piece_id)
            _require_peer(change, piece)
            advance(piece, PieceState.ACCEPTED if accept else PieceState.REJECTED, f"piece {piece_id}")
            change.session.add(
                CheckRow(piece=piece, accepted=accept, checked_at=change.at, checked_by=change.who, why=why)
            )
            change.record(f"piece.{piece.state}", f"piece {piece_id}", why, job=piece.job_id)
            if not accept:
                _make_again(change, piece)
            settle_task(change, piece.job.lot.task)
            return _view(change.session, piece)

        return self._house.perform(call, CheckedPiece, work)

    def deliver(self, call: Call, piece_id: int) -> CheckedPiece:
        """Say that an accepted piece is where it was ordered to.

        Raises:
            UnknownError: there is no such piece.
            ForbiddenError: who asks has not ordered the build and is no steward.
            StateError: no peer has accepted it.
        """

        def work(change: Change) -> CheckedPiece:
            piece = _piece(change.session, piece_id)
            require_tender(change.session, call.actor, piece.job.build_id)
            advance(piece, PieceState.DELIVERED, f"piece {piece_id}")
            change.record("piece.delivered", f"piece {piece_id}", job=piece.job_id)
            return _view(change.session, piece)

        return self._house.perform(call, CheckedPiece, work)


def _require_peer(change: Change, piece: PieceRow) -> None:
    """Refuse who started the job, ended it or ruled on it."""
    acted = select(EventRow.id).where(
        EventRow.subject == f"job {piece.job_id}",
        EventRow.who == change.who,
        EventRow.kind.in_(("job.running", "job.made", "job.failed")),
    )
    if change.session.scalars(acted.limit(1)).first() is not None:
        raise ForbiddenError(f"{change.who} has a hand in making it: a peer checks it", where=f"piece {piece.id}")


def _make_again(change: Change, piece: PieceRow) -> None:
    """A lot of its own for the rejected piece; its task and its build are open again."""
    task, build = piece.job.lot.task, piece.job.lot.task.build
    taken = select(func.count()).select_from(LotRow).where(LotRow.task_id == task.id)
    number = (change.session.scalar(taken) or 0) + 1
    task.lots.append(LotRow(build_id=build.id, key=f"{task.key}-{number}", pieces=1))
    change.session.flush()
    if task.state is TaskState.DONE:
        advance(task, TaskState.OPEN, f"task {task.key}")
        change.record("task.open", f"task {task.key}", f"piece {piece.id} was rejected", build=build.id)
    if build.state is BuildState.FINISHED:
        advance(build, BuildState.OPEN, f"build {build.id}")
        build.finished_at = None
        change.record("build.open", f"build {build.id}", f"piece {piece.id} was rejected")
    want_plan(change, build.id, f"a {task.name} was rejected")


def _piece(session: Session, piece_id: int) -> PieceRow:
    found = session.get(PieceRow, piece_id)
    if found is None or session.get(OrderRow, found.job.build_id) is None:
        raise UnknownError(f"there is no piece {piece_id}")
    return found


def _view(session: Session, piece: PieceRow) -> CheckedPiece:
    checks = session.scalars(select(CheckRow).where(CheckRow.piece_id == piece.id).order_by(CheckRow.id))
    return CheckedPiece(
        id=piece.id,
        job_id=piece.job_id,
        build_id=piece.job.build_id,
        task=piece.job.lot.task.name,
        number=piece.number,
        state=piece.state,
        made_at=piece.made_at,
        checks=[f"{each.checked_by}: {each.why}" for each in checks],
    )
