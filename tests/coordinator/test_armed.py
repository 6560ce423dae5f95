"""An order whose machine is armed for each start and whose first layer is confirmed, from plan to report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from agent.journal import Journal, Step
from agent.permits import Permit, PermitKind
from coordinator.folder import OrderFolder
from coordinator.make.making import Making, Order
from coordinator.make.pace import FastPace
from coordinator.make.person import StandIn
from coordinator.make.workshop import Workshop
from coordinator.plans.opening import open_all
from coordinator.schema.builds import EventRow, JobRow, JobState
from machines.lab import Machine

from .conftest import LABS, block_stl

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
PROGRAM = (
    "G28\nG90\nM82\nM104 S200\nG92 E0\n"
    + "".join(
        f";LAYER:{layer}\nG1 Z{0.2 * (layer + 1):.1f}\n"
        + "".join(f"G1 X{20 + n} Y30 E{layer * 4 + n / 10:.2f} F1200\n" for n in range(1, 40))
        for layer in range(3)
    )
    + "M104 S0\nM140 S0\nM107\nM84\n"
)
MODE = "unattended: true\n        mode: armed\n        confirm: [first_layer]"
Bench = Callable[[type[StandIn]], tuple[Making, Workshop, FastPace]]


class Away(StandIn):
    """Nobody is at the terminal; a start waits for a command from elsewhere."""

    patience_s = 60.0

    async def may_start(self, work: str, machine: Machine) -> bool:
        return "printer" not in machine.id and await super().may_start(work, machine)

    async def first_layer(self, work: str, machine: Machine) -> bool | None:
        return None


@pytest.fixture
def bench(tmp_path: Path, design: Callable[..., Path]) -> Iterator[Bench]:
    with ExitStack() as stack:

        def open_bench(person: type[StandIn]) -> tuple[Making, Workshop, FastPace]:
            labs = tmp_path / "labs.yaml"
            labs.write_text(LABS.replace("unattended: true", MODE))
            files = {"foot__stl": block_stl(20, 20, 0.6), "foot__gcode": PROGRAM}
            opened = stack.enter_context(
                open_all(str(design("Foot,1,FDM,PLA,foot.stl,", **files)), None, labs, quantity=1)
            )
            folder = OrderFolder(tmp_path / "order")
            folder.root.mkdir()
            pace = FastPace(NOW, 50_000)
            order = Order(opened.design, opened.graph, opened.network, str(labs), 1, 1.0, plan_seconds=1.0)
            workshop = Workshop(opened.network, folder.machines, speed=5)  # slow enough to be paused
            making = Making(folder, order, workshop, pace, person(pace))
            stack.callback(making.close)
            stack.callback(workshop.stop_machines)
            stack.callback(lambda: asyncio.run(workshop.close()))
            return making, workshop, pace

        yield open_bench


def told(making: Making, kind: str) -> list[tuple[str, str]]:
    with making.store.reading() as session:
        rows = session.scalars(select(EventRow).where(EventRow.kind == kind, EventRow.data["machine"].is_not(None)))
        return [(row.who, row.why) for row in rows if "printer" in row.data["machine"]]


@pytest.mark.timeout(300)
def test_the_commands_of_a_person_let_it_start_and_go_on(bench: Bench) -> None:
    making, workshop, pace = bench(Away)
    permits = workshop.permits("north-printer")

    async def main() -> None:
        await making.prepare()
        work = asyncio.ensure_future(making.carry_out())
        permits.give(Permit(PermitKind.ARMED, "p-1"), pace.now())
        permits.give(Permit(PermitKind.FIRST_LAYER, "p-2"), pace.now())
        await asyncio.wait_for(work, 250)

    asyncio.run(main())
    assert making.report()["complete"]
    assert told(making, "job.permitted") == [("p-1", "armed")]
    asyncio.run(workshop.close())
    with making.store.reading() as session:
        job = session.scalars(select(JobRow).where(JobRow.machine == "north-printer")).one()
        assert job.state is JobState.MADE
        journal = Journal(workshop.folder / "north-printer.journal")
        steps = [
            (entry.step, entry.facts.get("who") or entry.facts.get("permitted_by")) for entry in journal.entries(job.id)
        ]
        journal.close()
    assert steps == [(Step.STARTED, "p-1"), (Step.CONFIRMED, "p-2"), (Step.FINISHED, None)]
    assert permits.pending() == ()


@pytest.mark.timeout(300)
def test_without_a_word_nothing_is_sent(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Away, "patience_s", 0.0)
    making, workshop, _ = bench(Away)

    async def main() -> None:
        await making.prepare()
        await asyncio.wait_for(making.carry_out(), 120)

    asyncio.run(main())
    assert not making.report()["complete"]
    assert told(making, "job.permitted") == []
    with suppress(FileNotFoundError):
        assert (workshop.folder / "north-printer.journal").read_bytes() == b""
