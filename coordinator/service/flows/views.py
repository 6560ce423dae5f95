"""Economic events as the outside sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commons.flows.events import Measure
from coordinator.schema.flow import EconomicEventRow
from coordinator.service.flows.book import event_in
from coordinator.service.house import View

__all__ = ["FlowView", "flow_view", "taken_back"]


class FlowView(View):
    """An economic event: who gave how much of what to whom, when. Names are those of the network, the same for ever.

    Quantities are exact decimals as text; in an event that takes another back they are below zero. `taken_back_by` is
    the event that takes this one back, `source` where it was imported from, empty for what happened here.
    """

    number: int
    id: str
    at: datetime
    action: str
    provider: str | None
    receiver: str | None
    quantity: str | None
    unit: str | None
    effort: str | None
    effort_unit: str | None
    resource: str | None
    to_resource: str | None
    specification: str | None
    kinds: list[str]
    process: str | None
    state: str | None
    corrects: str | None
    taken_back_by: str | None
    note: str
    build_id: int | None
    design_id: int | None
    source: str
    entered_at: datetime
    entered_by: str


def taken_back(session: Session, rows: Sequence[EconomicEventRow]) -> Mapping[str, str]:
    """By the id of an event, the first one that takes it back."""
    corrections = select(EconomicEventRow.corrects, EconomicEventRow.id)
    corrections = corrections.where(EconomicEventRow.corrects.in_([row.id for row in rows]))
    found: dict[str, str] = {}
    for first, correction in session.execute(corrections.order_by(EconomicEventRow.number)):
        found.setdefault(str(first), correction)
    return found


def flow_view(row: EconomicEventRow, corrections: Mapping[str, str]) -> FlowView:
    """A row as the outside sees it."""
    event = event_in(row)
    quantity, unit = _said(event.quantity)
    effort, effort_unit = _said(event.effort)
    return FlowView(
        number=row.number, id=event.id, at=event.at, action=str(event.action), provider=event.provider,
        receiver=event.receiver, quantity=quantity, unit=unit, effort=effort, effort_unit=effort_unit,
        resource=event.resource, to_resource=event.to_resource, specification=event.specification,
        kinds=list(event.kinds), process=event.process, state=event.state, corrects=event.corrects,
        taken_back_by=corrections.get(event.id), note=event.note, build_id=row.build_id, design_id=row.design_id,
        source=row.source, entered_at=row.entered_at, entered_by=row.entered_by,
    )  # fmt: skip


def _said(measure: Measure | None) -> tuple[str | None, str | None]:
    return (None, None) if measure is None else (measure.text, measure.unit)
