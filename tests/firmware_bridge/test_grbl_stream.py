from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError, LostContactError
from firmware_bridge.device import Outcome, RunState
from firmware_bridge.grbl_stream import GrblStream, parse_report
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.grbl import GrblFirmware
from firmware_bridge.twin.log import ExecutionLog, jobs, read_log

LINES = ["G21 G90", "M3 S100", *(f"G1X{i % 200}.5Y{i * 7 % 200}F900" for i in range(1000)), "M5"]


def run(bench, path: Path, lines: list[str], *, speed: float = 1e6, faults: Faults | None = None, each_turn=None):
    log = ExecutionLog(path)
    table = bench(GrblFirmware(log, speed=speed), faults or Faults(), 1)
    stream = GrblStream(lines, job_id="job-1", now=table.now)
    if each_turn is None:
        table.run(stream)
    else:
        table.run(stream, each_turn=lambda now: each_turn(stream, now))
    log.close()
    return stream.result, table


def test_every_line_is_executed_once_and_in_order(bench, tmp_path: Path) -> None:
    result, _ = run(bench, tmp_path / "log", LINES)
    assert result.outcome is Outcome.FINISHED
    (job,) = jobs(tmp_path / "log")
    assert job.executed(LINES)
    assert job.lines[-1] == "G4 P0.01"


def test_finished_comes_after_the_motion(bench, tmp_path: Path) -> None:
    result, table = run(bench, tmp_path / "log", ["G1X100F600", "G1X0"], speed=1)
    assert result.outcome is Outcome.FINISHED
    assert table.now > 20


def test_a_line_lost_on_the_wire_fails_the_run_and_never_finishes_it(bench, tmp_path: Path) -> None:
    result, _ = run(bench, tmp_path / "log", LINES, faults=Faults(drop=0.05))
    assert result.outcome is Outcome.FAILED
    assert not any(job.complete for job in jobs(tmp_path / "log"))


def test_an_error_is_named_and_stops_the_machine(bench, tmp_path: Path) -> None:
    result, _ = run(bench, tmp_path / "log", ["G1X10F600", "G81 Z-1", *["G1X1"] * 500], speed=1)
    assert result.outcome is Outcome.FAILED
    assert "error 20" in result.message
    assert "G81" in result.message
    reset = [record for record in read_log(tmp_path / "log") if record.get("cause") == "soft"]
    assert reset
    assert not [record for record in read_log(tmp_path / "log") if record.get("event") == "alarm"]


def test_cancel_holds_before_it_resets(bench, tmp_path: Path) -> None:
    result, _ = run(
        bench,
        tmp_path / "log",
        ["G1X100F600", *["G1X1", "G1X2"] * 200],
        speed=1,
        each_turn=lambda stream, now: stream.cancel(now) if now > 3 else None,
    )
    assert result.outcome is Outcome.CANCELLED
    assert not [record for record in read_log(tmp_path / "log") if record.get("event") == "alarm"]  # position kept


class Talk:
    def __init__(self, lines: list[str], **options: bool) -> None:
        self.now = 0.0
        self.stream = GrblStream(lines, job_id="j", now=0.0, **options)

    def say(self, *lines: str, after_s: float = 0.001) -> bytes:
        self.now += after_s
        for line in lines:
            self.stream.receive(line, self.now)
        self.stream.advance(self.now)
        return self.stream.take_output()


def test_it_asks_first_and_fills_the_buffer_that_the_machine_tells() -> None:
    talk = Talk(["G1X1234567890" for _ in range(200)])
    assert talk.say() == b"?"
    assert len(talk.say("<Idle|MPos:0,0,0|Bf:15,128|FS:0,0>")) <= 127
    talk = Talk(["G1X1234567890" for _ in range(200)])
    assert 900 < len(talk.say("<Idle|MPos:0,0,0|Bf:100,1024|FS:0,0>")) < 1024


def test_a_locked_machine_is_not_started() -> None:
    talk = Talk(["G1X1"])
    assert talk.say("<Alarm|MPos:0,0,0>") in {b"", b"?"}
    assert talk.stream.result.outcome is Outcome.FAILED
    assert "Alarm" in talk.stream.result.message


@pytest.mark.parametrize(
    ("words", "message"),
    [("ALARM:1", "limit switch"), ("Grbl 1.1h ['$' for help]", "restarted"), ("error:22", "no feed")],
)
def test_what_ends_a_run(words: str, message: str) -> None:
    talk = Talk(["G1X1"])
    talk.say("<Idle|Bf:15,128>")
    talk.say(words)
    for _ in range(20):
        talk.say("<Hold:0|Bf:15,128>", after_s=1.0)
    assert talk.stream.result.outcome is Outcome.FAILED
    assert message in talk.stream.result.message


def test_settings_are_sent_alone() -> None:
    talk = Talk(["G10 L2 P1 X0", "G1X1F100"])
    assert talk.say("<Idle|Bf:15,128>").replace(b"?", b"") == b"(j start)\n"
    assert talk.say("ok") == b"G10 L2 P1 X0\n"
    assert b"G1X1F100\n" in talk.say("ok")


def test_silence_is_lost_contact() -> None:
    talk = Talk(["G1X1"])
    talk.say("<Idle|Bf:15,128>")
    with pytest.raises(LostContactError):
        talk.say(after_s=60)


def test_a_dwell_is_no_lost_answer() -> None:
    talk = Talk(["G4 P30"])
    talk.say("<Idle|Bf:15,128>")
    talk.say("ok")
    for _ in range(25):
        talk.say("<Idle|Bf:15,100>", after_s=1.0)
    assert talk.stream.progress.state == "draining"
    for _ in range(12):
        talk.say("<Idle|Bf:15,100>", after_s=1.0)
    assert talk.stream.progress.state == "failing"
    talk.say("<Hold:0|Bf:15,100>")
    talk.say("Grbl 1.1h")
    assert "lost" in talk.stream.result.message


ANSWERS = st.one_of(
    st.sampled_from(
        [
            "ok",
            "error:9",
            "ALARM:3",
            "<Idle|Bf:15,128>",
            "<Run|Bf:1,1>",
            "<Hold:0>",
            "<Tool>",
            "<Check>",
            "<Alarm>",
            "Grbl 1.1h",
        ]
    ),
    st.text(max_size=12),
)


@given(st.lists(st.tuples(ANSWERS, st.floats(0, 1)), max_size=60), st.booleans(), st.booleans(), st.booleans())
def test_after_any_exchange_silence_is_an_end(
    answers: list[tuple[str, float]], cancel: bool, check: bool, confirm_power: bool
) -> None:
    talk = Talk(["G1X1F100", "M3 S1", "M6 T1", "G1X2"], check=check, confirm_power=confirm_power)
    try:
        for answer, after_s in answers:
            talk.say(answer, after_s=after_s)
        if cancel:
            talk.stream.cancel(talk.now)
        for _ in range(500):
            if talk.stream.result is not None:
                break
            talk.say(after_s=max(0.0, talk.stream.wake_at - talk.now))
        else:
            pytest.fail("silence has no end")
    except LostContactError:
        pass


def test_lines_that_cannot_be_sent_are_refused() -> None:
    for line in ("G1 X1 !", "G1 X1 ?", "G1 \x18", "G1 \xa0", "X" * 80):
        with pytest.raises(InputError):
            GrblStream([line], job_id="j", now=0)


def test_reports() -> None:
    report = parse_report("<Hold:0|MPos:0.000,0.000,0.000|Bf:15,127|FS:0,0>")
    assert report is not None
    assert (report.state, report.rx_free) == ("Hold:0", 127)
    assert parse_report("<Idle|MPos:0") is None


@given(st.lists(st.floats(0.05, 20), max_size=4), st.floats(0.1, 60))
def test_pauses_change_nothing_of_the_work(bench, tmp_path_factory, moments: list[float], length_s: float) -> None:
    path = tmp_path_factory.mktemp("pauses") / "log"
    log = ExecutionLog(path)
    table = bench(GrblFirmware(log), Faults(), 0)
    stream = GrblStream(LINES[:40], job_id="job-1", now=table.now)
    wishes = sorted((moment + at, wish) for moment in moments for at, wish in ((0, "pause"), (length_s, "resume")))

    def steer(now: float) -> None:
        while wishes and now >= wishes[0][0]:
            stream.pause() if wishes.pop(0)[1] == "pause" else stream.resume(now)

    table.run(stream, each_turn=steer)
    log.close()
    assert stream.result.outcome is Outcome.FINISHED
    assert jobs(path)[0].executed(LINES[:40])


def test_a_hold_at_the_machine_is_a_pause(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(GrblFirmware(log), Faults(), 0)
    stream = GrblStream(LINES[:40], job_id="job-1", now=table.now)
    pressed: list[float] = []
    seen: list[RunState] = []

    def buttons(now: float) -> None:
        seen.append(stream.progress.state)
        if not pressed and now > table.start + 1:
            pressed.append(now)
            table.firmware.feed(b"!", now)
        elif len(pressed) == 1 and now > pressed[0] + 30:
            pressed.append(now)
            table.firmware.feed(b"~", now)

    table.start = table.now
    table.run(stream, each_turn=buttons)
    log.close()
    assert stream.result.outcome is Outcome.FINISHED
    assert RunState.PAUSED in seen
    assert seen[-1] is not RunState.PAUSED
    assert jobs(tmp_path / "log")[0].executed(LINES[:40])
