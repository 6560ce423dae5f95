"""Pieces: checked by a peer, not by who made them; rejected ones are made again, accepted ones delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.moves import advance
from coordinator.schema.builds import EventRow, JobRow, PieceRow, PieceState
from coordinator.schema.network import GrantRow, PersonRow
from coordinator.schema.service import CheckRow, OrderRow
from coordinator.service.access import RIGHTS, Actor, Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnknownError
from coordinator.service.supplies.delivery import settle_delivery
from coordinator.service.work.builds import require_tender
from coordinator.service.work.checking import check_piece
from core.errors import StateError

__all__ = ["CheckedPiece", "Pieces"]

_HANDS = ("job.running", "job.made", "job.failed", "job.lost-contact")


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
            _require_peer(change.session, piece, change.who)
            check_piece(change, piece, accept=accept, why=why)
            return _view(change.session, piece)

        return self._house.perform(call, CheckedPiece, work)

    def own_work(self, actor: Actor, piece_ids: Sequence[int]) -> frozenset[int]:
        """Which of these pieces this person may not check: who had a hand in making them, and others could look."""
        with self._house.reading() as session:
            pieces = session.scalars(select(PieceRow).where(PieceRow.id.in_(piece_ids)))
            return frozenset(piece.id for piece in pieces if _is_own(session, piece, actor.id))

    def deliver(self, call: Call, piece_id: int) -> CheckedPiece:
        """Say that a piece is where it was ordered to: with the last of the product the life of the build ends.

        Raises:
            UnknownError: there is no such piece.
            ForbiddenError: who asks has not ordered the build and is no steward.
            StateError: it is not made, or its build is checked and no peer has accepted it.
        """

        def work(change: Change) -> CheckedPiece:
            piece = _piece(change.session, piece_id)
            order = require_tender(change.session, call.actor, piece.job.build_id)
            if order.checked and piece.state is PieceState.MADE:
                raise StateError("no peer has accepted it", where=f"piece {piece_id}")
            advance(piece, PieceState.DELIVERED, f"piece {piece_id}")
            change.record("piece.delivered", f"piece {piece_id}", job=piece.job_id)
            settle_delivery(change, order)
            return _view(change.session, piece)

        return self._house.perform(call, CheckedPiece, work)


def _require_peer(session: Session, piece: PieceRow, who: str) -> None:
    """Refuse who had a hand in making it, as long as anybody else of the network could look at it."""
    if _is_own(session, piece, who):
        raise ForbiddenError(f"{who} has a hand in making it: a peer checks it", where=f"piece {piece.id}")


def _is_own(session: Session, piece: PieceRow, who: str) -> bool:
    acted = select(EventRow.who).where(EventRow.subject == f"job {piece.job_id}", EventRow.kind.in_(_HANDS))
    hands = set(session.scalars(acted.distinct()))
    return who in hands and _another(session, hands)


def _another(session: Session, hands: set[str]) -> bool:
    """Whether somebody who checks pieces had no hand in it."""
    people = select(GrantRow.id).join(PersonRow, PersonRow.id == GrantRow.person_id)
    able = people.where(GrantRow.role.in_(RIGHTS[Right.CHECK]), PersonRow.erased_at.is_(None))
    return session.scalars(able.where(PersonRow.id.not_in(hands)).limit(1)).first() is not None


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
