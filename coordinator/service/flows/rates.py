"""What people ask for an hour of their work, and labs for one of their machines: set by themselves, from a day on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import groupby
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commons.benefits.contributions import Contribution
from commons.flows.events import Event
from commons.flows.giving import Given, Tariff, given
from coordinator.schema.flow import RateRow
from coordinator.schema.stock import StockKind, StockRow
from coordinator.service.flows.names import Kind, Names
from machines.lab import Network
from machines.stock import Unit

__all__ = ["given_at_rates", "tariffs"]

_EVER: Final = datetime.min.replace(tzinfo=UTC)
_CENTS: Final = 100
_MACHINE: Final = "machine"


@dataclass(frozen=True, slots=True)
class _Listed:
    """How a labs document lists what a book of stock counts: its unit, and how many of the book's that is."""

    unit: Unit
    per_unit: int
    counted_in: str


_PRICED: Final = {
    StockKind.SPOOL: _Listed(Unit.KG, 1000, "g"),
    StockKind.SHEET: _Listed(Unit.PIECE, 1, "sheet"),
}


def tariffs(
    session: Session, names: Names, currency: str, network: Network | None = None
) -> list[tuple[datetime, Tariff]]:
    """From when on which rates held, by moment; the first from ever on.

    Args:
        session: to read with.
        names: of this network.
        currency: ISO 4217; rates in others do not count.
        network: the labs, whose entries may say what an hour of a machine and a material cost: that holds for machines
            while no rate is set for them here, and for what was used of a lab's stock.
    """
    rows = session.scalars(
        select(RateRow).where(RateRow.currency == currency).order_by(RateRow.since, RateRow.id)
    ).all()
    held, each = _stated_hours(names, currency, network), _stated_prices(session, names, currency, network)
    found = [(_EVER, Tariff(held, each, currency))]
    for since, group in groupby(rows, key=lambda row: row.since):
        held = held | {(_owner(names, row), row.kind): row.cents_per_hour for row in group}
        found.append((since, Tariff(held, each, currency)))
    return found


def _stated_hours(names: Names, currency: str, network: Network | None) -> dict[tuple[str, str], int]:
    """What labs' own entries say of an hour of their machines."""
    return {
        (names.of(Kind.MACHINE, machine.id), _MACHINE): round(machine.hourly_cost * _CENTS)
        for lab in (network.labs if network is not None else ())
        if lab.currency == currency
        for machine in lab.machines
        if machine.hourly_cost is not None
    }


def _stated_prices(
    session: Session, names: Names, currency: str, network: Network | None
) -> dict[tuple[str, str], Fraction]:
    """What labs' own entries say of their materials, for each item of stock; sheets are priced by the piece only."""
    labs = {lab.id: lab for lab in (network.labs if network is not None else ()) if lab.currency == currency}
    found: dict[tuple[str, str], Fraction] = {}
    for item in session.scalars(select(StockRow).where(StockRow.lab.in_(labs), StockRow.kind.in_(_PRICED))):
        listed = _PRICED[item.kind]
        for entry in labs[item.lab].stock:
            thick = item.thickness_mm is None or entry.thickness_mm == item.thickness_mm
            if entry.material == item.material and entry.unit is listed.unit and thick and entry.unit_cost is not None:
                price = Fraction(str(entry.unit_cost)) * _CENTS / listed.per_unit
                found.setdefault((names.of(Kind.STOCK, item.id), listed.counted_in), price)
    return found


def given_at_rates(
    events: Iterable[Event], held: Sequence[tuple[datetime, Tariff]], kinds: Collection[str] | None = None
) -> Given:
    """What was given, of some kinds or of all, each event at the rates that held when it happened."""
    contributions: list[Contribution] = []
    unknown: dict[str, str] = {}
    ordered = sorted(events, key=lambda event: (event.at, event.id))
    ends = [since for since, _ in held[1:]] + [None]
    start = 0
    for (_, tariff), end in zip(held, ends, strict=True):
        stop = start
        while stop < len(ordered) and (end is None or ordered[stop].at < end):
            stop += 1
        part = given(ordered[start:stop], tariff, kinds)
        contributions += part.contributions
        unknown |= part.unknown
        start = stop
    return Given(tuple(contributions), unknown)


def _owner(names: Names, row: RateRow) -> str:
    if row.person_id is not None:
        return names.of(Kind.PERSON, row.person_id)
    return names.of(Kind.LAB, row.lab) if row.machine is None else names.of(Kind.MACHINE, row.machine)
