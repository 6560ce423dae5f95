"""The ledger, taken out as JSON-LD of ValueFlows or as a Beancount file; the JSON-LD of other networks, taken in."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select

from commons.accounts import beancount
from commons.flows.documents import read_events, written
from commons.flows.ledger import Ledger
from coordinator.schema.flow import EconomicEventRow
from coordinator.schema.network_fork import NetworkForkRow
from coordinator.service.access import Right
from coordinator.service.flows.book import Entry, enter, event_in
from coordinator.service.flows.door import Flows
from coordinator.service.flows.names import Names
from coordinator.service.house import Call, Change, House, View
from coordinator.service.work.builds import order_in
from core.errors import InputError

__all__ = ["Exchange", "Form", "ImportedView"]

_MOST_SOURCE = 100


class Form(StrEnum):
    """What the ledger can be written as."""

    VALUEFLOWS = "valueflows"
    BEANCOUNT = "beancount"


class ImportedView(View):
    """What came of an import: how many events are new, and how many were known.

    `set_aside` counts corrections that proved wrong and count nowhere, `waiting` those whose event is not here.
    """

    source: str
    new: int
    known: int
    set_aside: int
    waiting: int


class Exchange:
    """The ledger, out and in."""

    def __init__(self, house: House, flows: Flows) -> None:
        self._house = house
        self._flows = flows

    def written(self, form: Form, build_id: int | None = None) -> str:
        """The ledger, or what of it a build got and gave, as text: the same for the same events.

        Raises:
            UnknownError: there is no such build.
        """
        if build_id is None:
            ledger, title = self._flows.ledger(), "Flows of the network"
        else:
            self._flows.names()
            ledger, title = Ledger(), f"Flows of build {build_id}"
            with self._house.reading() as session:
                order_in(session, build_id)
                rows = select(EconomicEventRow).where(EconomicEventRow.build_id == build_id)
                ledger.take_in(map(event_in, session.scalars(rows)))
        return written(ledger) if form is Form.VALUEFLOWS else beancount.written(ledger, title=title)

    def take_in(self, call: Call, data: bytes, source: str) -> ImportedView:
        """Take in what another coordinator has written, whole or not at all; the order of documents is no matter.

        Args:
            call: who asks.
            data: the document.
            source: where it is from, for people; its events are marked with it.

        Raises:
            ForbiddenError: who asks is no steward.
            InputError: the document breaks a rule, says of an event that is known something else, or speaks for this
                network.
            LimitError: it is too large.
        """
        call.actor.require(Right.KEEP_LEDGER)
        if not source.strip() or not source.isprintable() or len(source) > _MOST_SOURCE:
            raise InputError(f"say where it is from, in {_MOST_SOURCE} letters at most", where="source")
        events, names = read_events(data, where=source), self._flows.names()

        def work(change: Change) -> ImportedView:
            ledger = self._flows.ledger_in(change.session)
            mine = {event.id for event in ledger.events}
            before = [Names(each) for each in change.session.scalars(select(NetworkForkRow.names)) if each is not None]
            for event in events:
                _require_foreign(names, event.id, event.corrects, mine)
                _require_since_fork(names, before, event.id, mine)
            ledger.take_in(events)
            new = enter(change, [Entry(event, source=source) for event in events])
            known = len(events) - new
            change.record("flow.imported", "ledger", source=source, new=new, known=known)
            return ImportedView(
                source=source, new=new, known=known, set_aside=len(ledger.set_aside), waiting=len(ledger.waiting)
            )

        return self._house.perform(call, ImportedView, work)


def _require_since_fork(names: Names, before: Sequence[Names], event_id: str, mine: set[str]) -> None:
    """What happened before this network was forked is in its ledger, under its own names: it would count twice."""
    for old in before:
        if event_id.startswith(old.prefix) and event_id.replace(old.prefix, names.prefix, 1) in mine:
            hint = "write out what happened since, with build=ID"
            what = "it happened before the fork, and counts here already"
            raise InputError(what, where=f"event {event_id}", hint=hint)


def _require_foreign(names: Names, event_id: str, corrects: str | None, mine: set[str]) -> None:
    """Nobody elsewhere says what happened here, or takes it back."""
    if event_id in mine:
        return
    if event_id.startswith(names.prefix):
        raise InputError("it says that it happened here, and is not known here", where=f"event {event_id}")
    if corrects is not None and corrects.startswith(names.prefix):
        hint = "who has a say in it takes it back here"
        raise InputError("it takes back what happened here", where=f"event {event_id}", hint=hint)
