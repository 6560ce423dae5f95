"""Claims: a lab takes an open lot for a machine of its own, a person for a bench that is open to everybody.

A claim beats a proposal; matching has the last word, and of a person's claim the lab, by its policy or its operators.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.builds import close_offer
from coordinator.lots import live_job, open_offer
from coordinator.moves import advance
from coordinator.schema.builds import BuildState, JobRow, LotRow, OfferRow, OfferState
from coordinator.schema.network import GrantRow, MachineRow, Role
from coordinator.schema.service import ClaimRow, ClaimState, OrderRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.licensing.asking import Asker, settle
from coordinator.service.paging import Page, page_of
from coordinator.service.planning.orders import want_plan
from coordinator.service.refusals import UnknownError
from core.errors import StateError
from machines.lab import Access, Driver, Network

__all__ = [
    "ClaimView",
    "Claims",
    "answers_for_lab",
    "claim_of",
    "close_claim",
    "is_open_bench",
    "open_claims",
    "takers_of",
]


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

    def make(self, call: Call, lot_id: int, machine_id: str, why: str, licence_note: str = "") -> ClaimView:
        """Claim a lot for a machine.

        Args:
            call: who asks.
            lot_id: of the lot.
            machine_id: that is to make it.
            why: the reason, one clause.
            licence_note: how what the licence asks is settled, where it is not settled already and who claims answers
                for the lab; else the lab settles it when it answers.

        Raises:
            UnsettledError: the licence asks something, and nobody says how that is settled.
            UnknownError: there is no such lot or machine.
            ForbiddenError: who asks is no operator of the machine's lab, and it is no bench that is open to everybody.
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
            _require_able(call.actor, self._house.networks.of(session), machine)
            _require_free(session, lot)
            offer = open_offer(lot)
            if offer is not None:
                close_offer(
                    session, offer, OfferState.WITHDRAWN, change.at, f"claimed for {machine_id}", who=change.who
                )
            claim = ClaimRow(
                lot=lot, lab=machine.lab, machine=machine_id, state=ClaimState.OPEN, claimed_at=change.at,
                claimed_by=change.who, why=why,
            )  # fmt: skip
            session.add(claim)
            session.flush()
            if call.actor.may(Right.ANSWER, machine.lab):
                asked = Asker(session, self._house.networks.of(session)).of_lot(lot, machine.lab)
                settle(change, asked, licence_note, f"claim {claim.id}", machine.lab)
            change.record("claim.open", f"claim {claim.id}", why, machine=machine_id, lot=lot.key, build=lot.build_id)
            want_plan(change, lot.build_id, f"{lot.task.name} is claimed for {machine_id}")
            return _view(claim)

        return self._house.perform(call, ClaimView, work)

    def open_benches(self) -> list[tuple[str, str]]:
        """Where everybody may take work by hand: machines with their names."""
        with self._house.reading() as session:
            network = self._house.networks.of(session)
        machines = network.machines if network is not None else ()
        return [(each.id, each.name) for each in machines if is_open_bench(network, each.id)]

    def withdraw(self, call: Call, claim_id: int, why: str) -> ClaimView:
        """Take a claim back before it is honoured.

        Raises:
            UnknownError: there is no such claim.
            ForbiddenError: who asks is no operator of its lab, and has not made it.
            StateError: it was honoured, refused or taken back.
        """

        def work(change: Change) -> ClaimView:
            claim = change.session.get(ClaimRow, claim_id)
            if claim is None:
                raise UnknownError(f"there is no claim {claim_id}")
            if claim.claimed_by != call.actor.id:
                call.actor.require(Right.ANSWER, claim.lab)
            close_claim(change, claim, ClaimState.WITHDRAWN, why)
            want_plan(change, claim.lot.build_id, f"{claim.machine} is claimed no more")
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


def claim_of(session: Session, offer: OfferRow) -> ClaimRow | None:
    """The open claim that an offer answers."""
    mine = (ClaimRow.lot_id == offer.lot_id, ClaimRow.machine == offer.machine, ClaimRow.state == ClaimState.OPEN)
    return session.scalars(select(ClaimRow).where(*mine)).first()


def answers_for_lab(session: Session, claim: ClaimRow) -> bool:
    """Whether who claims is an operator of the lab, whose word is the lab's."""
    query = select(GrantRow.id).where(GrantRow.person_id == claim.claimed_by, GrantRow.lab == claim.lab)
    return session.scalars(query.where(GrantRow.role == Role.OPERATOR)).first() is not None


def takers_of(session: Session, jobs: Sequence[JobRow]) -> dict[str, str]:
    """By job, who has claimed its work, and may begin and end it by hand; where nobody has, it is not in it."""
    lots = [job.lot_id for job in jobs]
    honoured = select(ClaimRow).where(ClaimRow.lot_id.in_(lots), ClaimRow.state == ClaimState.HONOURED)
    newest = {(row.lot_id, row.machine): row.claimed_by for row in session.scalars(honoured.order_by(ClaimRow.id))}
    return {job.id: newest[job.lot_id, job.machine] for job in jobs if (job.lot_id, job.machine) in newest}


def is_open_bench(network: Network | None, machine_id: str) -> bool:
    """Whether hands work there, everybody may, and no training is asked for."""
    machine = network.find(machine_id) if network is not None else None
    if network is None or machine is None or machine.training is not None:
        return False
    access = machine.access or network.lab(machine.lab).access
    return machine.connection.driver is Driver.HANDS and access is Access.PUBLIC


def _require_able(actor: Actor, network: Network | None, machine: MachineRow) -> None:
    if actor.may(Right.ANSWER, machine.lab):
        return
    if not is_open_bench(network, machine.id):
        actor.require(Right.ANSWER, machine.lab)
    actor.require(Right.WORK)


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
