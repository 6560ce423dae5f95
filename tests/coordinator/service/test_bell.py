"""The bell of a house, and that the last of what agents tell is heard, however soon after the one before it came."""

from __future__ import annotations

from coordinator.service.bell import Bell
from coordinator.service.runs.attempts import Told
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.test_requests import running

PATIENCE_S = 30.0


def test_it_rings_once_later_for_all_who_asked_meanwhile() -> None:
    bell = Bell()
    for _ in range(5):
        bell.ring_later(0.02)
    bell.wait(0, PATIENCE_S)
    assert bell.count == 1
    bell.ring_later(0.02)
    bell.wait(1, PATIENCE_S)
    assert bell.count == 2, "whoever asks after it rang is heard too"


def test_two_reports_within_a_second_are_both_heard(town: Town) -> None:
    agent = town.agent("north")
    town.order()
    work, bell = running(town, agent), town.application.house.bell
    for state in ("running", "paused"):
        seen = bell.count
        told = Told(attempt_id=work.attempt_id, fence=work.fence, lines_done=1, lines_total=9, state=state)
        town.application.attempts.progress(agent, [told])
        bell.wait(seen, PATIENCE_S)
        assert bell.count > seen, state
