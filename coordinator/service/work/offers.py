"""Offers: a lab accepts or declines; unanswered, they expire. Nobody else answers for a lab."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coordinator.answers import Answer
from coordinator.builds import close_offer, decide
from coordinator.schema.builds import BuildRow, JobRow, LotRow, OfferRow, OfferState
from coordinator.schema.service import ClaimState, OrderRow
from coordinator.service.access import Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.licensing.asking import Asker, settle
from coordinator.service.licensing.views import LicenceView
from coordinator.service.paging import Page, page_of
from coordinator.service.planning.orders import want_plan
from coordinator.service.refusals import UnknownError
from coordinator.service.work.claims import claim_of, close_claim
from core.errors import StateError
from machines.lab import Network
from machines.matching import Verdict

__all__ = ["Hindrance", "LeftOffer", "OfferView", "Offers", "TakenOffer", "TakenTogether"]


class OfferView(View):
    """A lot, proposed to the lab of a machine. `verdict` says whether the machine can for sure, `terms` why.

    `licence` is what the licence asks of this lab for it.
    """

    id: int
    build_id: int
    task_id: int
    task: str
    lot_id: int
    pieces: int
    lab: str
    machine: str
    verdict: str
    terms: str
    program: str | None
    planned_start: datetime
    planned_end: datetime
    expires_at: datetime | None
    state: OfferState
    decided_by: str | None
    why: str | None
    remake_of: str | None
    licence: LicenceView


class Hindrance(StrEnum):
    """Why an offer is not accepted together with others: what a person has to look at by itself."""

    LICENCE = "licence"
    VERDICT = "verdict"
    MACHINE = "machine"


class TakenOffer(View):
    """An offer that was accepted together with others; it is this job now."""

    offer_id: int
    job_id: str
    task: str
    pieces: int
    machine: str


class LeftOffer(View):
    """An offer that still waits for an answer of its own, and why."""

    offer_id: int
    task: str
    pieces: int
    machine: str
    hindrance: Hindrance
    why: str


class TakenTogether(View):
    """What was accepted of a build in a lab, and what was left."""

    lab: str
    build_id: int
    taken: list[TakenOffer]
    left: list[LeftOffer]


class Offers:
    """What is proposed to labs."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(
        self, lab: str | None = None, state: OfferState | None = None, build_id: int | None = None, *,
        after: str | None = None, limit: int = 50,
    ) -> Page[OfferView]:  # fmt: skip
        """Offers, of one lab, state or build, or of all."""
        query = select(OfferRow).join(LotRow).join(OrderRow, OrderRow.build_id == LotRow.build_id)
        if lab is not None:
            query = query.where(OfferRow.lab == lab)
        if state is not None:
            query = query.where(OfferRow.state == state)
        if build_id is not None:
            query = query.where(LotRow.build_id == build_id)
        with self._house.reading() as session:
            asker = Asker(session, self._house.networks.of(session))
            return page_of(session, query, OfferRow.id, lambda offer: _view(offer, asker), after=after, limit=limit)

    def one(self, offer_id: int) -> OfferView:
        """One offer.

        Raises:
            UnknownError: there is no such offer.
        """
        with self._house.reading() as session:
            return _view(_offer(session, offer_id), Asker(session, self._house.networks.of(session)))

    def answer(self, call: Call, offer_id: int, *, accept: bool, why: str, licence_note: str = "") -> OfferView:
        """Accept an offer, which becomes a job, or decline it: its work is then planned elsewhere.

        Args:
            call: who asks.
            offer_id: of the offer.
            accept: whether the lab takes it.
            why: the reason, one clause.
            licence_note: how what the licence asks is settled, where it is not settled already.

        Raises:
            UnsettledError: the licence asks something, and nobody says how that is settled.
            UnknownError: there is no such offer.
            ForbiddenError: who asks is no operator of the lab.
            StateError: it was answered, has expired or was withdrawn.
        """

        def work(change: Change) -> OfferView:
            offer = _offer(change.session, offer_id)
            call.actor.require(Right.ANSWER, offer.lab)
            network = self._house.networks.of(change.session)
            if network is None or (accept and network.find(offer.machine) is None):
                raise StateError(_gone(offer), where=f"offer {offer_id}")
            asker = Asker(change.session, network)
            if accept:
                settle(change, asker.of_lot(offer.lot, offer.lab), licence_note, f"offer {offer_id}", offer.lab)
            _decide(change, offer, network, accept=accept, why=why)
            if not accept:
                want_plan(change, offer.lot.build_id, f"{offer.lab} declined {offer.lot.task.name}")
            return _view(offer, asker)

        return self._house.perform(call, OfferView, work)

    def accept_all(self, call: Call, lab: str, build_id: int, why: str) -> TakenTogether:
        """Accept all of a build that is offered to a lab, but for what a person has to look at by itself.

        That is what its licence leaves open, what its machine can perhaps not make, and what machine is gone. Either
        all of the rest is accepted, or, where anything goes wrong, nothing.

        Args:
            call: who asks.
            lab: that accepts.
            build_id: of the build.
            why: the reason, one clause.

        Raises:
            UnknownError: there is no such lab or build.
            ForbiddenError: who asks is no operator of the lab.
        """

        def work(change: Change) -> TakenTogether:
            session = change.session
            call.actor.require(Right.ANSWER, lab)
            network = self._house.networks.of(session)
            if network is None or all(each.id != lab for each in network.labs):
                raise UnknownError(f"there is no lab {lab!r}")
            if session.get(OrderRow, build_id) is None:
                raise UnknownError(f"there is no build {build_id}")
            asker = Asker(session, network)
            taken, left = [], []
            for offer in session.scalars(_open_in(lab).where(LotRow.build_id == build_id)).all():
                found = _hindrance(offer, network, asker)
                if found is not None:
                    left.append(_left(offer, *found))
                    continue
                _decide(change, offer, network, accept=True, why=why)
                session.flush()
                taken.append(_taken(session, offer))
            return TakenTogether(lab=lab, build_id=build_id, taken=taken, left=left)

        return self._house.perform(call, TakenTogether, work)

    def acceptable(self, lab: str, build_ids: Collection[int]) -> Mapping[int, int]:
        """How many offers of builds `accept_all` would accept for a lab, by build; those with none are left out."""
        counts: dict[int, int] = {}
        with self._house.reading() as session:
            network = self._house.networks.of(session)
            if network is None:
                return counts
            offers = session.scalars(_open_in(lab).where(LotRow.build_id.in_(build_ids))).all()
            asker = Asker(session, network)
            asker.lots(each.lot_id for each in offers)
            for offer in offers:
                if _hindrance(offer, network, asker) is None:
                    counts[offer.lot.build_id] = counts.get(offer.lot.build_id, 0) + 1
        return counts

    def expire(self) -> int:
        """Close the offers that nobody answered in time; returns how many."""
        due = select(OfferRow.id).where(
            OfferRow.state == OfferState.OFFERED, OfferRow.expires_at <= self._house.clock.now()
        )
        with self._house.reading() as session:
            ids = session.scalars(due).all()
        for offer_id in ids:
            with self._house.change("coordinator") as change:
                offer = change.session.get_one(OfferRow, offer_id)
                if offer.state is OfferState.OFFERED:
                    close_offer(change.session, offer, OfferState.EXPIRED, change.at, "nobody answered in time")
                    _answer_claim(change, offer, ClaimState.REFUSED, "nobody of the lab answered in time")
                    want_plan(change, offer.lot.build_id, f"{offer.lab} did not answer")
        return len(ids)


def _open_in(lab: str) -> Select[OfferRow]:
    """Offers to a lab that nobody has answered."""
    query = select(OfferRow).join(LotRow).join(OrderRow, OrderRow.build_id == LotRow.build_id)
    return query.where(OfferRow.lab == lab, OfferRow.state == OfferState.OFFERED).order_by(OfferRow.id)


def _hindrance(offer: OfferRow, network: Network, asker: Asker) -> tuple[Hindrance, str] | None:
    """What a person has to look at before this is accepted, and in which words; None where there is nothing."""
    if network.find(offer.machine) is None:
        return Hindrance.MACHINE, _gone(offer)
    if Verdict(offer.verdict) is not Verdict.YES:
        return Hindrance.VERDICT, offer.terms
    asked = asker.of_lot(offer.lot, offer.lab)
    return None if asked.is_settled else (Hindrance.LICENCE, asked.advice.sentence)


def _gone(offer: OfferRow) -> str:
    return f"{offer.machine} is no longer among the labs"


def _taken(session: Session, offer: OfferRow) -> TakenOffer:
    job_id = session.scalars(select(JobRow.id).where(JobRow.offer_id == offer.id)).one()
    lot = offer.lot
    return TakenOffer(offer_id=offer.id, job_id=job_id, task=lot.task.name, pieces=lot.pieces, machine=offer.machine)


def _left(offer: OfferRow, hindrance: Hindrance, why: str) -> LeftOffer:
    lot = offer.lot
    return LeftOffer(
        offer_id=offer.id, task=lot.task.name, pieces=lot.pieces, machine=offer.machine, hindrance=hindrance, why=why
    )


def _decide(change: Change, offer: OfferRow, network: Network, *, accept: bool, why: str) -> None:
    """Store a lab's answer, to the offer and to the claim that waits for it."""
    build = change.session.get_one(BuildRow, offer.lot.build_id)
    decide(change.session, build, offer, Answer(accept, change.who, why), network, change.at)
    _answer_claim(change, offer, ClaimState.HONOURED if accept else ClaimState.REFUSED, why)


def _answer_claim(change: Change, offer: OfferRow, state: ClaimState, why: str) -> None:
    """A claim that waited for the lab's answer has it."""
    claim = claim_of(change.session, offer)
    if claim is not None:
        close_claim(change, claim, state, why or f"as offer {offer.id}")


def _offer(session: Session, offer_id: int) -> OfferRow:
    found = session.get(OfferRow, offer_id)
    if found is None or session.get(OrderRow, found.lot.build_id) is None:
        raise UnknownError(f"there is no offer {offer_id}")
    return found


def _view(offer: OfferRow, asker: Asker) -> OfferView:
    return OfferView(
        id=offer.id,
        build_id=offer.lot.build_id,
        task_id=offer.lot.task_id,
        task=offer.lot.task.name,
        lot_id=offer.lot_id,
        pieces=offer.lot.pieces,
        lab=offer.lab,
        machine=offer.machine,
        verdict=offer.verdict,
        terms=offer.terms,
        program=offer.program_name,
        planned_start=offer.planned_start,
        planned_end=offer.planned_end,
        expires_at=offer.expires_at,
        state=offer.state,
        decided_by=offer.decided_by,
        why=offer.why,
        remake_of=offer.remake_of,
        licence=asker.of_lot(offer.lot, offer.lab).view(),
    )
