"""What a machine of the labs file may be asked for, for commands that drive one machine."""

from __future__ import annotations

from pathlib import Path

from coordinator.programs import policy_for
from core.errors import InputError
from gcode.safety import SafetyPolicy
from machines.network import read_network

__all__ = ["policy_of"]


def policy_of(machine_id: str | None, labs: Path | None) -> SafetyPolicy:
    """The limits of a machine.

    Raises:
        InputError: one of the two is missing, or there is no such machine.
    """
    if machine_id is None or labs is None:
        raise InputError("a machine's limits are in a labs file", hint="give both --machine ID and --labs FILE")
    network = read_network(labs)
    machine = network.find(machine_id)
    if machine is None:
        known = ", ".join(each.id for each in network.machines) or "none"
        raise InputError(f"there is no machine {machine_id!r}", where=str(labs), hint=f"known are {known}")
    return policy_for(machine)
