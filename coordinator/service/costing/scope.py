"""Economies of scope in the plans: builds whose runs follow each other on a machine and need it set up alike.

What is counted: a plate or sheet belongs to one part of one build, so what builds share is a machine that stands
already as the next run needs it: the same material, sheet thickness and nozzle or bit. Of runs in a row that need the
same, only the first pays for the change-over; what that saves is shared by `commons.scope`. Setting up and taking off
each single run is never saved and not counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import Session

from commons.scope import saving
from coordinator.lots import ENDED_FOR_NOTHING
from coordinator.schema.builds import JobRow, LotRow, OfferRow, OfferState, RunRow
from coordinator.schema.stock import NeedRow, StockKind
from coordinator.service.costing.rates import Rates, rates_in
from coordinator.service.house import House, View
from coordinator.service.work.builds import order_in
from core.trees import materials
from machines.lab import Machine, Network

__all__ = ["Run", "Scope", "SharedRow", "SharedSetUpView", "rows_of", "shared_rows"]

_MOST_RUNS: Final = 1000  # of each machine, the last ones
_CHANGES: Final = {StockKind.SPOOL: "material", StockKind.SHEET: "sheet", StockKind.TOOL: "tool"}
Key = tuple[tuple[StockKind, int, str, float, float], ...]


class SharedSetUpView(View):
    """A change-over of a machine that several builds share, and a build's part in it, in hundredths.

    Amounts are null where the machine states no minutes for the change or no price for an hour; `lacks` says which.
    """

    machine: str
    lab: str
    set_up: str
    builds: list[int]
    minutes: float | None
    currency: str | None
    alone_cents: int | None
    share_cents: int | None
    saved_cents: int | None
    way: str | None
    lacks: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is planned or was made: of which build, when, and how its machine must stand (None: not known)."""

    build_id: int
    start: datetime
    key: Key | None


@dataclass(frozen=True, slots=True)
class SharedRow:
    """Runs in a row of several builds, which one change-over of their machine serves, and what that costs."""

    machine: str
    builds: frozenset[int]
    cents: int
    currency: str


class Scope:
    """What builds save that follow each other."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of(self, build_id: int) -> list[SharedSetUpView]:
        """The change-overs that a build shares with others, machine by machine, as it is planned now and was made.

        Raises:
            UnknownError: there is no such build.
        """
        with self._house.reading() as session:
            order_in(session, build_id)
            network = self._house.networks.of(session)
            if network is None:
                return []
            runs = _runs(session, _shared(session, build_id))
            rows = [(each, row) for each in sorted(runs) for row in rows_of(runs[each])]
            mine = [(network.find(each), row) for each, row in rows if build_id in {run.build_id for run in row}]
            if not mine:
                return []
            rates = rates_in(session, self._house.clock.now())
            return [_view(network, each, row, build_id, rates) for each, row in mine if each is not None]


def rows_of(runs: Iterable[Run]) -> Iterator[Sequence[Run]]:
    """Runs in a row that need the machine alike, of two builds at least; what is not known ends a row."""
    ordered = sorted(runs, key=lambda each: (each.start, each.build_id))
    for key, row in groupby(ordered, key=lambda each: each.key):
        members = list(row)
        if key is not None and len({each.build_id for each in members}) > 1:
            yield members


def shared_rows(session: Session, network: Network, builds: Collection[int], at: datetime) -> list[SharedRow]:
    """The rows in which at least two of these builds stand, as far as a change-over has minutes and a price."""
    accepted = _ACCEPTED.with_only_columns(JobRow.machine).where(JobRow.build_id.in_(builds))
    offered = _OFFERED.with_only_columns(OfferRow.machine).where(LotRow.build_id.in_(builds))
    runs = _runs(session, sorted({*session.scalars(accepted), *session.scalars(offered)}))
    rates, rows = rates_in(session, at), []
    machines = [found for each in sorted(runs) if (found := network.find(each)) is not None]
    for machine in machines:
        for row in rows_of(runs[machine.id]):
            there = frozenset(each.build_id for each in row if each.build_id in builds)
            minutes, price = _minutes(machine, row[0].key or ()), rates.of_machine(network.lab(machine.lab), machine)
            if len(there) > 1 and minutes is not None and not isinstance(price, str):
                rows.append(SharedRow(machine.id, there, round(price.cents * minutes / 60), price.currency))
    return rows


_ACCEPTED: Final = (
    select(
        JobRow.offer_id,
        JobRow.machine,
        JobRow.build_id,
        func.coalesce(RunRow.started_at, JobRow.planned_start).label("start"),
    )
    .join(LotRow, LotRow.id == JobRow.lot_id)
    .outerjoin(RunRow, RunRow.job_id == JobRow.id)
    .where(JobRow.state.not_in(ENDED_FOR_NOTHING), LotRow.retired_at.is_(None))
)
_OFFERED: Final = (
    select(OfferRow.id, OfferRow.machine, LotRow.build_id, OfferRow.planned_start)
    .join(LotRow, LotRow.id == OfferRow.lot_id)
    .where(OfferRow.state == OfferState.OFFERED, LotRow.retired_at.is_(None))
)


def _shared(session: Session, build_id: int) -> list[str]:
    """The machines on which a build stands beside others."""
    builds: dict[str, set[int]] = defaultdict(set)
    for machine, build in session.execute(_OFFERED.with_only_columns(OfferRow.machine, LotRow.build_id).distinct()):
        builds[machine].add(build)
    accepted = _ACCEPTED.with_only_columns(JobRow.machine, JobRow.build_id).distinct()
    own = session.execute(accepted.where(JobRow.build_id == build_id))
    machines = {machine for machine, _ in own} | {each for each, there in builds.items() if build_id in there}
    for machine, build in session.execute(accepted.where(JobRow.machine.in_(machines))):
        builds[machine].add(build)
    return [each for each in machines if {build_id} < builds[each]]


def _runs(session: Session, machines: Sequence[str]) -> Mapping[str, list[Run]]:
    """The last runs of machines, in two statements however many there are."""
    if not machines:
        return {}
    offered = _OFFERED.where(OfferRow.machine.in_(machines))
    stands = union_all(_ACCEPTED.where(JobRow.machine.in_(machines)), offered).subquery()
    place = func.row_number().over(partition_by=stands.c.machine, order_by=stands.c.offer_id.desc())
    ranked = select(stands, place.label("place")).subquery()
    last = select(ranked).where(ranked.c.place <= _MOST_RUNS).subquery()
    keys = _keys(session, select(last.c.offer_id))
    found: dict[str, list[Run]] = defaultdict(list)
    for row in session.execute(select(last)):
        found[row.machine].append(Run(row.build_id, row.start, keys.get(row.offer_id)))
    return found


def _keys(session: Session, offers: Select[int]) -> Mapping[int, Key]:
    needs: dict[int, list[tuple[StockKind, int, str, float, float]]] = defaultdict(list)
    asked = select(
        NeedRow.offer_id, NeedRow.kind, NeedRow.slot, NeedRow.material, NeedRow.thickness_mm, NeedRow.diameter_mm
    )
    for offer, kind, slot, material, thickness_mm, diameter_mm in session.execute(
        asked.where(NeedRow.offer_id.in_(offers))
    ):
        tool = diameter_mm or 0.0 if kind is StockKind.TOOL else 0.0
        needs[offer].append((kind, slot, material or "", thickness_mm or 0.0, tool))
    return {offer: tuple(sorted(each)) for offer, each in needs.items()}


def _view(network: Network, machine: Machine, row: Sequence[Run], build_id: int, rates: Rates) -> SharedSetUpView:
    lab, key = network.lab(machine.lab), row[0].key or ()
    builds = list(dict.fromkeys(each.build_id for each in row))
    minutes, price = _minutes(machine, key), rates.of_machine(lab, machine)
    lacks = None
    if minutes is None:
        lacks = f"{lab.name} does not say how long {machine.name} takes to change over"
    elif isinstance(price, str):
        lacks = price
    told = SharedSetUpView(
        machine=machine.id, lab=lab.id, set_up=_words(key), builds=builds, minutes=minutes, currency=None,
        alone_cents=None, share_cents=None, saved_cents=None, way=None, lacks=lacks,
    )  # fmt: skip
    if minutes is None or isinstance(price, str):
        return told
    cents = round(price.cents * minutes / 60)
    found, mine = saving([str(each) for each in builds], lambda who: cents if who else 0), str(build_id)
    parts = {
        "currency": price.currency, "alone_cents": found.alone[mine], "share_cents": found.shares[mine],
        "saved_cents": found.saved[mine], "way": str(found.way),
    }  # fmt: skip
    return told.model_copy(update=parts)


def _minutes(machine: Machine, key: Key) -> float | None:
    """An operator's minutes to change all of it over; None where the machine states none of them."""
    stated = [machine.changeover_min.get(_CHANGES[kind]) for kind, *_ in key]
    known = [each for each in stated if each is not None]
    return sum(known) if known else None


def _words(key: Key) -> str:
    """How the machine stands: "PLA", "plywood, 4 mm; nozzle or bit of 0.4 mm"."""
    tree, found = materials(), []
    for kind, _, material, thickness_mm, tool_mm in key:
        if kind is StockKind.TOOL:
            found.append(f"nozzle or bit of {tool_mm:g} mm" if tool_mm else "a nozzle or bit")
        else:
            label = tree[material].label if material in tree else material or "a material that is not named"
            found.append(f"{label}, {thickness_mm:g} mm" if thickness_mm else label)
    return "; ".join(dict.fromkeys(found))
