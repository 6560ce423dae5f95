"""When a job may start: opening hours, delivery and transport are kept also when everything is late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coordinator.readiness import NEVER, Readiness
from coordinator.schema.builds import JobRow, JobState, LotRow, RunRow, TaskRow, TaskState
from machines.network import read_network

MONDAY = datetime(2030, 1, 7, tzinfo=UTC)


def at(hour: float, day: int = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)


@pytest.fixture
def rules(labs: Path) -> Readiness:
    """Both labs are open from 8 to 18; an hour lies between them."""
    return Readiness(read_network(labs))


def job(machine: str, lab: str, start: datetime, hours: float) -> JobRow:
    end = start + timedelta(hours=hours)
    return JobRow(id="J2", machine=machine, lab=lab, planned_start=start, planned_end=end, state=JobState.SCHEDULED)


def made(lab: str, machine: str, ended: datetime) -> TaskRow:
    """A task whose only lot was made there and then."""
    run = RunRow(job_id="J1", started_at=ended - timedelta(hours=1), ended_at=ended)
    done = JobRow(id="J1", machine=machine, lab=lab, state=JobState.MADE, run=run)
    return TaskRow(key="t", name="Part", state=TaskState.DONE, lots=[LotRow(key="t-1", pieces=1, jobs=[done])])


def bought(arrives: datetime | None, state: TaskState = TaskState.DONE) -> TaskRow:
    return TaskRow(key="p", name="Screw", state=state, arrives_at=arrives)


def test_a_job_starts_as_planned(rules: Readiness) -> None:
    assert rules.ready_at(job("north-bench", "north", at(9), 1), [], at(8)) == at(9)


def test_a_late_job_starts_now_but_only_in_opening_hours(rules: Readiness) -> None:
    late = job("north-bench", "north", at(9), 1)
    assert rules.ready_at(late, [], at(11.5)) == at(11.5)
    assert rules.ready_at(late, [], at(23)) == at(8, day=1)


def test_attended_work_must_end_before_closing_and_unattended_need_not(rules: Readiness) -> None:
    assert rules.ready_at(job("north-bench", "north", at(9), 4), [], at(17)) == at(8, day=1)
    assert rules.ready_at(job("north-printer", "north", at(9), 4), [], at(17)) == at(17)


def test_parts_travel_between_labs_and_not_inside_one(rules: Readiness) -> None:
    here = made("north", "north-bench", at(10))
    assert rules.ready_at(job("north-bench", "north", at(9), 1), [here], at(9)) == at(10)
    assert rules.ready_at(job("south-bench", "south", at(9), 1), [here], at(9)) == at(11)


def test_what_a_machine_made_at_night_leaves_when_its_lab_opens(rules: Readiness) -> None:
    overnight = made("north", "north-printer", at(23))
    assert rules.ready_at(job("south-bench", "south", at(9), 1), [overnight], at(9)) == at(9, day=1)


def test_purchases_are_waited_for(rules: Readiness) -> None:
    work = job("north-bench", "north", at(9), 1)
    assert rules.ready_at(work, [bought(at(12))], at(9)) == at(12)
    assert rules.ready_at(work, [bought(at(12), TaskState.ORDERED)], at(9)) == NEVER


def test_a_lab_that_never_opens_long_enough_never_starts(rules: Readiness) -> None:
    assert rules.ready_at(job("north-bench", "north", at(9), 11), [], at(9)) == NEVER


@pytest.mark.parametrize("arrives", [NEVER, NEVER - timedelta(days=1), NEVER - timedelta(days=27)])
def test_what_has_no_date_of_arrival_is_waited_for_for_ever(rules: Readiness, arrives: datetime) -> None:
    assert rules.ready_at(job("north-bench", "north", at(9), 1), [bought(arrives)], at(9)) == NEVER
    assert rules.open_from("north", arrives) == NEVER


def test_a_late_run_waits_for_maintenance_that_the_plan_kept_clear_of(labs: Path) -> None:
    lenses = "maintenance: [{start: 2030-01-07 15:00, end: 2030-01-07 16:00}]"
    text = labs.read_text(encoding="utf-8").replace("unattended: true", f"unattended: true\n        {lenses}")
    labs.write_text(text, encoding="utf-8")
    rules = Readiness(read_network(labs))
    printing = job("north-printer", "north", at(9), 6)
    assert rules.ready_at(printing, [], at(8)) == at(9)
    assert rules.ready_at(printing, [], at(9.5)) == at(16)
    overnight = job("north-printer", "north", at(16), 16)
    assert rules.ready_at(overnight, [], at(17)) == at(17)


def test_a_closed_day_holds_up_a_late_job(labs: Path) -> None:
    text = labs.read_text(encoding="utf-8")
    labs.write_text(text.replace("    policy", "    closures: [{day: 2030-01-08}]\n    policy"), encoding="utf-8")
    rules = Readiness(read_network(labs))
    assert rules.ready_at(job("north-bench", "north", at(9), 1), [], at(19)) == at(8, day=2)
