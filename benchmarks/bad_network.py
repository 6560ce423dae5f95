"""A proxy between agents and a coordinator that loses requests and answers, holds them up, and sends them twice."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

__all__ = ["BadNetwork"]

_HEAD = 64 * 1024


class BadNetwork:
    """Listens at a port of its own, in a thread; HTTP/1.1 with lengths, as agents and coordinator speak it."""

    def __init__(self, target: Callable[[], int], seed: int) -> None:
        """Args: target: the coordinator's port on this computer, asked at each request; seed: of the dice."""
        self.seen: Counter[str] = Counter()
        self.calm = False
        self._target = target
        self._dice = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None] | None] = set()
        self.port = 0
        threading.Thread(target=self._run, daemon=True).start()
        self._ready.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_HEAD))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)  # or it would be forgotten in the middle
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            while (request := await _message(reader)) is not None:
                answer = await self._passed(request)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        writer.close()
        self._tasks.discard(task)

    async def _passed(self, request: bytes) -> bytes | None:
        """The answer to a request, or None where the connection is cut."""
        chance = 1.0 if self.calm else self._dice.random()
        if chance < 0.02:
            return self._cut("request lost")
        if chance < 0.06:
            self.seen["held up"] += 1
            await asyncio.sleep(self._dice.uniform(0.5, 8.0))
        if 0.06 < chance < 0.10:
            self.seen["sent twice"] += 1
            await self._forward(request)
        answer = await self._forward(request)
        if 0.10 < chance < 0.13:
            return self._cut("answer lost")
        return answer

    def _cut(self, what: str) -> None:
        self.seen[what] += 1

    async def _forward(self, request: bytes) -> bytes | None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._target(), limit=_HEAD)
        except OSError:
            return None
        try:
            writer.write(request)
            await writer.drain()
            return await _message(reader)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            return None
        finally:
            writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes | None:
    """A request or an answer with its body; None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    length, chunked = 0, False
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            length = int(value)
        chunked = chunked or (name == b"transfer-encoding" and b"chunked" in value)
    if not chunked:
        return head + (await reader.readexactly(length) if length else b"")
    body = b""
    while not body.endswith(b"0\r\n\r\n"):
        body += await reader.readuntil(b"\r\n")
        if body.endswith(b"\r\n0\r\n") or body == b"0\r\n":
            return head + body + await reader.readuntil(b"\r\n")
        size = int(body.rstrip().rpartition(b"\n")[2] or b"0", 16)
        body += await reader.readexactly(size + 2)
    return head + body
