"""Opening the machines beside which an agent stands: on serial lines, behind print servers, or their virtual twins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from core.errors import DeviceError, InputError
from firmware_bridge.device import Device
from firmware_bridge.grbl import GrblDevice, WhenLocked
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.servers.device import ServerDevice
from firmware_bridge.servers.kinds import KINDS
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.process import find_twin, start_twin

__all__ = ["VIRTUAL", "Bench", "MachineAddress"]

VIRTUAL = "virtual"
"""The port of a machine that a virtual twin stands in for."""
_LINES = ("grbl", "marlin")


@dataclass(frozen=True, slots=True)
class MachineAddress:
    """How a machine is reached.

    Attributes:
        id: of the machine.
        driver: "marlin", "grbl", "octoprint", "moonraker", "prusalink" or "duet".
        port: a serial device, or `VIRTUAL`; None behind a print server.
        baud: of the serial line.
        address: of the print server, or None.
        key_variable: name of the environment variable with the server's key, or None.
        after_alarm: "ask" a person about a machine that an alarm has locked, or "home" it.
    """

    id: str
    driver: str
    port: str | None = None
    baud: int = 115200
    address: str | None = None
    key_variable: str | None = None
    after_alarm: str = "ask"

    def __post_init__(self) -> None:
        if not self.is_server and self.driver not in _LINES:
            raise InputError(f"{self.driver!r} is no driver of this agent", where=f"machine {self.id}")
        if self.is_server and not self.address:
            raise InputError("a machine behind a print server needs its address", where=f"machine {self.id}")
        if self.driver in _LINES and not self.port:
            raise InputError("a machine on a serial line needs its port", where=f"machine {self.id}")
        if self.after_alarm not in ("ask", "home"):
            raise InputError(f"{self.after_alarm!r} says not what to do after an alarm", where=f"machine {self.id}")

    @property
    def is_server(self) -> bool:
        """Whether it is behind a print server."""
        return self.driver in KINDS


@dataclass(frozen=True, slots=True)
class Bench:
    """Where an agent's machines leave their links, logs, journals and permits.

    Attributes:
        folder: for all of them.
        speed: how many times faster than real virtual machines move.
        faults: what goes wrong on their wires.
    """

    folder: Path
    speed: float = 1.0
    faults: Faults | None = None

    def link(self, machine_id: str) -> Path:
        """Where the port of a virtual machine appears."""
        return self.folder / f"{machine_id}.tty"

    def log(self, machine_id: str) -> Path:
        """What a virtual machine says that it executed."""
        return self.folder / f"{machine_id}.log"

    def journal(self, machine_id: str) -> Path:
        """What was done to a machine."""
        return self.folder / f"{machine_id}.journal"

    def permits(self, machine_id: str) -> Path:
        """What people have confirmed of a machine."""
        return self.folder / f"{machine_id}.permits"

    async def open(self, machine: MachineAddress) -> Device:
        """Reach a machine; its virtual twin is started when it does not run yet.

        Raises:
            DeviceError: it cannot be reached, or refuses the key.
        """
        if machine.is_server:
            return await _open_server(machine)
        port = str(self._twin(machine)) if machine.port == VIRTUAL else str(machine.port)
        if machine.driver == "grbl":
            # Opening resets most boards, and one with homing is locked then. Whoever lets a job start lets it home.
            device = await GrblDevice.open(port, baud=machine.baud, when_locked=WhenLocked.HOME)
            if machine.port == VIRTUAL:  # it stands in for a machine of any tool, whatever its settings say
                device.settings = {}
            return device
        return await MarlinDevice.open(port, baud=machine.baud)

    def _twin(self, machine: MachineAddress) -> Path:
        link = self.link(machine.id)
        if find_twin(link) is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            start_twin(machine.driver, link, self.log(machine.id), speed=self.speed, faults=self.faults)
        return link


async def _open_server(machine: MachineAddress) -> Device:
    """Reach a machine through its print server; the key comes from the environment."""
    key = os.environ.get(machine.key_variable, "") if machine.key_variable else ""
    if machine.key_variable and not key:
        hint = "set it to the server's key, then start again"
        raise DeviceError(f"the variable {machine.key_variable} is empty", where=machine.id, hint=hint)
    try:
        return await ServerDevice.open(KINDS[machine.driver](str(machine.address), key))
    except InputError as error:  # a refused key is the lab's affair, not that of the job
        raise DeviceError(error.what, where=error.where, hint=error.hint) from None
