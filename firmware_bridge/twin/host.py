"""The loop of a virtual machine: wire, firmware and log together."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import InputError
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.firmware import Firmware
from firmware_bridge.twin.grbl import KINDS, GrblFirmware
from firmware_bridge.twin.log import ExecutionLog
from firmware_bridge.twin.marlin import MarlinFirmware
from firmware_bridge.twin.timers import sharpen_timers
from firmware_bridge.twin.wire import Wire

__all__ = ["FIRMWARES", "TwinHost", "TwinOptions"]

FIRMWARES = ("marlin", *KINDS)
_LOOK_AROUND_S = 0.5


@dataclass(frozen=True, slots=True)
class TwinOptions:
    """A virtual machine, as asked for.

    Attributes:
        firmware: one of `FIRMWARES`.
        link: where its port appears.
        log: where it writes what it executed.
        speed: machine seconds that pass in one second.
        baud: bits a second each way; None does not limit.
        faults: of the wire, each way.
        seed: of the faults' chance.
        idle_exit_s: after so long without a host it ends.
        reset_on_open: whether opening the port resets it, as DTR does on most boards.
        advanced_ok: whether the Marlin names line and free buffers in its ok.
        latency_s: of a USB adapter, on the way to the host.
    """

    firmware: str
    link: Path
    log: Path
    speed: float = 1.0
    baud: int | None = None
    faults: Faults = field(default_factory=Faults)
    seed: int = 0
    idle_exit_s: float = 900.0
    reset_on_open: bool = True
    advanced_ok: bool = True
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        if self.firmware not in FIRMWARES:
            raise InputError(f"{self.firmware!r} is no known firmware", hint=f"known are {', '.join(FIRMWARES)}")
        if not 0 < self.speed <= 1e9:
            raise InputError(f"the speed must be above 0 and at most 1e9, got {self.speed}")
        if self.baud is not None and not 300 <= self.baud <= 100_000_000:
            raise InputError(f"{self.baud} is no baud rate between 300 and 100,000,000")
        if not 0 <= self.latency_s <= 1:
            raise InputError(f"latency_s must be from 0 to 1, got {self.latency_s}")
        if not self.idle_exit_s > 0:
            raise InputError(f"idle_exit_s must be above 0, got {self.idle_exit_s}")
        for path in (self.link, self.log):
            if not path.parent.is_dir():
                raise InputError("the folder does not exist", where=str(path.parent))


def _make_firmware(options: TwinOptions, log: ExecutionLog) -> Firmware:
    store = options.log.with_name(options.log.name + ".eeprom")
    mishaps = options.faults.mishaps
    if options.firmware == "marlin":
        return MarlinFirmware(log, speed=options.speed, advanced_ok=options.advanced_ok, store=store, mishaps=mishaps)
    return GrblFirmware(log, speed=options.speed, kind=options.firmware, store=store, mishaps=mishaps)


class TwinHost:
    """Serves one virtual machine until told to stop or left alone."""

    def __init__(self, options: TwinOptions) -> None:
        self._options = options
        self._log = ExecutionLog(options.log)
        self._firmware = _make_firmware(options, self._log)
        self.wire = Wire(
            options.link,
            baud=options.baud,
            latency_s=options.latency_s,
            faults=options.faults,
            seed=options.seed,
            realtime=self._firmware.realtime,
        )
        self._now = 0.0  # the firmware's time, a little ahead where bytes are worked on before they arrive
        self._stopping = False

    def stop(self) -> None:
        """End the loop at its next turn; safe in a signal handler."""
        self._stopping = True
        self.wire.ring()

    def run(self) -> None:
        """Serve until `stop`, until nobody has come for `idle_exit_s`, or until the link's folder is gone."""
        sharpen_timers()
        last_host = looked = time.monotonic()
        self._firmware.reset(last_host, "power")
        try:
            while not (self._stopping or self._firmware.gone):
                self.wire.wait(self._firmware.wake_at, _LOOK_AROUND_S)
                self.turn()
                now = time.monotonic()
                if self.wire.is_open:
                    last_host = now
                if now - looked > _LOOK_AROUND_S:
                    looked = now
                    if now - last_host > self._options.idle_exit_s or not self.wire.folder_exists:
                        return
        finally:
            self._log.close()
            self.wire.close()

    def turn(self) -> None:
        """One turn: what came in is worked on, what it led to is noted, then answered."""
        self._log.stamp()
        for opened in self.wire.changes():
            self._log.event("open" if opened else "close")
            if opened and self._options.reset_on_open:
                self._now = max(self._now, time.monotonic())
                self._firmware.reset(self._now, "open")
        for moment, data in self.wire.read():
            self._advance(moment)
            if data:
                self._firmware.feed(data, self._now)
                self._tell()
        self._advance(time.monotonic())
        self._log.flush()  # noted before it is acknowledged
        self.wire.write()

    def _advance(self, until: float) -> None:
        """Let the firmware live through all its moments up to this one."""
        while (due := self._firmware.wake_at) is not None and self._now < due < until:
            self._step(due)
        self._step(until)

    def _step(self, moment: float) -> None:
        self._now = max(self._now, moment)
        self._firmware.advance(self._now)
        self._tell()

    def _tell(self) -> None:
        answer = self._firmware.take_output()
        if answer:
            self.wire.send(answer, self._now)
