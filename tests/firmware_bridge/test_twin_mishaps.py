"""What a virtual Marlin keeps, reports and suffers, and what the driver makes of it."""

import asyncio
from dataclasses import fields
from pathlib import Path

import pytest

from core.errors import InputError, LostContactError
from firmware_bridge.device import Outcome, RunState
from firmware_bridge.grbl import GrblDevice
from firmware_bridge.grbl_stream import GrblStream
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.marlin_heat import lost_heat
from firmware_bridge.marlin_lines import numbered
from firmware_bridge.marlin_stream import MarlinStream
from firmware_bridge.twin import read_log
from firmware_bridge.twin.faults import MISHAPS, Faults, Mishap
from firmware_bridge.twin.grbl import GrblFirmware
from firmware_bridge.twin.host import FIRMWARES
from firmware_bridge.twin.log import ExecutionLog
from firmware_bridge.twin.marlin import MarlinFirmware
from gcode.program import parse_program

LINES = ["G28", "M104 S200", *(f"G1 X{i % 100} F3000" for i in range(300)), "M104 S0"]


class Board:
    def __init__(self, folder: Path, **options: object) -> None:
        self.log = ExecutionLog(folder / "log")
        self.firmware = MarlinFirmware(self.log, advanced_ok=False, store=folder / "eeprom", **options)
        self.now = 0.0
        self.start()

    def start(self) -> None:
        self.firmware.reset(self.now, "power")
        self.wait(0.1)

    def say(self, text: str) -> list[str]:
        self.firmware.feed(text.encode() + b"\n", self.now)
        return self.wait(0.0)

    def wait(self, duration_s: float) -> list[str]:
        end = self.now + duration_s
        while (wake := self.firmware.wake_at) is not None and wake <= end and wake > self.now:
            self.now = wake
            self.firmware.advance(self.now)
        self.now = end
        self.firmware.advance(end)
        return self.firmware.take_output().decode("latin-1").splitlines()


def test_settings_are_kept_when_they_were_stored(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.say("M92 E95.5")
    assert "echo:  M92 X80.00 Y80.00 Z400.00 E95.50" in board.say("M503")
    board.start()
    assert "echo:  M92 X80.00 Y80.00 Z400.00 E93.00" in board.say("M503")
    board.say("M92 E95.5")
    board.say("M500")
    board = Board(tmp_path)
    assert "echo:  M92 X80.00 Y80.00 Z400.00 E95.50" in board.say("M503")
    board.say("M502")
    assert "echo:  M92 X80.00 Y80.00 Z400.00 E93.00" in board.say("M503")
    board.log.close()


def test_a_damaged_store_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "eeprom").write_text('["no settings"]')
    board = Board(tmp_path)
    assert "echo:  M92 X80.00 Y80.00 Z400.00 E93.00" in board.say("M503")
    board.log.close()


def test_temperatures_are_reported_unasked(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.say("M155 S2")
    assert [line for line in board.wait(7.0) if line.startswith(" T:21.00 /0.00")] == [
        " T:21.00 /0.00 B:21.00 /0.00 @:0 B@:0"
    ] * 3
    board.say("M155 S0")
    assert board.wait(10.0) == []
    board.log.close()


def test_a_file_goes_to_the_card_and_is_printed_from_it(tmp_path: Path) -> None:
    board = Board(tmp_path)
    assert board.say("M28 part.gco") == ["Writing to file: PART.GCO", "ok"]
    for text in ("G92 X1", "G4 S5", "G92 X2"):
        assert board.say(text)[0].startswith("Error:No Checksum")  # as lines without a number are not written
    board.firmware.reset(board.now, "power")
    board.wait(0.1)
    for number, text in enumerate(["M28 part.gco", "G92 X1", "G4 S5", "G92 X2", "M29"], start=1):
        answers = board.say(numbered(number, text).decode().strip())
    assert answers == ["Done saving file.", "ok"]
    assert board.say("M20") == ["Begin file list", "PART.GCO 20", "End file list", "ok"]
    assert board.say("M23 absent.gco")[0].startswith("open failed")
    assert board.say("M23 part.gco")[-2:] == ["File selected", "ok"]
    assert board.say("M24") == ["ok"]
    assert board.say("M27") == []  # in turn, behind the dwell
    told = board.wait(6.0)
    assert told[-2:] == ["ok", "Done printing file"]
    assert told[-3].startswith("SD printing byte")
    board.log.flush()
    executed = [record["line"] for record in read_log(tmp_path / "log") if "line" in record]
    assert [line for line in executed if line[0] == "G"] == ["G92 X1", "G4 S5", "G92 X2"]
    board.log.close()


def run(bench, folder: Path, mishap: str, *, each_turn=lambda stream, now: None) -> MarlinStream:
    log = ExecutionLog(folder / "log")
    table = bench(MarlinFirmware(log, mishaps=[Mishap(mishap, 50)]), Faults(), 0)
    stream = MarlinStream(LINES, job_id="a", now=table.now, takes_back=True)
    try:
        return table.run(stream, each_turn=lambda now: each_turn(stream, now))
    finally:
        log.close()


@pytest.mark.parametrize(
    ("mishap", "cause"),
    [("runaway", "Thermal Runaway"), ("maxtemp", "MAXTEMP"), ("reset", "restarted during the run")],
)
def test_a_mishap_ends_the_run_with_its_name(bench, tmp_path: Path, mishap: str, cause: str) -> None:
    stream = run(bench, tmp_path, mishap)
    assert stream.result.outcome is Outcome.FAILED
    assert cause in stream.result.message


def test_the_end_of_the_filament_is_a_pause(bench, tmp_path: Path) -> None:
    paused: list[float] = []

    def person(stream: MarlinStream, now: float) -> None:
        if stream.progress.state is RunState.PAUSED:
            paused.append(now)
            assert "filament" in stream.report
            if now > paused[0] + 60:
                stream.resume(now)

    stream = run(bench, tmp_path, "runout", each_turn=person)
    assert stream.result.outcome is Outcome.FINISHED
    assert paused


def test_heat_that_was_let_go_in_a_pause_comes_back_before_the_print_goes_on(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(MarlinFirmware(log), Faults(), 0)
    stream = MarlinStream(["M190 S60", "M109 S200", *LINES[2:]], job_id="a", now=table.now, takes_back=True)
    moments: list[float] = []

    def person(now: float) -> None:
        if not moments and stream.progress.lines_done > 100:
            stream.pause()
            moments.append(now)
        elif len(moments) == 1 and now > moments[0] + 20:
            table.firmware._machine.switch_heat_off(now)
            moments.append(now)
        elif len(moments) == 2 and now > moments[0] + 60:
            stream.resume(now)
            moments.append(now)

    table.run(stream, each_turn=person)
    log.close()
    assert stream.result.outcome is Outcome.FINISHED
    lines = [record["line"] for record in read_log(tmp_path / "log") if "line" in record]
    again = lines.index("M140 S60")
    assert lines[again : again + 4] == ["M140 S60", "M104 S200", "M190 S60", "M109 S200"]
    assert lines[again + 4].startswith("G1")
    assert lost_heat({"T": (200, 200), "B": (60, 60)}, {"T": (180, 200), "B": (50, 60)}) == []
    assert lost_heat({"T1": (200, 210)}, {"T1": (30, 0)}) == ["M104 T1 S210", "M109 T1 S210"]
    assert lost_heat({"T": (20, 0)}, {"T": (20, 0)}) == lost_heat({"T": (200, 200)}, {}) == []


def test_a_broken_end_switch_stops_the_next_homing(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(MarlinFirmware(log, mishaps=[Mishap("endstop", 2)]), Faults(), 0)
    stream = table.run(MarlinStream(["G28", "G1 X1", "G28"], job_id="a", now=table.now))
    log.close()
    assert stream.result.outcome is Outcome.FAILED


@pytest.mark.parametrize("firmware", ["marlin", "grbl"])
def test_a_cable_that_comes_out_is_lost_contact(twin, quick_marlin, quick_grbl, firmware: str) -> None:
    machine, _ = twin(firmware, faults=Faults.parse("unplug@40"))
    opened = {"marlin": (MarlinDevice, quick_marlin), "grbl": (GrblDevice, quick_grbl)}[firmware]

    async def work() -> None:
        device = await opened[0].open(str(machine.link), timing=opened[1])
        program = parse_program(("G21\n" + "G1 X1 F900\n" * 500).encode())
        with pytest.raises(LostContactError):
            await device.run(program, job_id="a", progress=lambda _: None)
        await device.close()

    asyncio.run(work())


def test_mishaps_are_read_and_written() -> None:
    faults = Faults.parse("drop=0.01,runaway@500")
    assert faults.mishaps == (Mishap("runaway", 500),)
    assert Faults.parse(str(faults)) == faults
    assert faults.hurts_lines
    assert not Faults.parse("reset@1").hurts_lines
    for text in ("fire@3", "reset@0", "reset@x", "reset@", "@"):
        with pytest.raises(InputError):
            Faults.parse(text)


@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("firmware", ["marlin", "grbl"])
def test_no_mishap_breaks_a_virtual_machine(bench, tmp_path: Path, firmware: str, mishap: str) -> None:
    log = ExecutionLog(tmp_path / "log")
    marlin = firmware == "marlin"
    table = bench((MarlinFirmware if marlin else GrblFirmware)(log, mishaps=[Mishap(mishap, 5)]), Faults(), 0)
    lines = [line for line in LINES if marlin or (line[:1] == "G" and line != "G28")]
    stream = (MarlinStream if marlin else GrblStream)(lines, job_id="a", now=table.now)
    since = table.now

    def person(now: float) -> None:
        nonlocal since
        if stream.progress.state is not RunState.PAUSED:
            since = now
        elif now > since + 5:
            stream.resume(now)

    try:
        table.run(stream, each_turn=person)
    except LostContactError:
        assert mishap == "unplug"
    log.close()
    assert mishap in {record.get("kind") for record in read_log(tmp_path / "log")}


def test_the_manual_names_every_mishap_and_fault_and_firmware() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "driving.md").read_text()
    shares = [each.name for each in fields(Faults) if each.name not in {"mishaps", "delay_s"}]
    for name in (*MISHAPS, *shares):
        assert f"`{name}`" in manual, name
    assert f"--firmware {'|'.join(FIRMWARES)}" in manual
