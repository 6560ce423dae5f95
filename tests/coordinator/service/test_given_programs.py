"""A job that waits for a toolpath gets one from its lab, which is judged as every program is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from coordinator.schema.builds import JobState
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, ReusedKeyError, UnknownError
from coordinator.service.runs.jobs import JobView
from core.errors import InputError, LimitError, StateError
from tests.coordinator.conftest import block_stl, print_program

from .conftest import Town
from .conftest import bare as bare
from .conftest import town as town


@pytest.fixture
def waiting(town: Town, monkeypatch: pytest.MonkeyPatch) -> JobView:
    """A print job of two pieces without a program."""
    monkeypatch.setattr("coordinator.service.planning.planner.with_toolpaths", lambda plan, *_: plan)
    town.order(town.upload("Foot,2,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 20)))
    (job,) = town.application.jobs.all(state=JobState.WAITING_FOR_TOOLPATH).items
    return job


def program(town: Town, text: str | None = None) -> Path:
    path = town.folder / "sent"
    path.write_text(print_program() if text is None else text, encoding="utf-8")
    return path


def test_its_lab_gives_it_and_it_is_scheduled(town: Town, waiting: JobView) -> None:
    north = Call(town.people["north"])
    given = town.application.programs.give(north, waiting.id, program(town), "foot_x2.gcode")
    assert (given.state, given.program, given.kind) == (JobState.SCHEDULED, "foot_x2.gcode", "filament")
    assert given.planned_end - given.planned_start == timedelta(seconds=given.duration_s)
    assert given.duration_s > 0
    assert given.low_mm is not None
    assert given.high_mm is not None
    assert given.high_mm[0] == 59.0
    job = town.application.jobs.one(waiting.id)
    assert (job.state, job.program, job.program_sha256) == ("scheduled", "foot_x2.gcode", given.program_sha256)
    assert town.application.house.files.path(given.program_sha256).read_text(encoding="utf-8") == print_program()
    events = [each for each in town.application.log.after(0, 999) if each.subject == f"job {waiting.id}"]
    event = next(each for each in events if each.kind == "job.scheduled")
    assert event.who == town.people["north"].id
    assert "foot_x2.gcode" in event.why


def test_an_agent_is_given_the_job_then(town: Town, waiting: JobView) -> None:
    agent = town.agent("north")
    assert town.application.attempts.claim(agent, "north", ["north-printer"]) is None
    given = town.application.programs.give(Call(town.people["north"]), waiting.id, program(town), "foot.gcode")
    town.clock.move(hours=1)
    town.application.labs.clear(Call(town.people["north"]), "north-printer")
    work = town.application.attempts.claim(agent, "north", ["north-printer"])
    assert work is not None
    assert (work.job_id, work.program_sha256) == (waiting.id, given.program_sha256)


def test_only_its_own_lab_gives_it(town: Town, waiting: JobView) -> None:
    for who in ("south", "ada", "ste"):
        with pytest.raises(ForbiddenError):
            town.application.programs.give(Call(town.people[who]), waiting.id, program(town), "foot.gcode")
        with pytest.raises(ForbiddenError):
            town.application.programs.require_may_give(Call(town.people[who]), waiting.id)
    with pytest.raises(UnknownError):
        town.application.programs.give(Call(town.people["north"]), "J9-none", program(town), "foot.gcode")
    assert town.application.jobs.one(waiting.id).state is JobState.WAITING_FOR_TOOLPATH


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (print_program(nozzle_c=300), "M104"),
        ("G28\nG90\nM82\nM104 S200\nG1 X900 Y10 E1 F1200\nM104 S0\n", "foot.gcode:5"),
        ("G28\nM500\nG1 X10 E1 F1200\n", "M500"),
        ("G21\nG90\nM3 S1000\nG1 X10 F600\nM5\n", "program"),
        ("", "foot.gcode"),
        ("\x00\x01\x02binary", "foot.gcode"),
    ],
)
def test_what_its_machine_must_not_run_is_refused(town: Town, waiting: JobView, text: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as refused:
        town.application.programs.give(Call(town.people["north"]), waiting.id, program(town, text), "foot.gcode")
    assert str(town.folder) not in str(refused.value)
    assert town.application.jobs.one(waiting.id).state is JobState.WAITING_FOR_TOOLPATH


def test_one_that_is_too_large_is_refused(town: Town, waiting: JobView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coordinator.plans.given_program.MOST_BYTES", 100)
    with pytest.raises(LimitError):
        town.application.programs.give(Call(town.people["north"]), waiting.id, program(town), "foot.gcode")


@pytest.mark.parametrize("name", ["", "../foot.gcode", "a/b", "a\\b", "a\nb", "x" * 101])
def test_a_name_is_no_path(town: Town, waiting: JobView, name: str) -> None:
    with pytest.raises(InputError, match="no name of a program"):
        town.application.programs.give(Call(town.people["north"]), waiting.id, program(town), name)


def test_given_twice_with_a_key_it_is_given_once(town: Town, waiting: JobView) -> None:
    call = Call(town.people["north"], "k", b"foot")
    first = town.application.programs.give(call, waiting.id, program(town), "foot.gcode")
    assert town.application.programs.give(call, waiting.id, program(town), "foot.gcode") == first
    with pytest.raises(ReusedKeyError):
        town.application.programs.give(Call(call.actor, "k", b"other"), waiting.id, program(town), "foot.gcode")
    with pytest.raises(StateError, match="waits for no program"):
        town.application.programs.give(Call(call.actor), waiting.id, program(town), "foot.gcode")


def test_a_first_article_stays_one_when_its_program_comes(town: Town, waiting: JobView) -> None:
    """It has never been started, so nothing that was asked of it is settled."""
    kinds = [each.kind for each in town.application.log.after(0, 999)]
    town.application.programs.give(Call(town.people["north"]), waiting.id, program(town), "foot.gcode")
    after = [each.kind for each in town.application.log.after(0, 999)][len(kinds) :]
    assert [each for each in after if each.startswith("first-article")] == []
