"""A virtual Marlin leaves an object of a plate out as the firmware does: no move, no filament, the count goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge.twin.log import ExecutionLog, LoggedJob, read_log
from firmware_bridge.twin.marlin_machine import MarlinMachine
from firmware_bridge.twin.objects import Objects


@pytest.fixture
def machine() -> MarlinMachine:
    return MarlinMachine(lambda _: None, speed=1e4, store=None)


def test_moves_of_an_object_that_is_left_out_go_nowhere_and_the_count_goes_on(machine: MarlinMachine) -> None:
    for line in ("G90", "M82", "M486 T2", "M486 S0", "G1 X10 Y10 Z1 E1", "M486 P1", "M486 S1"):
        machine.execute(line, 0.0)
    before = machine.motion.empty_at(0.0)
    for line in ("G1 X50 Y60 E9 F3000", "G2 X60 Y60 I5 E10", "X70", "G1 Z5"):
        assert machine.objects.skips(line)
        machine.execute(line, 0.0)
    assert tuple(machine.state.position) == (10.0, 10.0, 1.0, 10.0)
    assert machine.motion.empty_at(0.0) == before, "nothing was queued"
    machine.execute("M486 S-1", 0.0)
    machine.execute("G1 X20 E11", 0.0)
    assert tuple(machine.state.position) == (20.0, 10.0, 1.0, 11.0)
    assert machine.motion.empty_at(0.0) != before


@pytest.mark.parametrize(
    ("lines", "skipping"),
    [
        ("M486 S1", False),
        ("M486 P1,M486 S1", True),
        ("M486 S1,M486 P1", True),
        ("M486 S1,M486 C", True),
        ("M486 P1,M486 S1,M486 U1", False),
        ("M486 P1,M486 S1,M486 S2", False),
        ("M486 P1,M486 S1,M486 S-1", False),
        ("M486 P1,M486 S1,M486 T3", False),
        ("M486 P40,M486 S40", False),
        ("M486 S1 APrusa P1 of 3", False),
        ("M486 C,M486 S-1", False),
        ("M486", False),
    ],
)
def test_which_object_is_left_out(lines: str, skipping: bool) -> None:
    objects = Objects()
    for line in lines.split(","):
        objects.command(line)
    assert objects.skipping is skipping
    assert objects.skips("G1 X1") is skipping
    assert not objects.skips("M104 S0")
    assert not objects.skips("G28")


def test_power_off_forgets_what_was_left_out(machine: MarlinMachine) -> None:
    machine.execute("M486 P0", 0.0)
    machine.execute("M486 S0", 0.0)
    assert machine.objects.skipping
    machine.power_on()
    assert not machine.objects.skipping


def test_the_log_says_which_moves_were_not_made(tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    log.line(1, "G1 X1")
    log.line(2, "G1 X2", skipped=True)
    log.close()
    assert [each.get("skipped", False) for each in read_log(tmp_path / "log")] == [False, True]


def test_leaving_an_object_out_is_no_line_of_the_program() -> None:
    logged = LoggedJob("J1", ("M486 S0", "M486 P1", "G1 X1", "M400"), complete=True, started=0.0, ended=1.0)
    assert logged.executed(("M486 S0", "G1 X1"))
    assert not logged.executed(("M486 S1", "G1 X1"))
