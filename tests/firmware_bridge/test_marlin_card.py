"""A print from the machine's memory card."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import LostContactError
from firmware_bridge.device import Outcome, RunState
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.marlin_script import SAFE_END
from firmware_bridge.marlin_stream import MarlinStream
from firmware_bridge.timing import MarlinTiming
from firmware_bridge.twin import jobs
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.log import ExecutionLog, read_log
from firmware_bridge.twin.marlin import MarlinFirmware
from gcode.program import parse_program

LINES = ["G28", "M83", *(f"G1 X{i % 100} E0.1 F600" for i in range(200)), "M104 S0"]


def run(
    bench,
    path: Path,
    *,
    faults: Faults | None = None,
    seed: int = 0,
    speed: float = 1.0,
    each_turn: Callable[[MarlinStream, float], None] = lambda stream, now: None,
) -> MarlinStream:
    log = ExecutionLog(path)
    table = bench(MarlinFirmware(log, speed=speed, advanced_ok=False), faults or Faults(), seed, baud=115_200)
    stream = MarlinStream(LINES, job_id="job-1", now=table.now, from_card=True, takes_back=True)
    try:
        table.run(stream, each_turn=lambda now: each_turn(stream, now))
    finally:
        log.close()
    return stream


def test_the_card_prints_the_program_once(bench, tmp_path: Path) -> None:
    seen: list[int] = []
    stream = run(bench, tmp_path / "log", each_turn=lambda stream, now: seen.append(stream.progress.lines_done))
    assert stream.result.outcome is Outcome.FINISHED
    assert stream.result.lines_acknowledged == len(LINES)
    (job,) = jobs(tmp_path / "log")
    assert job.executed(LINES)
    assert len(set(seen)) > 3  # progress is told in between
    assert sorted(seen) == seen


def test_a_pause_and_a_resume_reach_the_card(bench, tmp_path: Path) -> None:
    moments: list[float] = []

    def person(stream: MarlinStream, now: float) -> None:
        if not moments and stream.progress.lines_done > 20:
            stream.pause()
            moments.append(now)
        elif len(moments) == 1 and now > moments[0] + 100:
            assert stream.progress.state is RunState.PAUSED
            stream.resume(now)
            moments.append(now)

    stream = run(bench, tmp_path / "log", each_turn=person)
    assert stream.result.outcome is Outcome.FINISHED
    assert len(moments) == 2
    records = [record for record in read_log(tmp_path / "log") if "line" in record]
    lines = [record["line"] for record in records]
    assert lines.index("M25") < lines.index("M24", lines.index("M25"))
    assert sum(line.startswith("G1 X") for line in lines) == 200


@pytest.mark.parametrize("after", [0.3, 30.0])
def test_a_cancel_ends_the_writing_or_the_print(bench, tmp_path: Path, after: float) -> None:
    begun: list[float] = []

    def person(stream: MarlinStream, now: float) -> None:
        begun.append(now)
        if now > begun[0] + after:
            stream.cancel(now)

    stream = run(bench, tmp_path / "log", each_turn=person)
    assert stream.result.outcome is Outcome.CANCELLED
    assert "off" in stream.result.message
    lines = [record["line"] for record in read_log(tmp_path / "log") if "line" in record]
    assert [line for line in lines if line in SAFE_END][-len(SAFE_END) :] == list(SAFE_END)
    assert sum(line.startswith("G1 X") for line in lines) < 200


def test_without_a_card_nothing_is_executed() -> None:
    for answers in (["open failed, File: FABJOB.GCO.", "ok"], ["echo:SD init fail", "ok"], ["ok"]):
        stream = MarlinStream(LINES, job_id="j", now=0.0, from_card=True)
        assert b"M110" in stream.take_output()
        stream.receive("ok", 0.1)
        assert b"M28 FABJOB.GCO" in stream.take_output()
        now = 0.2
        for answer in answers:
            stream.receive(answer, now)
        sent = b""
        for _ in range(200):
            if stream.result is not None:
                break
            now = max(now, stream.wake_at)
            stream.advance(now)
            fresh = stream.take_output()
            sent += fresh
            if fresh:
                stream.receive("ok", now)
            if b"M118 " in fresh:
                stream.receive(fresh.partition(b"M118 ")[2].partition(b"*")[0].decode(), now)
        assert stream.result is not None
        assert stream.result.outcome is Outcome.FAILED
        assert "card" in stream.result.message
        assert b"G1" not in sent


@settings(max_examples=20)
@given(st.floats(0, 0.03), st.floats(0, 0.03), st.integers(0, 10_000))
def test_finished_means_that_the_card_printed_it_all(
    bench, tmp_path_factory, drop: float, corrupt: float, seed: int
) -> None:
    path = tmp_path_factory.mktemp("card") / "log"
    with contextlib.suppress(LostContactError):
        stream = run(bench, path, faults=Faults(drop, corrupt), seed=seed, speed=100.0)
        if stream.result.outcome is Outcome.FINISHED:
            (job,) = jobs(path)
            assert [line for line in job.lines if line[:2] == "G1"] == [line for line in LINES if line[:2] == "G1"]


def test_a_device_prints_from_its_card(twin, quick_marlin: MarlinTiming) -> None:
    machine, log = twin("marlin", speed=1000)

    async def work() -> None:
        device = await MarlinDevice.open(str(machine.link), timing=quick_marlin, from_card=True)
        for job_id in ("first", "second"):
            result = await device.run(parse_program("\n".join(LINES).encode()), job_id=job_id, progress=lambda _: None)
            assert result.outcome is Outcome.FINISHED
        await device.close()

    asyncio.run(work())
    found = jobs(log)
    assert [(job.job_id, job.complete) for job in found] == [("first", True), ("second", True)]
