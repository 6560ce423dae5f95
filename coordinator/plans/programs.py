"""The instructions that a design brings along: G-code beside a part file, under the same stem.

`foot.gcode` makes one piece of `foot.stl`; a stem that ends in `_x4` makes four in one run. A program is timed, read
for its bounds and checked against a machine before that machine is offered it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from bom.graph import Task, TaskKind
from core.errors import InputError
from core.provenance import Finding, Severity
from core.trees import processes
from designs.design import Design, FileRole
from gcode.dialect import guess_dialect, reading_for
from gcode.facts import Bounds, Kind, ProgramFacts, feeds_filament
from gcode.inspection import check, measure
from gcode.program import Program, read_program
from gcode.safety import Violation
from gcode.safety_policy import SafetyPolicy, Tool
from gcode.safety_rules import Lifter, refusing_rule
from gcode.slicer import SlicerNotes, read_notes
from machines.lab import Driver, Machine

__all__ = [
    "PROGRAM_CODES",
    "PartProgram",
    "facts_of",
    "find_program",
    "policy_for",
    "programs_of",
    "refusal",
    "runs_prints",
    "vouched",
    "vouching",
]

PROGRAM_CODES = frozenset({"program-refused", "program-unreadable", "program-vouched"})

_NOTED_LINES = 5_000  # at both ends of a program, where slicers write what they were told
_COPIES = re.compile(r"[_-]x(\d{1,3})$", re.IGNORECASE)
_KINDS = {
    Driver.MARLIN: {Kind.FILAMENT},
    Driver.OCTOPRINT: {Kind.FILAMENT},
    Driver.MOONRAKER: {Kind.FILAMENT},
    Driver.PRUSALINK: {Kind.FILAMENT},
    Driver.DUET: {Kind.FILAMENT},
    Driver.GRBL: {Kind.LASER, Kind.MILL},
}


@dataclass(frozen=True)
class PartProgram:
    """G-code that makes pieces of one part.

    Attributes:
        path: in the design.
        location: on this computer.
        pieces: how many one run makes.
        program, facts: as `gcode` reads it.
    """

    path: str
    location: Path
    pieces: int
    program: Program
    facts: ProgramFacts
    _verdicts: dict[SafetyPolicy, tuple[Violation, ...]] = field(default_factory=dict, compare=False, repr=False)

    def violations(self, policy: SafetyPolicy) -> tuple[Violation, ...]:
        """The verdict of `gcode.safety`; looked for once a policy, for a program that makes a hundred lots."""
        if policy not in self._verdicts:
            self._verdicts[policy] = check(self.program, policy)
        return self._verdicts[policy]

    @cached_property
    def notes(self) -> SlicerNotes:
        """What its slicer wrote at both ends of it."""
        lines = self.program.source
        ends = lines if len(lines) <= 2 * _NOTED_LINES else (*lines[:_NOTED_LINES], *lines[-_NOTED_LINES:])
        return read_notes("\n".join(ends).encode("latin-1", "replace"))


def find_program(design: Design, task: Task, pieces: int) -> PartProgram | None:
    """The G-code that makes just so many pieces of a task's part file, or None.

    Raises:
        InputError: the file is no G-code that can be read.
    """
    path = next((path for each, path in programs_of(design, task) if each == pieces), None)
    if path is None:
        return None
    program = read_program(design.locate(path))
    return PartProgram(path, design.locate(path), pieces, program, facts_of(program))


def programs_of(design: Design, task: Task) -> list[tuple[int, str]]:
    """The G-code files that make a task's part file: how many pieces each makes, and its path.

    Further steps on a piece have none.
    """
    if task.file is None or task.kind is not TaskKind.FABRICATE or not task.own_program:
        return []
    part = PurePosixPath(task.file)
    return [
        (pieces, each.path)
        for each in design.with_role(FileRole.TOOLPATH)
        if each.present and PurePosixPath(each.path).parent == part.parent
        if (pieces := _pieces(each.stem, part.stem))
    ]


def facts_of(program: Program) -> ProgramFacts:
    """What a program does, and how long; what only its printer understands (a macro) counts nothing.

    Whether a machine may be sent such lines is not judged here.
    """
    try:
        return measure(program)
    except InputError:
        data = "\n".join(program.source).encode("latin-1")
        known = guess_dialect(data, read_notes(data), feeds_filament=feeds_filament(program))
        return measure(program, reading=reading_for(known.name, tolerant=True))


def policy_for(
    machine: Machine, overrides: frozenset[str] = frozenset(), *, dialect: str | None = None
) -> SafetyPolicy:
    """What the machine's profile allows a program to do; heat and power that it does not state are refused.

    A printer's tool goes wherever it reaches. On the others an operator sets the work's zero on the stock's top, so the
    tool may go as far below it as above.

    Args:
        machine: which.
        overrides: what an operator lifts for this program.
        dialect: of its firmware; default: what its connection speaks.
    """
    limits, dialect = machine.limits, dialect or machine.connection.driver.dialect
    grbl = dialect == "grbl"
    envelope = None
    if grbl and machine.envelope_mm is not None:
        envelope = Bounds((0.0, 0.0, -machine.envelope_mm[2]), machine.envelope_mm)
    elif machine.travel_mm is not None:
        (x, right), (y, back), (z, top) = machine.travel_mm
        envelope = Bounds((x, y, z), (right, back, top))
    return SafetyPolicy(
        dialect=dialect,
        envelope_mm=envelope,
        max_hotend_c=limits.nozzle_c or 0.0,
        max_bed_c=limits.bed_c or 0.0,
        max_feed_mm_min=limits.feed_mm_min,
        max_power=limits.spindle_s,
        extra_commands=frozenset(machine.allow),
        tool=_tool(machine) if grbl else None,
        overrides=overrides,
    )


def _tool(machine: Machine) -> Tool | None:
    """What M3 switches on, where the machine's processes leave no doubt."""
    lasers, mills = (
        any(processes().is_a(each, kind) for each in machine.processes for kind in kinds)
        for kinds in (("laser_cutting", "laser_engraving"), ("milling",))
    )
    return None if lasers == mills else Tool.LASER if lasers else Tool.SPINDLE


def runs_prints(machine: Machine) -> bool:
    """Whether filament programs are sent to the machine."""
    return Kind.FILAMENT in _KINDS.get(machine.connection.driver, set())


def refusal(program: PartProgram, machine: Machine) -> str | None:
    """Why this machine must not run the program, or None."""
    kinds = _KINDS.get(machine.connection.driver, set())
    if program.facts.kind not in kinds:
        return f"{program.path} is a {program.facts.kind} program, {machine.id} speaks {machine.connection.driver}"
    violations = program.violations(policy_for(machine))
    if not violations:
        return None
    first = violations[0]
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return f"{program.path}:{first.line}: {first.command}: {first.reason}{_way_out(first, machine)}{more}"


def vouched(program: PartProgram, machine: Machine) -> tuple[str, ...]:
    """The commands of the program that pass only because the machine's lab vouches for them; never left unsaid."""
    if not machine.allow:
        return ()
    found = program.violations(replace(policy_for(machine), extra_commands=frozenset()))
    return tuple(sorted({each.command for each in found} & set(machine.allow)))


def vouching(program: PartProgram, machine: Machine) -> Finding | None:
    """What passes on the machine only because its lab says so."""
    commands = vouched(program, machine)
    if not commands:
        return None
    said = f"{machine.id} may be sent {', '.join(commands)}, because {machine.lab} vouches for it"
    return Finding("program-vouched", Severity.NOTE, said, program.path, "look at these lines if you do not know them")


def _way_out(violation: Violation, machine: Machine) -> str:
    """How a command that somebody may lift comes to pass, in one clause; nothing where nobody may."""
    dialect, liftable = machine.connection.driver.dialect, violation.lifted_by is not Lifter.NOBODY
    if not liftable or refusing_rule(violation.command, dialect) is not violation.rule:
        return ""
    return f"; if it is right there, {machine.lab} may vouch for it with allow: [{violation.command}] at {machine.id}"


def _pieces(stem: str, part: str) -> int:
    """How many pieces of `part` a program of this stem makes; 0 when it is for another part."""
    copies = _COPIES.search(stem)
    bare, pieces = (stem[: copies.start()], int(copies[1])) if copies else (stem, 1)
    if stem.casefold() == part.casefold():
        return 1
    return pieces if bare.casefold() == part.casefold() else 0
