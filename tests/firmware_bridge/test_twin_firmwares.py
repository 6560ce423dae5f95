"""The virtual firmwares behave as the real ones are known to."""

import functools
import operator
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from firmware_bridge.marlin_lines import numbered
from firmware_bridge.twin.faults import Faults, FaultyWire
from firmware_bridge.twin.firmware import Firmware
from firmware_bridge.twin.grbl import GrblFirmware
from firmware_bridge.twin.log import ExecutionLog, read_log
from firmware_bridge.twin.marlin import MarlinFirmware
from firmware_bridge.twin.planner import Heater, MotionQueue


class Board:
    def __init__(self, firmware: Firmware, log: ExecutionLog, path: Path) -> None:
        self.firmware, self._log, self._path = firmware, log, path
        self.now = 1.0
        firmware.reset(self.now, "power")
        self.greeting = self.wait(0.1)

    def say(self, data: bytes) -> list[str]:
        self.firmware.feed(data, self.now)
        return self.wait(0.0)

    def wait(self, duration_s: float) -> list[str]:
        end = self.now + duration_s
        while (wake := self.firmware.wake_at) is not None and self.now < wake <= end:
            self.now = wake
            self.firmware.advance(self.now)
        self.now = end
        self.firmware.advance(self.now)
        return self.firmware.take_output().decode("latin-1").splitlines()

    def executed(self) -> list[str]:
        self._log.flush()
        return [record["line"] for record in read_log(self._path) if "line" in record]


@pytest.fixture
def marlin(tmp_path: Path) -> Iterator[Board]:
    log = ExecutionLog(tmp_path / "log")
    yield Board(MarlinFirmware(log, advanced_ok=False), log, tmp_path / "log")
    log.close()


@pytest.fixture
def grbl(tmp_path: Path) -> Iterator[Board]:
    log = ExecutionLog(tmp_path / "log")
    yield Board(GrblFirmware(log), log, tmp_path / "log")
    log.close()


# -- Marlin ------------------------------------------------------------------------------------------------------------


def test_marlin_greets_and_answers(marlin: Board) -> None:
    assert marlin.greeting[0] == "start"
    assert marlin.say(b"M110 N0\n") == ["ok"]
    assert marlin.say(b"M105\n")[0].startswith("ok T:21.00 /0.00 B:")
    assert any("EMERGENCY_PARSER:1" in line for line in marlin.say(b"M115\n"))
    assert marlin.say(b"M118 hello there\n") == ["hello there", "ok"]
    assert marlin.say(b"G81 X1\n") == ['echo:Unknown command: "G81 X1"', "ok"]
    assert marlin.say(b"\n; a comment\n") == []


def test_marlin_executes_each_number_once(marlin: Board) -> None:
    assert marlin.say(numbered(1, "G92 X1") + numbered(2, "G92 X2")) == ["ok", "ok"]
    assert marlin.say(numbered(2, "G92 X2")) == []  # repeats of the last and last but one: silence
    assert marlin.say(numbered(1, "G92 X1")) == []
    refused = ["Error:Line Number is not Last Line Number+1, Last Line: 2", "Resend: 3", "ok"]
    assert marlin.say(numbered(7, "G92 X7")) == refused
    assert marlin.say(numbered(3, "G92 X3").replace(b"X3", b"X4"))[0] == "Error:checksum mismatch, Last Line: 2"
    assert marlin.say(b"N3 G92 X3\n")[0].startswith("Error:No Checksum")
    assert marlin.say(numbered(3, "G92 X3")) == ["ok"]
    assert marlin.executed() == ["G92 X1", "G92 X2", "G92 X3"]


def test_marlin_takes_a_line_that_lost_its_number(marlin: Board) -> None:
    assert marlin.say(b"G92 X12*99\n") == ["ok"]
    assert marlin.executed() == ["G92 X12"]


def test_marlin_ends_a_command_at_its_first_star(marlin: Board) -> None:
    body = b"N1 G1 X1*2"
    marlin.say(b"%b*%d\n" % (body, functools.reduce(operator.xor, body)))
    assert marlin.executed() == ["G1 X1"]


_RUBBISH = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.text("GMTNXYZEFSP$?!~*;()0123456789.- ", max_size=30).map(str.encode),
        st.sampled_from(["M9 G7", "G5 X1", "G93", "G2 X1 Y1", "", " ", "T", "M", "G1 X", "M118", "M110 N"]).map(
            lambda text: numbered(1, text)
        ),
        st.sampled_from([b"M9 G7", b"G5 X1", b"$J=X", b"$H", b"G38.2 Z-1"]),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(_RUBBISH, st.booleans())
def test_no_rubbish_stops_a_virtual_machine(tmp_path_factory, lines: list[bytes], marlin: bool) -> None:
    path = tmp_path_factory.mktemp("rubbish") / "log"
    log = ExecutionLog(path)
    board = Board(MarlinFirmware(log) if marlin else GrblFirmware(log), log, path)
    for line in lines:
        board.say(line + b"\n")
        board.wait(100.0)
    log.close()
    board.firmware.reset(board.now, "test")
    assert board.wait(1.0), "it greets after a reset"


def test_marlin_waits_for_a_full_planner_and_says_so(marlin: Board) -> None:
    moves = b"".join(b"G1 X%d F60\n" % ((i + 1) % 2) for i in range(20))  # a second each
    answers = [line for i in range(0, len(moves), 60) for line in marlin.say(moves[i : i + 60])]
    assert answers.count("ok") == 16
    assert marlin.wait(0.99) == []
    assert marlin.wait(0.02) == ["ok"]
    marlin.wait(10)
    assert "echo:busy: processing" in marlin.say(b"M400\n") + marlin.wait(5)


def test_marlin_heats_in_machine_time(marlin: Board) -> None:
    assert marlin.say(b"M109 S121\n") == []
    assert "ok" not in marlin.wait(19)
    assert "ok" in marlin.wait(2)
    assert marlin.say(b"M105\n")[0].startswith("ok T:121.00 /121.00")
    assert marlin.say(b"M190 S100\n") == []
    assert marlin.say(b"M108\n")[0] == "ok"  # the emergency parser breaks the wait


def test_marlin_halts_past_its_queue(marlin: Board) -> None:
    marlin.say(b"M109 S200\nG28\n")
    assert marlin.say(b"M112\n")[0] == "Error:Printer halted. kill() called!"
    assert marlin.say(b"M105\n") == []
    assert "G28" not in marlin.executed()


def test_marlin_loses_what_does_not_fit(marlin: Board) -> None:
    marlin.say(b"G4 S60\n")
    marlin.say(b"".join(b"G92 X%03d\n" % i for i in range(60)))
    marlin.wait(100)
    assert 10 < len(marlin.executed()) < 40


# -- GRBL --------------------------------------------------------------------------------------------------------------


def test_grbl_greets_and_answers(grbl: Board) -> None:
    assert grbl.greeting[-1].startswith("Grbl 1.1")
    assert grbl.say(b"\n") == ["ok"]
    assert grbl.say(b"?")[0].startswith("<Idle|MPos:0.000,0.000,0.000|Bf:15,127")
    assert grbl.say(b"$I\n")[-1] == "ok"
    assert grbl.say(b"$$\n")[-1] == "ok"
    assert grbl.say(b"G1X1\n") == ["error:22"]
    assert grbl.say(b"G81 Z1\n") == ["error:20"]
    assert grbl.say(b"X = 1\n") == ["error:1"]
    assert grbl.say(b"G1X1F100" + b" " * 1 + b"(" + b"x" * 90 + b")\n") == ["error:11"]


def test_grbl_moves_holds_and_goes_on(grbl: Board) -> None:
    grbl.say(b"G1X10F600\n")  # a second
    assert grbl.say(b"?")[0].startswith("<Run|")
    grbl.wait(0.5)
    grbl.say(b"!")
    grbl.wait(10)
    assert grbl.say(b"?")[0].startswith("<Hold:0|")
    assert grbl.say(b"~G4P0.01\n") == []
    assert grbl.wait(0.45) == []
    assert grbl.wait(0.1) == ["ok"]


def test_grbl_loses_its_position_by_a_reset_in_motion(grbl: Board) -> None:
    assert grbl.say(b"$H\n") == ["error:5"]
    grbl.say(b"$22=1\n")
    grbl.say(b"G1X100F600\n")
    assert grbl.say(b"\x18") == ["ALARM:3", "", "Grbl 1.1h ['$' for help]", "[MSG:'$H'|'$X' to unlock]"]
    assert grbl.say(b"G1X1F100\n") == ["error:9"]
    assert grbl.say(b"$X\n") == ["[MSG:Caution: Unlocked]", "ok"]
    assert grbl.say(b"$H\n") == []
    assert grbl.say(b"?")[0].startswith("<Home|")
    assert "ok" in grbl.wait(9)


def test_grbl_keeps_its_position_by_a_reset_at_rest(grbl: Board) -> None:
    grbl.say(b"G1X100F600\n!")
    assert "ALARM:3" not in grbl.say(b"\x18")
    assert grbl.say(b"?")[0].startswith("<Idle|")


def test_grbl_checks_without_moving(grbl: Board) -> None:
    assert grbl.say(b"$C\n") == ["[MSG:Enabled]", "ok"]
    assert grbl.say(b"G1X100F600\nG81\n") == ["ok", "error:20"]
    assert grbl.executed() == []
    assert grbl.say(b"$C\n")[0] == "[MSG:Disabled]"


def test_grbl_picks_realtime_bytes_out_of_comments(grbl: Board) -> None:
    grbl.say(b"G1X100F600\n(what!\n")
    assert grbl.say(b"?")[0].startswith("<Hold")


def test_grbl_drops_in_silence_what_does_not_fit(grbl: Board) -> None:
    grbl.say(b"G4P60\n")
    grbl.say(b"G1X1F900\n" * 40)
    assert grbl.say(b"?")[0].split("|")[2] == "Bf:15,0"
    assert len([line for line in grbl.wait(100) if line == "ok"]) < 20


# -- parts -------------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.binary(min_size=2, max_size=40).map(lambda b: b.replace(b"\n", b"x")), max_size=30), st.integers(0, 99)
)
def test_a_faulty_wire_keeps_order_and_changes_one_byte_at_most(lines: list[bytes], seed: int) -> None:
    wire = FaultyWire(Faults(drop=0.2, corrupt=0.2, delay=0.2, delay_s=1), random.Random(seed))
    out = b"".join(wire.carry(line + b"\n", float(i)) for i, line in enumerate(lines)) + wire.carry(b"", 1e6)
    left = iter(lines)
    for arrived in out.split(b"\n")[:-1]:
        for sent in left:
            if len(sent) == len(arrived) and sum(a != b for a, b in zip(sent, arrived, strict=True)) <= 1:
                assert sent[0] == arrived[0]
                break
        else:
            pytest.fail(f"{arrived!r} was never sent, or came twice or too late")


def test_faults_are_read_and_written() -> None:
    faults = Faults.parse("drop=0.01,corrupt=0.02")
    assert Faults.parse(str(faults)) == faults
    assert not Faults.parse("")
    for text in ("drop", "drop=x", "loss=0.1", "drop=0.9,corrupt=0.9"):
        with pytest.raises(InputError):
            Faults.parse(text)


def test_a_motion_queue_counts_and_pauses() -> None:
    queue = MotionQueue(depth=2, speed=10)
    queue.add(10, 0.0)
    queue.add(10, 0.0)
    assert (queue.free(0.0), queue.slot_at(0.0), queue.empty_at(0.0)) == (0, 1.0, 2.0)
    queue.hold(0.5)
    assert queue.slot_at(9.0) is None
    queue.resume(10.5)
    assert (queue.slot_at(10.5), queue.empty_at(10.5)) == (11.0, 12.0)
    assert queue.drop(11.5) == 1
    assert queue.moving(11.5) == 0


def test_a_heater_follows_its_target() -> None:
    heater = Heater(rate_c_s=10, speed=1, ambient_c=20)
    heater.set_target(120, 0.0)
    assert heater.temperature_c(5.0) == pytest.approx(70)
    assert heater.reached_at(5.0) == pytest.approx(10)
    assert heater.temperature_c(50.0) == 120
    heater.set_target(0, 50.0)
    assert heater.temperature_c(55.0) == pytest.approx(70)
    assert heater.temperature_c(500.0) == 20
