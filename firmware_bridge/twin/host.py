"""The loop of a virtual machine: wire, firmware and log together."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import InputError
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.firmware import Firmware
from firmware_bridge.twin.grbl import GrblFirmware
from firmware_bridge.twin.log import ExecutionLog
from firmware_bridge.twin.marlin import MarlinFirmware
from firmware_bridge.twin.wire import Wire

__all__ = ["FIRMWARES", "TwinHost", "TwinOptions"]

FIRMWARES = ("marlin", "grbl")
_LOOK_AROUND_S = 0.5


@dataclass(frozen=True, slots=True)
class TwinOptions:
    """A virtual machine, as asked for.

    Attributes:
        firmware: "marlin" or "grbl".
        link: where its port appears.
        log: where it writes what it executed.
        speed: machine seconds that pass in one second.
        baud: bits a second each way; None does not limit.
        faults: of the wire, each way.
        seed: of the faults' chance.
        idle_exit_s: after so long without a host it ends.
        reset_on_open: whether opening the port resets it, as DTR does on most boards.
        advanced_ok: whether the Marlin names line and free buffers in its ok.
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

    def __post_init__(self) -> None:
        if self.firmware not in FIRMWARES:
            raise InputError(f"{self.firmware!r} is no known firmware", hint=f"known are {', '.join(FIRMWARES)}")
        if not 0 < self.speed <= 1e9:
            raise InputError(f"the speed must be above 0 and at most 1e9, got {self.speed}")
        if self.baud is not None and not 300 <= self.baud <= 100_000_000:
            raise InputError(f"{self.baud} is no baud rate between 300 and 100,000,000")
        if not self.idle_exit_s > 0:
            raise InputError(f"idle_exit_s must be above 0, got {self.idle_exit_s}")
        for path in (self.link, self.log):
            if not path.parent.is_dir():
                raise InputError("the folder does not exist", where=str(path.parent))


class TwinHost:
    """Serves one virtual machine until told to stop or left alone."""

    def __init__(self, options: TwinOptions) -> None:
        self._options = options
        self._log = ExecutionLog(options.log)
        self._firmware: Firmware = (
            MarlinFirmware(self._log, speed=options.speed, advanced_ok=options.advanced_ok)
            if options.firmware == "marlin"
            else GrblFirmware(self._log, speed=options.speed)
        )
        self.wire = Wire(
            options.link,
            baud=options.baud,
            faults=options.faults,
            seed=options.seed,
            realtime=self._firmware.realtime,
        )
        self._stopping = False

    def stop(self) -> None:
        """End the loop at its next turn; safe in a signal handler."""
        self._stopping = True
        self.wire.ring()

    def run(self) -> None:
        """Serve until `stop`, until nobody has come for `idle_exit_s`, or until the link's folder is gone."""
        last_host = looked = time.monotonic()
        self._firmware.reset(last_host, "power")
        try:
            while not self._stopping:
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
                self._firmware.reset(time.monotonic(), "open")
        data = self.wire.read()
        now = time.monotonic()
        if data:
            self._firmware.feed(data, now)
        self._firmware.advance(now)
        self._log.flush()  # noted before it is acknowledged
        self.wire.write(self._firmware.take_output())
