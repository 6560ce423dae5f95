"""What people confirm at the machine of an agent: whose permit counts, and when it is used up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from agent.client import Client
from agent.devices import VIRTUAL, Bench, MachineAddress
from agent.journal import Journal, Step
from agent.permits import Permit, PermitKind, Permits
from agent.station import Station, StationFolder
from firmware_bridge.device import Configured, Outcome, Progress, RunResult, RunState
from firmware_bridge.twin.process import find_twin
from gcode.program import Program
from gcode.safety_policy import SafetyPolicy, Tool

from .test_station import Coordinator, OwnBench, httpx, quick

__all__ = ["quick"]  # the fixture

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LAYERED = b";LAYER_CHANGE\nG28\nG1 X10 F1200\n;LAYER_CHANGE\nG1 X20\nM104 S0\nM140 S0\nM107\nM84\n"


@dataclass
class Paused:
    """A machine that stands after its first layer until it is told to go on or to end."""

    coordinator: Coordinator
    at_pause: Callable[[str], None]
    told: asyncio.Event = field(default_factory=asyncio.Event)
    said: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    async def run(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        assert job_id in self.coordinator.granted
        self.ran.append(job_id)
        self.told.clear()
        total = len(program.lines)
        progress(Progress(total - 4, total, RunState.RUNNING))
        await self.told.wait()
        good = self.said[-1] == "resume"
        return RunResult(Outcome.FINISHED if good else Outcome.CANCELLED, total, self.said[-1])

    async def pause(self) -> None:
        self.said.append("pause")
        self.at_pause(self.ran[-1])

    async def resume(self) -> None:
        self.said.append("resume")
        self.told.set()

    async def cancel(self) -> None:
        self.said.append("cancel")
        self.told.set()

    async def close(self) -> None:
        """Nothing is held."""


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.station._LOOK_EVERY_S", 0.0)


def work_off(folder: Path, jobs: list[str], at_pause: Callable[[Permits, str], None]) -> tuple[Coordinator, Paused]:
    """An agent that carries the jobs out; `at_pause` is what a person does while the machine stands."""
    changes = {"first_layer": True, "program_sha256": sha256(LAYERED).hexdigest()}
    coordinator = Coordinator(jobs, program=LAYERED, changes=changes)
    place = StationFolder(folder)
    permits = Permits(OwnBench(place.machines).permits("printer"))
    machine = Paused(coordinator, lambda job_id: at_pause(permits, job_id))

    async def scene() -> None:
        client = Client("http://test", "token", httpx.MockTransport(coordinator.handle))
        station = Station(client, place, OwnBench(place.machines, machine=machine), frozenset())  # type: ignore[arg-type]
        coordinator.station = station
        await asyncio.wait_for(station.run(), 60)
        await client.close()

    asyncio.run(scene())
    return coordinator, machine


@pytest.mark.parametrize(("good", "said", "outcome"), [(True, "resume", "finished"), (False, "cancel", "failed")])
def test_a_first_layer_waits_for_its_permit(tmp_path: Path, good: bool, said: str, outcome: str) -> None:
    def confirm(permits: Permits, job_id: str) -> None:
        permits.give(Permit(PermitKind.FIRST_LAYER, "p-1", job_id, good=good), NOON)

    coordinator, machine = work_off(tmp_path, ["J1"], confirm)
    assert machine.said == ["pause", said]
    assert [told["outcome"] for _, told in coordinator.told] == [outcome]
    journal = Journal(tmp_path / "machines" / "printer.journal")
    (confirmed,) = [each for each in journal.entries("J1") if each.step is Step.CONFIRMED]
    journal.close()
    assert confirmed.facts["who"] == "p-1"


def test_a_permit_for_another_job_or_of_another_kind_moves_nothing(tmp_path: Path) -> None:
    def confirm(permits: Permits, job_id: str) -> None:
        permits.give(Permit(PermitKind.ARMED, "p-1", job_id), NOON)
        permits.give(Permit(PermitKind.FIRST_LAYER, "p-2", "J9"), NOON)
        permits.give(Permit(PermitKind.FIRST_LAYER, "p-3", job_id, good=False), NOON)

    _, machine = work_off(tmp_path, ["J1"], confirm)
    assert machine.said == ["pause", "cancel"], "only p-3 spoke of this layer"


def test_what_was_said_during_one_job_says_nothing_of_the_next(tmp_path: Path) -> None:
    left: list[int] = []

    def confirm(permits: Permits, job_id: str) -> None:
        left.append(len(permits.pending()))
        for who in ("p-1", "p-2"):  # one too many: the second is left over
            permits.give(Permit(PermitKind.FIRST_LAYER, who, good=job_id == "J1"), NOON)

    coordinator, machine = work_off(tmp_path, ["J1", "J2"], confirm)
    assert left == [0, 0]
    assert machine.said == ["pause", "resume", "pause", "cancel"]
    assert [told["outcome"] for _, told in coordinator.told] == ["finished", "failed"]
    assert Permits(tmp_path / "machines" / "printer.permits").pending() == ()


def test_a_virtual_machine_stands_in_for_a_laser_too(tmp_path: Path) -> None:
    async def scene() -> str | None:
        bench = Bench(tmp_path, speed=1000)
        device = await bench.open(MachineAddress("laser", "grbl", VIRTUAL))
        assert isinstance(device, Configured)
        against = device.contradiction(SafetyPolicy("grbl", max_power=1000, tool=Tool.LASER))
        await device.close()
        twin = find_twin(bench.link("laser"))
        assert twin is not None
        twin.stop()
        return against

    assert asyncio.run(scene()) is None
