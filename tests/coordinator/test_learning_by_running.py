"""Twenty jobs on a virtual printer with a hidden speed factor and heating teach how long the next fifty take."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from coordinator.commands.calibrate import taught_by
from coordinator.folder import OrderFolder
from coordinator.make.making import Making, Order
from coordinator.make.person import StandIn
from coordinator.plans.opening import open_all
from coordinator.schema.builds import JobRow, RunOutcome, RunRow
from machines.calibration import Calibration

from .conftest import block_stl
from .virtual_printer import EventPace, VirtualWorkshop

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
LEARNED_FROM, PREDICTED, JOBS = 20, 50, 10
SLOWNESS = 1.37  # hidden: moves, homing and heating take so many times as long as they should


def program(chance: random.Random) -> str:
    """A print of some minutes to some hours: heating, homing, moves at two speeds."""
    moves, there = round(chance.lognormvariate(4.2, 0.7)) + 20, 0.0
    lines = ["M140 S60", "M104 S205", "G28", "M190 S60", "M109 S205", "G90", "M83"]
    for number in range(moves):
        there = chance.uniform(5, 210) if number % 3 else 210 - there
        feed = 1200 if number % 4 else 7200
        lines.append(f"G1 X{there:.2f} Y{chance.uniform(5, 210):.2f} E{0.5 if number % 4 else 0} F{feed}")
    return "\n".join([*lines, "M104 S0", "M140 S0", "M84"]) + "\n"


def design(folder: Path, parts: range, chance: random.Random) -> Path:
    folder.mkdir()
    rows = [f"Part {number},1,3D printing,PLA,part{number}.stl," for number in parts]
    (folder / "bom.csv").write_text("\n".join(["Part,Qty,Process,Material,File,Supplier", *rows]) + "\n")
    for number in parts:
        (folder / f"part{number}.stl").write_text(block_stl(20, 20, 5 + number))
        (folder / f"part{number}.gcode").write_text(program(chance))
    return folder


@dataclass(frozen=True)
class Ran:
    """A finished run: what the plan said, its interval, and what it took, all in seconds."""

    planned: float
    low: float
    high: float
    took: float


def made(folder: Path, place: Path, labs: Path, learned: Mapping[str, Calibration]) -> list[Ran]:
    """Make a design as `fabcommons make` does; the printer's runs beside what the plan said of them."""
    order_folder, pace = OrderFolder(place), EventPace(NOW)
    place.mkdir()
    with open_all(str(folder), None, labs, 1) as opened:
        order = Order(opened.design, opened.graph, opened.network, str(labs), 1, 1.0, 0.2, learned)
        workshop = VirtualWorkshop(opened.network, order_folder.machines, pace, SLOWNESS)
        making = Making(order_folder, order, workshop, pace, StandIn(pace))

        async def carried_out() -> None:
            await making.prepare()
            await making.carry_out()
            await workshop.close()

        asyncio.run(carried_out())
        document = {run["id"]: run for run in making.plan()["runs"]}
        with making.store.reading() as session:
            rows = session.execute(select(JobRow, RunRow).join(RunRow, RunRow.job_id == JobRow.id)).all()
            found = [
                Ran(*(document[job.lot.key][f"duration_{each}"] for each in ("s", "low_s", "high_s")),
                    (run.ended_at - run.started_at).total_seconds())
                for job, run in rows if job.program_sha256 is not None and run.outcome is RunOutcome.FINISHED
            ]  # fmt: skip
        making.close()
    return found


def median_error(runs: list[Ran]) -> float:
    return statistics.median(abs(run.planned / run.took - 1) for run in runs)


def test_plans_use_what_runs_taught(tmp_path: Path, labs: Path) -> None:
    chance = random.Random(1)
    orders = tmp_path / "orders"
    orders.mkdir()

    def carry_out(numbers: range, learned: Mapping[str, Calibration]) -> list[Ran]:
        found: list[Ran] = []
        for number in numbers:  # small orders, for the effort of one grows with the square of its jobs
            parts = design(tmp_path / f"design-{number}", range(JOBS), chance)
            found += made(parts, orders / f"order-{number}", labs, learned)
        return found

    untaught = carry_out(range(LEARNED_FROM // JOBS), {})
    learned = taught_by(orders)
    assert {machine: each.jobs for machine, each in learned.items()} == {"north-printer": LEARNED_FROM}
    taught = carry_out(range(LEARNED_FROM // JOBS, (LEARNED_FROM + PREDICTED) // JOBS), learned)
    assert (len(untaught), len(taught)) == (LEARNED_FROM, PREDICTED)
    assert median_error(untaught) > 0.2
    assert median_error(taught) < 0.05
    held = statistics.mean(run.low <= run.took <= run.high for run in taught)
    assert held > 0.8
