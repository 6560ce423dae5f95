"""A machine on a serial port: one thread serves the port, the caller's event loop waits.

Why a thread: the work is a tight exchange of short lines whose speed is that of the round trip, and an event loop
shared with other work would add its own delays to each. pyserial-asyncio is no faster.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from core.errors import DeviceError, LostContactError, StateError
from firmware_bridge.device import Identity, Progress, RunResult, RunState, Status
from firmware_bridge.port import LineSplitter, Port
from firmware_bridge.stream import Stream
from gcode.program import Program

__all__ = ["SerialDevice", "exchange"]

_PROGRESS_EVERY_S = 0.1
_COMMAND_S = 120.0  # for an answer, or a sign of life; homing a large machine takes a minute
_SIGNAL_S = 0.4
_T = TypeVar("_T")


def exchange(port: Port, data: bytes, last: Callable[[str], bool], limit_s: float) -> tuple[list[str], bool]:
    """Send, then gather lines until one for which `last` holds, or until the time is over.

    Returns:
        The lines, and whether the last one came.

    Raises:
        LostContactError: the port has gone.
    """
    splitter, lines = LineSplitter(), []
    end = time.monotonic() + limit_s
    port.write(data)
    while (left := end - time.monotonic()) > 0:
        for line in splitter.feed(port.read(left)):
            lines.append(line)
            if last(line):
                return lines, True
    return lines, False


def _is_answer(line: str) -> bool:
    return line.startswith(("ok", "error:", "ALARM:"))


def _never(_: str) -> bool:
    return False


class SerialDevice(ABC):
    """What both firmwares share. Make one with `open`."""

    firmware: str

    def __init__(self, port: Port) -> None:
        self._port = port
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"port {port.path}")
        self._stream: Stream | None = None
        self._running = False
        self._wishes: deque[Callable[[Stream, float], None]] = deque()
        self._closed = False
        self._lost: LostContactError | None = None
        self.identity = Identity(self.firmware, "")

    async def _connect(self) -> Self:
        try:
            self.identity = await self._in_thread(self._greet)
        except BaseException:
            await self.close()
            raise
        return self

    # -- what each firmware adds --------------------------------------------------------------------------------------

    @abstractmethod
    def _greet(self) -> Identity:
        """Bring the fresh connection to a known state and ask what the machine is."""

    @abstractmethod
    def _make_stream(self, lines: Sequence[str], job_id: str, now: float) -> Stream: ...

    @abstractmethod
    def _ask_status(self) -> Status: ...

    @abstractmethod
    def _running_status(self, stream: Stream) -> Status: ...

    @property
    @abstractmethod
    def _stop_bytes(self) -> bytes: ...

    # -- the device ---------------------------------------------------------------------------------------------------

    async def identify(self) -> Identity:
        """What answered when the port was opened."""
        return self.identity

    async def run(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        """Send a program and wait until the machine has executed it; see `firmware_bridge.device.Device`."""
        return await self._run_stream(lambda now: self._make_stream(program.lines, job_id, now), progress)

    async def _run_stream(self, make: Callable[[float], Stream], progress: Callable[[Progress], None]) -> RunResult:
        self._check_free()
        stream = make(time.monotonic())
        loop = asyncio.get_running_loop()
        self._wishes.clear()
        self._stream, self._running = stream, True

        def tell(state: Progress) -> None:
            loop.call_soon_threadsafe(progress, state)

        work = asyncio.ensure_future(self._in_thread(lambda: self._drive(stream, tell)))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await self.cancel()
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()  # seen: the caller asked to be cancelled, not for the outcome
            raise
        finally:
            self._running = False
            self._port.go_on()  # a stop that came with the end has nobody left to take it

    async def pause(self) -> None:
        """Bring the machine to rest where it is. Without a run nothing happens."""
        self._wish(lambda stream, _: stream.pause())

    async def resume(self) -> None:
        """Go on after a pause. Without a run nothing happens."""
        self._wish(lambda stream, now: stream.resume(now))

    async def cancel(self) -> None:
        """End the run safely; `run` then returns. Without a run nothing happens."""
        self._wish(lambda stream, now: stream.cancel(now))

    def _wish(self, wish: Callable[[Stream, float], None]) -> None:
        """Have the port's thread tell the stream something."""
        if self._running:
            self._wishes.append(wish)
            self._port.wake()

    async def stop_now(self) -> None:
        """Stop at once, past every queue."""
        if self._closed:
            raise StateError("the port is closed", where=self._port.path)
        self._port.write_urgently(self._stop_bytes, hold_back=self._running)
        self._wish(self._take_stop)

    def _take_stop(self, stream: Stream, now: float) -> None:
        stream.stopped(now)
        self._port.go_on()

    async def command(self, line: str) -> tuple[str, ...]:
        """Send one line between runs; see `firmware_bridge.device.Commandable`."""
        self._check_free()
        return await self._in_thread(lambda: self._say(line.encode("ascii") + b"\n"))

    async def signal(self, data: bytes) -> tuple[str, ...]:
        """Send bytes that the firmware acts on at once; what it says in the next moment."""
        self._check_free()
        return await self._in_thread(lambda: tuple(filter(None, exchange(self._port, data, _never, _SIGNAL_S)[0])))

    def _say(self, data: bytes) -> tuple[str, ...]:
        """One line and its answer; a machine that says that it is busy is waited for."""
        told: list[str] = []
        while True:
            lines, answered = exchange(self._port, data, _is_answer, _COMMAND_S)
            told += filter(None, lines)
            if answered:
                return tuple(told)
            if not any("busy:" in line for line in lines):
                raise DeviceError(f"no answer within {_COMMAND_S:g} s", where=self._port.path)
            data = b""

    async def status(self) -> Status:
        """What is known now; without a run the firmware is asked."""
        if self._running and self._stream is not None:
            return self._running_status(self._stream)
        self._check_free()
        return await self._in_thread(self._ask_status)

    async def close(self) -> None:
        """Cancel what runs and give the port back."""
        if self._closed:
            return
        self._closed = True
        await self.cancel()
        await asyncio.to_thread(self._thread.shutdown)
        self._port.close()

    def _check_free(self) -> None:
        if self._closed:
            raise StateError("the port is closed", where=self._port.path)
        if self._running:
            raise StateError("a run is going on", where=self._port.path, hint="one machine does one job at a time")
        if self._lost is not None:
            raise LostContactError(
                "the link to the machine was lost", where=self._port.path, hint="look at the machine, then open it anew"
            )

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except LostContactError as error:
            self._lost = error
            raise

    # -- on the port's thread -----------------------------------------------------------------------------------------

    def _drive(self, stream: Stream, tell: Callable[[Progress], None]) -> RunResult:
        """Serve the port until the stream has ended."""
        port, clock, splitter = self._port, time.monotonic, LineSplitter()
        now = told = clock()
        tell(stream.progress)
        untold = False
        while stream.result is None:
            port.write(stream.take_output())
            wait_s = stream.wake_at - now
            data = port.read(min(wait_s, _PROGRESS_EVERY_S) if untold else wait_s)
            now = clock()
            if data:
                untold = True
                for line in splitter.feed(data):
                    stream.receive(line, now)
            while self._wishes:
                self._wishes.popleft()(stream, now)
            stream.advance(now)
            if untold and now - told >= _PROGRESS_EVERY_S:
                told, untold = now, False
                tell(stream.progress)
        port.write(stream.take_output())
        tell(Progress(stream.result.lines_acknowledged, stream.progress.lines_total, RunState.ENDED))
        return stream.result
