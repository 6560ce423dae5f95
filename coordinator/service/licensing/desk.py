"""Licences of designs, of work and of pieces, as people and programs ask for them."""

from __future__ import annotations

from collections.abc import Iterable

from commons.licences.advice import advise
from commons.licences.parties import Maker, Making, Purpose
from coordinator.schema.builds import BuildState, OfferRow, PieceRow
from coordinator.schema.service import ImportRow, OrderRow
from coordinator.service.house import Call, Change, House, View
from coordinator.service.licensing.asking import Asked, Asker, tree_of
from coordinator.service.licensing.permissions import Permissions
from coordinator.service.licensing.views import AdviceView, advice_view
from coordinator.service.planning.orders import want_plan
from coordinator.service.refusals import UnknownError
from coordinator.service.work.builds import BuildView, build_view, require_tender
from core.errors import StateError

__all__ = ["ClashView", "DesignLicenceView", "Licensing", "NoticesView", "PartLicenceView"]


class PartLicenceView(View):
    """A part file with a licence of its own."""

    file: str
    licence: str


class ClashView(View):
    """A part whose licence does not go together with that of the whole, and the clause that says so."""

    part: str
    licence: str
    clause: str
    says: str


class DesignLicenceView(View):
    """The licences of a design. `credit` is who is to be named, as far as its manifest says."""

    licence: str | None
    credit: str | None
    parts: list[PartLicenceView]
    clashes: list[ClashView]


class NoticesView(View):
    """What goes with a piece: its licence, where its source lies, who made the design, the clauses that ask for it."""

    licence: str
    source: str
    credit: str | None
    lines: list[str]
    asked_by: list[str]


class Licensing:
    """What licences ask."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.permissions = Permissions(house)

    def advise(
        self, licence: str | None, maker: Maker | None, purpose: Purpose | None, *, changed: bool = False
    ) -> AdviceView:
        """What a licence asks of a maker for a purpose, whatever is stored here."""
        return advice_view(licence, advise(licence, Making(maker, purpose, changed)))

    def of_design(self, design_id: int) -> DesignLicenceView:
        """The licences of a design with all its parts.

        Raises:
            UnknownError: there is no such design.
        """
        with self._house.reading() as session:
            imported = session.get(ImportRow, design_id)
            if imported is None:
                raise UnknownError(f"there is no design {design_id}")
            tree, credit = tree_of(session, design_id), imported.facts.get("credit")
        return DesignLicenceView(
            licence=tree.whole,
            credit=credit,
            parts=[PartLicenceView(file=file, licence=licence) for file, licence in tree.files.items()],
            clashes=[
                ClashView(part=each.part, licence=each.licence, clause=each.clause, says=each.says)
                for each in tree.clashes()
            ],
        )

    def asked(self, work: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Asked]:
        """What is asked of labs for lots that they may take, by lot and lab; lots that are gone are left out."""
        with self._house.reading() as session:
            asker = Asker(session, self._house.networks.of(session))
            wanted = list(dict.fromkeys(work))
            lots = asker.lots(lot_id for lot_id, _ in wanted)
            return {(lot_id, lab): asker.of_lot(lots[lot_id], lab) for lot_id, lab in wanted if lot_id in lots}

    def of_offer(self, offer_id: int) -> Asked:
        """What is asked of the lab that an offer is made to.

        Raises:
            UnknownError: there is no such offer.
        """
        with self._house.reading() as session:
            offer = session.get(OfferRow, offer_id)
            if offer is None or session.get(OrderRow, offer.lot.build_id) is None:
                raise UnknownError(f"there is no offer {offer_id}")
            return Asker(session, self._house.networks.of(session)).of_lot(offer.lot, offer.lab)

    def of_piece(self, piece_id: int) -> NoticesView:
        """What goes with a piece.

        Raises:
            UnknownError: there is no such piece.
        """
        with self._house.reading() as session:
            piece = session.get(PieceRow, piece_id)
            if piece is None or session.get(OrderRow, piece.job.build_id) is None:
                raise UnknownError(f"there is no piece {piece_id}")
            found, credit = Asker(session, None).notices_of(piece.job.lot.task, self._house.settings.public_url or "")
        lines = [*found.lines, *([f"Design by {credit}"] if credit else [])]
        return NoticesView(
            licence=found.licence, source=found.source, credit=credit, lines=lines, asked_by=list(found.asked_by)
        )

    def say_purpose(self, call: Call, build_id: int, purpose: Purpose) -> BuildView:
        """Say what a build is for; offers that waited for a person because nobody had said are looked at again.

        Raises:
            UnknownError: there is no such build.
            ForbiddenError: another person ordered it, and who asks is no steward.
            StateError: it is over.
        """

        def work(change: Change) -> BuildView:
            order = require_tender(change.session, call.actor, build_id)
            if order.build.state is not BuildState.OPEN:
                raise StateError(f"a build that is {order.build.state} is for nothing else", where=f"build {build_id}")
            before, order.build.purpose = order.build.purpose, purpose
            change.record("build.purpose", f"build {build_id}", before=before, purpose=purpose)
            want_plan(change, build_id, f"it is for {purpose}")
            return build_view(change.session, order)

        return self._house.perform(call, BuildView, work)
