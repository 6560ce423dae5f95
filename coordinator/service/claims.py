"""Claims: a lab takes an open lot for a machine of its own. A claim beats a proposal; matching has the last word."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.builds import close_offer
from coordinator.lots import live_job, open_offer
from coordinator.moves import advance
from coordinator.network_tables import MachineRow
from coordinator.service.access import Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.orders import want_plan
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import UnknownError
from coordinator.service_tables import ClaimRow, ClaimState, OrderRow
from coordinator.tables import BuildState, LotRow, OfferState
from core.errors import StateError

__all__ = ["ClaimView", "Claims", "close_claim", "open_claims"]


class ClaimView(View):
    """A lab's wish to make a lot. The planner honours it with an accepted offer, or refuses it and says why."""

    id: int
    build_id: int
    lot_id: int
    lab: str
    machine: str
    state: ClaimState
    claimed_at: datetime
    claimed_by: str
    why: str


class Claims:
    """What labs take of their own accord."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(self, lab: str | None = None, *, after: str | None = None, limit: int = 50) -> Page[ClaimView]:
        """Claims, of one lab or of all."""
        query = select(ClaimRow) if lab is None else select(ClaimRow).where(ClaimRow.lab == lab)
        with self._house.reading() as session:
            return page_of(session, query, ClaimRow.id, _view, after=after, limit=limit)

    def make(self, call: Call, lot_id: int, machine_id: str, why: str) -> ClaimView:
        """Claim a lot for a machine.

        Raises:
            UnknownError: there is no such lot or machine.
            ForbiddenError: who asks is no operator of the machine's lab.
            StateError: somebody makes it already or has claimed it.
        """

        def work(change: Change) -> ClaimView:
            session = change.session
            machine = session.get(MachineRow, machine_id)
            lot = session.get(LotRow, lot_id)
            if lot is None or session.get(OrderRow, lot.build_id) is None:
                raise UnknownError(f"there is no lot {lot_id}")
            if machine is None:
                raise UnknownError(f"there is no machine {machine_id!r}")
            call.actor.require(Right.ANSWER, machine.lab)
            _require_free(session, lot)
            offer = open_offer(lot)
            if offer is not None:
                close_offer(session, offer, OfferState.WITHDRAWN, change.at, f"{machine.lab} claims it", who=change.who)
            claim = ClaimRow(
                lot=lot, lab=machine.lab, machine=machine_id, state=ClaimState.OPEN, claimed_at=change.at,
                claimed_by=change.who, why=why,
            )  # fmt: skip
            session.add(claim)
            session.flush()
            change.record("claim.open", f"claim {claim.id}", why, machine=machine_id, lot=lot.key, build=lot.build_id)
            want_plan(change, lot.build_id, f"{machine.lab} claims {lot.task.name}")
            return _view(claim)

        return self._house.perform(call, ClaimView, work)

    def withdraw(self, call: Call, claim_id: int, why: str) -> ClaimView:
        """Take a claim back before it is honoured.

        Raises:
            UnknownError: there is no such claim.
            ForbiddenError: who asks is no operator of its lab.
            StateError: it was honoured, refused or taken back.
        """

        def work(change: Change) -> ClaimView:
            claim = change.session.get(ClaimRow, claim_id)
            if claim is None:
                raise UnknownError(f"there is no claim {claim_id}")
            call.actor.require(Right.ANSWER, claim.lab)
            close_claim(change, claim, ClaimState.WITHDRAWN, why)
            want_plan(change, claim.lot.build_id, f"{claim.lab} takes a claim back")
            return _view(claim)

        return self._house.perform(call, ClaimView, work)


def open_claims(session: Session, build_id: int) -> list[ClaimRow]:
    """The claims on a build that wait for the planner."""
    query = select(ClaimRow).join(LotRow).where(LotRow.build_id == build_id, ClaimRow.state == ClaimState.OPEN)
    return list(session.scalars(query.order_by(ClaimRow.id)))


def close_claim(change: Change, claim: ClaimRow, state: ClaimState, why: str) -> None:
    """Record what became of a claim.

    Raises:
        StateError: it is not open.
    """
    advance(claim, state, f"claim {claim.id}")
    change.record(f"claim.{state}", f"claim {claim.id}", why, machine=claim.machine)


def _require_free(session: Session, lot: LotRow) -> None:
    if lot.task.build.state is not BuildState.OPEN or lot.retired_at is not None:
        raise StateError("nobody needs it any more", where=f"lot {lot.id}")
    job = live_job(lot)
    if job is not None:
        raise StateError(f"{job.lab} makes it already: the job is {job.state}", where=f"lot {lot.id}")
    taken = session.scalars(
        select(ClaimRow).where(ClaimRow.lot_id == lot.id, ClaimRow.state == ClaimState.OPEN)
    ).first()
    if taken is not None:
        raise StateError(f"{taken.lab} has claimed it", where=f"lot {lot.id}")


def _view(claim: ClaimRow) -> ClaimView:
    return ClaimView(
        id=claim.id,
        build_id=claim.lot.build_id,
        lot_id=claim.lot_id,
        lab=claim.lab,
        machine=claim.machine,
        state=claim.state,
        claimed_at=claim.claimed_at,
        claimed_by=claim.claimed_by,
        why=claim.why,
    )
