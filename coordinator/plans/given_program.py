"""A program that a lab gives for a job: judged as the programs of designs are, and timed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from coordinator.plans.programs import PartProgram, facts_of, refusal, vouched
from core.errors import InputError
from gcode.program import read_program
from machines.lab import Machine

if TYPE_CHECKING:  # it brings the planner's packages along
    from coordinator.schema.stock import NeedRow

__all__ = ["MOST_BYTES", "NAME", "GivenProgram", "judge"]

MOST_BYTES: Final = 256 * 2**20
NAME: Final = r"^[^\x00-\x1f\x7f/\\]{1,100}$"
"""What a program may be called: a file's name without a folder."""


@dataclass(frozen=True, slots=True)
class GivenProgram:
    """A program that a machine may run.

    Attributes:
        program: as it was read.
        duration_s: of the run, the operator's minutes included.
        vouched: the commands that pass only because the machine's lab vouches for them.
    """

    program: PartProgram
    duration_s: float
    vouched: Sequence[str]

    def needs(self, material: str | None) -> Sequence[NeedRow]:
        """What it takes from the machine's slots.

        Args:
            material: id of the material tree, or None where it is not known.
        """
        from coordinator.plans.needing import program_needs

        return program_needs(self.program, material)


def judge(location: Path, name: str, pieces: int, machine: Machine) -> GivenProgram:
    """Read a program and see whether a machine may run it: its commands, its bounds, its heat, power and feed.

    Args:
        location: on this computer.
        name: what people call it.
        pieces: that it makes, which nobody but its maker can know.
        machine: that is to run it.

    Raises:
        InputError: it is no program, or one that this machine must not run; the place is a line of it.
        LimitError: it is too large.
    """
    from machines.durations.run import of_program  # brings compiled code along, which a start can do without

    if not re.fullmatch(NAME, name):
        raise InputError(f"{name[:100]!r} is no name of a program", hint="a file's name, without a folder")
    try:
        read = read_program(location, max_bytes=MOST_BYTES)
        found = PartProgram(name, location, pieces, read, facts_of(read))
    except InputError as error:
        place = (error.where or "").replace(str(location), name).replace(location.name, name)
        raise type(error)(error.what, where=place or name, hint=error.hint) from None
    refused = refusal(found, machine)
    if refused is not None:
        raise InputError(f"{machine.id} must not run this: {refused}", where=name)
    return GivenProgram(found, of_program(found.facts.duration_s, machine).duration_s, vouched(found, machine))
