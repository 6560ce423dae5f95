"""Work for a build that people entered in the ledger themselves, beside what its runs tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commons.flows.actions import Action
from commons.flows.ledger import Ledger
from coordinator.schema.builds import JobRow
from coordinator.schema.flow import EconomicEventRow
from coordinator.service.flows.book import event_in
from coordinator.service.flows.following import names_in
from coordinator.service.flows.names import Kind
from coordinator.service.flows.work import instead_of

__all__ = ["entered_work"]

_SECONDS: Final[Mapping[str, int]] = {"s": 1, "min": 60, "h": 3600}


def entered_work(session: Session, build_id: int) -> Mapping[str, int]:
    """By kind of work, whole seconds that stand in the ledger for a build; work by hand of its runs is left out."""
    names = names_in(session)
    if names is None:
        return {}
    entered = select(EconomicEventRow).where(EconomicEventRow.build_id == build_id, EconomicEventRow.source == "")
    rows = session.scalars(entered.where(EconomicEventRow.action == str(Action.WORK)).order_by(EconomicEventRow.number))
    ledger = Ledger()
    ledger.take_in(event_in(row) for row in rows)
    standing = ledger.standing
    if not standing:
        return {}
    jobs = session.scalars(select(JobRow.id).where(JobRow.build_id == build_id))
    own = {f"{names.of(Kind.WORK, job)}#work" for job in jobs}
    own |= set(instead_of(session, own & {each.id for each in ledger.events}).values())
    found: dict[str, Fraction] = defaultdict(Fraction)
    for event in standing:
        if event.id not in own and event.effort is not None and event.effort.unit in _SECONDS:
            found[(event.kinds or ("",))[0]] += event.effort.value * _SECONDS[event.effort.unit]
    return {kind: round(seconds) for kind, seconds in sorted(found.items())}
