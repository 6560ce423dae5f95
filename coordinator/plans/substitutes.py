"""What a lab may use instead for a task, as was asked and approved; it counts for that task in that lab only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from bom.graph import Task
from machines.matching import Match, Reason, Verdict

__all__ = ["NO_SUBSTITUTES", "Substitute", "Substitutes"]


@dataclass(frozen=True, slots=True)
class Substitute:
    """What of a task is replaced; None is left as the design has it.

    Attributes:
        ids: of the substitutions that were approved.
        material: id of the material tree, or text.
        process: id of the process tree.
        tolerance_mm: plus or minus.
    """

    ids: tuple[int, ...]
    material: str | None = None
    process: str | None = None
    tolerance_mm: float | None = None

    def of(self, task: Task) -> Task:
        """The task as this lab makes it."""
        return replace(
            task,
            material=self.material or task.material,
            alternatives=() if self.material else task.alternatives,
            process=self.process or task.process,
            tolerance_mm=self.tolerance_mm or task.tolerance_mm,
        )

    @property
    def needs_program(self) -> bool:
        """Whether instructions that were made for the design are none for this."""
        return self.material is not None or self.process is not None

    def told(self, answer: Match, task: Task) -> Match:
        """An answer for the task as this lab makes it, which says so."""
        words = [
            f"{new} instead of {old or 'what is not stated'}"
            for new, old in ((self.material, task.material), (self.process, task.process))
            if new is not None
        ]
        if self.tolerance_mm is not None:
            words.append(f"a tolerance of {self.tolerance_mm:g} mm")
        said = Reason("substitution", Verdict.YES, f"approved for this lab: {', '.join(words)}")
        return replace(answer, reasons=(*answer.reasons, said), instead=self.material or answer.instead)


Substitutes: TypeAlias = Mapping[tuple[str, str], Substitute]
"""By task and lab."""
NO_SUBSTITUTES: Final[Substitutes] = MappingProxyType({})
