"""What people ask for an hour of their work, and labs for one of their machines: set by themselves, from a day on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from commons.benefits.contributions import Contribution
from commons.flows.events import Event
from commons.flows.giving import Given, Tariff, given
from coordinator.flow_tables import RateRow
from coordinator.service.flows.names import Kind, Names

__all__ = ["given_at_rates", "tariffs"]

_EVER = datetime.min.replace(tzinfo=UTC)


def tariffs(session: Session, names: Names, currency: str) -> list[tuple[datetime, Tariff]]:
    """From when on which rates held, by moment; the first from ever on.

    Args:
        session: to read with.
        names: of this network.
        currency: ISO 4217; rates in others do not count.
    """
    rows = session.scalars(
        select(RateRow).where(RateRow.currency == currency).order_by(RateRow.since, RateRow.id)
    ).all()
    held: dict[tuple[str, str], int] = {}
    found = [(_EVER, Tariff(currency=currency))]
    for since, group in groupby(rows, key=lambda row: row.since):
        held = held | {(_owner(names, row), row.kind): row.cents_per_hour for row in group}
        found.append((since, Tariff(hourly=held, currency=currency)))
    return found


def given_at_rates(events: Iterable[Event], held: Sequence[tuple[datetime, Tariff]]) -> Given:
    """What was given, each event at the rates that held when it happened."""
    contributions: list[Contribution] = []
    unknown: dict[str, str] = {}
    ordered = sorted(events, key=lambda event: (event.at, event.id))
    ends = [since for since, _ in held[1:]] + [None]
    start = 0
    for (_, tariff), end in zip(held, ends, strict=True):
        stop = start
        while stop < len(ordered) and (end is None or ordered[stop].at < end):
            stop += 1
        part = given(ordered[start:stop], tariff)
        contributions += part.contributions
        unknown |= part.unknown
        start = stop
    return Given(tuple(contributions), unknown)


def _owner(names: Names, row: RateRow) -> str:
    if row.person_id is not None:
        return names.of(Kind.PERSON, row.person_id)
    return names.of(Kind.LAB, row.lab) if row.machine is None else names.of(Kind.MACHINE, row.machine)
