"""What somebody gave and received in all: a person, or a lab."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from commons.flows.documents import event_of
from commons.flows.events import Event, decimal_text
from commons.flows.ledger import Ledger
from coordinator.schema.flow import EconomicEventRow
from coordinator.schema.network import LabRow, PersonRow
from coordinator.service.flows.following import catch_up
from coordinator.service.flows.names import Kind
from coordinator.service.house import House, View
from coordinator.service.refusals import UnknownError

__all__ = ["SumView", "Summaries", "SummaryView"]


_MOST_KNOWN: Final = 200


class SumView(View):
    """So much of one action, such as 90 min of work; `kind` is the kind of contribution, empty where there is none."""

    action: str
    kind: str
    unit: str
    quantity: str
    events: int


class SummaryView(View):
    """What a person or a lab gave and received, without what was taken back. `name` is its name in economic events."""

    name: str
    gave: list[SumView]
    received: list[SumView]


class Summaries:
    """What people and labs gave and received."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: dict[str, tuple[int, SummaryView]] = {}  # as of the last event of a name

    def of_person(self, person_id: str) -> SummaryView:
        """Of a person.

        Raises:
            UnknownError: there is no such person.
        """
        names = catch_up(self._house)
        with self._house.reading() as session:
            if session.get(PersonRow, person_id) is None:
                raise UnknownError(f"there is no person {person_id[:60]!r}")
            return self._of(session, names.of(Kind.PERSON, person_id))

    def of_lab(self, lab: str) -> SummaryView:
        """Of a lab.

        Raises:
            UnknownError: there is no such lab.
        """
        names = catch_up(self._house)
        with self._house.reading() as session:
            if session.get(LabRow, lab) is None:
                raise UnknownError(f"there is no lab {lab[:60]!r}")
            return self._of(session, names.of(Kind.LAB, lab))

    def _of(self, session: Session, name: str) -> SummaryView:
        """Events are only added: what was added up stands until there is another one."""
        newest = session.scalar(select(func.max(EconomicEventRow.number)).where(_takes_part(name))) or 0
        known = self._known.get(name)
        if known is None or known[0] != newest:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[name] = (newest, _summary(session, name))
        return known[1]


def _takes_part(name: str) -> ColumnElement[bool]:
    return or_(EconomicEventRow.provider == name, EconomicEventRow.receiver == name)


def _summary(session: Session, name: str) -> SummaryView:
    ledger = Ledger()
    documents = session.scalars(select(EconomicEventRow.document).where(_takes_part(name)))
    ledger.take_in(map(event_of, documents))
    standing = ledger.standing
    return SummaryView(
        name=name,
        gave=_sums([each for each in standing if each.provider == name]),
        received=_sums([each for each in standing if each.receiver == name]),
    )


def _sums(events: list[Event]) -> list[SumView]:
    """By action, kind and unit; what is measured by things and by time counts as both."""
    sums: dict[tuple[str, str, str], list[Fraction]] = defaultdict(list)
    for event in events:
        for measure in (event.quantity, event.effort):
            if measure is not None:
                sums[str(event.action), (event.kinds or ("",))[0], measure.unit].append(measure.value)
    return [
        SumView(action=action, kind=kind, unit=unit, quantity=decimal_text(sum(found, Fraction())), events=len(found))
        for (action, kind, unit), found in sorted(sums.items())
    ]
