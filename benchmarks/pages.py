"""How fast the pages are, as a Markdown table: a network of 50 machines, 1,000 jobs and a build of 10,000 tasks.

    ./dev python -m benchmarks.pages [--rounds 200] [--watchers 500]

The server is a process of its own with a rate limit that is out of the way. Everything is asked for over HTTP; times
are from the request to the last byte, as a browser on the same computer would see them.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy.orm import Session

from coordinator.api.app import create_app
from coordinator.files import FileStore
from coordinator.heap import Heap
from coordinator.schema.builds import (
    BuildRow,
    BuildState,
    DesignRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    OfferState,
    PlanRow,
    TaskEdgeRow,
    TaskRow,
    TaskState,
)
from coordinator.schema.service import ImportRow, OrderRow
from coordinator.service.application import KEEPER, Application
from coordinator.service.clock import RealClock
from coordinator.service.house import Call, House
from coordinator.store import Store

TASKS, MACHINES = 10_000, 50
VIEWS = {
    "board, of 9,000 pieces of work": "/",
    "board, its page 100": "/?page=100",
    "build of 10,000 tasks": "/builds/1",
    "its tasks behind the 9,000th": "/builds/1?after=9000",
    "schedule of 1,000 bars": "/schedule?span=all",
    "lab": "/labs/north",
    "log": "/happenings",
}
_AT_ONCE = 10


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, or serve (which the first does in a process of its own)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--watchers", type=int, default=500)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve is not None:
        serve(options.serve)
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.pages", "--serve", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            address = (server.stdout or sys.stdin).readline().strip()
            try:
                asyncio.run(measure(address, options.rounds))
                asyncio.run(watch(address, options.watchers))
            finally:
                server.kill()


async def measure(address: str, rounds: int) -> None:
    """One request after another, then ten at a time."""
    print("| page | kB | packed | made anew, median ms | as others see it, median ms | ten at a time | 99th of 100 |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        for name, path in VIEWS.items():
            answer = (await client.get(path)).raise_for_status()
            mark = "&" if "?" in path else "?"  # an address that nobody has asked for yet
            anew = [await _timed(client, f"{path}{mark}n={number}") for number in range(rounds // 10)]
            alone = [await _timed(client, path) for _ in range(rounds // 4)]
            batches = [
                await asyncio.gather(*[_timed(client, path) for _ in range(_AT_ONCE)]) for _ in range(rounds // 10)
            ]
            many = sorted(each for batch in batches for each in batch)
            size, packed = len(answer.content), len(gzip.compress(answer.content, 5))
            print(
                f"| {name} | {size / 1000:.0f} | {packed / 1000:.1f} | {1000 * statistics.median(anew):.0f} "
                f"| {1000 * statistics.median(alone):.0f} "
                f"| {1000 * statistics.median(many):.0f} | {1000 * many[int(0.99 * len(many))]:.0f} |"
            )
        first = (await client.get("/")).text
        assets = {
            each: len(gzip.compress((await client.get(each)).content))
            for each in set(re.findall(r'"(/assets/[^"]+)"', first))
        }
        loaded = sum(assets.values())
        print(f"\nStyle, script and picture of the first view: {loaded / 1000:.1f} kB packed.")


async def watch(address: str, watchers: int) -> None:
    """Many watch one build; one task changes; how long until the last has heard, and how much each was sent."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as client:
        page = (await client.get("/builds/2")).text
        have = page.partition('data-parts="')[2][:16]
        ready, heard, sent = asyncio.Semaphore(0), [0.0] * watchers, [0] * watchers

        async def one(number: int) -> None:
            async with client.stream("GET", f"/builds/2/live?have={have}") as answer:
                async for text in answer.aiter_text():
                    sent[number] += len(text.encode())
                    if ": watched" in text:
                        ready.release()
                    if "data: " in text:
                        heard[number] = time.perf_counter()
                        return

        tasks = [asyncio.create_task(one(number)) for number in range(watchers)]
        for _ in range(watchers):
            await ready.acquire()
        await asyncio.sleep(1)
        begun = time.perf_counter()
        (await client.post("/change")).raise_for_status()
        await asyncio.wait_for(asyncio.gather(*tasks), 60)
    last = max(heard) - begun
    print(f"\n{watchers} people watch one build: a change reaches the last after {last:.2f} s, {max(sent)} bytes each.")


async def _timed(client: httpx.AsyncClient, path: str) -> float:
    begun = time.perf_counter()
    (await client.get(path)).raise_for_status()
    return time.perf_counter() - begun


def serve(folder: Path) -> None:
    """A network of rows that were never made, on a free port; what it keeps is put aside as `fabcommons serve` does."""
    heap = Heap()
    with heap.growing():
        _serve(folder, heap)


def _serve(folder: Path, heap: Heap) -> None:
    clock = RealClock()
    store = Store(folder / "x.db")
    application = Application(House(store, FileStore(folder / "files"), clock, clock))
    seed(application)
    app = create_app(application, per_s=1e9, burst=10**9)

    @app.post("/change")
    def change() -> None:
        with application.house.change("somebody") as made:
            made.session.get_one(OrderRow, 2).plan_wanted += 1

    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as coordinator.api.server does
        heap.settle()
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        server.run(sockets=[listener])


def seed(application: Application) -> None:
    """A lab, a build of many tasks of which every tenth has a job, and a small build to watch."""
    machine = {"name": "Printer", "processes": ["fdm"], "unattended": True, "envelope_mm": [200, 200, 200]}
    machines = [{**machine, "id": f"printer-{number}", "name": f"Printer {number}"} for number in range(MACHINES)]
    lab = {"id": "north", "name": "North", "timezone": "UTC", "opening_hours": {"daily": "08:00-20:00"}}
    application.labs.put(Call(KEEPER), {"labs": [{**lab, "machines": machines}]})
    now = datetime.now(UTC)
    with application.house.store.transaction() as session:
        design = DesignRow(name="lamp", location=".", content_hash="0" * 64)
        session.add(design)
        session.flush()
        facts = {"kind": "folder", "files": 1, "lines": TASKS, "tasks": TASKS, "questions": [], "findings": []}
        session.add(
            ImportRow(design_id=design.id, archive_sha256="0" * 64, imported_at=now, imported_by="p", facts=facts)
        )
        for tasks in (TASKS, 20):
            _build(session, design, tasks, now)


def _build(session: Session, design: DesignRow, count: int, now: datetime) -> None:
    build = BuildRow(design=design, quantity=1, state=BuildState.OPEN, labs_file="", opened_at=now)
    session.add(build)
    session.flush()
    plan = PlanRow(build_id=build.id, made_at=now, why="", document={"runs": []})
    order = OrderRow(
        build_id=build.id, ordered_by="p", lead_days=0, checked=False, plan_wanted=0, plan_made=0, plan_why=""
    )
    session.add_all([plan, order])
    session.flush()
    for number in range(count):
        _task(session, build, plan, number, now)
        if number % 1000 == 0:
            session.flush()


def _task(session: Session, build: BuildRow, plan: PlanRow, number: int, now: datetime) -> None:
    """Every tenth task has a job, the others are offered or open; each waits for the one ten before it."""
    task = TaskRow(
        build=build, key=f"t{number}", kind="fabricate", name=f"Part {number}", quantity=1, unit="piece", process="fdm",
        material="pla", state=TaskState.OPEN,
    )  # fmt: skip
    lot = LotRow(build_id=build.id, task=task, key=f"t{number}-1", pieces=1)
    session.add_all([task, lot])
    session.flush()
    if number >= 10:
        session.add(TaskEdgeRow(before_id=task.id - 10, after_id=task.id))
    if number % 5:
        return
    start = now + timedelta(minutes=30 * (number // 10 // MACHINES))
    taken = number % 10 == 0
    offer = OfferRow(
        plan_id=plan.id, lot=lot, lab="north", machine=f"printer-{number // 10 % MACHINES}", verdict="yes", terms="",
        planned_start=start, planned_end=start + timedelta(minutes=25),
        state=OfferState.ACCEPTED if taken else OfferState.OFFERED,
    )  # fmt: skip
    session.add(offer)
    session.flush()
    if taken:
        job = JobRow(
            id=f"J{build.id}-{number}", build_id=build.id, lot=lot, offer_id=offer.id, lab="north",
            machine=offer.machine, state=JobState.SCHEDULED, planned_start=start, planned_end=offer.planned_end,
        )  # fmt: skip
        session.add(job)


if __name__ == "__main__":
    main()
