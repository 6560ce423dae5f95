"""The wall: who needs somebody stands first, and says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from coordinator.schema.builds import JobState
from coordinator.service.machinery.held import HeldView
from coordinator.service.machinery.labs import MachineView
from coordinator.service.machinery.locks import LockView
from coordinator.service.work.board import WorkView
from coordinator.web.wall import Mood, tiles

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)


def machine(name: str) -> MachineView:
    return MachineView(id=name, lab="north", cleared_at=None, entry={"name": name.title()})


def work(name: str, state: JobState = JobState.RUNNING, hours: float = 0) -> WorkView:
    start = NOW + timedelta(hours=hours)
    return WorkView(
        job_id="J1", build_id=1, task="Foot", design="lamp", lab="north", machine=name, state=state, by_hand=False,
        pieces=1, start=start, end=start + timedelta(hours=1), share=None, waits=None, taken_by=None, has_kit=False,
    )  # fmt: skip


def held(name: str) -> HeldView:
    return HeldView(
        job_id="J1", build_id=1, task="Foot", machine=name, lab="north", why="load 120 g of PETG", since=NOW
    )


def test_each_machine_has_a_tile_and_those_that_need_somebody_stand_first() -> None:
    names = ("mill", "printer", "laser", "bench")
    lock = LockView.model_construct(machine="laser", why="the tube is dead")
    found = tiles(
        [machine(each) for each in names], [work("mill")], [work("bench", hours=2)], [held("printer")], [lock]
    )
    assert [(tile.id, tile.mood, tile.why) for tile in found] == [
        ("printer", Mood.NEEDS, "load 120 g of PETG"),
        ("mill", Mood.WORKS, None),
        ("laser", Mood.LOCKED, "the tube is dead"),
        ("bench", Mood.STANDS, None),
    ]
    assert found[3].next is not None
    assert found[0].name == "Printer"


@pytest.mark.parametrize(("state", "words"), [(JobState.DISPATCHED, "starts"), (JobState.RUNNING, "works")])
def test_a_job_counts_more_than_what_stands_in_the_way_of_the_next(state: JobState, words: str) -> None:
    (tile,) = tiles([machine("mill")], [work("mill", state)], [], [held("mill")], [])
    assert (tile.mood, tile.words, tile.why) == (Mood.WORKS, words, None)


def test_the_earliest_of_what_comes_is_next() -> None:
    (tile,) = tiles([machine("mill")], [], [work("mill", hours=1), work("mill", hours=3)], [], [])
    assert tile.next == work("mill", hours=1)
