"""The journal: what it says was written survives, and a torn last line is no lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.journal import Journal, Step
from core.errors import StateError


def test_steps_survive_reopening(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "printer.journal"
    first = Journal(path)
    first.write("J1", Step.STARTED, machine="printer")
    first.write("J1", Step.FINISHED, lines=12)
    first.write("J2", Step.STARTED)
    first.close()
    again = Journal(path)
    assert [entry.step for entry in again.entries("J1")] == [Step.STARTED, Step.FINISHED]
    last = again.last("J1")
    assert last is not None
    assert last.facts == {"lines": 12}
    assert again.last("J3") is None
    again.close()


def test_an_entry_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_text('{"job":"J1","step":"started"}\nrubbish\n')
    with pytest.raises(StateError, match="j:2"):
        Journal(path)


@given(cut=st.integers(min_value=0, max_value=200))
def test_a_crash_at_any_byte_loses_only_what_was_not_yet_written(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "j"
    whole = Journal(path)
    for number in range(4):
        whole.write(f"J{number}", Step.STARTED)
    whole.close()
    data = path.read_bytes()
    path.write_bytes(data[:cut])
    again = Journal(path)
    known = [again.last(f"J{number}") is not None for number in range(4)]
    assert known == [len(b"".join(data.splitlines(keepends=True)[: n + 1])) <= cut for n in range(4)]
    again.write("J9", Step.STARTED)
    again.close()
    final = Journal(path)
    assert final.last("J9") is not None
    final.close()
