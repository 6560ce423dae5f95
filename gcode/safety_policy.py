"""What one machine may be sent: its limits, what its lab vouches for, and what an operator lets pass for one run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from core.errors import InputError
from gcode.extent import Bounds
from gcode.safety_rules import ALLOWED, DIALECTS, LIFTED_BY, REASONS, REFUSED, Lifter, Rule, refusing_rule

__all__ = ["SafetyPolicy", "Tool"]

_RULES = {str(rule): rule for rule in Rule}


class Tool(StrEnum):
    """What M3 switches on."""

    LASER = "laser"
    SPINDLE = "spindle"


@dataclass(frozen=True)
class SafetyPolicy:
    """What one machine may be sent.

    Attributes:
        dialect: one of `gcode.safety_rules.DIALECTS`.
        envelope_mm: where the tool may go, in the program's coordinates; None: not checked.
        max_hotend_c, max_bed_c: highest targets.
        max_feed_mm_min: highest F; None: the firmware's own limits suffice.
        max_acceleration_mm_s2: highest that M201 and M204 may set. (M203 is harmless: the feeds are checked.)
        max_power: highest S of a spindle or laser; None: none is stated, M3 and M4 are refused.
        extra_commands: commands and macros that the lab vouches for on this machine, beyond the dialect's table.
        max_violations: after so many the check stops.
        tool: what M3 switches on; None: not known, and what is wrong for one of them is not looked for.
        overrides: names of rules or commands that an operator lets pass for one run.
    """

    dialect: str
    envelope_mm: Bounds | None = None
    max_hotend_c: float = 0.0
    max_bed_c: float = 0.0
    max_feed_mm_min: float | None = None
    max_acceleration_mm_s2: float = 20_000.0
    max_power: float | None = None
    extra_commands: frozenset[str] = field(default_factory=frozenset)
    max_violations: int = 100
    tool: Tool | None = None
    overrides: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if self.dialect not in DIALECTS:
            raise InputError(f"{self.dialect!r} is no known dialect", hint=f"known are {', '.join(DIALECTS)}")
        for name in ("max_hotend_c", "max_bed_c", "max_feed_mm_min", "max_acceleration_mm_s2", "max_power"):
            value = getattr(self, name)
            if value is not None and not (value >= 0 and math.isfinite(value)):
                raise InputError(f"{name} must be a number from 0 up, got {value}")
        if self.max_violations < 1:
            raise InputError(f"max_violations must be 1 or more, got {self.max_violations}")
        for command in sorted(self.extra_commands):
            rule = refusing_rule(command, self.dialect) if command else Rule.UNKNOWN
            if rule is not None and LIFTED_BY[rule] is Lifter.NOBODY:
                raise InputError(f"{command} cannot be allowed: it {REASONS[rule]}")
        for name in sorted(self.overrides):
            self._check_override(name)

    def _check_override(self, name: str) -> None:
        """Raises: InputError: an operator may not let this pass."""
        rule = _RULES.get(name) or refusing_rule(name, self.dialect)
        if rule is None:
            raise InputError(f"{name} passes anyway", hint="leave it out")
        if rule is Rule.UNKNOWN and name not in _RULES:
            hint = "the lab may vouch for a command in its labs file: `allow` of the machine"
            raise InputError(f"{name} is not known here, so no operator may let it pass", hint=hint)
        if LIFTED_BY[rule] is not Lifter.OPERATOR:
            why = REASONS.get(rule, f"it is about {str(rule).replace('-', ' ')}")
            who = "only the lab may, in its labs file" if LIFTED_BY[rule] is Lifter.LAB else "nobody may"
            raise InputError(f"{name} cannot be let pass by an operator, {who}: {why}")

    @cached_property
    def allowed(self) -> frozenset[str]:
        """All commands that may be sent."""
        lifted = {command for command, rule in REFUSED[self.dialect].items() if {command, str(rule)} & self.overrides}
        return ALLOWED[self.dialect] | self.extra_commands | lifted

    def overrides_violation(self, rule: Rule, command: str) -> bool:
        """Whether an operator lets this pass."""
        named = bool(self.overrides) and (str(rule) in self.overrides or command in self.overrides)
        return named and LIFTED_BY[rule] is not Lifter.NOBODY  # a command that is let pass keeps its limits
