"""Requests reach the run that was meant, in time and once; and machines come, change and go while an agent runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.client import AwayError, Client, Sight
from agent.control import Act, Ask
from agent.devices import Bench, MachineAddress
from agent.journal import Journal, Step
from agent.protocol import Request, read_requests, read_work
from agent.runner import Order, Runner
from agent.stand import Stand
from agent.station import Station, StationFolder
from agent.steering import Steering
from agent.telling import Telling
from core.errors import InputError, StateError
from core.hashes import sha256_of_bytes
from firmware_bridge.device import Device, Outcome, Progress, RunResult, RunState, Status
from gcode.program import Program
from gcode.safety import SafetyPolicy

from .test_station import PROGRAM, document

ASKED = Request(7, 1, 1, "printer", Act.STOP, None, False, "p-1", until_s=100.0)


@dataclass
class Door:
    """The coordinator's side of requests."""

    asked: list[Request] = field(default_factory=list)
    answers: list[tuple[int, bool, str]] = field(default_factory=list)
    known: list[tuple[int, ...]] = field(default_factory=list)
    away: int = 0

    async def requests(self, known: Sequence[int], wait_s: float, sent_s: float) -> tuple[Request, ...]:
        self.known.append(tuple(known))
        await asyncio.sleep(0)
        return tuple(self.asked)

    async def answer(self, request_id: int, *, done: bool, text: str) -> None:
        if self.away:
            self.away -= 1
            raise AwayError("away")
        self.answers.append((request_id, done, text))


@dataclass
class Obeyed:
    """Stands in for what steers a run."""

    asks: list[Ask] = field(default_factory=list)
    refuses: str = ""

    async def obey(self, ask: Ask) -> str:
        if self.refuses:
            raise StateError(self.refuses)
        self.asks.append(ask)
        return "done"


def steered(door: Door, control: Obeyed, *, now: float = 50.0, fence: int = 1) -> None:
    """Hear and answer until every request has its answer."""

    async def scene() -> None:
        steering = Steering(door, lambda: now)  # type: ignore[arg-type] # as much of a client as is asked for
        work = read_work({**document("J1"), "fence": fence})
        steering.begin(work, control)  # type: ignore[arg-type] # as above
        running = asyncio.create_task(steering.run())
        while len(door.answers) < len(door.asked) or len(door.known) < 5:
            await asyncio.sleep(0)
        running.cancel()

    asyncio.run(asyncio.wait_for(scene(), 20))


def test_a_request_is_carried_out_once_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.steering._AGAIN_S", 0.0)
    door, control = Door([ASKED], away=3), Obeyed()
    steered(door, control)
    assert control.asks == [Ask(Act.STOP, "p-1")], "though it was told again and again"
    assert door.answers == [(7, True, "done")]
    assert door.known[0] == ()
    assert door.known[-1] == (7,)


@pytest.mark.parametrize(
    ("how", "refuses", "words"),
    [
        ({"now": 100.1}, "", "too late"),
        ({"fence": 2}, "", "does not run here any more"),
        ({}, "it is not paused", "it is not paused"),
    ],
)
def test_what_is_late_or_for_another_run_is_not_carried_out(how: dict[str, Any], refuses: str, words: str) -> None:
    door, control = Door([ASKED]), Obeyed(refuses=refuses)
    steered(door, control, **how)
    assert control.asks == []
    ((_, done, text),) = door.answers
    assert (done, words in text) == (False, True)


def test_a_request_is_good_from_when_it_was_asked_for_however_long_the_answer_took() -> None:
    each = {"id": 1, "attempt_id": 2, "fence": 3, "machine": "m", "kind": "resume", "object": None, "good_for_s": 4.0,
            "any_pause": True, "asked_by": "p-1"}  # fmt: skip
    (request,) = read_requests({"waited_s": 12.5, "requests": [each]}, sent_s=1000.0)
    assert (request.until_s, request.act, request.any_pause) == (1016.5, Act.RESUME, True)
    for odd in ({**each, "kind": "dance"}, {**each, "id": "x"}, {"id": 1}):
        with pytest.raises(InputError, match="requests cannot be read"):
            read_requests({"waited_s": 0, "requests": [odd]}, 0.0)


# -- a lab whose machines change


@dataclass
class Lab:
    """A coordinator with machines that come and go; it never has work."""

    machines: list[dict[str, Any]]
    asked: dict[str, int] = field(default_factory=dict)  # for work, by machine
    left: int = 0

    async def handle(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name == "machines":
            return httpx.Response(200, json=self.machines)
        if name == "work":
            machine = request.content.decode().split('"machines":["')[1].split('"')[0]
            self.asked[machine] = self.asked.get(machine, 0) + 1
            await asyncio.sleep(0.001)
            return httpx.Response(204)
        self.left += name == "leave"
        return httpx.Response(200, json=[])


def machine(name: str, port: str = "virtual") -> dict[str, Any]:
    return {"id": name, "driver": "marlin", "port": port, "baud": 1, "address": None, "key_variable": None}


def test_machines_come_change_and_go_while_the_agent_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.station._LEARN_EVERY_S", 0.001)
    lab = Lab([machine("one")])

    async def until(there: Any) -> None:
        while not there():
            await asyncio.sleep(0)

    async def scene() -> None:
        client = Client("http://test", "token", httpx.MockTransport(lab.handle))
        place = StationFolder(tmp_path)
        station = Station(client, place, Bench(place.machines), frozenset())
        running = asyncio.create_task(station.run())
        await until(lambda: lab.asked.get("one"))
        lab.machines = [machine("one", "/dev/ttyX"), machine("two")]
        await until(lambda: lab.asked.get("two"))
        assert {stand.id: stand.address.port for stand in station.stands} == {"one": "/dev/ttyX", "two": "virtual"}
        lab.machines = [machine("two")]
        await until(next(each for each in station.stands if each.id == "one").leaving.is_set)
        await until(station._serving["one"].done)
        before = lab.asked["one"]
        again = lab.asked["two"]
        await until(lambda: lab.asked["two"] > again + 2)
        assert lab.asked["one"] == before, "it takes no job that is gone"
        lab.machines = [machine("one"), machine("two")]
        await until(lambda: lab.asked["one"] > before)
        station.drain()
        await running
        assert lab.left == 1, "others may drive its machines now"
        await client.close()

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_a_machine_that_is_reached_in_another_way_is_opened_anew_for_its_next_job(tmp_path: Path) -> None:
    address = MachineAddress("one", "marlin", "/dev/a")

    async def scene() -> None:
        stand = Stand(Bench(tmp_path), address)
        first = await stand.runner()
        assert await stand.runner() is first
        stand.address = replace(address, port="/dev/b")
        assert await stand.runner() is not first
        await stand.close()

    asyncio.run(scene())


# -- what is seen of machines


@dataclass
class Server:
    """An idle print server."""

    answer: Status

    async def status(self) -> Status:
        return self.answer

    async def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class Servers(Bench):
    answer: Status = field(default_factory=lambda: Status(RunState.IDLE))

    async def open(self, machine: MachineAddress) -> Device:
        return Server(self.answer)  # type: ignore[return-value] # as much of a device as is asked for


@pytest.mark.parametrize(
    ("status", "state", "outside"),
    [
        (Status(RunState.IDLE), "idle", None),
        (Status(RunState.RUNNING, file="benchy.gcode", left_s=60.0), "busy outside", "benchy.gcode"),
        (Status(RunState.PAUSED), "busy outside", "a run that was not sent from here"),
        (Status(RunState.RUNNING, file="J1-0a1b2c3d.gcode"), "running", None),
        (Status(RunState.LOCKED), "locked", None),
    ],
)
def test_a_print_server_at_work_for_others_is_told(
    tmp_path: Path, status: Status, state: str, outside: str | None
) -> None:
    bench = Servers(tmp_path, answer=status)

    async def scene() -> list[Sight]:
        stand = Stand(bench, MachineAddress("one", "octoprint", address="http://x"))
        stand.journal.write("J1", Step.STARTED)
        telling = Telling(None, bench, {"one": stand})  # type: ignore[arg-type] # nothing is told
        found = await telling._look(with_idle=True)
        assert await telling._look(with_idle=False) == []
        await stand.close()
        return found

    (sight,) = asyncio.run(scene())
    assert (sight.machine, sight.state, sight.outside) == ("one", state, outside)


# -- an alarm is not forgotten


@dataclass
class Alarming:
    """A device whose runs end by alarms."""

    runs: int = 0
    homed: int = 0

    async def run(self, program: Program, *, job_id: str, progress: Any) -> RunResult:
        self.runs += 1
        return RunResult(Outcome.FAILED, 1, "alarm 1: a limit switch was hit", alarm=True)

    async def locked(self) -> str | None:
        return None

    def pressed(self, report: str) -> str:
        return ""

    async def home(self) -> None:
        self.homed += 1

    async def unlock(self) -> None:
        raise AssertionError("nobody asked")

    async def close(self) -> None:
        """Nothing is held."""


def order(folder: Path, job_id: str, **how: Any) -> Order:
    program = folder / "part.gcode"
    program.write_bytes(PROGRAM)
    policy = SafetyPolicy("marlin", max_hotend_c=250, max_bed_c=90)
    return Order(job_id, program, sha256_of_bytes(PROGRAM), policy, **how)


def test_after_an_alarm_the_next_job_waits_for_a_person_also_after_a_restart(tmp_path: Path) -> None:
    device = Alarming()

    async def opened() -> Device:
        return device  # type: ignore[return-value] # as much of a device as is asked for

    class Waiting:
        """Stands in for a control: notes whether there was an alarm, and says no."""

        alarmed: bool | None = None

        def begin(self, _: Device) -> None:
            """It is open."""

        async def settle(self, _: Device, *, alarmed: bool) -> None:
            self.alarmed = alarmed
            if alarmed:
                raise StateError("nobody came")

    async def scene() -> None:
        journal = Journal(tmp_path / "j")
        runner = Runner("mill", opened, journal)
        assert (await runner.run(order(tmp_path, "J1"), lambda _: None)).alarm
        journal.close()
        journal = Journal(tmp_path / "j")  # the agent was started anew
        runner = Runner("mill", opened, journal)
        for job_id in ("J2", "J3"):  # asked each time, until something is started
            waiting = Waiting()
            report = await runner.run(order(tmp_path, job_id, control=waiting), lambda _: None)
            assert (report.step, report.lines, waiting.alarmed) == (Step.FAILED, 0, True)
            assert "nobody came" in report.message
        assert device.runs == 1
        await runner.run(order(tmp_path, "J4", homes=True), lambda _: None)
        assert (device.runs, device.homed) == (2, 1), "the lab wants it homed"
        journal.close()

    asyncio.run(scene())


def test_progress_of_a_waiting_machine_says_locked() -> None:
    assert str(Progress(0, 0, RunState.LOCKED).state) == "locked", "the coordinator looks for this word"
