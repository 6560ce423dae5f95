"""What travels before its turn can always be taken back."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import LostContactError
from firmware_bridge.device import Outcome
from firmware_bridge.marlin_lines import numbered
from firmware_bridge.marlin_stream import MarlinStream
from firmware_bridge.marlin_window import NumberedLines
from firmware_bridge.timing import MarlinTiming
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.log import ExecutionLog, jobs
from firmware_bridge.twin.marlin import MarlinFirmware

LINES = ["G28", "G90", "M83", *(f"G1 X{10 + i % 150}.5 Y{20 + i % 97} E0.0{i % 10}" for i in range(300)), "M104 S0"]
BAUD = 115_200
ERROR_S = 48 * 10 / BAUD  # a board that tells its error in full before it flushes


class Talk:
    """A stream and a person who plays the firmware."""

    def __init__(self, lines: Sequence[str], *, takes_back: bool = True, **options: int) -> None:
        self.now = 0.0
        self.stream = MarlinStream(lines, job_id="j", now=0.0, takes_back=takes_back, timing=MarlinTiming(**options))
        self.stream.take_output()

    def say(self, *lines: str, after_s: float = 0.001) -> bytes:
        self.now += after_s
        for line in lines:
            self.stream.receive(line, self.now)
        self.stream.advance(self.now)
        return self.stream.take_output()


def line(number: int, text: str) -> bytes:
    return numbered(number, text)[:-1]


def test_the_next_line_travels_without_its_end() -> None:
    talk = Talk(["G1 X1", "G1 X2"])
    assert talk.say("ok") == line(1, "M117 j start") + b"\n" + line(2, "G1 X1")
    assert talk.say("ok") == b"\n" + line(3, "G1 X2")
    assert talk.say("ok") == b"\n" + line(4, "M400")


def test_a_firmware_that_takes_nothing_back_gets_one_line_at_a_time() -> None:
    talk = Talk(["G1 X1", "G1 X2"], takes_back=False)
    assert talk.say("ok") == line(1, "M117 j start") + b"\n"
    assert talk.say("ok") == line(2, "G1 X1") + b"\n"


def test_nothing_travels_behind_a_wait_or_beyond_the_receive_buffer() -> None:
    talk = Talk(["M109 S200", "G1 X1"])
    talk.say("ok")
    assert talk.say("ok") == b"\n"
    assert talk.say("ok") == line(3, "G1 X1") + b"\n" + line(4, "M400")
    assert talk.say("ok") == b"\n"  # and not the end mark
    talk = Talk(["G1 X" + "1" * 60, "G1 Y" + "1" * 60], receive_bytes=90)
    talk.say("ok")
    assert talk.say("ok") == b"\n"


def test_a_refusal_takes_back_what_has_begun() -> None:
    talk = Talk(["G1 X1", "G1 X2"])
    talk.say("ok")
    talk.say("ok")
    taken_back = b"\x08" * (len(line(3, "G1 X2")) + 8) + b"\n"
    assert talk.say("Error:checksum mismatch, Last Line: 1", "Resend: 2") == taken_back
    assert talk.say("ok") == line(2, "G1 X1") + b"\n" + line(3, "G1 X2")


def test_a_lost_answer_is_asked_for_by_the_end_of_the_line_that_waits() -> None:
    talk = Talk(["G1 X1", "G1 X2", "G1 X3"])
    talk.say("ok")
    talk.say("ok")
    assert talk.say(after_s=3.9) == b""
    assert talk.say(after_s=0.2) == b"\n" + line(4, "G1 X3")
    assert talk.say("ok") == b"\n" + line(5, "M400")
    assert talk.stream.progress.lines_done == 2


def test_a_pause_and_a_cancel_come_after_the_line_that_has_begun() -> None:
    talk = Talk(["G1 X1", "G1 X2", "G1 X3"])
    talk.say("ok")
    talk.stream.pause()
    assert talk.say("ok") == b"\n"
    assert talk.say("ok") == b""
    talk.stream.cancel(talk.now)
    assert talk.say() == line(3, "M104 S0") + b"\n" + line(4, "M140 S0")


def test_the_window_closes_for_good_at_the_first_refusal() -> None:
    talk = Talk([f"G1 X{i}" for i in range(40)], takes_back=False, lines_in_flight=99)
    assert talk.say("ok N0 P15 B3").count(b"\n") == 12
    talk.say("Resend: 1", "ok")
    assert talk.say(after_s=0.1).count(b"\n") == 1
    for number in range(1, 9):
        assert talk.say(f"ok N{number} P15 B3").count(b"\n") == 1


class Notes(ExecutionLog):
    """A log without a file."""

    def __init__(self) -> None:
        self.executed: list[str] = []

    def line(self, number: int | None, text: str, *, skipped: bool = False) -> None:
        self.executed.append(text)

    def event(self, name: str, **facts: str | int | float) -> None:
        pass


@pytest.mark.parametrize("text", ["G1 X1.5 Y2", "G0 X1", "G28", "G92 E0", "M117 G1 X1", "T1", "G1", "X5", "G01 X5"])
def test_whatever_a_flush_leaves_of_it_can_be_taken_back(text: str) -> None:
    """Cut anywhere, then taken back: the firmware executes nothing but the line that was asked for."""
    lines = NumberedLines(takes_back=True)
    for each in ("G92 X1", text):
        lines.append(each, 0)
    lines.send_next()
    begun = lines.begin_next()
    forget = lines.take_back()
    assert begun
    for cut in range(len(begun) + 1):
        notes = Notes()
        firmware = MarlinFirmware(notes)
        firmware.reset(0.0, "power")
        firmware.advance(1.0)
        for data in (begun[cut:] + forget, numbered(1, "G92 X1"), numbered(1, "G92 X1")):
            firmware.feed(data, 2.0)
            firmware.take_output()
        assert notes.executed == ["G92 X1"], begun[cut:]


@settings(max_examples=40)
@given(
    st.floats(0, 0.1),
    st.floats(0, 0.1),
    st.floats(0, 0.1),
    st.floats(0, ERROR_S),
    st.integers(0, 10_000),
)
@example(0.1, 0.1, 0.0, ERROR_S, 7)
def test_finished_means_every_line_once_and_in_order(
    bench, tmp_path_factory, drop: float, corrupt: float, delay: float, refuse_s: float, seed: int
) -> None:
    path = tmp_path_factory.mktemp("ahead") / "log"
    log = ExecutionLog(path)
    firmware = MarlinFirmware(log, speed=1e6, advanced_ok=False, refuse_s=refuse_s)
    table = bench(firmware, Faults(drop, corrupt, delay), seed, baud=BAUD)
    stream = MarlinStream(LINES[:150], job_id="job-1", now=table.now, takes_back=True)
    try:
        table.run(stream)
    except LostContactError:
        return
    finally:
        log.close()
    assert stream.result is not None
    if stream.result.outcome is Outcome.FINISHED:
        assert jobs(path)[0].executed(LINES[:150])


@pytest.mark.parametrize("takes_back", [True, False])
@pytest.mark.parametrize("way", ["drop", "corrupt"])
def test_what_is_lost_is_recovered_within_five_seconds(bench, tmp_path: Path, takes_back: bool, way: str) -> None:
    log = ExecutionLog(tmp_path / "log")
    firmware = MarlinFirmware(log, speed=1e6, advanced_ok=False, refuse_s=ERROR_S)
    table = bench(firmware, Faults(**{way: 0.004}), 3, baud=BAUD)
    stream = MarlinStream(LINES, job_id="job-1", now=table.now, takes_back=takes_back)
    last, longest = (0, 0.0), 0.0

    def watch(now: float) -> None:
        nonlocal last, longest
        if stream.progress.lines_done != last[0]:
            last, longest = (stream.progress.lines_done, now), max(longest, now - last[1])

    table.run(stream, each_turn=watch)
    log.close()
    assert stream.result.outcome is Outcome.FINISHED
    assert longest < 5
    assert way == "corrupt" or longest > 1  # the faults were there
    assert jobs(tmp_path / "log")[0].executed(LINES)


@pytest.mark.parametrize(("baud", "share"), [(115_200, 0.97), (250_000, 0.97), (1_000_000, 0.97)])
def test_one_line_in_flight_fills_the_wire(bench, tmp_path: Path, baud: int, share: float) -> None:
    """By the clock of the wire alone: what a computer adds is measured in `benchmarks.streaming`."""
    log = ExecutionLog(tmp_path / "log")
    table = bench(MarlinFirmware(log, speed=1e6, advanced_ok=False), Faults(), 0, baud=baud)
    lines = [f"G1 X{100 + i % 100}.125 Y{100 + i % 97}.5" for i in range(500)]
    start = table.now
    table.run(MarlinStream(lines, job_id="j", now=start, takes_back=True))
    log.close()
    wire_s = sum(len(numbered(n, text)) for n, text in enumerate(lines, start=1)) * 10 / baud
    assert wire_s / (table.now - start) > share


@pytest.mark.parametrize("takes_back", [True, False])
@pytest.mark.parametrize("baud", [115_200, 250_000, 1_000_000])
def test_a_window_fills_the_wire_behind_a_slow_adapter(bench, tmp_path: Path, baud: int, takes_back: bool) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(MarlinFirmware(log, speed=1e6), Faults(), 0, baud=baud, latency_s=0.001)
    lines = [f"G1 X{100 + i % 100}.125 Y{100 + i % 97}.5 F3000" for i in range(500)]
    start, timing = table.now, MarlinTiming(lines_in_flight=99)
    table.run(MarlinStream(lines, job_id="j", now=start, takes_back=takes_back, timing=timing))
    log.close()
    wire_s = sum(len(numbered(n, text)) for n, text in enumerate(lines, start=1)) * 10 / baud
    assert wire_s / (table.now - start) > 0.98


@pytest.mark.parametrize("chars", [8, 30, 78])
@pytest.mark.parametrize("speed", [1e6, 20.0])
def test_a_window_never_overruns_the_receive_buffer(bench, tmp_path: Path, chars: int, speed: float) -> None:
    """The board is quick, or its planner is full all the time; what does not fit would be refused as damaged."""
    log = ExecutionLog(tmp_path / "log")
    firmware = MarlinFirmware(log, speed=speed)
    table = bench(firmware, Faults(), 0, baud=1_000_000, latency_s=0.004)
    lines = [
        f"G1 X{i % 2} ".ljust(chars, "0") if chars < 10 else f"G1 X{i % 2}.{'0' * (chars - 7)}" for i in range(200)
    ]
    heard = []
    stream = MarlinStream(lines, job_id="j", now=table.now, takes_back=True, timing=MarlinTiming(lines_in_flight=99))
    receive = stream.receive
    stream.receive = lambda line, now: (heard.append(line), receive(line, now))[1]
    table.run(stream)
    log.close()
    assert not [line for line in heard if line.startswith(("Resend", "Error"))]
    assert jobs(tmp_path / "log")[0].executed(lines)
