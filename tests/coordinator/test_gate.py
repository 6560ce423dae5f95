"""What people have to say before a machine starts, by its mode, and that a command from elsewhere says it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.permits import Permit, PermitKind
from coordinator.cli import app
from coordinator.make.gate import Gate, Permission
from coordinator.make.person import AtTerminal
from coordinator.make.workshop import Workshop
from gcode.program import parse_program
from machines.lab import Confirmation, Connection, Driver, Lab, Machine, Mode, Network, Policy

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
REAL = Connection(Driver.MARLIN, port="/dev/ttyUSB9")
PRINTED = parse_program(b";LAYER:0\nG1 X1 E1\n;LAYER:1\nG1 X2 E1\n")


class Nobody(AtTerminal):
    """Nobody is at the terminal; what is told is kept."""

    def __init__(self, patience_s: float = 0.0) -> None:
        super().__init__(patience_s)
        self.told: list[str] = []
        self.asked = 0

    async def _ask(self, question: str) -> bool | None:
        self.asked += 1
        return None

    def remind(self, text: str) -> None:
        self.told.append(text)


class Bench:
    def __init__(self, folder: Path, machine: Machine, *, unattended: bool = False, patience_s: float = 0.0) -> None:
        lab = Lab("north", "North", "UTC", {}, Policy.ASKS, (machine,), unattended_starts=unattended)
        self.network, self.machine = Network((lab,)), machine
        self.workshop = Workshop(self.network, folder / "machines", speed=1.0)
        self.person = Nobody(patience_s)
        self.gate = Gate(self.network, self.workshop, self.person)

    def start(self, job: str = "J1") -> Permission | None:
        return asyncio.run(self.gate.may_start(job, "foot", self.machine))

    def give(self, kind: PermitKind) -> None:
        self.workshop.permits(self.machine.id).give(Permit(kind, "p-1"), NOW)


PRINTER = Machine("printer", "north", "Printer", ("fdm",), REAL)


def test_an_operator_arms_a_real_machine_for_each_start(tmp_path: Path) -> None:
    bench = Bench(tmp_path, PRINTER)
    assert bench.start() is None
    assert bench.person.told == [f"printer waits to start foot: fabcommons machine arm printer --dir {tmp_path}"]
    bench.give(PermitKind.BED_CLEAR)
    assert bench.start() is None, "a clear bed does not arm it"
    bench.give(PermitKind.ARMED)
    assert bench.start() == Permission("p-1", "armed")
    assert bench.start("J2") is None


def test_automatic_needs_the_lab_as_well_as_the_machine(tmp_path: Path) -> None:
    machine = replace(PRINTER, mode=Mode.AUTOMATIC, confirm=())
    assert Bench(tmp_path, machine).start() is None
    permission = Bench(tmp_path, machine, unattended=True).start()
    assert permission is not None
    assert permission.who == "policy"


def test_an_automatic_machine_waits_for_its_bed_to_be_cleared_after_each_job(tmp_path: Path) -> None:
    bench = Bench(tmp_path, replace(PRINTER, mode=Mode.AUTOMATIC), unattended=True)
    assert bench.start() is None
    assert "machine confirm printer bed-clear" in bench.person.told[0]
    bench.give(PermitKind.BED_CLEAR)
    assert bench.start() == Permission("p-1", "bed-clear")
    bench.give(PermitKind.BED_CLEAR)
    bench.gate.ended("J1", bench.machine)
    assert bench.start("J2") is None, "that was said while the job ran"


def test_a_monitored_machine_is_a_persons(tmp_path: Path) -> None:
    bench = Bench(tmp_path, replace(PRINTER, mode=Mode.MONITORED))
    assert bench.gate.by_hand(bench.machine)
    assert bench.start() is None
    assert bench.person.asked == 1


def test_a_virtual_machine_needs_nobody_unless_it_says_so(tmp_path: Path) -> None:
    virtual = replace(PRINTER, connection=Connection(Driver.MARLIN, port="virtual"))
    assert Bench(tmp_path, virtual).start() is not None
    assert Bench(tmp_path, replace(virtual, mode=Mode.ARMED)).start() is None
    assert Bench(tmp_path, replace(virtual, confirm=(Confirmation.BED_CLEAR,))).start() is None


def test_a_start_waits_for_the_command(tmp_path: Path) -> None:
    bench = Bench(tmp_path, PRINTER, patience_s=60)
    (tmp_path / "fabcommons.lock").touch()

    async def main() -> Permission | None:
        waiting = asyncio.create_task(bench.gate.may_start("J1", "foot", bench.machine))
        while not bench.person.told:
            await asyncio.sleep(0)
        arm = ["machine", "arm", "printer", "--dir", str(tmp_path), "--who", "p-2", "--json"]
        answer = await asyncio.to_thread(CliRunner().invoke, app, arm)
        assert answer.exit_code == 0, answer.output
        assert json.loads(answer.stdout)["permit"] == "armed"
        return await waiting

    assert asyncio.run(main()) == Permission("p-2", "armed")


@pytest.mark.parametrize("good", [True, False])
def test_a_first_layer_is_ruled_on_by_the_command(tmp_path: Path, good: bool) -> None:
    bench = Bench(tmp_path, replace(PRINTER, confirm=(Confirmation.FIRST_LAYER,)))
    (tmp_path / "fabcommons.lock").touch()
    layer = bench.gate.first_layer("J1", "foot", bench.machine, PRINTED)
    assert layer is not None
    assert layer.lines == 1
    confirm = ["machine", "confirm", "printer", "first-layer", "--dir", str(tmp_path), "--who", "p-3"]
    assert CliRunner().invoke(app, confirm + ([] if good else ["--no"])).exit_code == 0
    assert asyncio.run(layer.ask()) == (good, "p-3")
    assert bench.gate.first_layer("J1", "foot", PRINTER, PRINTED) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["confirm", "printer", "luck"], "cannot be confirmed"),
        (["confirm", "printer", "bed-clear", "--no"], "only a first layer"),
        (["arm", "../x"], "no id of a machine"),
        (["arm", "printer", "--dir", "/nowhere"], "no folder of an order"),
    ],
)
def test_what_cannot_be_confirmed_is_refused(arguments: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "fabcommons.lock").touch()
    more = [] if "--dir" in arguments else ["--dir", str(tmp_path)]
    with pytest.raises(Exception, match=said):
        CliRunner().invoke(app, ["machine", *arguments, *more], catch_exceptions=False)
