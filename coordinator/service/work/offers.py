"""Offers: a lab accepts or declines; unanswered, they expire. Nobody else answers for a lab."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.answers import Answer
from coordinator.builds import close_offer, decide
from coordinator.schema.builds import BuildRow, LotRow, OfferRow, OfferState
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

__all__ = ["OfferView", "Offers"]


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
            build = change.session.get_one(BuildRow, offer.lot.build_id)
            network = self._house.networks.of(change.session)
            if network is None or (accept and network.find(offer.machine) is None):
                raise StateError(f"{offer.machine} is no longer among the labs", where=f"offer {offer_id}")
            asker = Asker(change.session, network)
            if accept:
                settle(change, asker.of_lot(offer.lot, offer.lab), licence_note, f"offer {offer_id}", offer.lab)
            decide(change.session, build, offer, Answer(accept, change.who, why), network, change.at)
            _answer_claim(change, offer, ClaimState.HONOURED if accept else ClaimState.REFUSED, why)
            if not accept:
                want_plan(change, build.id, f"{offer.lab} declined {offer.lot.task.name}")
            return _view(offer, asker)

        return self._house.perform(call, OfferView, work)

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
