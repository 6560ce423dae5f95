"""What has to be said by people before a machine starts, and whether it has been said.

The machine's mode and confirmations (`machines.machine`) say what; permits on disk (`agent.permits`), which
`fabcommons machine arm` and `machine confirm` write, or the person who is asked, say that.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from agent.first_layer import FirstLayer
from agent.permits import PermitKind, Permits
from coordinator.make.person import Person
from coordinator.make.workshop import Workshop
from gcode.layers import first_layer_lines
from gcode.program import Program
from machines.lab import Confirmation, Driver, Machine, Mode, Network

__all__ = ["Gate", "Permission", "needed"]

_LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Permission:
    """That a job may start: who said so, and why they could."""

    who: str
    why: str


def needed(mode: Mode, machine: Machine) -> tuple[PermitKind, ...]:
    """What has to be permitted before a start. To arm a machine is to say that its bed is clear."""
    if mode is Mode.ARMED:
        return (PermitKind.ARMED,)
    return (PermitKind.BED_CLEAR,) if Confirmation.BED_CLEAR in machine.confirms else ()


class Gate:
    """Asks for permissions for the machines of one network.

    Args:
        network: labs and machines.
        workshop: knows where permits lie.
        person: asked when no permit is there.
    """

    def __init__(self, network: Network, workshop: Workshop, person: Person) -> None:
        self._network, self._workshop, self._person = network, workshop, person

    def by_hand(self, machine: Machine) -> bool:
        """Whether a person starts the machine's jobs, and nothing is sent to it."""
        return machine.connection.driver is Driver.HANDS or self._mode(machine) is Mode.MONITORED

    def _mode(self, machine: Machine) -> Mode:
        return self._network.lab(machine.lab).mode(machine)

    async def may_start(self, job_id: str, work: str, machine: Machine) -> Permission | None:
        """The permission for a job; None when nobody gives it within the person's patience."""
        kinds = () if self.by_hand(machine) else needed(self._mode(machine), machine)
        real = machine.connection.driver is not Driver.HANDS and not machine.connection.virtual
        if real and not kinds and not self.by_hand(machine):
            return Permission("policy", "machine and lab allow starts without a person, and nothing is to be confirmed")
        permits = self._workshop.permits(machine.id)
        permission = _taken(permits, kinds, job_id)
        if permission is not None:
            return permission
        if await self._person.may_start(work, machine):
            return Permission(self._person.name, "asked before the start")
        return await self._waited(permits, kinds, job_id, work, machine)

    async def _waited(
        self, permits: Permits, kinds: tuple[PermitKind, ...], job_id: str, work: str, machine: Machine
    ) -> Permission | None:
        """Wait for a command from elsewhere, as long as the person has patience."""
        if not kinds:
            return None
        command = "arm" if PermitKind.ARMED in kinds else "confirm"
        kind = "" if command == "arm" else f" {kinds[0]}"
        folder = self._workshop.folder.parent
        self._person.remind(
            f"{machine.id} waits to start {work}: fabcommons machine {command} {machine.id}{kind} --dir {folder}"
        )
        end = time.monotonic() + self._person.patience_s
        while time.monotonic() < end:
            await asyncio.sleep(_LOOK_EVERY_S)
            permission = _taken(permits, kinds, job_id)
            if permission is not None:
                return permission
        return None

    def first_layer(self, job_id: str, work: str, machine: Machine, program: Program) -> FirstLayer | None:
        """What of the first layer is to be confirmed; None when nothing is, or the program has none that is known."""
        lines = first_layer_lines(program) if Confirmation.FIRST_LAYER in machine.confirms else None
        if lines is None:
            return None
        permits = self._workshop.permits(machine.id)

        async def ask() -> tuple[bool, str]:
            said = await self._person.first_layer(work, machine)
            if said is not None:
                return said, self._person.name
            self._person.remind(
                f"{machine.id} waits after the first layer of {work}: "
                f"fabcommons machine confirm {machine.id} first-layer --dir {self._workshop.folder.parent}"
            )
            while (permit := permits.take(PermitKind.FIRST_LAYER, job_id)) is None:
                await asyncio.sleep(_LOOK_EVERY_S)
            return permit.good, permit.who

        return FirstLayer(lines, ask)

    def ended(self, job_id: str, machine: Machine) -> None:
        """A job has ended: what was confirmed before it says nothing of the next."""
        if not self.by_hand(machine):
            self._workshop.permits(machine.id).ended(job_id)


def _taken(permits: Permits, kinds: tuple[PermitKind, ...], job_id: str) -> Permission | None:
    """Use the permits that are needed, all or none."""
    if not kinds or not all(permits.has(kind, job_id) for kind in kinds):
        return None
    taken = [permit for kind in kinds if (permit := permits.take(kind, job_id)) is not None]
    return Permission(taken[0].who, " and ".join(str(permit.kind) for permit in taken)) if taken else None
