"""Many clients of one coordinator, in processes of their own, and lean: what is measured is the server."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from typing import Any

__all__ = ["Answers", "Connection", "agents_telling", "follow_events", "get_steadily"]

_AT_ONCE = 50  # connections that are being opened


@dataclass(frozen=True)
class Answers:
    """How long answers took, milliseconds, and what went wrong."""

    spent_ms: tuple[float, ...]
    failures: tuple[str, ...]


class Connection:
    """One connection that is kept open; one request at a time."""

    def __init__(self, address: str) -> None:
        """Args: address: such as http://127.0.0.1:8484."""
        host, port = address.removeprefix("http://").rsplit(":", 1)
        self._place = (host, int(port))
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(self, method: str, path: str, body: bytes = b"", token: str | None = None) -> int:
        """Send a request and read its whole answer; returns the status.

        Raises:
            OSError: the connection broke.
        """
        if self._open is None:
            self._open = await asyncio.open_connection(*self._place)
        reader, writer = self._open
        shown = f"Authorization: Bearer {token}\r\n" if token else ""
        head = f"{method} /api/v1{path} HTTP/1.1\r\nHost: {self._place[0]}\r\n{shown}Content-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        try:
            answer = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
            )
            await reader.readexactly(length)
        except asyncio.IncompleteReadError as error:
            self.close()
            raise ConnectionResetError("the server closed the connection") from error
        return int(answer[9:12])

    def close(self) -> None:
        """Let go of it."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


@contextmanager
def agents_telling(address: str, tokens: Sequence[tuple[str, int]], every_s: float) -> Iterator[list[Answers]]:
    """Agents in a process of their own, each telling the progress of its attempt so often, while the body runs.

    Args:
        address: of the coordinator.
        tokens: each agent's token and attempt.
        every_s: how often each tells, in seconds.

    Yields:
        What becomes, after the body, a list of one: how long all their answers took.
    """
    context = multiprocessing.get_context("spawn")
    (ours, theirs), ending = context.Pipe(duplex=False), context.Event()
    process = context.Process(target=_tell_all, args=(address, list(tokens), every_s, theirs, ending), daemon=True)
    process.start()
    theirs.close()  # so that we hear of its death
    found: list[Answers] = []
    try:
        yield found
        ending.set()
        found.append(ours.recv())
    finally:
        process.terminate()
        process.join()


def _tell_all(address: str, tokens: list[tuple[str, int]], every_s: float, told: Pipe, ending: Any) -> None:
    async def run() -> Answers:
        spent: list[float] = []
        failures: list[str] = []
        tasks = [asyncio.create_task(_tell(address, *each, every_s, spent, failures)) for each in tokens]
        while not ending.is_set():
            await asyncio.sleep(0.2)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return Answers(tuple(spent), tuple(failures))

    told.send(asyncio.run(run()))


async def _tell(
    address: str, token: str, attempt_id: int, every_s: float, spent: list[float], failures: list[str]
) -> None:
    connection, done = Connection(address), 0
    due = time.monotonic() + random.uniform(0, every_s)
    while True:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        due += every_s
        done += 1
        told = {"attempt_id": attempt_id, "fence": 1, "lines_done": done, "lines_total": 1000, "state": "running"}
        body = json.dumps({"attempts": [told]}).encode()
        began = time.perf_counter()
        try:
            status = await connection.request("POST", "/agent/attempts/progress", body, token)
        except OSError as error:
            connection.close()
            failures.append(f"{type(error).__name__}: {error}")
            continue
        spent.append((time.perf_counter() - began) * 1000)
        if status != 200:
            failures.append(f"status {status}")


async def get_steadily(address: str, paths: Sequence[str], seconds: float, per_s: float = 10.0) -> Answers:
    """Reads at a steady rate, whether those before are answered or not; how long each took since it was due."""
    free: list[Connection] = []
    spent: list[float] = []
    failures: list[str] = []

    async def read(path: str, due: float) -> None:
        connection = free.pop() if free else Connection(address)
        try:
            status = await connection.request("GET", path)
        except OSError as error:
            failures.append(f"{path}: {error}")
            return
        spent.append((time.perf_counter() - due) * 1000)
        if status != 200:
            failures.append(f"{path}: status {status}")
        free.append(connection)

    began, tasks = time.perf_counter(), []
    for number in range(round(seconds * per_s)):
        due = began + number / per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(read(paths[number % len(paths)], due)))
    await asyncio.gather(*tasks)
    for each in free:
        each.close()
    return Answers(tuple(spent), tuple(failures))


@contextmanager
def follow_events(address: str, count: int, last: int, end: int) -> Iterator[list[int]]:
    """Listeners in a process of their own, which follow the log from behind `last` to `end` while the body runs.

    Yields:
        What becomes, after the body, the numbers of events that each has missed.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_follow_all, args=(address, count, last, end, theirs), daemon=True)
    process.start()
    theirs.close()
    ours.recv()  # all follow
    found: list[int] = []
    try:
        yield found
        found.extend(ours.recv())
    finally:
        process.terminate()
        process.join()


def _follow_all(address: str, count: int, last: int, end: int, told: Pipe) -> None:
    async def run() -> list[int]:
        opening, connected = asyncio.Semaphore(_AT_ONCE), asyncio.Barrier(count + 1)
        tasks = [asyncio.create_task(_follow(address, last, end, opening, connected)) for _ in range(count)]
        await connected.wait()
        told.send("all follow")
        return await asyncio.gather(*tasks)

    told.send(asyncio.run(run()))


async def _follow(address: str, last: int, end: int, opening: asyncio.Semaphore, connected: asyncio.Barrier) -> int:
    """How many events it has missed; each id must follow on the one before."""
    host, port = address.removeprefix("http://").rsplit(":", 1)
    async with opening:
        reader, writer = await asyncio.open_connection(host, int(port), limit=2**20)
        writer.write(f"GET /api/v1/events?after={last} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
    await connected.wait()
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
