"""Finished runs teach: what is in the store becomes a calibration, a log for `estimate`, and other times in a plan."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coordinator.cli import app
from coordinator.commands.calibrate import taught_by
from coordinator.commands.estimate import read_jobs
from coordinator.files import FileStore
from coordinator.folder import OrderFolder
from coordinator.learning import logged_jobs
from coordinator.plans.opening import open_all
from coordinator.plans.work import form_lots
from coordinator.schema.builds import (
    Base,
    BuildRow,
    BuildState,
    DesignRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    OfferState,
    PlanRow,
    RunOutcome,
    RunRow,
    TaskRow,
    TaskState,
)
from coordinator.store import Store
from core.errors import InputError
from gcode.inspection import measure
from gcode.program import read_program

from .conftest import block_stl, print_program

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
FACTOR, START_S = 1.5, 400.0
LENGTHS = (200, 400, 800, 1600, 2400, 3200, 150, 600)


def program(millimetres: int) -> str:
    there_and_back = "".join(f"G1 X{10 + 100 * (n % 2)} E{n + 1} F600\n" for n in range(millimetres // 10))
    return f"G28\nG1 X10 Y10 F600\n{there_and_back}M104 S0\n"


def ran(session: object, number: int, digest: str | None, took_s: float, outcome: RunOutcome) -> None:
    key, day = f"J{number}", timedelta(days=number)
    end = NOW + timedelta(seconds=took_s)
    rows: list[Base] = [
        LotRow(id=number, build_id=1, task_id=1, key=key, pieces=1),
        OfferRow(
            id=number, plan_id=1, lot_id=number, lab="north", machine="north-printer", program_sha256=digest,
            verdict="yes", terms="", planned_start=NOW, planned_end=end, state=OfferState.ACCEPTED,
        ),
        JobRow(
            id=key, build_id=1, lot_id=number, offer_id=number, lab="north", machine="north-printer",
            state=JobState.MADE, program_sha256=digest, planned_start=NOW, planned_end=end,
        ),
        RunRow(job_id=key, started_at=NOW + day, ended_at=end + day, outcome=outcome),
    ]  # fmt: skip
    for row in rows:
        session.add(row)  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]


@pytest.fixture
def order(tmp_path: Path) -> OrderFolder:
    """An order whose printer is slower than its programs say and heats for a while."""
    folder = OrderFolder(tmp_path / "order")
    store, files = Store(folder.database), FileStore(folder.files)
    with store.transaction() as session:
        session.add(DesignRow(id=1, name="d", location="d", content_hash="0"))
        session.flush()
        session.add(BuildRow(id=1, design_id=1, quantity=1, state=BuildState.REPORTED, labs_file="l", opened_at=NOW))
        session.flush()
        session.add(
            TaskRow(
                id=1, build_id=1, key="t", kind="fabricate", name="t", quantity=1, unit="piece", state=TaskState.DONE
            )
        )
        session.add(PlanRow(id=1, build_id=1, made_at=NOW, why="", document={}))
        session.flush()
        for number, length in enumerate(LENGTHS, 1):
            path = tmp_path / "part.gcode"
            path.write_text(program(length))
            moves_s = measure(read_program(path)).duration_s
            ran(session, number, files.add(path), START_S + FACTOR * moves_s, RunOutcome.FINISHED)
        ran(session, 50, files.add(path), 1.0, RunOutcome.FAILED)
        ran(session, 51, None, 9.0, RunOutcome.FINISHED)
        ran(session, 52, "f" * 64, 9.0, RunOutcome.FINISHED)
    store.close()
    return folder


def test_finished_runs_with_a_program_count_and_no_others(order: OrderFolder) -> None:
    jobs = logged_jobs(order)
    assert list(jobs) == ["north-printer"]
    assert len(jobs["north-printer"]) == len(LENGTHS)
    assert all(
        job.real_s == pytest.approx(START_S + FACTOR * job.estimated_s, abs=1e-3) for job in jobs["north-printer"]
    )


def test_the_command_tells_what_was_learned_and_keeps_a_log(order: OrderFolder, tmp_path: Path) -> None:
    log = tmp_path / "jobs.csv"
    command = ["machine", "calibrate", "north-printer", "--dir", str(order.root), "--out", str(log), "--json"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    learned = json.loads(done.stdout)
    assert learned["jobs"] == len(LENGTHS)
    assert learned["factor"] == pytest.approx(FACTOR, rel=0.2)
    assert len(read_jobs(log)) == len(LENGTHS)


def test_runs_that_are_not_there_are_told(order: OrderFolder, tmp_path: Path) -> None:
    for machine, folder in (("stranger", order.root), ("north-printer", tmp_path)):
        with pytest.raises(InputError):
            CliRunner().invoke(app, ["machine", "calibrate", machine, "--dir", str(folder)], catch_exceptions=False)


def test_simulated_runs_are_told_to_be_so(order: OrderFolder, capsys: pytest.CaptureFixture[str]) -> None:
    taught_by(order.root)
    assert "simulated" not in capsys.readouterr().err
    order.report.write_text('{"simulated": true}')
    taught_by(order.root)
    assert "simulated" in capsys.readouterr().err
    assert taught_by(None) == {}


def test_a_plan_takes_what_runs_teach(order: OrderFolder, design: Callable[..., Path], labs: Path) -> None:
    folder = design("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(30, 30, 30), foot__gcode=print_program())
    with open_all(str(folder), None, labs, 1) as opened:
        plain, taught = (
            form_lots(opened.design, opened.graph, opened.network, learned=learned).lots
            for learned in ({}, taught_by(order.root))
        )
    before, after = (
        next(each.estimate for lot in lots for each in lot.candidates if each.machine.id == "north-printer")
        for lots in (plain, taught)
    )
    assert after.duration_s > before.duration_s + START_S / 2
    assert f"{len(LENGTHS)} runs of this machine" in after.basis
    assert after.low_s < after.duration_s < after.high_s


def test_a_folder_of_orders_teaches_together_and_simulated_ones_only_where_there_are_no_others(
    order: OrderFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = OrderFolder(tmp_path / "other")
    shutil.copytree(order.root, other.root)
    assert taught_by(tmp_path)["north-printer"].jobs == 2 * len(LENGTHS)
    other.report.write_text('{"simulated": true}')
    assert taught_by(tmp_path)["north-printer"].jobs == len(LENGTHS)
    assert "1 of 2 orders were simulated" in " ".join(capsys.readouterr().err.split())
    order.report.write_text('{"simulated": true}')
    assert taught_by(tmp_path)["north-printer"].jobs == 2 * len(LENGTHS)
    with pytest.raises(InputError, match="there is no order here"):
        taught_by(tmp_path / "absent")
