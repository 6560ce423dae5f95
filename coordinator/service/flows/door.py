"""Flows: what was made, used, given and handed on in the network, for whoever counts it."""

from __future__ import annotations

import threading
from collections.abc import Collection

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from commons.flows.documents import event_of
from commons.flows.events import Event
from commons.flows.giving import Given
from commons.flows.ledger import Ledger
from coordinator.schema.builds import DesignRow
from coordinator.schema.flow import EconomicEventRow
from coordinator.service.designs.lineage import of_key
from coordinator.service.flows.book import row_of
from coordinator.service.flows.following import catch_up
from coordinator.service.flows.names import Names
from coordinator.service.flows.rates import given_at_rates, tariffs
from coordinator.service.flows.views import FlowView, flow_view, taken_back
from coordinator.service.house import House
from coordinator.service.membership.people import design_key
from coordinator.service.paging import Page, page_of

__all__ = ["Flows"]

_AT_ONCE = 2000
_NEXT = (
    select(EconomicEventRow.number, EconomicEventRow.document)
    .where(EconomicEventRow.number > bindparam("read"))
    .order_by(EconomicEventRow.number)
    .limit(_AT_ONCE)
)


class Flows:
    """The economic events of the network. Whoever reads sees all that the log has by then."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = threading.Lock()
        self._ledger, self._read = Ledger(), 0

    def names(self) -> Names:
        """How people, labs, machines, designs and builds of this network are called in its events."""
        return catch_up(self._house)

    def ledger(self) -> Ledger:
        """All events of the network, imported ones too, and what they come to; a copy, for the caller alone."""
        catch_up(self._house)
        with self._house.reading() as session:
            return self.ledger_in(session)

    def ledger_in(self, session: Session) -> Ledger:
        """The ledger as a session sees it, without what is still to be told; a copy."""
        with self._lock:
            self._read_on(session)
            return self._ledger.copy()

    def _read_on(self, session: Session) -> None:
        """Take in what came since; under the lock."""
        while rows := session.execute(_NEXT, {"read": self._read}).all():
            self._ledger.take_in(event_of(row.document) for row in rows)
            self._read = rows[-1].number

    def events(
        self, *, build_id: int | None = None, design_id: int | None = None, who: str | None = None,
        after: str | None = None, limit: int = 50,
    ) -> Page[FlowView]:  # fmt: skip
        """Events, the newest first.

        Args:
            build_id: only those of a build.
            design_id: only those of a design, in all its versions.
            who: only what an agent gave or received, by its name (see `names`).
            after: the cursor of an earlier page, or None for the first.
            limit: events of the page.

        Raises:
            UnknownError: there is no such design.
        """
        catch_up(self._house)
        corrections: dict[str, str] = {}
        with self._house.reading() as session:
            query = select(EconomicEventRow)
            if build_id is not None:
                query = query.where(EconomicEventRow.build_id == build_id)
            if design_id is not None:
                query = query.where(EconomicEventRow.design_id.in_(_versions(session, design_id)))
            if who is not None:
                query = query.where(or_(EconomicEventRow.provider == who, EconomicEventRow.receiver == who))
            return page_of(
                session, query, EconomicEventRow.number, lambda row: flow_view(row, corrections), after=after,
                limit=limit, falling=True, first=lambda rows: corrections.update(taken_back(session, rows)),
            )  # fmt: skip

    def one(self, number: int) -> FlowView:
        """One event, by its number.

        Raises:
            UnknownError: there is none.
        """
        with self._house.reading() as session:
            row = row_of(session, number)
            return flow_view(row, taken_back(session, [row]))

    def standing(
        self, *, build_ids: Collection[int] | None = None, design_id: int | None = None
    ) -> tuple[Event, ...]:  # fmt: skip
        """The events of builds, or of a design in all its versions, that were not taken back, by moment and id.

        Raises:
            UnknownError: there is no such design.
        """
        catch_up(self._house)
        with self._house.reading() as session:
            return self._standing(session, build_ids, design_id)

    def given(
        self, *, build_ids: Collection[int] | None = None, design_id: int | None = None, currency: str = "EUR",
        kinds: Collection[str] | None = None,
    ) -> Given:  # fmt: skip
        """What was given to builds, or to a design in all its versions and builds, at self-set rates.

        Each event counts at the rate that held when it happened. Who set none has the rate None: a formula says then.
        For machines and materials the lab's own entry says what they cost, where it does and no rate is set.

        Args:
            build_ids: of builds.
            design_id: of any version of a design.
            currency: ISO 4217; rates and prices in others do not count.
            kinds: of contributions that are asked for; None for all.

        Raises:
            UnknownError: there is no such design.
        """
        names = catch_up(self._house)
        with self._house.reading() as session:
            held = tariffs(session, names, currency, self._house.networks.of(session))
            return given_at_rates(self._standing(session, build_ids, design_id), held, kinds)

    def _standing(
        self, session: Session, build_ids: Collection[int] | None, design_id: int | None
    ) -> tuple[Event, ...]:
        """Out of the ledger that is kept, so that no event is read and checked twice."""
        if (build_ids is None) == (design_id is None):
            raise ValueError("events are of builds or of a design")
        query = select(EconomicEventRow.id)
        if build_ids is not None:
            query = query.where(EconomicEventRow.build_id.in_(list(build_ids)))
        if design_id is not None:
            query = query.where(EconomicEventRow.design_id.in_(_versions(session, design_id)))
        ids = session.scalars(query).all()
        with self._lock:
            self._read_on(session)
            return self._ledger.standing_of(ids)


def _versions(session: Session, design_id: int) -> Select[int]:
    """All versions of a design."""
    return select(DesignRow.id).where(of_key(design_key(session, design_id)))
