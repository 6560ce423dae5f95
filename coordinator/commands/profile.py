"""What a machine of the labs file may be asked for, for commands that drive one machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coordinator.make.gate import needed
from coordinator.plans.programs import policy_for
from core.errors import InputError, StateError
from gcode.safety_policy import SafetyPolicy
from machines.lab import Mode
from machines.network import read_network

__all__ = ["Profile", "profile_of"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a labs file says of a machine that is driven by hand.

    Attributes:
        policy: what it may be sent.
        asked: whether a person's word is wanted before a start.
    """

    policy: SafetyPolicy
    asked: bool


def profile_of(machine_id: str | None, labs: Path | None, *, starts: bool = False) -> Profile:
    """The profile of a machine.

    Args:
        machine_id: its id.
        labs: the labs file.
        starts: whether a program is to be started.

    Raises:
        InputError: one of the two is missing, or there is no such machine.
        StateError: a start is wanted of a machine that is only monitored.
    """
    if machine_id is None or labs is None:
        raise InputError("a machine's limits are in a labs file", hint="give both --machine ID and --labs FILE")
    network = read_network(labs)
    machine = network.find(machine_id)
    if machine is None:
        known = ", ".join(each.id for each in network.machines) or "none"
        raise InputError(f"there is no machine {machine_id!r}", where=str(labs), hint=f"known are {known}")
    mode = network.lab(machine.lab).mode(machine)
    if starts and mode is Mode.MONITORED:
        raise StateError("nothing is sent to this machine", where=machine_id, hint="its `mode` is monitored")
    return Profile(policy_for(machine), bool(needed(mode, machine)))
