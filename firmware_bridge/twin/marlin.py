"""A virtual Marlin 2.1: line numbers and checksums, a queue of four lines, a planner of sixteen moves.

Behaviour after Marlin 2.1.2 `queue.cpp` and its published G-code index. With an emergency parser, host keep-alive,
host actions, temperature reports, EEPROM, a memory card and, unless told otherwise, ADVANCED_OK.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from core.errors import DeviceError
from firmware_bridge.twin.faults import Mishap
from firmware_bridge.twin.log import ExecutionLog
from firmware_bridge.twin.marlin_input import Command, MarlinInput
from firmware_bridge.twin.marlin_machine import MarlinMachine

__all__ = ["MarlinFirmware"]

_QUEUE_LINES = 4
_BOOT_S = 0.05
_KEEPALIVE_S = 2.0
_CARD_LINES = 64  # at one go, so that the wire is served too
_KILLED = "Error:Printer halted. kill() called!"
_FATAL = {
    "runaway": "Error:Thermal Runaway, system stopped! Heater_ID: 0",
    "maxtemp": "Error:MAXTEMP triggered, system stopped! Heater_ID: 0",
}


class MarlinFirmware:
    """The firmware's state.

    Args:
        log: where each executed line is noted.
        speed: how many machine seconds pass in one second.
        advanced_ok: whether an ok names the line and the free buffers.
        refuse_s: how long a refusal takes until it flushes the receive buffer.
        store: the file that plays the EEPROM; None forgets with the power.
        mishaps: what happens to the machine.

    Attributes:
        gone: whether its cable is out.
    """

    realtime = b""

    def __init__(
        self,
        log: ExecutionLog,
        *,
        speed: float = 1.0,
        advanced_ok: bool = True,
        refuse_s: float = 0.0,
        store: Path | None = None,
        mishaps: Sequence[Mishap] = (),
    ) -> None:
        self._log = log
        self._advanced_ok = advanced_ok
        self._refuse_s = refuse_s
        self._mishaps = sorted(mishaps, key=lambda each: each.line)
        self._executed = 0
        self._out: list[str] = []
        self._machine = MarlinMachine(self._out.append, speed=speed, store=store)
        self.gone = False
        self._power_on(0.0)

    def _power_on(self, now: float) -> None:
        card = self._machine.card
        self._input = MarlinInput(self._out.append, refuse_s=self._refuse_s, saving=lambda: card.saving)
        self._queue: deque[Command] = deque()
        self._current: Command | None = None
        self._ready_at: float | None = None
        self._busy_at = now + _KEEPALIVE_S
        self._report_at = 0.0
        self._machine.power_on()
        self._halted = False
        self._boot_at: float | None = now + _BOOT_S

    @property
    def wake_at(self) -> float | None:
        """When `advance` is due although no byte came, or None."""
        if self._boot_at is not None:
            return self._boot_at
        if self._halted or self.gone:
            return None
        moments = [moment for moment in (self._input.flush_at, self._report_at or None) if moment is not None]
        if self._current is not None:
            moments.append(self._busy_at if self._ready_at is None else min(self._ready_at, self._busy_at))
        elif self._machine.card.printing:
            moments.append(0.0)
        return min(moments, default=None)

    def reset(self, now: float, cause: str) -> None:
        """Start as after power-on; motion and heat are gone."""
        dropped = self._machine.motion.drop(now)
        unexecuted = len(self._queue) + (self._current is not None)
        self._log.event("reset", cause=cause, dropped_moves=dropped, dropped_lines=unexecuted)
        self._out.clear()
        self._power_on(now)

    def take_output(self) -> bytes:
        """What it has said since the last call."""
        if not self._out:
            return b""
        data = ("\n".join(self._out) + "\n").encode("latin-1")
        self._out.clear()
        return data

    def feed(self, data: bytes, now: float) -> None:
        """Bytes arrive; while the board boots they are lost."""
        if self._boot_at is not None or self._halted:
            return
        if b"M" in data:
            self._emergency(data, now)
        while data and not self._halted:
            rest = self._input.put(data)
            self._work(now)
            if len(rest) == len(data):
                return  # the ring is full: what remains is lost
            data = rest

    def advance(self, now: float) -> None:
        """Time has passed."""
        if self._boot_at is not None and now >= self._boot_at:
            self._boot_at = None
            self._log.event("boot", firmware="marlin")
            self._out += ["start", "echo:Marlin 2.1.2.5", "echo: Last Updated: 2024-12-24 | Author: (virtual twin)"]
        if self._halted or self.gone or self._boot_at is not None:
            return
        self._work(now)
        if self._machine.report_every_s and now >= self._report_at and not self._halted:
            if self._report_at:
                self._out.append(f" {self._machine.temperatures(now)}")
            self._report_at = now + self._machine.report_every_s
        elif not self._machine.report_every_s:
            self._report_at = 0.0

    def _emergency(self, data: bytes, now: float) -> None:
        """The emergency parser: it sees bytes as they arrive, ahead of every queue."""
        if b"M112" in data:
            self._halt(now)
        elif b"M410" in data:
            self._machine.motion.drop(now)
        elif (b"M108" in data or b"M876" in data) and self._current is not None:
            text = self._current.text
            if text.startswith(("M109", "M190")) or self._machine.waits_for_person(text):
                self._ready_at = now

    def _halt(self, now: float, reason: str = "") -> None:
        self._halted = True
        self._machine.switch_heat_off(now)
        self._machine.motion.drop(now)
        self._machine.card.power_on()
        self._log.event("halt")
        self._out += [*([reason] if reason else []), _KILLED, "//action:poweroff"]

    # -- working ------------------------------------------------------------------------------------------------------

    def _work(self, now: float) -> None:
        from_card = 0
        while not (self._halted or self.gone or self._boot_at is not None):
            self._fill_queue(now)
            if self._current is None:
                if self._queue:
                    self._current = self._queue.popleft()
                elif from_card < _CARD_LINES and (line := self._machine.card.next_line()) is not None:
                    self._current = Command(None, line, silent=True)
                    from_card += 1
                else:
                    return
                self._begin(self._current, now)
            if not self._finish(now):
                return

    def _fill_queue(self, now: float) -> None:
        while len(self._queue) + (self._current is not None) < _QUEUE_LINES:  # what is being done keeps its place
            command = self._input.take(now)
            if command is None:
                return
            self._queue.append(command)

    def _begin(self, command: Command, now: float) -> None:
        """Find out when the command at the head can be done."""
        self._busy_at = now + _KEEPALIVE_S
        self._ready_at = now if self._machine.card.saving else self._machine.ready_at(command.text, now)
        if self._machine.waits_for_person(command.text):
            self._out.append("//action:paused")

    def _finish(self, now: float) -> bool:
        """Execute the command at the head if its moment has come."""
        command = self._current
        if command is None:
            return False
        if self._ready_at is None or now < self._ready_at:
            if now >= self._busy_at:
                waiting = self._machine.waits_for_person(command.text)
                self._out.append(f"echo:busy: {'paused for user' if waiting else 'processing'}")
                self._busy_at = now + _KEEPALIVE_S
            return False
        self._current = None
        told = self._execute(command, now)
        if not (command.silent or self._halted or self._boot_at is not None):
            self._ok(command.number, told, now)
        return True

    def _execute(self, command: Command, now: float) -> str:
        if self._machine.card.saving:
            self._machine.card.write(command.text)
            return ""
        if not self._machine.knows(command.text):
            self._log.event("unknown", text=command.text)
            self._out.append(f'echo:Unknown command: "{command.text}"')
            return ""
        self._log.line(command.number, command.text, skipped=self._machine.objects.skips(command.text))
        try:
            told = self._machine.execute(command.text, now)
        except DeviceError as error:
            self._halt(now, f"Error:{error.what}")
            return ""
        if self._machine.waits_for_person(command.text):
            self._out.append("//action:resumed")
        self._executed += 1
        while self._mishaps and self._mishaps[0].line <= self._executed:
            self._suffer(self._mishaps.pop(0).name, now)
        return told

    def _ok(self, number: int | None, told: str, now: float) -> None:
        if told:
            self._out.append(f"ok {told}")
        elif not self._advanced_ok:
            self._out.append("ok")
        else:
            named = "" if number is None else f" N{number}"
            free = self._machine.motion.free(now)
            self._out.append(f"ok{named} P{free} B{_QUEUE_LINES - 1 - len(self._queue)}")

    def _suffer(self, mishap: str, now: float) -> None:
        self._log.event("mishap", kind=mishap)
        match mishap:
            case "reset":
                self.reset(now, "brown-out")
            case "unplug":
                self.gone = True
            case "runaway" | "maxtemp":
                self._halt(now, _FATAL[mishap])
            case "endstop":
                self._machine.broken_endstop = True
                self._out.append("echo:endstops hit:  X:0.00")
            case "timeout":
                self._machine.switch_heat_off(now)
                self._out.append("echo:Hotend Idle Timeout")
            case _:
                self._out += ["//action:out_of_filament T0", "//action:pause filament_runout 0"]
