"""A thousand agents and a thousand listeners at one coordinator process, as Markdown tables.

    ./dev python -m benchmarks.load [--agents 1000] [--listeners 1000] [--seconds 30] [--events 10000]

Each agent tells the progress of its job every five seconds; meanwhile people read, and how long they wait is measured.
Then listeners follow the log while another process writes an hour's worth of events, and the memory of the coordinator
is looked at. Clients and coordinator share the computer.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy import insert

from benchmarks.claims import seed_jobs
from coordinator.files import FileStore
from coordinator.service.application import Application
from coordinator.service.clock import RealClock
from coordinator.service.house import House
from coordinator.store import Store
from coordinator.tables import EventRow

_EVERY_S = 5.0
_READS = ("/health", "/builds/1", "/jobs?limit=50", "/labs", "/log?limit=100", "/machines?limit=50")
_TIMEOUT_S = 60.0


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--listeners", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--events", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tokens = _prepare(folder, options.agents)
        with (folder / "out").open("wb") as out:
            command = [sys.executable, "-m", "coordinator", "serve", "--dir", str(folder), "--port", "0"]
            process = subprocess.Popen(
                [*command, "--requests-per-second", "100000", "--lease", "600"], stdout=out, stderr=out
            )
        try:
            while "serves at" not in (text := (folder / "out").read_text()):
                if process.poll() is not None:
                    raise SystemExit(text)
                time.sleep(0.1)
            address = text.split("serves at ")[1].split()[0]
            asyncio.run(_measure(address, tokens, folder, process.pid, options))
        finally:
            process.terminate()
            process.wait()


def _prepare(folder: Path, agents: int) -> list[tuple[str, int]]:
    """A coordinator's folder in which each agent runs a job; returns each one's token and attempt."""
    (folder / "fabcommons.lock").touch()  # the folder is a coordinator's
    store = Store(folder / "fabcommons.db")
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


async def _measure(
    address: str, tokens: list[tuple[str, int]], folder: Path, pid: int, options: argparse.Namespace
) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=address + "/api/v1", timeout=_TIMEOUT_S, limits=limits) as http:
        for path in _READS:  # the first of each kind compiles its statements
            (await http.get(path)).raise_for_status()
        quiet = await _reads(http, options.seconds / 3)
        agents = [asyncio.create_task(_agent(http, *each)) for each in tokens]
        await asyncio.sleep(_EVERY_S * 1.5)  # all have begun
        busy = await _reads(http, options.seconds)
        for each in agents:
            each.cancel()
        told = [each for each in await asyncio.gather(*agents, return_exceptions=True) if isinstance(each, Exception)]
        print("\n| reads | median ms | p99 ms | longest ms |\n|---|---|---|---|")
        for name, spent in (("alone", quiet), (f"with {len(tokens)} agents, each every {_EVERY_S:g} s", busy)):
            cuts = statistics.quantiles(spent, n=100)
            print(f"| {name} | {cuts[49]:.0f} | {cuts[98]:.0f} | {max(spent):.0f} |")
        print(f"\n{len(told)} agents failed.", *{repr(each) for each in told[:3]})
        await _listen(address, http, folder, pid, options)


async def _reads(http: httpx.AsyncClient, seconds: float) -> list[float]:
    """How long reads take, milliseconds; ten a second, whether the ones before are answered or not."""
    spent: list[float] = []

    async def read(path: str) -> None:
        started = time.perf_counter()
        (await http.get(path)).raise_for_status()
        spent.append((time.perf_counter() - started) * 1000)

    tasks = []
    for number in range(round(seconds * 10)):
        tasks.append(asyncio.create_task(read(_READS[number % len(_READS)])))
        await asyncio.sleep(0.1)
    await asyncio.gather(*tasks)
    return spent


async def _agent(http: httpx.AsyncClient, token: str, attempt_id: int) -> None:
    """Tell progress every five seconds."""
    await asyncio.sleep(random.uniform(0, _EVERY_S))
    headers, done = {"Authorization": f"Bearer {token}"}, 0
    while True:
        done += 1
        told = {"attempt_id": attempt_id, "fence": 1, "lines_done": done, "lines_total": 1000, "state": "running"}
        begun = time.monotonic()
        (await http.post("/agent/attempts/progress", json={"attempts": [told]}, headers=headers)).raise_for_status()
        await asyncio.sleep(max(0.0, _EVERY_S - (time.monotonic() - begun)))


async def _listen(address: str, http: httpx.AsyncClient, folder: Path, pid: int, options: argparse.Namespace) -> None:
    """Listeners follow; each must see every id, in order."""
    last = (await http.get("/health")).json()["last_event"]
    host, port = address.removeprefix("http://").split(":")
    first_kib = _memory_kib(pid)
    end = last + options.events
    listeners = [asyncio.create_task(_listener(host, int(port), last, end)) for _ in range(options.listeners)]
    await asyncio.sleep(5)
    with_listeners_kib = _memory_kib(pid)
    started = time.perf_counter()
    half_kib = await asyncio.to_thread(_write, folder, options.events, pid)
    missed = sum(await asyncio.gather(*listeners))
    spent_s = time.perf_counter() - started
    print(
        f"\n{options.listeners} listeners got {options.events} events each in {spent_s:.0f} s;"
        f" {missed} were missed.\n\n"
        "| memory of the coordinator | MiB |\n|---|---|"
    )
    rows = {
        "after the agents": first_kib, "with the listeners": with_listeners_kib,
        "after half of the events": half_kib, "after all": _memory_kib(pid),
    }  # fmt: skip
    for name, kib in rows.items():
        print(f"| {name} | {kib / 1024:.0f} |")


async def _listener(host: str, port: int, last: int, end: int) -> int:
    """How many events it has missed."""
    reader, writer = await asyncio.open_connection(host, port, limit=2**20)
    writer.write(f"GET /api/v1/events?after={last} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    missed, seen = 0, last
    async for line in reader:
        if line.startswith(b"id: "):
            now = int(line[4:])
            missed += now != seen + 1
            seen = now
            if now >= end:
                break
    writer.close()
    return missed + (end - seen)


def _write(folder: Path, count: int, pid: int) -> int:
    """Events in the coordinator's database, by another process; returns the memory when half were written."""
    store, half = Store(folder / "fabcommons.db"), 0
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


if __name__ == "__main__":
    main()
