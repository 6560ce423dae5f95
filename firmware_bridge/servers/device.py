"""A machine behind a print server, as a device.

The server stores the whole program and prints it by itself, so a print goes on while this program, the network or the
server's own answers fail. Therefore: upload and start are two steps, the start is asked for once, and what follows is
judged by the state that the server shows and by its record of a file whose name belongs to one job alone.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from itertools import accumulate
from typing import TypeVar

from core.errors import DeviceError, FabcommonsError, LostContactError, StateError
from core.hashes import sha256_of_bytes
from firmware_bridge.device import Identity, Outcome, Progress, RunResult, RunState, Status, check_job_id
from firmware_bridge.servers.link import ServerAwayError
from firmware_bridge.servers.server import Condition, PrintServer, Record, ServerState
from firmware_bridge.servers.timing import ServerTiming
from gcode.plate import is_label
from gcode.program import Program

__all__ = ["ServerDevice", "file_name"]

_SAFE_END = ("M104 S0", "M140 S0", "M107")
_STATES = {
    Condition.IDLE: RunState.IDLE,
    Condition.PRINTING: RunState.RUNNING,
    Condition.PAUSED: RunState.PAUSED,
    Condition.ENDING: RunState.DRAINING,
    Condition.ERROR: RunState.LOCKED,
    Condition.OFFLINE: RunState.LOCKED,
}
_BUSY = frozenset({Condition.PRINTING, Condition.PAUSED, Condition.ENDING})
_T = TypeVar("_T")
_LOOK = "look at the machine: it may still print, and heaters may be ON"


def file_name(job_id: str, data: bytes) -> str:
    """Under which name a job's program is stored: no other job, and no other content, has it."""
    return f"{check_job_id(job_id)}-{sha256_of_bytes(data)[:8]}.gcode"


class ServerDevice:
    """One machine behind a print server. Satisfies `firmware_bridge.device.Device`.

    Args:
        server: the client.
        identity: what answered.
        timing: how long to wait.
    """

    def __init__(self, server: PrintServer, identity: Identity, timing: ServerTiming | None = None) -> None:
        self._server = server
        self._timing = timing or ServerTiming()
        self.identity = identity
        self._print: _Print | None = None

    @classmethod
    async def open(cls, server: PrintServer, *, timing: ServerTiming | None = None) -> ServerDevice:
        """Ask the server what it is.

        Raises:
            DeviceError: it cannot be reached or is of another kind.
            InputError: it refuses the key.
        """
        try:
            return cls(server, await server.identify(), timing)
        except BaseException:
            await server.close()
            raise

    async def identify(self) -> Identity:
        """What answered when the device was opened."""
        return self.identity

    async def run(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        """Upload, start, and follow the print to its end; see `firmware_bridge.device.Device`."""
        return await self._follow(_Print(self._server, self._timing, program, job_id, progress), fresh=True)

    async def rejoin(self, program: Program, *, job_id: str, progress: Callable[[Progress], None]) -> RunResult:
        """Follow a print that an earlier process started; nothing is started.

        Raises:
            StateError: a run is going on here.
            LostContactError: the server neither prints the file nor remembers how it ended.
        """
        return await self._follow(_Print(self._server, self._timing, program, job_id, progress), fresh=False)

    async def _follow(self, job: _Print, *, fresh: bool) -> RunResult:
        if self._print is not None:
            raise StateError("a run is going on", where=self._server.address, hint="one machine does one job at a time")
        self._print = job
        try:
            if fresh:
                await job.begin()
            return await job.follow()
        except asyncio.CancelledError:
            await asyncio.shield(job.abandon())
            raise
        finally:
            self._print = None

    async def pause(self) -> None:
        """Pause the print; without a run nothing happens."""
        if self._print is not None:
            await self._server.pause()

    async def resume(self) -> None:
        """Go on; without a run nothing happens."""
        if self._print is not None:
            await self._server.resume()

    async def cancel(self) -> None:
        """End the run safely; `run` then returns. Without a run nothing happens."""
        if self._print is not None:
            await self._print.cancel()

    async def stop_now(self) -> None:
        """Ask the server for an emergency stop."""
        if self._print is not None:
            self._print.stopped = True
        await self._server.stop_now()

    async def cancel_object(self, label: str) -> str:
        """See `firmware_bridge.device.Selective`."""
        if self._print is None:
            raise StateError("no run goes on", where=self._server.address)
        if not is_label(label):
            raise StateError(f"{label[:40]!r} is no label of an object", where=self._server.address)
        line = f"M486 P{label}" if label.isdigit() and self.identity.firmware != "moonraker" else ""
        await self._server.command((line or f"EXCLUDE_OBJECT NAME={label}",))
        if self.identity.firmware == "moonraker":  # it waits for the command, and tells when Klipper refuses it
            return f"Klipper leaves {label} out"
        return f"asked to leave object {label} out; the server does not tell what the firmware made of it"

    async def command(self, line: str) -> tuple[str, ...]:
        """Send one line between prints; no server here tells what the firmware answered."""
        if self._print is not None:
            raise StateError("a run is going on", where=self._server.address)
        await self._server.command((line,))
        return ()

    async def status(self) -> Status:
        """What the server says now."""
        state = await self._server.state()
        going_on = None if self._print is None else self._print.progress_of(state)
        return Status(
            _STATES[state.condition],
            going_on,
            dict(state.temperatures_c),
            state.text,
            state.file,
            state.done,
            state.left_s,
        )

    async def close(self) -> None:
        """Cancel what runs and let go of the server."""
        await self.cancel()
        await self._server.close()


class _Print:
    """One print, from the upload to its end."""

    def __init__(
        self,
        server: PrintServer,
        timing: ServerTiming,
        program: Program,
        job_id: str,
        tell: Callable[[Progress], None],
    ) -> None:
        self._server, self._timing, self._tell = server, timing, tell
        self._data = ("\n".join(program.lines) + "\n").encode("latin-1")
        self._ends = tuple(accumulate(len(line) + 1 for line in program.lines))
        self._name = file_name(job_id, self._data)
        self._done = 0
        self._feed = server.feed()
        self.stopped = False
        self._cancelled = False

    async def begin(self) -> None:
        """Upload, then ask for the print once.

        Raises:
            StateError: the machine is busy or not ready; nothing was started.
            DeviceError: the server refused; nothing was started.
        """
        self._tell(Progress(0, len(self._ends), RunState.CONNECTING))
        state = await self._server.state()
        if state.condition is not Condition.IDLE:
            what = f"the machine is not free: {state.condition}"
            raise StateError(f"{what} ({state.text})" if state.text else what, where=self._server.address)
        if await self._server.record(self._name) is not None:
            raise StateError("the server has printed this job before; it is never started again", where=self._name)
        await self._server.upload(self._name, self._data)
        refused = ""
        try:
            await self._server.start(self._name)
        except ServerAwayError:
            pass  # it may have been taken: the state tells
        except DeviceError as error:
            refused = str(error)  # servers were seen to refuse and to print all the same
        if not await self._seen() and refused:
            raise DeviceError(refused, where=self._server.address)

    async def _seen(self) -> bool:
        """Whether the print, or its end, shows within the time for a start."""
        end = time.monotonic() + self._timing.start_s
        while time.monotonic() < end:
            state = await self._patiently(self._server.state)
            if state.file == self._name and state.condition in _BUSY:
                return True
            if await self._patiently(lambda: self._server.record(self._name)) is not None:
                return True
            if state.condition in {Condition.ERROR, Condition.OFFLINE}:
                return False
            await asyncio.sleep(self._timing.poll_s / 2)
        return False

    async def follow(self) -> RunResult:
        """Watch until the print has ended.

        Raises:
            LostContactError: the server stayed away, or does not know how the print ended.
        """
        if self._feed is not None:
            self._feed.start()
        try:
            while True:
                state = await self._patiently(self._server.state)
                if not self._is_ours(state):
                    return await self._ended(state)
                self._tell(self.progress_of(state))
                await self._wait_for_news()
        finally:
            if self._feed is not None:
                await self._feed.close()

    def _is_ours(self, state: ServerState) -> bool:
        """Whether this print goes on."""
        return state.file == self._name and state.condition in _BUSY

    async def _wait_for_news(self) -> None:
        """Wait until the server is to be asked again: soon, or where it pushes its state when that has changed."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._timing.ask_s
        while self._feed is not None and self._feed.live and loop.time() < end:
            state = await self._feed.next(end - loop.time())
            if state is None or not self._is_ours(state):
                return
            self._tell(self.progress_of(state))
        await asyncio.sleep(self._timing.poll_s)

    def progress_of(self, state: ServerState) -> Progress:
        """How far it is, in lines of the program, by the share of its bytes."""
        if state.done is not None and state.file == self._name:
            self._done = max(self._done, bisect_right(self._ends, state.done * self._ends[-1]))
        shown = RunState.CANCELLING if self._cancelled else _STATES[state.condition]
        return Progress(self._done, len(self._ends), shown)

    async def cancel(self) -> None:
        """Ask for the end; `follow` sees it."""
        self._cancelled = True
        await self._server.cancel()

    async def abandon(self) -> None:
        """The caller gave up: end the print as well as can be."""
        try:
            await self.cancel()
            await asyncio.wait_for(self.follow(), self._timing.end_s)
        except (FabcommonsError, TimeoutError):
            return  # the journal has it as begun and not ended: a person rules

    async def _ended(self, state: ServerState) -> RunResult:
        total = len(self._ends)
        record = await self._record()
        if self.stopped:
            return await self._failed(Outcome.CANCELLED, "stopped at once on request; the machine needs a reset", state)
        if record is Record.FINISHED:
            self._tell(Progress(total, total, RunState.ENDED))
            await self._tidy()
            return RunResult(Outcome.FINISHED, total, "finished")
        if self._cancelled or record is Record.CANCELLED:
            who = "on request" if self._cancelled else "at the machine or the server"
            return await self._failed(Outcome.CANCELLED, f"cancelled {who}", state)
        if record is Record.FAILED or state.condition is Condition.ERROR:
            return await self._failed(
                Outcome.FAILED, f"the print ended early: {state.text or 'no reason given'}", state
            )
        what = f"the server no longer prints {self._name} and does not know how it ended ({state.text})"
        raise LostContactError(what, where=self._server.address, hint=_LOOK)

    async def _record(self) -> Record | None:
        """The server's record; it is written a moment after the state has changed."""
        for _ in range(5):
            record = await self._patiently(lambda: self._server.record(self._name))
            if record is not None:
                return record
            await asyncio.sleep(self._timing.poll_s / 2)
        return None

    async def _failed(self, outcome: Outcome, cause: str, state: ServerState) -> RunResult:
        """Switch off what the print left on."""
        self._tell(Progress(self._done, len(self._ends), RunState.ENDED))
        if state.condition in {Condition.ERROR, Condition.OFFLINE}:
            return RunResult(outcome, self._done, f"{cause}; the machine takes no commands: heaters may be ON")
        try:
            await self._server.command(_SAFE_END)
        except StateError:
            return RunResult(outcome, self._done, cause)  # that kind switches off by itself
        except DeviceError:
            return RunResult(outcome, self._done, f"{cause}; a safe end was not confirmed: heaters may be ON")
        await self._tidy()
        return RunResult(outcome, self._done, f"{cause}; heaters and fan are off")

    async def _tidy(self) -> None:
        try:
            await self._server.remove(self._name)
        except DeviceError:
            return  # a file that stays does no harm

    async def _patiently(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """Ask until there is an answer.

        Raises:
            LostContactError: the server stayed away for too long.
        """
        end = time.monotonic() + self._timing.away_s
        while True:
            try:
                return await ask()
            except DeviceError as error:  # also an answer that is none: a server that is starting gives 502s
                if time.monotonic() >= end:
                    where = self._server.address
                    what = f"the print server stayed away for {self._timing.away_s:g} s: {error.what}"
                    raise LostContactError(what, where=where, hint=_LOOK) from None
            await asyncio.sleep(self._timing.poll_s)
