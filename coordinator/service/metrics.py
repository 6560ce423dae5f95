"""Counts of what there is, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from coordinator.schema.account import HookRow
from coordinator.schema.alert import AlertNoteRow
from coordinator.schema.builds import BuildRow, EventRow, JobRow, OfferRow, PieceRow, TaskRow
from coordinator.schema.network import AgentRow
from coordinator.schema.service import OrderRow
from coordinator.service.house import House

__all__ = ["Metrics"]

_STATES = (("builds", BuildRow), ("tasks", TaskRow), ("offers", OfferRow), ("jobs", JobRow), ("pieces", PieceRow))
_THERE = timedelta(minutes=2)


class Metrics:
    """What an operator's monitoring reads."""

    def __init__(self, house: House) -> None:
        self._house = house

    def text(self) -> str:
        """One sample a line, with its help and type before."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        with self._house.reading() as session:
            for noun, row in _STATES:
                yield f"# HELP fabcommons_{noun} {noun.capitalize()} by state."
                yield f"# TYPE fabcommons_{noun} gauge"
                counts = session.execute(select(row.state, func.count()).group_by(row.state))
                for state, count in sorted((str(state), count) for state, count in counts):
                    yield f'fabcommons_{noun}{{state="{state}"}} {count}'
            waiting = select(func.count()).select_from(OrderRow).where(OrderRow.plan_wanted > OrderRow.plan_made)
            yield from _gauge("plans_waiting", "Builds that wait for a plan.", session.scalar(waiting))
            since = self._house.real.now() - _THERE
            there = select(func.count()).select_from(AgentRow).where(AgentRow.seen_at > since)
            yield from _gauge("agents_present", "Agents heard of in two minutes.", session.scalar(there))
            failing = select(func.count()).select_from(HookRow).where(HookRow.ended_at.is_(None), HookRow.failures > 0)
            yield from _gauge(
                "webhooks_failing", "Webhooks that did not take their last message.", session.scalar(failing)
            )
            waiting = select(func.count()).where(AlertNoteRow.sent_at.is_(None), AlertNoteRow.dropped_at.is_(None))
            yield from _gauge("alerts_waiting", "Alerts on their way to an address.", session.scalar(waiting))
            yield "# HELP fabcommons_events_total Events in the log."
            yield "# TYPE fabcommons_events_total counter"
            yield f"fabcommons_events_total {session.scalar(select(func.count()).select_from(EventRow))}"


def _gauge(name: str, what: str, value: int | None) -> Iterator[str]:
    yield f"# HELP fabcommons_{name} {what}"
    yield f"# TYPE fabcommons_{name} gauge"
    yield f"fabcommons_{name} {value or 0}"
