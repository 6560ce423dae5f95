"""The network from above: where labs are, what they can do, what hours they have to spare, what everybody lacks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.plans.calendars import calendar_of
from coordinator.schema.builds import BuildRow, DesignRow, JobRow, JobState, TaskRow, TaskState
from coordinator.schema.service import OrderRow
from coordinator.service.house import House, View
from machines.lab import Lab, Network

__all__ = ["Atlas", "LackView", "PlaceView"]

_AHEAD = timedelta(days=7)
_MOST_LACKS = 20
_FIRM = (JobState.WAITING_FOR_TOOLPATH, JobState.SCHEDULED, JobState.DISPATCHED, JobState.RUNNING)


class PlaceView(View):
    """A lab on the map. `latitude` and `longitude` are as public as the lab wants, or None where it says no place.

    `open_hours` and `spare_hours` are of all its machines together in the next seven days.
    """

    id: str
    name: str
    city: str | None
    latitude: float | None
    longitude: float | None
    machines: int
    processes: list[str]
    open_hours: float
    spare_hours: float


class LackView(View):
    """What no machine of the network can do, though open builds ask for it; a machine for it would unlock them."""

    process: str | None
    material: str | None
    tasks: int
    builds: int
    designs: list[str]


class Atlas:
    """The network from above."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._hours: tuple[Network | None, datetime, dict[str, float]] = (None, datetime.min.replace(tzinfo=UTC), {})

    def places(self) -> list[PlaceView]:
        """Every lab, in the order of the network."""
        now = self._house.clock.now().replace(minute=0, second=0, microsecond=0)
        with self._house.reading() as session:
            network = self._house.networks.of(session)
            if network is None:
                return []
            taken = _taken_hours(session, now)
        hours = self._open_hours(network, now)
        return [_place(lab.public(), hours[lab.id], taken[lab.id]) for lab in network.labs]

    def lacks(self) -> list[LackView]:
        """What is asked for and cannot be made, the most often asked first."""
        query = (
            select(TaskRow.process, TaskRow.material, TaskRow.build_id, BuildRow.design_id)
            .join(BuildRow)
            .join(OrderRow, OrderRow.build_id == BuildRow.id)
            .where(TaskRow.state == TaskState.UNPLACEABLE, TaskRow.kind == "fabricate", TaskRow.process.is_not(None))
        )
        with self._house.reading() as session:
            rows = [(process, material, build, design) for process, material, build, design in session.execute(query)]
            names = _design_names(session, {row[3] for row in rows})
        tasks = Counter((process, material) for process, material, _, _ in rows)
        builds, designs = defaultdict(set), defaultdict(set)
        for process, material, build, design in rows:
            builds[process, material].add(build)
            designs[process, material].add(names[design])
        return [
            LackView(
                process=key[0], material=key[1], tasks=count, builds=len(builds[key]), designs=sorted(designs[key])
            )
            for key, count in tasks.most_common(_MOST_LACKS)
        ]

    def _open_hours(self, network: Network, now: datetime) -> dict[str, float]:
        """By lab, hours that its machines can work; worked out once an hour, and after each change of the network."""
        known, at, hours = self._hours
        if known is not network or at != now:
            hours = {lab.id: _hours_of(network, lab, now) for lab in network.labs}
            self._hours = (network, now, hours)
        return hours


def _hours_of(network: Network, lab: Lab, now: datetime) -> float:
    horizon_s = int(_AHEAD.total_seconds())
    windows = (
        window for machine in lab.machines for window in calendar_of(network, lab.id, now, horizon_s, machine).windows
    )
    return sum(window.end_s - window.start_s for window in windows) / 3600


def _taken_hours(session: Session, now: datetime) -> dict[str, float]:
    """By lab, hours of accepted work in the next days."""
    until = now + _AHEAD
    query = select(JobRow.lab, JobRow.planned_start, JobRow.planned_end).where(
        JobRow.state.in_(_FIRM), JobRow.planned_start < until, JobRow.planned_end > now
    )
    taken: dict[str, float] = defaultdict(float)
    for lab, start, end in session.execute(query):
        taken[lab] += (min(end, until) - max(start, now)).total_seconds() / 3600
    return taken


def _place(lab: Lab, open_hours: float, taken_hours: float) -> PlaceView:
    return PlaceView(
        id=lab.id,
        name=lab.name,
        city=lab.place.city if lab.place else None,
        latitude=lab.place.latitude if lab.place else None,
        longitude=lab.place.longitude if lab.place else None,
        machines=len(lab.machines),
        processes=_processes(lab),
        open_hours=round(open_hours, 1),
        spare_hours=round(max(0.0, open_hours - taken_hours), 1),
    )


def _processes(lab: Lab) -> list[str]:
    return sorted({process for machine in lab.machines for process in machine.processes})


def _design_names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    query = select(DesignRow.id, DesignRow.name).where(DesignRow.id.in_(list(ids)))
    return {row[0]: row[1] for row in session.execute(query)}
