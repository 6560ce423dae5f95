"""An agent against a coordinator that is away, forgets, or says no; its machines are devices of our own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.client import AwayError, Client, RefusedError, checked_address
from agent.devices import Bench, MachineAddress
from agent.journal import Journal, Step
from agent.leases import Leases
from agent.protocol import policy_document, read_work
from agent.station import Station, StationFolder
from core.errors import InputError
from firmware_bridge.device import Device, Outcome, Progress, RunResult, RunState
from gcode.program import Program
from gcode.safety import SafetyPolicy

PROGRAM = b"G28\nG1 X10 F1200\nM104 S0\nM140 S0\nM107\nM84\n"
DIGEST = sha256(PROGRAM).hexdigest()
POLICY = SafetyPolicy("marlin", max_hotend_c=250, max_bed_c=90)


@dataclass
class Machine:
    """A device that remembers what it was sent, and whether the start was granted then."""

    coordinator: Coordinator
    ran: list[str] = field(default_factory=list)

    async def run(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        assert job_id in self.coordinator.granted, "the machine moved before the coordinator's yes"
        self.ran.append(job_id)
        progress(Progress(1, 6, RunState.RUNNING))
        return RunResult(Outcome.FINISHED, 6, "finished")

    async def close(self) -> None:
        """Nothing is held."""


@dataclass
class Coordinator:
    """The other end, as a transport: jobs to give, what was granted and told, and what goes wrong, in order."""

    jobs: list[str] = field(default_factory=list)
    granted: list[str] = field(default_factory=list)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    open: list[dict[str, Any]] = field(default_factory=list)
    away: dict[str, int] = field(default_factory=dict)  # by the end of a path: how often it is away
    deaf: dict[str, int] = field(default_factory=dict)  # by the end of a path: how often the answer is lost
    stale: set[str] = field(default_factory=set)
    program: bytes = PROGRAM
    changes: dict[str, Any] = field(default_factory=dict)  # of the document of each job
    refuses: bool = False
    station: Station | None = None

    async def handle(self, request: httpx.Request) -> httpx.Response:
        path, name = request.url.path, request.url.path.rpartition("/")[2]
        body = json.loads(request.content) if request.content else {}
        if self.refuses:
            return problem(401, "unauthenticated")
        if self.away.get(name, 0) > 0:
            self.away[name] -= 1
            raise httpx.ConnectError("away")
        answer = self._answer(path, name, body)
        if self.deaf.get(name, 0) > 0:
            self.deaf[name] -= 1
            raise httpx.ReadError("cut")
        return answer

    def _answer(self, path: str, name: str, body: dict[str, Any]) -> httpx.Response:
        if name == "machines":
            machine = {"id": "printer", "driver": "marlin", "port": "virtual", "baud": 1}
            return httpx.Response(200, json=[{**machine, "address": None, "key_variable": None}])
        if name == "attempts":
            return httpx.Response(200, json=self.open)
        if name == "work":
            if self.jobs:
                return httpx.Response(200, json={**document(self.jobs.pop(0)), **self.changes})
            assert self.station is not None
            self.station.drain()
            return httpx.Response(204)
        if "/files/" in path:
            return httpx.Response(200, content=self.program)
        job = f"J{path.split('/')[-2]}"
        if name in self.stale:
            return problem(409, "stale")
        if name == "start" and job not in self.granted:
            self.granted.append(job)
        if name in ("end", "release"):
            self.told.append((f"{name} {job}", body))
        return httpx.Response(200, json={} if name != "progress" else [])


def problem(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "detail": f"it is {code}"})


def document(job_id: str) -> dict[str, Any]:
    number = int(job_id[1:])
    return {
        "attempt_id": number, "fence": 1, "job_id": job_id, "machine": "printer", "what": "Foot", "pieces": 1,
        "program_sha256": DIGEST, "program": "foot.gcode", "policy": policy_document(POLICY), "first_layer": False,
        "lease_s": 60,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnBench(Bench):
    """A bench whose machines are ours."""

    machine: Machine | None = None

    async def open(self, machine: MachineAddress) -> Device:
        assert self.machine is not None
        return self.machine  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between attempts to reach the coordinator."""
    monkeypatch.setattr("agent.station._PAUSES_S", (0.0,))
    monkeypatch.setattr("agent.telling._TELL_EVERY_S", 0.001)


def work_off(coordinator: Coordinator, folder: Path) -> Machine:
    """An agent that works until there are no more jobs."""
    machine = Machine(coordinator)

    async def scene() -> None:
        client = Client("http://test", "token", httpx.MockTransport(coordinator.handle))
        place = StationFolder(folder)
        station = Station(client, place, OwnBench(place.machines, machine=machine), frozenset())
        coordinator.station = station
        await asyncio.wait_for(station.run(), 30)
        await client.close()

    asyncio.run(scene())
    return machine


def test_a_job_is_taken_fetched_started_run_and_told(tmp_path: Path) -> None:
    coordinator = Coordinator(["J1", "J2"])
    assert work_off(coordinator, tmp_path).ran == ["J1", "J2"]
    assert [what for what, _ in coordinator.told] == ["end J1", "end J2"]
    assert coordinator.told[0][1] | {"ended_ago_s": 0} == {
        "fence": 1, "outcome": "finished", "lines": 6, "message": "finished", "ended_ago_s": 0,
    }  # fmt: skip
    leases = Leases(tmp_path / "leases.jsonl")
    assert leases.open() == ()
    leases.close()


@pytest.mark.parametrize("fault", ["away", "deaf"])
@pytest.mark.parametrize("name", ["machines", "attempts", "start", "end"])
def test_a_coordinator_that_is_away_or_whose_answer_is_lost_is_asked_again(
    tmp_path: Path, fault: str, name: str
) -> None:
    coordinator = Coordinator(["J1"], **{fault: {name: 3}})  # type: ignore[arg-type]
    assert work_off(coordinator, tmp_path).ran == ["J1"], "once"
    assert {what for what, _ in coordinator.told} == {"end J1"}


def test_drained_while_a_job_runs_it_ends_that_and_an_update_goes_on_with_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left when an agent is stopped for an update is done by the next process, and nothing twice."""
    coordinator = Coordinator(["J1", "J2"])
    run = Machine.run

    async def run_and_drain(self: Machine, program: Program, **how: Any) -> RunResult:
        assert coordinator.station is not None
        coordinator.station.drain()
        return await run(self, program, **how)

    with monkeypatch.context() as patched:
        patched.setattr(Machine, "run", run_and_drain)
        assert work_off(coordinator, tmp_path).ran == ["J1"]
    assert ([what for what, _ in coordinator.told], coordinator.jobs) == (["end J1"], ["J2"])
    assert work_off(coordinator, tmp_path).ran == ["J2"]
    assert [what for what, _ in coordinator.told] == ["end J1", "end J2"]


def test_a_job_that_is_no_longer_ours_is_not_started(tmp_path: Path) -> None:
    coordinator = Coordinator(["J1"], stale={"start"})
    assert work_off(coordinator, tmp_path).ran == []
    assert coordinator.told == []


def test_another_program_than_ordered_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coordinator = Coordinator(["J1"], program=PROGRAM + b"M112\n")
    monkeypatch.setattr("agent.station.Station._pause", lambda *_: asyncio.sleep(0))
    assert work_off(coordinator, tmp_path).ran == []
    assert [what for what, _ in coordinator.told] == ["release J1"]
    assert not list((tmp_path / "programs").glob("*")), "nothing of it is kept"


def test_a_program_that_is_not_safe_here_fails_without_moving_the_machine(tmp_path: Path) -> None:
    bad = b"M104 S290\nG28\nM104 S0\n"
    coordinator = Coordinator(["J1"], program=bad)
    answer = coordinator._answer
    digest = sha256(bad).hexdigest()

    def other(path: str, name: str, body: dict[str, Any]) -> httpx.Response:
        found = answer(path, name, body)
        if name == "work" and found.status_code == 200:
            return httpx.Response(200, json={**found.json(), "program_sha256": digest})
        return found

    coordinator._answer = other  # type: ignore[method-assign]
    assert work_off(coordinator, tmp_path).ran == []
    what, told = coordinator.told[0]
    assert (what, told["outcome"], told["lines"]) == ("end J1", "failed", 0)
    assert "not started" in told["message"]


def after_a_crash(folder: Path, *steps: Step, granted: bool = True) -> tuple[Coordinator, Machine]:
    """An agent that begins anew after one that took J1 and left the journal so."""
    leases = Leases(folder / "leases.jsonl")
    leases.take(read_work(document("J1")))
    leases.close()
    journal = Journal(folder / "machines" / "printer.journal")
    for step in steps:
        journal.write("J1", step, lines=6, message="as journalled")
    journal.close()
    standing = {"attempt_id": 1, "fence": 1, "job_id": "J1", "machine": "printer"}
    coordinator = Coordinator(open=[{**standing, "state": "started" if granted else "leased"}])
    if granted:
        coordinator.stale = {"release"}
    return coordinator, work_off(coordinator, folder)


def test_after_a_crash_before_the_grant_the_job_is_given_back(tmp_path: Path) -> None:
    coordinator, machine = after_a_crash(tmp_path, granted=False)
    assert ([what for what, _ in coordinator.told], machine.ran) == (["release J1"], [])


def test_after_a_crash_between_grant_and_start_nothing_was_started(tmp_path: Path) -> None:
    coordinator, machine = after_a_crash(tmp_path)
    assert [(what, told["outcome"], told["lines"]) for what, told in coordinator.told] == [("end J1", "failed", 0)]
    assert machine.ran == []


def test_after_a_crash_while_the_machine_ran_nobody_knows(tmp_path: Path) -> None:
    coordinator, machine = after_a_crash(tmp_path, Step.STARTED)
    assert [(what, told["outcome"]) for what, told in coordinator.told] == [("end J1", "lost contact")]
    assert machine.ran == []


def test_after_a_crash_behind_the_end_the_journal_tells(tmp_path: Path) -> None:
    coordinator, machine = after_a_crash(tmp_path, Step.STARTED, Step.FINISHED)
    assert [(what, told["outcome"], told["message"]) for what, told in coordinator.told] == [
        ("end J1", "finished", "as journalled")
    ]
    assert machine.ran == []


def test_what_only_the_coordinator_knows_of_is_lost_contact(tmp_path: Path) -> None:
    standing = {"fence": 1, "machine": "printer"}
    coordinator = Coordinator(
        open=[
            {**standing, "attempt_id": 7, "job_id": "J7", "state": "started"},
            {**standing, "attempt_id": 8, "job_id": "J8", "state": "leased"},
        ]
    )
    work_off(coordinator, tmp_path)
    assert [(what, told.get("outcome")) for what, told in coordinator.told] == [
        ("end J7", "lost contact"),
        ("release J8", None),
    ]


def test_an_agent_that_is_not_let_in_says_so(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="it is unauthenticated"):
        work_off(Coordinator(refuses=True), tmp_path)


def test_a_token_does_not_go_over_a_network_in_the_clear() -> None:
    assert checked_address("https://fab.example/") == "https://fab.example"
    assert checked_address("http://127.0.0.1:8484") == "http://127.0.0.1:8484"
    assert checked_address("http://10.0.0.2", plain_http=True) == "http://10.0.0.2"
    for address in ("http://10.0.0.2", "ftp://fab.example", "fab.example", "https://u:p@fab.example"):
        with pytest.raises(InputError):
            checked_address(address)


def ask(answer: httpx.Response) -> None:
    async def scene() -> None:
        client = Client("http://test", "token", httpx.MockTransport(lambda _: answer))
        try:
            await client.machines()
        finally:
            await client.close()

    run: Coroutine[Any, Any, None] = scene()
    asyncio.run(run)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, content=b"<html>welcome to the cafe</html>"), AwayError),
        (httpx.Response(502, content=b"bad gateway"), AwayError),
        (httpx.Response(302, headers={"Location": "http://elsewhere"}), AwayError),
        (httpx.Response(200, json={"machines": 3}), InputError),
        (httpx.Response(200, json=[{"id": "x", "driver": "catapult"}]), InputError),
        (httpx.Response(403, json={"code": "forbidden", "detail": "no"}), RefusedError),
        (httpx.Response(429, json={"code": "too-many", "detail": "slowly"}), AwayError),
    ],
)
def test_whatever_answers_is_no_traceback(answer: httpx.Response, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(answer)
