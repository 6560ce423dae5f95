from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.permits import Permit, PermitKind, Permits
from core.errors import InputError, StateError

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def permits(tmp_path: Path) -> Permits:
    return Permits(tmp_path / "machines" / "printer.permits")


def test_a_permit_is_used_once(permits: Permits) -> None:
    assert permits.take(PermitKind.ARMED, "J1") is None
    permits.give(Permit(PermitKind.ARMED, "p-1"), NOON)
    assert permits.has(PermitKind.ARMED, "J1")
    assert permits.take(PermitKind.BED_CLEAR, "J1") is None
    assert permits.take(PermitKind.ARMED, "J1") == Permit(PermitKind.ARMED, "p-1")
    assert permits.take(PermitKind.ARMED, "J2") is None


def test_a_permit_for_one_job_is_not_for_another(permits: Permits) -> None:
    permits.give(Permit(PermitKind.ARMED, "p-1", "J2"), NOON)
    assert permits.take(PermitKind.ARMED, "J1") is None
    assert permits.take(PermitKind.ARMED, "J2") is not None


def test_what_was_confirmed_before_a_job_ended_says_nothing_of_the_next(permits: Permits) -> None:
    permits.give(Permit(PermitKind.BED_CLEAR, "p-1"), NOON)
    permits.ended("J1")
    assert permits.pending() == ()
    permits.give(Permit(PermitKind.BED_CLEAR, "p-2"), NOON)
    assert [each.who for each in permits.pending()] == ["p-2"]


def test_another_process_sees_what_is_written_and_a_cut_line_is_no_permit(tmp_path: Path) -> None:
    path = tmp_path / "printer.permits"
    Permits(path).give(Permit(PermitKind.FIRST_LAYER, "p-1", good=False), NOON)
    with path.open("ab") as file:
        file.write(b'{"permit":"armed","who":"p-')
    assert [each.kind for each in Permits(path).pending()] == [PermitKind.FIRST_LAYER]
    Permits(path).give(Permit(PermitKind.ARMED, "p-2"), NOON)  # behind the cut line
    taken = Permits(path).take(PermitKind.FIRST_LAYER, "J1")
    assert taken is not None
    assert not taken.good


def test_a_permit_of_another_sort_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "printer.permits"
    path.write_text('{"permit":"blessed","who":"p-1"}\n')
    with pytest.raises(StateError, match=r"printer\.permits:1"):
        Permits(path).pending()
    with pytest.raises(InputError):
        Permit(PermitKind.ARMED, "")
