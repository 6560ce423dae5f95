from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coordinator.commands import schedule
from coordinator.commands.interruption import interruptible
from scheduler.solve import solve

PROBLEM = {
    "version": "fabcommons-problem/1",
    "origin": "2026-03-02T08:00:00Z",
    "horizon_s": 1000,
    "labs": [{"id": "lab", "windows": [[0, 1000]]}],
    "machines": [{"id": "saw", "lab": "lab", "unattended": False}],
    "tasks": [{"id": "leg", "options": [{"machine": "saw", "duration_s": 40}]}],
}


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests were started in the background, which lets it be ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_is_a_wish_and_pressed_again_the_end() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before


def test_ctrl_c_stays_ignored_where_it_is() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptible() as interrupted:
            signal.raise_signal(signal.SIGINT)
            assert not interrupted()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_search_that_is_interrupted_gives_its_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def solving(*problem: Any, **limits: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        asked.append(limits["cancelled"]())
        return solve(*problem, **limits)

    monkeypatch.setattr("scheduler.solve.solve", solving)
    (tmp_path / "problem.json").write_text(json.dumps(PROBLEM), encoding="utf-8")
    schedule.solve_file(tmp_path / "problem.json", (60.0, 1, 0), tmp_path / "plan.json", None, as_json=False)
    assert asked == [True]
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert [each["task"] for each in plan["placements"]] == ["leg"]
