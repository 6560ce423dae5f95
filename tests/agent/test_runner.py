"""The runner: what it must never send to a machine, and what it writes down before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.first_layer import FirstLayer
from agent.journal import Journal, Step
from agent.runner import Order, Runner
from core.errors import DeviceError, FabcommonsError, InputError, LostContactError, StateError
from core.hashes import sha256_of_file
from firmware_bridge.device import Outcome, Progress, RunResult, RunState
from gcode.program import Program
from gcode.safety import SafetyPolicy

POLICY = SafetyPolicy("marlin", max_hotend_c=250, max_bed_c=90)


class Machine:
    """A device that remembers what it was asked to run."""

    def __init__(self, answer: RunResult | FabcommonsError | None) -> None:
        self.answer = answer
        self.ran: list[str] = []
        self.seen: list[Step | None] = []
        self.closed = 0
        self.journal: Journal | None = None

    async def run(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        assert self.journal is not None
        last = self.journal.last(job_id)
        self.seen.append(last.step if last else None)
        self.ran.append(job_id)
        if self.answer is None:
            await asyncio.Event().wait()
        if isinstance(self.answer, FabcommonsError):
            raise self.answer
        assert self.answer is not None
        return self.answer

    async def close(self) -> None:
        self.closed += 1


class Bench:
    """A runner, its machine and its journal."""

    def __init__(self, folder: Path, answer: RunResult | FabcommonsError | None) -> None:
        self.journal = Journal(folder / "journal")
        self.machine = Machine(answer)
        self.machine.journal = self.journal
        self.opened = 0
        self.runner = Runner("printer", self._open, self.journal)  # type: ignore[arg-type]
        self.program = folder / "foot.gcode"
        self.program.write_text("G28\nG1 X10 F1200\nM104 S0\nM140 S0\nM107\nM84\n")
        self.sha256 = sha256_of_file(self.program)

    async def _open(self) -> Machine:
        self.opened += 1
        return self.machine

    def run(self, job_id: str = "J1", sha256: str | None = None) -> tuple[Step, str]:
        order = Order(job_id, self.program, sha256 or self.sha256, POLICY)
        report = asyncio.run(self.runner.run(order, lambda progress: None))
        return report.step, report.message


MadeBench = Callable[..., Bench]
DONE = RunResult(Outcome.FINISHED, 6, "finished")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[MadeBench]:
    made: list[Bench] = []

    def make(answer: RunResult | FabcommonsError | None = DONE) -> Bench:
        made.append(Bench(tmp_path, answer))
        return made[-1]

    yield make
    for each in made:
        each.journal.close()


def steps(bench: Bench, job_id: str = "J1") -> list[Step]:
    return [entry.step for entry in bench.journal.entries(job_id)]


def test_the_start_is_on_the_disk_before_the_machine_hears_of_it(bench: MadeBench) -> None:
    one = bench()
    assert one.run() == (Step.FINISHED, "finished")
    assert one.machine.seen == [Step.STARTED]
    assert steps(one) == [Step.STARTED, Step.FINISHED]
    assert one.machine.closed == 0


@pytest.mark.parametrize("known", list(Step))
def test_a_job_that_the_journal_knows_is_never_sent_again(bench: MadeBench, known: Step) -> None:
    one = bench()
    one.journal.write("J1", known)
    with pytest.raises(StateError, match="never started again"):
        one.run()
    assert one.machine.ran == []


def test_another_program_than_ordered_is_not_sent(bench: MadeBench) -> None:
    one = bench()
    with pytest.raises(InputError, match="not the one that was ordered"):
        one.run(sha256="0" * 64)
    assert (one.machine.ran, one.opened, steps(one)) == ([], 0, [])


def test_a_program_that_is_not_safe_here_is_not_sent(bench: MadeBench) -> None:
    one = bench()
    one.program.write_text("M104 S290\nG28\nM104 S0\n")
    with pytest.raises(InputError, match=r"foot\.gcode:1"):
        one.run(sha256=sha256_of_file(one.program))
    assert (one.machine.ran, one.opened, steps(one)) == ([], 0, [])


@pytest.mark.parametrize(
    ("answer", "step"),
    [
        (LostContactError("unplugged"), Step.LOST_CONTACT),
        (DeviceError("thermal runaway"), Step.FAILED),
        (InputError("a line too long"), Step.FAILED),
        (RunResult(Outcome.FAILED, 3, "alarm 1"), Step.FAILED),
        (RunResult(Outcome.CANCELLED, 3, "cancelled"), Step.FAILED),
    ],
)
def test_whatever_ends_a_run_is_written_down_and_the_port_given_back(
    bench: MadeBench, answer: RunResult | FabcommonsError, step: Step
) -> None:
    one = bench(answer)
    assert one.run()[0] is step
    assert steps(one) == [Step.STARTED, step]
    assert one.machine.closed == 1


def test_a_run_that_is_stopped_on_request_is_no_lost_contact(bench: MadeBench) -> None:
    one = bench(None)

    async def stop() -> None:
        order = Order("J1", one.program, one.sha256, POLICY)
        work = asyncio.create_task(one.runner.run(order, lambda progress: None))
        while not one.machine.ran:
            await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(stop())
    assert steps(one) == [Step.STARTED, Step.FAILED]
    report = one.runner.remembered("J1")
    assert report is not None
    assert report.message == "stopped on request"


def test_what_is_remembered_after_a_crash(bench: MadeBench) -> None:
    one = bench()
    assert one.runner.remembered("J1") is None
    one.journal.write("J1", Step.STARTED)
    report = one.runner.remembered("J1")
    assert report is not None
    assert report.step is Step.LOST_CONTACT
    assert steps(one) == [Step.STARTED, Step.LOST_CONTACT]
    one.journal.write("J2", Step.FINISHED, lines=9, message="finished")
    report = one.runner.remembered("J2")
    assert report is not None
    assert (report.step, report.lines) == (Step.FINISHED, 9)


class ServedMachine(Machine):
    """A machine behind a print server: it goes on by itself."""

    async def rejoin(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        self.ran.append(f"rejoined {job_id}")
        assert isinstance(self.answer, RunResult)
        return self.answer


def rejoin(one: Bench, sha256: str | None = None) -> tuple[Step, str]:
    order = Order("J1", one.program, sha256 or one.sha256, POLICY)
    report = asyncio.run(one.runner.rejoin(order, lambda progress: None))
    return report.step, report.message


def test_a_run_that_goes_on_by_itself_is_followed_after_a_crash(bench: MadeBench) -> None:
    one = bench()
    one.machine = ServedMachine(DONE)
    one.journal.write("J1", Step.STARTED)
    assert rejoin(one) == (Step.FINISHED, "finished")
    assert one.machine.ran == ["rejoined J1"]
    assert steps(one) == [Step.STARTED, Step.FINISHED]
    assert rejoin(one) == (Step.FINISHED, "finished"), "the journal knows the end"
    assert one.machine.ran == ["rejoined J1"]


def test_other_machines_are_not_followed(bench: MadeBench) -> None:
    one = bench()
    with pytest.raises(StateError, match="never started here"):
        rejoin(one)
    one.journal.write("J1", Step.STARTED)
    with pytest.raises(InputError, match="not the one that was ordered"):
        rejoin(one, sha256="0" * 64)
    assert rejoin(one)[0] is Step.LOST_CONTACT
    assert one.machine.ran == []


def test_a_machine_that_cannot_be_reached_fails_the_job_before_it_starts(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")

    async def unreachable() -> Machine:
        raise DeviceError("nothing answers")

    runner = Runner("printer", unreachable, journal)  # type: ignore[arg-type]
    program = tmp_path / "foot.gcode"
    program.write_text("G28\nM104 S0\nM140 S0\nM107\nM84\n")
    order = Order("J1", program, sha256_of_file(program), POLICY)
    report = asyncio.run(runner.run(order, lambda progress: None))
    assert (report.step, report.lines) == (Step.FAILED, 0)
    assert "nothing was started" in report.message
    journal.close()


class PrintingMachine(Machine):
    """A device that prints ten lines, as far as nobody stops it."""

    def __init__(self) -> None:
        super().__init__(DONE)
        self.said: list[str] = []
        self._go, self._cancelled = asyncio.Event(), False

    async def run(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        self._go.set()
        for done in range(1, 11):
            progress(Progress(done, 10, RunState.RUNNING))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await self._go.wait()
            if self._cancelled:
                return RunResult(Outcome.CANCELLED, done, "cancelled on request")
        self.said.append("all done")
        return RunResult(Outcome.FINISHED, 10, "finished")

    async def pause(self) -> None:
        self._go.clear()
        self.said.append("pause")

    async def resume(self) -> None:
        self.said.append("resume")
        self._go.set()

    async def cancel(self) -> None:
        self.said.append("cancel")
        self._cancelled = True
        self._go.set()


async def never() -> tuple[bool, str]:
    await asyncio.Event().wait()
    return True, "nobody"


@pytest.mark.parametrize(
    ("answer", "said", "step", "what"),
    [
        (True, ["pause", "resume", "all done"], Step.FINISHED, "the first layer is good"),
        (False, ["pause", "cancel"], Step.FAILED, "the first layer is bad"),
        (None, ["pause", "cancel"], Step.FAILED, "nobody looked at the first layer in time"),
    ],
)
def test_a_person_rules_on_the_first_layer(
    bench: MadeBench, answer: bool | None, said: list[str], step: Step, what: str
) -> None:
    one = bench()
    one.machine = machine = PrintingMachine()

    async def ask() -> tuple[bool, str]:
        return (True, "p-1") if answer else (False, "p-1")

    layer = FirstLayer(4, never if answer is None else ask, wait_s=0.01)
    order = Order("J1", one.program, one.sha256, POLICY, layer, {"permitted_by": "p-1"})
    report = asyncio.run(one.runner.run(order, lambda progress: None))
    assert (machine.said, report.step) == (said, step)
    started, confirmed, _ = one.journal.entries("J1")
    assert started.facts["permitted_by"] == "p-1"
    assert (confirmed.step, confirmed.facts["what"]) == (Step.CONFIRMED, what)


def test_a_crash_after_the_first_layer_was_confirmed_is_lost_contact(bench: MadeBench) -> None:
    one = bench()
    one.journal.write("J1", Step.STARTED)
    one.journal.write("J1", Step.CONFIRMED, what="the first layer is good", who="p-1")
    report = one.runner.remembered("J1")
    assert report is not None
    assert report.step is Step.LOST_CONTACT


def test_what_an_operator_lets_pass_stands_in_the_journal(bench: MadeBench) -> None:
    one = bench()
    one.program.write_text("G28\nM600\nM104 S0\n")
    sha256 = sha256_of_file(one.program)
    with pytest.raises(InputError, match=r"foot\.gcode:2: waits for a person"):
        one.run(sha256=sha256)
    policy = replace(POLICY, overrides=frozenset({"M600"}))
    report = asyncio.run(one.runner.run(Order("J1", one.program, sha256, policy), lambda progress: None))
    assert report.step is Step.FINISHED
    assert one.journal.entries("J1")[0].facts["overrides"] == ["M600"]


def test_a_machine_that_is_set_for_another_tool_gets_nothing(bench: MadeBench) -> None:
    one = bench()
    one.machine.contradiction = lambda policy: f"laser mode is off on a {policy.dialect}"  # type: ignore[attr-defined]
    assert one.run() == (Step.FAILED, "nothing was started: laser mode is off on a marlin")
    assert (one.machine.ran, one.machine.closed) == ([], 1)
    (entry,) = one.journal.entries("J1")
    assert (entry.step, entry.facts["lines"]) == (Step.FAILED, 0)
    with pytest.raises(StateError):
        one.run()  # its id is used up
