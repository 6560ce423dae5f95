"""The machines of a build, ready to be driven: virtual twins started or rejoined, one runner for each.

Twins are processes of their own: they outlive this one, and are found again through their link.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agent.devices import Bench, MachineAddress
from agent.journal import Journal
from agent.permits import Permits
from agent.runner import Runner
from firmware_bridge.twin.faults import Faults
from firmware_bridge.twin.process import find_twin
from machines.lab import Driver, Machine, Network

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
        self._bench = Bench(folder, speed, faults)
        self._machines: Mapping[str, Machine] = {
            machine.id: machine for machine in network.machines if machine.connection.driver is not Driver.HANDS
        }
        self._runners: dict[str, Runner] = {}
        self._journals: list[Journal] = []

    @property
    def rejoined(self) -> tuple[str, ...]:
        """Virtual machines that were already running when they were looked for."""
        return tuple(each for each in self._machines if find_twin(self._bench.link(each)) is not None)

    @property
    def folder(self) -> Path:
        """Where links, logs, journals and permits lie."""
        return self._bench.folder

    def permits(self, machine_id: str) -> Permits:
        """What people have confirmed of a machine."""
        return Permits(self._bench.permits(machine_id))

    def log(self, machine_id: str) -> Path:
        """What a virtual machine says that it executed."""
        return self._bench.log(machine_id)

    def runner(self, machine_id: str) -> Runner:
        """The runner of a machine; its virtual twin is started when it does not run yet.

        Raises:
            KeyError: no machine of this id is driven by a firmware.
        """
        machine = self._machines[machine_id]
        if machine_id not in self._runners:
            journal = Journal(self._bench.journal(machine_id))
            self._journals.append(journal)
            address = _address(machine)
            self._runners[machine_id] = Runner(machine_id, lambda: self._bench.open(address), journal)
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
            twin = find_twin(self._bench.link(machine_id))
            if twin is not None:
                twin.stop()


def _address(machine: Machine) -> MachineAddress:
    connection = machine.connection
    return MachineAddress(
        machine.id,
        str(connection.driver),
        connection.port,
        connection.baud,
        connection.address,
        connection.key_variable,
    )
