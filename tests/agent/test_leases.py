"""What an agent answers for: noted before it acts, settled only once it is told, whatever cuts it off."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.journal import Step
from agent.leases import Leases
from agent.protocol import Work, policy_document, read_policy, read_work
from agent.runner import Report
from core.errors import InputError, StateError
from gcode.extent import Bounds
from gcode.safety import SafetyPolicy
from gcode.safety_policy import Tool

POLICY = SafetyPolicy("marlin", Bounds((0, 0, 0), (200, 200, 180)), 250.0, 90.0, extra_commands=frozenset({"M900"}))


def work(attempt_id: int = 1) -> Work:
    return Work(attempt_id, 1, f"J{attempt_id}", "printer", "Foot", "ab" * 32, POLICY, first_layer=False)


def test_what_is_open_survives_and_what_is_settled_does_not(tmp_path: Path) -> None:
    leases = Leases(tmp_path / "deep" / "leases.jsonl")
    for number in (1, 2, 3):
        leases.take(work(number))
    leases.ended(2, Report(Step.FINISHED, 40, "finished"))
    leases.settle(3)
    leases.close()
    again = Leases(tmp_path / "deep" / "leases.jsonl")
    first, second = again.open()
    assert (first.work, first.report) == (work(1), None)
    assert (second.work, second.report) == (work(2), Report(Step.FINISHED, 40, "finished"))
    assert second.ended_unix_s > 0
    again.settle(1)
    again.settle(2)
    again.close()
    last = Leases(tmp_path / "deep" / "leases.jsonl")
    assert last.open() == ()
    assert (tmp_path / "deep" / "leases.jsonl").stat().st_size == 0, "the file does not grow for ever"
    last.close()


def test_an_entry_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "leases.jsonl"
    for text in ("rubbish\n", '{"step":"taken","work":{}}\n', '{"step":"ended"}\n'):
        path.write_text(text)
        with pytest.raises(StateError, match=r"leases\.jsonl:1"):
            Leases(path)


@given(cut=st.integers(min_value=0, max_value=900))
def test_a_crash_at_any_byte_loses_only_what_was_not_yet_written(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("leases") / "l"
    whole = Leases(path)
    whole.take(work())
    taken = path.stat().st_size
    whole.ended(1, Report(Step.FAILED, 3, "alarm"))
    ended = path.stat().st_size
    whole.close()
    path.write_bytes(path.read_bytes()[:cut])
    again = Leases(path)
    known = again.open()
    again.close()
    assert len(known) == (taken <= cut)
    assert bool(known and known[0].report) == (ended <= cut)


@pytest.mark.parametrize(
    "policy",
    [
        POLICY,
        SafetyPolicy("grbl", max_power=1000.0, tool=Tool.LASER, extra_commands=frozenset({"M8"})),
        SafetyPolicy("marlin"),
    ],
)
def test_a_policy_comes_over_the_wire_as_it_was(policy: SafetyPolicy) -> None:
    assert read_policy(policy_document(policy)) == policy


@pytest.mark.parametrize(
    "change",
    [
        {"dialect": "klingon"},
        {"max_hotend_c": "hot"},
        {"max_hotend_c": -1},
        {"envelope_mm": {"minimum": [0, 0], "maximum": [1, 1]}},
        {"tool": "axe"},
        {"laxer": True},
    ],
)
def test_a_policy_that_is_not_understood_is_refused_and_never_read_in_part(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        read_policy(policy_document(POLICY) | change)


def test_a_job_without_a_program_is_refused() -> None:
    for change in ({"program_sha256": ""}, {"program_sha256": "../../etc/passwd"}, {"fence": "new"}):
        with pytest.raises(InputError):
            read_work(work().document() | change)
