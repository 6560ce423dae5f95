"""Three minutes in which everything dies at random: 200 jobs on 20 virtual machines over 4 agents, all processes.

    ./dev python -m benchmarks.chaos [--database sqlite|postgresql] [--seed 1] [--minutes 3] [--builds 10]

The coordinator and agents are killed (-9), connections to the database are ended (PostgreSQL) or another process holds
the database (SQLite), and a proxy loses, holds up and doubles what agents and coordinator tell each other. Afterwards
there is peace until every build is finished. The machines' own logs must say that no job was started twice, and the
reports that every piece was made or that a person has ruled on it. Prints what happened; ends with 1 where that fails.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, text

from benchmarks.bad_network import BadNetwork
from coordinator.moves import may_become
from coordinator.schema.builds import JobState
from firmware_bridge.twin.log import jobs as jobs_of
from tests.coordinator.api.world import World
from tests.coordinator.conftest import block_stl
from tests.coordinator.postgresql import fresh_databases
from tests.coordinator.proof import GOOD

LABS, MACHINES, PARTS = 4, 5, 17
BATCH = 4  # pieces of the first part: its first run in each lab is checked before the others start
SPEED = 20
_MOVES_OF_JOBS = {f"job.{state.replace(' ', '-')}" for state in JobState}
_PROGRAM = "G28\nG90\nM82\nM104 S200\nG92 E0\nG1 X20 Y30 E1 F1200\nG4 S{dwell_s}\nG1 X30 Y30 E2\nM104 S0\nM84\n"


@dataclass
class Chaos(World):
    """A world whose agents reach the coordinator through bad networks."""

    networks: dict[str, BadNetwork] = field(default_factory=dict)
    seed: int = 1

    @property
    def address(self) -> str:
        """Of the coordinator, or, while an agent is started, of its network."""
        return f"http://127.0.0.1:{self._through or self.port}"

    _through: int = 0

    def agent(self, lab: str) -> None:
        """As in any world, through the network of the lab."""
        if f"agent of {lab}" not in self.tokens:
            self.tokens[f"agent of {lab}"] = self.post("/tokens", lab, label="box", agent_of=lab)["token"]
            self.networks[lab] = BadNetwork(lambda: self.port, self.seed * 100 + len(self.networks))
        self._through = self.networks[lab].port
        try:
            super().agent(lab)
        finally:
            self._through = 0


def main() -> None:
    """Live through it and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--builds", type=int, default=10)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        url = stack.enter_context(fresh_databases())() if options.database == "postgresql" else None
        world = Chaos(
            folder, design=_design(folder), labs=_labs(), speed=str(SPEED), lease_s=5.0, database_url=url,
            seed=options.seed,
        )  # fmt: skip
        stack.callback(world.close)
        _live(world, options)


def _live(world: Chaos, options: argparse.Namespace) -> None:
    dice, seen = random.Random(options.seed), Counter[str]()
    world.serve()
    world.settle()
    builds = [world.order()]
    design = world.get(f"/builds/{builds[0]}")["design_id"]
    builds += [int(world.post("/builds", "builder", design_id=design)["id"]) for _ in range(options.builds - 1)]
    for lab in range(LABS):
        world.agent(f"lab{lab}")
    began = time.monotonic()
    ended = threading.Event()
    people = threading.Thread(target=_people, args=(world.tokens, lambda: world.port, ended, seen))
    people.start()
    try:
        while time.monotonic() - began < options.minutes * 60:
            time.sleep(dice.uniform(2, 6))
            _harm(world, dice, seen)
        for network in world.networks.values():
            network.calm = True
            seen.update(network.seen)
        print(f"{time.monotonic() - began:.0f} s of faults; then peace", flush=True)
        _await_the_end(world, builds, people)
    finally:
        ended.set()
        people.join()
    _prove(world, builds)
    starts = sum(len(jobs_of(path)) for path in world.folder.glob("*/machines/*.log"))
    print(
        f"{starts} starts on {LABS * MACHINES} machines, each job at most once; {time.monotonic() - began:.0f} s in all"
    )
    for what, count in sorted(seen.items()):
        print(f"| {what} | {count} |")


def _harm(world: Chaos, dice: random.Random, seen: Counter[str]) -> None:
    what = dice.choice(("coordinator killed", "agent killed", "agent killed", "database gone"))
    seen[what] += 1
    if what == "coordinator killed":
        world.kill("serve")
        time.sleep(dice.uniform(0, 6))
        world.serve()
    elif what == "agent killed":
        lab = f"lab{dice.randrange(LABS)}"
        world.kill(f"agent {lab}")
        time.sleep(dice.uniform(0, 6))
        world.agent(lab)
    elif world.database_url is None:
        with sqlite3.connect(world.folder / "coordinator" / "fabcommons.db", timeout=20) as held:
            held.execute("BEGIN IMMEDIATE")
            time.sleep(dice.uniform(1, 4))
            held.rollback()
        held.close()
    else:
        engine = create_engine(world.database_url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            connection.execute(text(f"{ending} AND datname = current_database()"))
        engine.dispose()


def _people(tokens: dict[str, str], port: Callable[[], int], ended: threading.Event, seen: Counter[str]) -> None:
    """Operators rule on what is doubtful and assemble by hand; a builder checks first articles."""
    people = _People(tokens, port, seen)
    while not ended.wait(1.0):
        try:
            people.rule()
            people.work()
            people.check()
        except (httpx.HTTPError, ValueError, KeyError):  # the coordinator is away
            continue


@dataclass
class _People:
    """Whoever stands in the labs."""

    tokens: dict[str, str]
    port: Callable[[], int]
    seen: Counter[str]
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def call(self, method: str, path: str, who: str | None = None, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        address = f"http://127.0.0.1:{self.port()}/api/v1{path}"
        return httpx.request(method, address, headers=headers, json=body or None, timeout=20)

    def jobs(self, *states: str) -> list[dict[str, Any]]:
        return [job for state in states for job in self.call("GET", f"/jobs?state={state}&limit=200").json()["items"]]

    def rule(self) -> None:
        for job in self.jobs("failed", "lost contact"):
            ruling = {"verdict": "scrapped", "why": "not to be trusted"}
            self.seen["verdicts"] += self.call("POST", f"/jobs/{job['id']}/verdict", job["lab"], **ruling).is_success

    def work(self) -> None:
        for job in self.jobs("scheduled", "running"):
            if job["by_hand"]:
                path, lab = f"/jobs/{job['id']}", job["lab"]
                if job["state"] == "scheduled":
                    self.call("POST", f"/kits/{job['id']}/waiver", lab, why="what is made lies where it was")
                    self.call("POST", f"{path}/start", lab, why="")
                self.call("POST", f"{path}/end", lab, made=True)

    def check(self) -> None:
        for job in self.jobs("made"):
            for piece in job["pieces"] if job["to_check"] else ():
                check = {"accept": self.dice.random() < 0.8, "why": "measured"}
                told = self.call("POST", f"/pieces/{piece['id']}/check", "builder", **check)
                self.seen["accepted by a peer" if check["accept"] else "rejected by a peer"] += told.is_success


def _finished(world: Chaos, builds: list[int]) -> bool:
    try:
        return all(world.get(f"/builds/{build}")["state"] == "finished" for build in builds)
    except httpx.HTTPError:
        return False


def _await_the_end(world: Chaos, builds: list[int], people: threading.Thread) -> None:
    try:
        world.until(lambda: _finished(world, builds), "all builds are finished")
    except AssertionError:
        print(f"the people are {'there' if people.is_alive() else 'gone'}; what is left:")
        for build in builds:
            view = world.get(f"/builds/{build}")
            if view["state"] != "finished":
                print(json.dumps(view))
        for state in JobState:
            if state not in (JobState.MADE, JobState.SCRAPPED, JobState.WITHDRAWN):
                for job in world.get(f"/jobs?state={state}&limit=200")["items"]:
                    print(json.dumps(job))
        for event in world.events()[-40:]:
            print(json.dumps(event))
        raise


def _prove(world: Chaos, builds: list[int]) -> None:
    """What the machines' logs, the reports and the event log say of each other.

    Raises:
        AssertionError: something was lost, or made twice.
    """
    events = world.events()
    ids = [event["id"] for event in events]
    _must(ids == sorted(set(ids)), "events are in order")
    states: dict[str, JobState] = {}
    rulings: dict[str, str] = {}
    for event in events:
        if event["kind"] in _MOVES_OF_JOBS and event["subject"].startswith("job "):
            state = JobState(event["kind"].removeprefix("job.").replace("-", " "))
            job_id = event["subject"].removeprefix("job ")
            if job_id in states:
                _must(str(states[job_id]) == event["data"]["before"], f"{event} follows on what was before")
                _must(may_become(states[job_id], state), f"{event} is a legal move")
            states[job_id] = state
            if state is JobState.SCRAPPED:
                rulings[job_id] = event["who"]
    _must(all(who.startswith("p-") for who in rulings.values()), "only people rule")
    for build in builds:
        report = world.get(f"/builds/{build}/report")
        world.prove(report)
        made = Counter(piece["name"] for piece in report["pieces"] if piece["outcome"] in GOOD)
        _must(report["complete"], f"build {build} is complete: {report['waiting']}")
        wanted = {name: BATCH if name == "Part 0" else 1 for name in made}
        _must(made == wanted, f"each piece is made once: {made}")
        outcomes = {piece["outcome"] for piece in report["pieces"]}
        _must(outcomes <= {*GOOD, "rejected", "scrapped"}, "no piece is left")
        scrapped = {piece["piece"].partition("/")[0] for piece in report["pieces"] if piece["outcome"] == "scrapped"}
        _must(scrapped <= set(rulings), "what was scrapped, a person has ruled on")


def _must(condition: object, what: str) -> None:
    if not condition:
        raise AssertionError(f"this is not so: {what}")


def _design(folder: Path) -> Path:
    design = folder / "design"
    design.mkdir()
    rows = ["Part,Qty,Process,Material,File"]
    for number in range(PARTS):
        rows.append(f"Part {number},{1 if number else BATCH},3D printing,PLA,part{number}.stl")
        (design / f"part{number}.stl").write_text(block_stl(20, 20, 10 + number))
        (design / f"part{number}.gcode").write_text(_PROGRAM.format(dwell_s=200 + number))
    (design / "bom.csv").write_text("\n".join(rows) + "\n")
    (design / "LICENSE").write_text("SPDX-License-Identifier: CERN-OHL-P-2.0\n")  # without one, people are asked
    return design


def _labs() -> dict[str, Any]:
    printer = {
        "name": "Printer", "processes": ["fdm"], "materials": ["pla"], "unattended": True,
        "envelope_mm": [220, 220, 250], "connection": {"driver": "marlin", "port": "virtual"},
        "limits": {"nozzle_c": 240, "bed_c": 90},
    }  # fmt: skip
    labs = []
    for lab in range(LABS):
        machines = [printer | {"id": f"lab{lab}-m{number}"} for number in range(MACHINES)]
        machines.append({"id": f"lab{lab}-bench", "name": "Bench", "processes": ["assembly"]})
        labs.append(
            {
                "id": f"lab{lab}", "name": f"Lab {lab}", "timezone": "UTC", "opening_hours": {"daily": "00:00-24:00"},
                "policy": {"accepts": "automatically", "first_article": "always"}, "machines": machines,
            }
        )  # fmt: skip
    ways = [{"between": [f"lab{a}", f"lab{b}"], "minutes": 1} for a in range(LABS) for b in range(a + 1, LABS)]
    return json.loads(json.dumps({"labs": labs, "transport": ways}))  # type: ignore[no-any-return] # nothing shared: YAML would write anchors


if __name__ == "__main__":
    main()
