"""What an hour costs: of people's work by the rates that they set for themselves, of machines by what labs say.

A rate that a lab has set for one machine counts before what its entry says, and that before a rate for all its
machines. Of people only the rates of a whole lab are used: nobody knows yet who will do the work, and no name is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.schema.flow import RateRow
from coordinator.schema.network import GrantRow, Role
from coordinator.service.costing.lines import cents_of
from machines.lab import Lab, Machine

__all__ = ["NO_RATES", "HourPrice", "LabRates", "Rates", "rates_in"]

_WORK: Final = "making"


@dataclass(frozen=True, slots=True)
class LabRates:
    """What people of a lab ask for an hour, in cents of one currency.

    Attributes:
        currency: ISO 4217.
        cents: of each who has set a rate, rising.
    """

    currency: str
    cents: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.cents or any(each < 0 for each in self.cents) or list(self.cents) != sorted(self.cents):
            raise ValueError("rates are from zero, rising, and there is one at least")

    @property
    def middle_cents(self) -> int:
        """The middle one, of two the lower: nobody knows yet who will do the work."""
        return self.cents[(len(self.cents) - 1) // 2]


@dataclass(frozen=True, slots=True)
class HourPrice:
    """What an hour of a machine costs, in cents, and where that comes from."""

    cents: int
    currency: str
    source: str


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates that hold at a moment.

    Attributes:
        by_lab: of people's work.
        machines: what labs have set here, by lab and machine; for all machines of a lab, with no machine.
    """

    by_lab: Mapping[str, LabRates] = field(default_factory=dict)
    machines: Mapping[tuple[str, str | None], HourPrice] = field(default_factory=dict)

    def of_lab(self, lab: str) -> LabRates | None:
        """The rates of a lab's people; None where nobody there has set one."""
        return self.by_lab.get(lab)

    def of_machine(self, lab: Lab, machine: Machine) -> HourPrice | str:
        """What an hour of a machine costs; in words what is lacking where that is not known."""
        own, all_of_lab = self.machines.get((lab.id, machine.id)), self.machines.get((lab.id, None))
        if own is not None:
            return own
        if machine.hourly_cost is not None and lab.currency is not None:
            source = f"{machine.hourly_cost:.2f} {lab.currency} an hour, from {lab.name}'s entry"
            return HourPrice(cents_of(machine.hourly_cost), lab.currency, source)
        if all_of_lab is not None:
            return all_of_lab
        lacks = "no currency" if machine.hourly_cost is not None else f"no price for an hour of {machine.name}"
        return f"{lab.name} states {lacks}"


NO_RATES: Final = Rates()
"""Where nobody has set a rate."""


def rates_in(session: Session, at: datetime) -> Rates:
    """The rates that hold at a moment; the last one that was set for it counts."""
    rows = session.scalars(select(RateRow).where(RateRow.since <= at).order_by(RateRow.since, RateRow.id)).all()
    people = {row.person_id: row for row in rows if row.person_id is not None and row.kind == _WORK}
    machines = {
        (row.lab, row.machine): HourPrice(
            row.cents_per_hour, row.currency, f"{row.cents_per_hour / 100:.2f} {row.currency} an hour, set by {row.lab}"
        )
        for row in rows
        if row.lab is not None
    }
    grants = select(GrantRow).where(GrantRow.role == Role.OPERATOR, GrantRow.person_id.in_(people))
    asked: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for grant in session.scalars(grants.order_by(GrantRow.id)):
        row = people[grant.person_id]
        asked[grant.lab][row.currency].append(row.cents_per_hour)
    by_lab = {}
    for lab, by_currency in asked.items():
        currency = min(by_currency, key=lambda each: (-len(by_currency[each]), each))
        by_lab[lab] = LabRates(currency, tuple(sorted(by_currency[currency])))
    return Rates(by_lab, machines)
