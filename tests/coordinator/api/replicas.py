"""Several coordinator processes on one PostgreSQL, behind a small proxy that gives each connection to the next."""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import yaml

from tests.coordinator.api.world import World

__all__ = ["Replicas", "RoundRobin"]

_CHUNK = 64 * 1024


class RoundRobin:
    """Listens at a port of its own, in a thread; passes connections on in turn, over those that do not answer."""

    def __init__(self) -> None:
        self.targets: list[int] = []
        self.port = 0
        self._turns = itertools.count()
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        """End."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        server.close()
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass_on(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                there_reader, there_writer = await self._connected()
                try:
                    there, back = _pour(reader, there_writer), _pour(there_reader, writer)
                    ways = [asyncio.create_task(there), asyncio.create_task(back)]
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for each in ways:
                        each.cancel()
                    there_writer.close()
        finally:
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        targets = list(self.targets)
        first = next(self._turns)
        for number in range(len(targets)):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", targets[(first + number) % len(targets)])
        raise ConnectionRefusedError("nobody answers")


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()


@dataclass
class Replicas(World):
    """A network that several processes serve, in real time; `port` is that of the proxy."""

    count: int = 2
    proxy: RoundRobin = field(default_factory=RoundRobin)

    def serve(self) -> None:
        """Start all replicas."""
        labs = self.folder / "labs.yaml"
        labs.write_text(yaml.safe_dump(self.labs), encoding="utf-8")
        for number in range(self.count):
            self.start_replica(number)
        self.port = self.proxy.port
        printed = "".join((self.folder / f"serve{number}.out").read_text() for number in range(self.count))
        codes = re.findall(r"code=(inv_[\w-]+)", printed)  # the newest is good
        self.tokens["steward"] = self.post("/invitations/accept", None, code=codes[-1], name="Ste")["token"]

    def start_replica(self, number: int) -> None:
        """Start one; it serves the same files and the same database as the others."""
        name, out = f"serve{number}", self.folder / f"serve{number}.out"
        command = ["serve", "--dir", str(self.folder / "coordinator"), "--port", "0", "--seconds", "0.3"]
        command += ["--labs", str(self.folder / "labs.yaml"), "--database-url", str(self.database_url)]
        command += ["--lease", str(self.lease_s), "--requests-per-second", "10000"]
        out.write_bytes(b"")
        self._start(name, command, out)
        self.until(lambda: "fabcommons serves at" in out.read_text(), f"{name} serves")
        self.until(lambda: "steward" in self.tokens or "inv_" in out.read_text(), "an invitation is printed")
        found = re.search(r"serves at http://127\.0\.0\.1:(\d+)", out.read_text())
        assert found is not None
        self.proxy.targets.append(int(found[1]))

    def kill_replica(self, number: int) -> None:
        """End one as a power cut would; connections to it are broken."""
        self.kill(f"serve{number}")
        self.http.close()
        self.http = httpx.Client(timeout=30)

    def close(self) -> None:
        """End everything."""
        super().close()
        self.proxy.close()
