"""The machines of a build, ready to be driven: virtual twins started or rejoined, one runner for each.

Twins are processes of their own: they outlive this one, and are found again through their link.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from agent.journal import Journal
from agent.permits import Permits
from agent.runner import Runner
from core.errors import DeviceError, InputError
from firmware_bridge.device import Device
from firmware_bridge.grbl import GrblDevice
from firmware_bridge.marlin import MarlinDevice
from firmware_bridge.servers.device import ServerDevice
from firmware_bridge.servers.moonraker import Moonraker
from firmware_bridge.servers.octoprint import OctoPrint
from firmware_bridge.servers.prusalink import PrusaLink
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.process import TwinProcess, find_twin, start_twin
from machines.lab import Connection, Driver, Machine, Network

__all__ = ["Workshop"]


class Workshop:
    """Runners for all machines that have a firmware."""

    def __init__(self, network: Network, folder: Path, *, speed: float, faults: Faults | None = None) -> None:
        """Prepare, without touching a machine.

        Args:
            network: labs and machines.
            folder: where links, machine logs and journals lie.
            speed: how many times faster than real the virtual machines move.
            faults: what goes wrong on their wires.
        """
        self._folder = folder
        self._speed = speed
        self._faults = faults
        self._machines: Mapping[str, Machine] = {
            machine.id: machine for machine in network.machines if machine.connection.driver is not Driver.HANDS
        }
        self._runners: dict[str, Runner] = {}
        self._journals: list[Journal] = []

    @property
    def rejoined(self) -> tuple[str, ...]:
        """Virtual machines that were already running when they were looked for."""
        return tuple(each for each in self._machines if find_twin(self._link(each)) is not None)

    @property
    def folder(self) -> Path:
        """Where links, logs, journals and permits lie."""
        return self._folder

    def permits(self, machine_id: str) -> Permits:
        """What people have confirmed of a machine."""
        return Permits(self._folder / f"{machine_id}.permits")

    def log(self, machine_id: str) -> Path:
        """What a virtual machine says that it executed."""
        return self._folder / f"{machine_id}.log"

    def runner(self, machine_id: str) -> Runner:
        """The runner of a machine; its virtual twin is started when it does not run yet.

        Raises:
            KeyError: no machine of this id is driven by a firmware.
        """
        machine = self._machines[machine_id]
        if machine_id not in self._runners:
            journal = Journal(self._folder / f"{machine_id}.journal")
            self._journals.append(journal)
            self._runners[machine_id] = Runner(machine_id, lambda: self._open(machine), journal)
        return self._runners[machine_id]

    async def close(self) -> None:
        """Let go of the machines; virtual ones go on running."""
        for runner in self._runners.values():
            await runner.close()
        for journal in self._journals:
            journal.close()
        self._runners.clear()
        self._journals.clear()

    def stop_machines(self) -> None:
        """Tell the virtual machines to end."""
        for machine_id in self._machines:
            twin = find_twin(self._link(machine_id))
            if twin is not None:
                twin.stop()

    def _link(self, machine_id: str) -> Path:
        return self._folder / f"{machine_id}.tty"

    async def _open(self, machine: Machine) -> Device:
        connection = machine.connection
        if connection.driver.is_server:
            return await _open_server(connection, machine.id)
        port = str(self._twin(machine).link) if connection.virtual else str(connection.port)
        if connection.driver is Driver.GRBL:
            return await GrblDevice.open(port, baud=connection.baud)
        return await MarlinDevice.open(port, baud=connection.baud)

    def _twin(self, machine: Machine) -> TwinProcess:
        link = self._link(machine.id)
        found = find_twin(link)
        if found is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            found = start_twin(
                str(machine.connection.driver), link, self.log(machine.id), speed=self._speed, faults=self._faults
            )
        return found


_SERVERS = {Driver.OCTOPRINT: OctoPrint, Driver.MOONRAKER: Moonraker, Driver.PRUSALINK: PrusaLink}


async def _open_server(connection: Connection, machine_id: str) -> Device:
    """Reach a machine through its print server; the key comes from the environment."""
    key = os.environ.get(connection.key_variable, "") if connection.key_variable else ""
    if connection.key_variable and not key:
        hint = "set it to the server's key, then start again"
        raise DeviceError(f"the variable {connection.key_variable} is empty", where=machine_id, hint=hint)
    server = _SERVERS[connection.driver](str(connection.address), key)
    try:
        return await ServerDevice.open(server)
    except InputError as error:  # a refused key is the lab's affair, not that of the job
        raise DeviceError(error.what, where=error.where, hint=error.hint) from None
