"""Economies of scope in the plans: builds whose runs follow each other on a machine and need it set up alike.

What is counted: a plate or sheet belongs to one part of one build, so what builds share is a machine that stands
already as the next run needs it: the same material, sheet thickness and nozzle or bit. Of runs in a row that need the
same, only the first pays for the change-over; what that saves is shared by `commons.scope`. Setting up and taking off
each single run is never saved and not counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from commons.scope import saving
from coordinator.lots import ENDED_FOR_NOTHING
from coordinator.schema.builds import JobRow, LotRow, OfferRow, OfferState
from coordinator.schema.stock import NeedRow, StockKind
from coordinator.service.costing.rates import Rates, rates_in
from coordinator.service.house import House, View
from coordinator.service.work.builds import order_in
from core.trees import materials
from machines.lab import Machine, Network

__all__ = ["Run", "Scope", "SharedSetUpView", "rows_of"]

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
            rates = rates_in(session, self._house.clock.now())
            return [
                _view(network, machine, row, build_id, rates)
                for machine in _machines(session, network, build_id)
                for row in rows_of(_runs(session, machine.id))
                if build_id in {each.build_id for each in row}
            ]


def rows_of(runs: Iterable[Run]) -> Iterator[Sequence[Run]]:
    """Runs in a row that need the machine alike, of two builds at least; what is not known ends a row."""
    ordered = sorted(runs, key=lambda each: (each.start, each.build_id))
    for key, row in groupby(ordered, key=lambda each: each.key):
        members = list(row)
        if key is not None and len({each.build_id for each in members}) > 1:
            yield members


def _machines(session: Session, network: Network, build_id: int) -> list[Machine]:
    jobs = select(JobRow.machine).where(JobRow.build_id == build_id, JobRow.state.not_in(ENDED_FOR_NOTHING))
    offers = select(OfferRow.machine).join(LotRow, LotRow.id == OfferRow.lot_id)
    offers = offers.where(LotRow.build_id == build_id, OfferRow.state == OfferState.OFFERED)
    names = sorted({*session.scalars(jobs), *session.scalars(offers)})
    return [found for each in names if (found := network.find(each)) is not None]


def _runs(session: Session, machine: str) -> list[Run]:
    standing = select(JobRow.offer_id).where(JobRow.machine == machine, JobRow.state.not_in(ENDED_FOR_NOTHING))
    query = (
        select(OfferRow, LotRow.build_id)
        .join(LotRow, LotRow.id == OfferRow.lot_id)
        .where(OfferRow.machine == machine, LotRow.retired_at.is_(None))
        .where(or_(OfferRow.state == OfferState.OFFERED, OfferRow.id.in_(standing)))
        .order_by(OfferRow.id.desc())
        .limit(_MOST_RUNS)
    )
    found = session.execute(query).all()
    offers = [offer.id for offer, _ in found]
    keys, began = _keys(session, offers), _starts(session, offers)
    return [Run(build_id, began.get(offer.id, offer.planned_start), keys.get(offer.id)) for offer, build_id in found]


def _starts(session: Session, offers: Sequence[int]) -> Mapping[int, datetime]:
    """By accepted offer, when its job began, or is planned to."""
    jobs = session.scalars(select(JobRow).where(JobRow.offer_id.in_(offers)).options(joinedload(JobRow.run)))
    return {job.offer_id: job.planned_start if job.run is None else job.run.started_at for job in jobs}


def _keys(session: Session, offers: Sequence[int]) -> Mapping[int, Key]:
    needs: dict[int, list[tuple[StockKind, int, str, float, float]]] = defaultdict(list)
    for row in session.scalars(select(NeedRow).where(NeedRow.offer_id.in_(offers))):
        tool = row.diameter_mm or 0.0 if row.kind is StockKind.TOOL else 0.0
        needs[row.offer_id].append((row.kind, row.slot, row.material or "", row.thickness_mm or 0.0, tool))
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
