import contextlib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import InputError, LostContactError
from firmware_bridge.device import Outcome, RunState
from firmware_bridge.marlin_lines import numbered, parse_ok, parse_resend, parse_temperatures
from firmware_bridge.marlin_script import SAFE_END
from firmware_bridge.marlin_stream import MarlinStream
from firmware_bridge.timing import MarlinTiming
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.log import ExecutionLog, jobs, read_log
from firmware_bridge.twin.marlin import MarlinFirmware

LINES = ["G28", "M83", *(f"G1 X{i % 200}.5 Y{i * 7 % 200} E0.0{i % 10} F3000" for i in range(2000)), "M104 S0"]


@pytest.mark.parametrize("advanced_ok", [True, False], ids=["window", "one-in-flight"])
@pytest.mark.parametrize("seed", range(6))
def test_faults_do_not_reach_the_work(bench, tmp_path: Path, seed: int, advanced_ok: bool) -> None:
    log = ExecutionLog(tmp_path / "log")
    firmware = MarlinFirmware(log, speed=1e6, advanced_ok=advanced_ok)
    table = bench(firmware, Faults(drop=0.01, corrupt=0.01, delay=0.01), seed)
    stream = table.run(MarlinStream(LINES, job_id="job-1", now=table.now))
    log.close()
    assert stream.result.outcome is Outcome.FINISHED
    assert stream.result.lines_acknowledged == len(LINES)
    (job,) = jobs(tmp_path / "log")
    assert job.executed(LINES)
    numbers = Counter(r["n"] for r in read_log(tmp_path / "log") if r.get("n"))
    assert max(numbers.values()) == 1


def test_a_clean_wire_needs_no_questions(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(MarlinFirmware(log, speed=1e6), Faults(), 0)
    table.run(MarlinStream(LINES, job_id="job-1", now=table.now))
    log.close()
    (job,) = jobs(tmp_path / "log")
    assert job.lines == (*LINES, "M400")


def test_finished_comes_after_the_motion(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(MarlinFirmware(log), Faults(), 0)
    lines = ["G1 X100 F600", "G1 X0 F600"]  # 20 s of motion in all
    stream = MarlinStream(lines, job_id="j", now=table.now)
    states = set()
    start = table.now
    table.run(stream, each_turn=lambda _: states.add(stream.progress.state))
    assert table.now - start >= 20
    assert {RunState.CONNECTING, RunState.DRAINING} <= states
    assert stream.result.outcome is Outcome.FINISHED


def test_cancel_switches_everything_off(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    firmware = MarlinFirmware(log)
    table = bench(firmware, Faults(), 0)
    lines = ["M104 S200", *("G1 X10 F600" for _ in range(500))]
    stream = MarlinStream(lines, job_id="j", now=table.now)
    at = table.now + 0.5
    table.run(stream, each_turn=lambda now: stream.cancel(now) if now >= at else None)
    log.close()
    assert stream.result.outcome is Outcome.CANCELLED
    assert "off" in stream.result.message
    executed = [record["line"] for record in read_log(tmp_path / "log") if "line" in record]
    assert [line for line in executed if line in SAFE_END] == list(SAFE_END)
    assert not jobs(tmp_path / "log")[0].complete
    assert 0 < stream.result.lines_acknowledged < len(lines)


def test_cancel_breaks_a_heating_wait(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(MarlinFirmware(log), Faults(), 0)
    stream = MarlinStream(["M190 S100", "G1 X1"], job_id="j", now=table.now, emergency_parser=True)
    table.run(stream, each_turn=lambda now: stream.cancel(now) if now > 5 else None)
    assert stream.result.outcome is Outcome.CANCELLED
    assert table.now < 10  # heating the bed takes 80 s


def test_a_long_wait_is_no_silence(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(MarlinFirmware(log), Faults(), 0)
    stream = table.run(MarlinStream(["M190 S100", "G1 X100 F60"], job_id="j", now=table.now))
    log.close()
    assert stream.result.outcome is Outcome.FINISHED
    assert "M105" not in jobs(tmp_path / "log")[0].lines


def test_a_dead_wire_ends_safely_or_as_lost(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(MarlinFirmware(log, speed=1e6), Faults(corrupt=0.9), 1)
    stream = MarlinStream(LINES, job_id="j", now=table.now)
    with contextlib.suppress(LostContactError):
        table.run(stream)
    assert stream.result is None or stream.result.outcome is Outcome.FAILED
    assert not any(job.complete for job in jobs(tmp_path / "log"))


class Talk:
    """A stream and a person who plays the firmware."""

    def __init__(self, lines: list[str], **options: object) -> None:
        self.now = 0.0
        self.stream = MarlinStream(lines, job_id="j", now=0.0, **options)
        self.sent = self.stream.take_output().decode().splitlines()

    def say(self, *lines: str, after_s: float = 0.001) -> list[str]:
        self.now += after_s
        for line in lines:
            self.stream.receive(line, self.now)
        self.stream.advance(self.now)
        fresh = self.stream.take_output().decode().splitlines()
        self.sent += fresh
        return [line.partition("*")[0] for line in fresh]


def test_the_first_words() -> None:
    talk = Talk(["G28"])
    assert talk.sent == ["N0 M110 N0*125"]
    assert talk.say("ok") == ["N1 M117 j start"]
    assert talk.say("ok") == ["N2 G28"]


def test_a_lost_ok_is_asked_for_under_a_new_number() -> None:
    talk = Talk(["G1 X1", "G1 X2"])
    talk.say("ok")
    assert talk.say("ok") == ["N2 G1 X1"]
    assert talk.say(after_s=3.9) == []
    assert talk.say(after_s=0.2) == ["N3 M105"]
    assert talk.say("ok T:20.0 /0.0 B:21.0 /0.0") == ["N4 G1 X2"]
    assert talk.stream.temperatures_c == {"T": (20.0, 0.0), "B": (21.0, 0.0)}


def test_the_answer_to_the_question_may_be_a_resend() -> None:
    talk = Talk(["G1 X1", "G1 X2"])
    talk.say("ok")
    talk.say("ok")
    talk.say(after_s=4.1)
    assert talk.say("Error:Line Number is not Last Line Number+1, Last Line: 1", "Resend: 2", "ok") == ["N2 G1 X1"]
    assert talk.say("ok") == ["N3 M105"]


def test_a_resend_without_ok_goes_on_after_a_moment() -> None:
    talk = Talk(["G1 X1"])
    talk.say("ok")
    assert talk.say("rs 1") == []
    assert talk.say(after_s=0.6) == ["N1 M117 j start"]


def test_a_repeated_resend_does_not_shift_the_stream() -> None:
    talk = Talk(["G1 X1", "G1 X2"])
    talk.say("ok")
    talk.say("ok")
    assert talk.say("Resend: 2", "ok") == ["N2 G1 X1"]
    assert talk.say("Resend:2") == []
    assert talk.say("ok") == ["N3 G1 X2"]


def test_a_damaged_resend_number_never_makes_it_jump() -> None:
    talk = Talk(["G1 X1", "G1 X2"])
    talk.say("ok")
    talk.say("ok")
    assert talk.say("Resend: 92", "ok") == ["N3 M105"]


def test_one_line_is_in_flight_unless_more_are_asked_for() -> None:
    talk = Talk([f"G1 X{i}" for i in range(9)])
    assert talk.say("ok N0 P15 B3") == ["N1 M117 j start"]
    assert talk.say("ok N1 P15 B3") == ["N2 G1 X0"]


def test_advanced_ok_opens_the_window() -> None:
    talk = Talk([f"G1 X{i}" for i in range(9)], timing=MarlinTiming(lines_in_flight=3))
    assert talk.say("ok N0 P15 B3") == ["N1 M117 j start", "N2 G1 X0", "N3 G1 X1"]
    assert talk.say("ok N1 P15 B2") == ["N4 G1 X2"]
    assert talk.say("ok N3 P15 B3") == ["N5 G1 X3", "N6 G1 X4"]
    assert talk.say("ok N3 P15 B3") == []  # said twice
    assert talk.stream.progress.lines_done == 2


def test_what_the_free_places_do_not_take_stays_below_the_receive_buffer() -> None:
    talk = Talk(["G1 X" + "1" * 60 for _ in range(9)], timing=MarlinTiming(lines_in_flight=99))
    assert len(talk.say("ok N0 P15 B0")) == 2
    talk = Talk(["G1 X" + "1" * 60 for _ in range(9)], timing=MarlinTiming(lines_in_flight=99))
    assert len(talk.say("ok N0 P15 B2")) == 3
    talk = Talk(["G1 X" + "1" * 60 for _ in range(9)], timing=MarlinTiming(lines_in_flight=99, receive_bytes=60))
    assert len(talk.say("ok N0 P15 B2")) == 1


def test_faults_of_the_machine_end_the_run() -> None:
    talk = Talk(["G28"])
    talk.say("ok")
    talk.say("Error:Printer halted. kill() called!")
    assert talk.stream.result.outcome is Outcome.FAILED
    assert "kill()" in talk.stream.result.message
    talk = Talk(["G28"])
    talk.say("ok", "start")
    assert talk.stream.result.outcome is Outcome.FAILED
    assert "restarted" in talk.stream.result.message


def test_an_unknown_error_waits_for_the_resend_that_explains_it() -> None:
    talk = Talk(["G1 X1"])
    talk.say("ok")
    assert talk.say("Error:misoatch", "Resend: 1", "ok") == ["N1 M117 j start"]
    talk.say("Error:SD card broke")
    assert talk.say("ok", after_s=0.5) == []
    assert talk.say(after_s=1.0) == ["N2 M104 S0"]


def test_an_endless_refusal_has_an_end() -> None:
    talk = Talk(["G1 X1"])
    talk.say("ok")
    for _ in range(200):
        talk.say("Error:checksum mismatch, Last Line: 0", "Resend: 1", "ok")
        talk.say("ok", after_s=0.6)
        if talk.stream.progress.state is RunState.FAILING:
            break
    else:
        pytest.fail("it goes on for ever")


def test_a_stop_ends_the_run_whatever_the_machine_says() -> None:
    for answer in (["Error:Printer halted. kill() called!"], []):
        talk = Talk(["G1 X1"])
        talk.say("ok")
        talk.stream.stopped(talk.now)
        assert talk.say(*answer, after_s=2.1) == []
        assert talk.stream.result.outcome is Outcome.CANCELLED


def test_an_echo_must_prove_the_end() -> None:
    talk = Talk(["G1 X1"])
    for _ in range(5):
        talk.say("ok")
    assert talk.sent[-1].startswith("N5 M118 done j 1")
    talk.say("ok")
    assert talk.stream.result is None
    assert talk.say(after_s=4.1) == ["N6 M118 done j 2"]
    talk.say("done j 2")
    assert talk.stream.result.outcome is Outcome.FINISHED


ANSWERS = st.one_of(
    st.sampled_from(
        [
            "ok",
            "ok N1 P15 B3",
            "ok N99 P0 B0",
            "wait",
            "start",
            "busy",
            "echo:busy: processing",
            "Error:x",
            "//action:cancel",
            "//action:pause",
            "Writing to file: FABJOB.GCO",
            "File opened: FABJOB.GCO Size: 999",
            "SD printing byte 1/2",
            "Not SD printing",
            "Done printing file",
        ]
    ),
    st.integers(-1, 12).map(lambda n: f"Resend: {n}"),
    st.text(max_size=12),
)


@given(st.lists(st.tuples(ANSWERS, st.floats(0, 5)), max_size=60), st.booleans(), st.booleans(), st.booleans())
@example([("Error:x", 0.0), ("ok", 0.0)], False, False, True)
@example([("//action:pause", 0.0), ("ok", 0.0)], False, False, True)
def test_after_any_exchange_silence_is_an_end(
    answers: list[tuple[str, float]], cancel: bool, takes_back: bool, from_card: bool
) -> None:
    talk = Talk(
        ["G28", "G1 X1", "M109 S200", "G1 X2"],
        timing=MarlinTiming(heating_s=60, homing_s=60, drain_s=60),
        takes_back=takes_back,
        from_card=from_card,
    )
    try:
        for answer, after_s in answers:
            talk.say(answer, after_s=after_s)
        if cancel:
            talk.stream.cancel(talk.now)
        for _ in range(500):
            if talk.stream.result is not None:
                break
            assert talk.stream.wake_at - talk.now < 100
            talk.say(after_s=max(0.0, talk.stream.wake_at - talk.now))
        else:
            pytest.fail("silence has no end")
    except LostContactError:
        pass
    if talk.stream.result is not None and talk.stream.result.outcome is Outcome.FINISHED:
        assert any(answer.startswith("done j") for answer, _ in answers)


def test_lines_that_cannot_be_sent_are_refused() -> None:
    for line in ("G1 X\xe9", "G1\nX", "G1 X" + "0" * 90):
        with pytest.raises(InputError):
            MarlinStream([line], job_id="j", now=0)
    for job_id in ("", "a b", "x" * 41, "a;b"):
        with pytest.raises(InputError):
            MarlinStream(["G28"], job_id=job_id, now=0)


def test_lines_of_the_protocol() -> None:
    assert numbered(3, "T0") == b"N3 T0*57\n"  # the worked example of the RepRap wiki, "Checking"
    assert parse_ok("ok N12 P15 B3") == (12, 15, 3)
    assert parse_ok("ok") == (None, None, None)
    assert parse_ok("okay") is None
    assert [parse_resend(text) for text in ("Resend: 7", "Resend:7", "rs 7", "rs N7", "resend 7")] == [7] * 5
    assert parse_resend("Resend: x") is None
    assert parse_temperatures("ok T:201.1 /200.0 B:60.0 /60.0 @:0") == {"T": (201.1, 200.0), "B": (60.0, 60.0)}


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 0.3), st.floats(0, 0.3), st.floats(0, 0.3), st.integers(0, 10_000), st.booleans())
@example(0.0, 0.140625, 0.0, 2946, False)  # a damaged checksum with a star of its own, and yet the right one
def test_finished_is_never_said_of_work_that_was_not_done(
    bench, tmp_path_factory, drop: float, corrupt: float, delay: float, seed: int, advanced_ok: bool
) -> None:
    path = tmp_path_factory.mktemp("finished") / "log"
    log = ExecutionLog(path)
    table = bench(MarlinFirmware(log, speed=1e6, advanced_ok=advanced_ok), Faults(drop, corrupt, delay), seed)
    stream = MarlinStream(LINES[:150], job_id="job-1", now=table.now)
    with contextlib.suppress(LostContactError):
        table.run(stream)
    log.close()
    started = jobs(path)
    assert len(started) <= 1
    if stream.result is not None and stream.result.outcome is Outcome.FINISHED:
        assert started[0].executed(LINES[:150])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.01, 5), max_size=4), st.floats(0.01, 60), st.floats(0, 0.05), st.integers(0, 10_000))
def test_pauses_change_nothing_of_the_work(
    bench, tmp_path_factory, moments: list[float], length_s: float, fault: float, seed: int
) -> None:
    path = tmp_path_factory.mktemp("pauses") / "log"
    log = ExecutionLog(path)
    table = bench(MarlinFirmware(log, speed=100.0), Faults(fault, fault, fault), seed)
    stream = MarlinStream(LINES[:150], job_id="job-1", now=table.now)
    wishes = sorted((moment + at, wish) for moment in moments for at, wish in ((0, "pause"), (length_s, "resume")))

    def steer(now: float) -> None:
        while wishes and now >= wishes[0][0]:
            stream.pause() if wishes.pop(0)[1] == "pause" else stream.resume(now)

    with contextlib.suppress(LostContactError):
        table.run(stream, each_turn=steer)
    log.close()
    if not fault:
        assert stream.result is not None
        assert stream.result.outcome is Outcome.FINISHED
    if stream.result is not None and stream.result.outcome is Outcome.FINISHED:
        assert jobs(path)[0].executed(LINES[:150])


def test_what_the_machine_waits_for_is_told() -> None:
    talk = Talk(["G1 X1"])
    talk.say("ok")
    assert talk.stream.report == ""
    talk.say("echo:busy: paused for user")
    assert talk.stream.report == "echo:busy: paused for user"
    talk.say("echo:busy: processing")
    talk.say("//action:pause filament_runout 0")
    assert talk.stream.report == "pause filament_runout 0"
    assert talk.stream.progress.state is RunState.PAUSED


def test_a_machine_that_waits_for_a_person_goes_on_by_its_knob_or_from_here() -> None:
    talk = Talk(["M600", "G1 X1", "G1 X2"])
    talk.say("ok")
    assert talk.say("ok") == ["N2 M600"]
    talk.say("echo:busy: paused for user", after_s=2)
    assert talk.stream.progress.state is RunState.PAUSED
    assert talk.say("ok", after_s=60) == ["N3 G1 X1"]  # its knob
    assert talk.stream.progress.state is RunState.RUNNING
    talk.say("echo:busy: paused for input", after_s=2)  # the end of the filament, in the middle of a move
    talk.stream.resume(talk.now)
    assert talk.say() == ["M108"]
    assert talk.stream.progress.state is RunState.RUNNING
    assert talk.say("ok", after_s=1) == ["N4 G1 X2"]


def test_a_machine_that_tells_its_pause_twice_goes_on_from_here() -> None:
    talk = Talk(["M0", "G1 X1"])
    talk.say("ok")
    assert talk.say("ok") == ["N2 M0"]
    talk.say("//action:paused", "echo:busy: paused for user", after_s=2)
    talk.stream.resume(talk.now)
    assert talk.say() == ["M108"]
    assert talk.say("ok", "//action:resumed") == ["N3 G1 X1"]


def test_a_cancel_ends_the_wait_for_a_person() -> None:
    talk = Talk(["M0 Turn it over", "G1 X1"], emergency_parser=True)
    talk.say("ok")
    talk.say("ok")
    talk.say("echo:busy: paused for user", after_s=2)
    talk.stream.cancel(talk.now)
    assert talk.say() == ["M108"]
    assert talk.say("ok") == ["N3 M104 S0"]


def test_a_machine_without_heat_may_say_so() -> None:
    talk = Talk(["G1 X1"])
    talk.say("ok")
    talk.say("Error:No thermistors - no temperature")
    talk.say(after_s=2.0)
    assert talk.stream.progress.state is RunState.RUNNING


def test_a_late_answer_is_not_taken_for_that_to_the_question() -> None:
    talk = Talk(["G28", "G1 X1", "G1 X2"])
    talk.say("ok")
    talk.say(" T:20.0 /0.0 B:21.0 /0.0")
    assert talk.say("ok") == ["N2 G28"]
    assert talk.say(after_s=4.1) == ["N3 M105"]
    assert talk.say("ok", after_s=10) == []  # that was the homing
    assert talk.say("ok T:20.0 /0.0 B:21.0 /0.0") == ["N4 G1 X1"]


def test_a_paused_machine_is_still_watched(bench, tmp_path: Path) -> None:
    log = ExecutionLog(tmp_path / "log")
    table = bench(MarlinFirmware(log, speed=100.0), Faults(), 0)
    stream = MarlinStream(LINES, job_id="job-1", now=table.now)
    paused: list[float] = []

    def steer(now: float) -> None:
        if not paused and stream.progress.lines_done > 20:
            stream.receive("//action:pause", now)  # its display
            paused.append(now)
        if paused and stream.progress.state is RunState.PAUSED and now > paused[0] + 60:
            table.firmware.feed = lambda data, now: None  # unplugged

    with pytest.raises(LostContactError):
        table.run(stream, each_turn=steer)
    log.close()
    executed = jobs(tmp_path / "log")[0].lines
    assert executed.count("M105") >= 5
