"""A thousand agents and a thousand listeners at one coordinator process, as Markdown tables.

    ./dev python -m benchmarks.load [--database postgresql] [--agents N] [--listeners N] [--seconds S] [--events N]

Each agent tells the progress of its job every five seconds; meanwhile people read, and how long they wait is measured.
Then listeners follow the log while another process writes an hour's worth of events, and the memory of the coordinator
is looked at. Agents, readers and listeners are processes of their own, on the same computer as the coordinator.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from benchmarks.claims import seed_jobs
from benchmarks.crowd import Answers, agents_telling, follow_events, get_steadily
from coordinator.files import FileStore
from coordinator.schema.builds import EventRow
from coordinator.service.application import Application
from coordinator.service.clock import RealClock
from coordinator.service.house import House
from coordinator.store import Store
from tests.coordinator.postgresql import fresh_databases

_EVERY_S = 5.0
_READS = ("/health", "/builds/1", "/jobs?limit=50", "/labs", "/log?limit=100", "/machines?limit=50")
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--listeners", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--events", type=int, default=10_000)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(fresh_databases())() if options.database == "postgresql" else None
        tokens = _prepare(folder, url, options.agents)
        address, pid = stack.enter_context(_served(folder, url))
        _measure_reads(address, tokens, pid, options.seconds)
        _measure_listeners(address, folder, url, pid, options)


def _prepare(folder: Path, url: str | None, agents: int) -> list[tuple[str, int]]:
    """A coordinator's folder in which each agent runs a job; returns each one's token and attempt."""
    (folder / "fabcommons.lock").touch()  # the folder is a coordinator's
    store = Store(url or folder / "fabcommons.db")
    clock = RealClock()
    application = Application(House(store, FileStore(folder / "files"), clock, clock))
    operator = seed_jobs(application, agents)
    found = []
    for number in range(agents):
        token = application.tokens.add_agent(operator, "north", f"box {number}").token
        agent = application.tokens.actor(token)
        work = application.attempts.claim(agent, "north", [f"printer-{number}"])
        if work is None:
            raise SystemExit("there is no job for an agent")
        application.attempts.start(agent, work.attempt_id, work.fence)
        found.append((token, work.attempt_id))
    store.close()
    return found


@contextmanager
def _served(folder: Path, url: str | None) -> Iterator[tuple[str, int]]:
    """The coordinator's address and its process."""
    command = [sys.executable, "-m", "coordinator", "serve", "--dir", str(folder), "--port", "0", "--lease", "600"]
    command += ["--requests-per-second", "100000", *(["--database-url", url] if url else [])]
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        while "serves at" not in (text := (folder / "out").read_text()):
            if process.poll() is not None:
                raise SystemExit(text)
            time.sleep(0.05)
        yield text.split("serves at ")[1].split()[0], process.pid
        if process.poll() is not None:
            raise SystemExit(f"the coordinator ended:\n{(folder / 'out').read_text()}")
    finally:
        process.terminate()
        process.wait()


def _measure_reads(address: str, tokens: list[tuple[str, int]], pid: int, seconds: float) -> None:
    asyncio.run(get_steadily(address, _READS, 1.2))  # the first of each kind compiles its statements
    rows = {"alone": asyncio.run(get_steadily(address, _READS, seconds / 3))}
    with agents_telling(address, tokens, _EVERY_S) as told:
        time.sleep(_EVERY_S * 1.5)  # all have begun
        began, cpu = time.monotonic(), _cpu_s(pid)
        rows[f"with {len(tokens)} agents, each every {_EVERY_S:g} s"] = asyncio.run(
            get_steadily(address, _READS, seconds)
        )
        cores = (_cpu_s(pid) - cpu) / (time.monotonic() - began)
    rows["progress, as the agents see it"] = told[0]
    print("\n| answers | how many | median ms | p99 ms | longest ms | failed |\n|---|---|---|---|---|---|")
    for name, answers in rows.items():
        print(_row(name, answers))
    print(f"\nThe coordinator took {cores:.2f} cores meanwhile.", *dict.fromkeys(told[0].failures[:5]))


def _row(name: str, answers: Answers) -> str:
    if len(answers.spent_ms) < 2:
        return f"| {name} | {len(answers.spent_ms)} | - | - | - | {len(answers.failures)} |"
    cuts, longest = statistics.quantiles(answers.spent_ms, n=100), max(answers.spent_ms)
    figures = f"{cuts[49]:.0f} | {cuts[98]:.0f} | {longest:.0f}"
    return f"| {name} | {len(answers.spent_ms)} | {figures} | {len(answers.failures)} |"


def _measure_listeners(address: str, folder: Path, url: str | None, pid: int, options: argparse.Namespace) -> None:
    """Listeners follow; each must see every id, in order."""
    with urllib.request.urlopen(f"{address}/api/v1/health") as answer:  # noqa: S310 - our own server
        last = json.load(answer)["last_event"]
    rows = {"after the agents": _memory_kib(pid)}
    with follow_events(address, options.listeners, last, last + options.events) as missed:
        rows["with the listeners"] = _memory_kib(pid)
        began = time.perf_counter()
        rows["after half of the events"] = _write(folder, url, options.events, pid)
    spent_s = time.perf_counter() - began
    rows["after all"] = _memory_kib(pid)
    print(
        f"\n{len(missed)} listeners got {options.events} events each in {spent_s:.0f} s; {sum(missed)} were missed.\n\n"
        "| memory of the coordinator | MiB |\n|---|---|"
    )
    for name, kib in rows.items():
        print(f"| {name} | {kib / 1024:.0f} |")


def _write(folder: Path, url: str | None, count: int, pid: int) -> int:
    """Events in the coordinator's database, by another process; returns the memory when half were written."""
    store, half = Store(url or folder / "fabcommons.db"), 0
    for first in range(0, count, 50):
        at = datetime.now(UTC)
        rows = [
            {"at": at, "kind": "job.looked-at", "subject": "job J1", "who": "somebody", "why": "", "data": {"n": n}}
            for n in range(first, min(first + 50, count))
        ]
        with store.transaction() as session:
            session.execute(insert(EventRow), rows)
        time.sleep(0.05)
        if half == 0 and first >= count // 2:
            half = _memory_kib(pid)
    store.close()
    return half


def _memory_kib(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def _cpu_s(pid: int) -> float:
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / _TICKS


if __name__ == "__main__":
    main()
