"""The value that comes out: which task runs where and when, and how good that is proved to be."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InputError

__all__ = ["Placement", "Plan"]


@dataclass(frozen=True, slots=True)
class Placement:
    """One task in place. Times are seconds from the problem's origin; work that began earlier has negative ones.

    Attributes:
        task: id of the task.
        machine: id of the machine, or None for a wait.
        start_s: when the run begins.
        run_end_s: when the machine has finished its run.
        end_s: when the pieces are taken off and the machine is free again; later than `run_end_s` only when an
            unattended run ends in a closed lab, or when taking the pieces off takes time.
        people: ids of the people who do it, where it needs some.
        lot, pieces: of a task that is split, the number of the lot, from 1 on, and of its pieces; else both are 0.

    Raises:
        InputError: the three times are not in order, somebody stands twice, or a lot has no pieces.
    """

    task: str
    machine: str | None
    start_s: int
    run_end_s: int
    end_s: int
    people: tuple[str, ...] = ()
    lot: int = 0
    pieces: int = 0

    def __post_init__(self) -> None:
        if min(self.lot, self.pieces) < 0 or bool(self.lot) != bool(self.pieces):
            raise InputError(
                f"lot {self.lot} of {self.pieces} pieces is none: both count from 1 on, or are left out",
                where=f"placement of {self.task}",
            )
        if len(set(self.people)) < len(self.people):
            raise InputError("somebody stands twice among its people", where=f"placement of {self.task}")
        if not self.start_s <= self.run_end_s <= self.end_s:
            raise InputError(
                f"start {self.start_s} s, run's end {self.run_end_s} s and end {self.end_s} s are not in order",
                where=f"placement of {self.task}",
            )


@dataclass(frozen=True, slots=True)
class Plan:
    """A placement for every task, and for every lot of one that is split.

    Whether it keeps the problem's rules is for `scheduler.validator` to say.

    Attributes:
        placements: in the order of the problem's tasks, and the lots of each in order.
        lower_bound_s: no plan can have a smaller makespan.
        solver: what found it, such as "list schedule" or "CP-SAT".
        bound_by: what proved the bound, such as "paths and loads" or "CP-SAT"; empty when nobody did.

    Raises:
        InputError: the lower bound is negative.
    """

    placements: tuple[Placement, ...]
    lower_bound_s: int
    solver: str
    bound_by: str = ""

    def __post_init__(self) -> None:
        if self.lower_bound_s < 0:
            raise InputError(f"the lower bound of {self.lower_bound_s} s is negative")

    @property
    def makespan_s(self) -> int:
        """Seconds from the origin to the last end; 0 when nothing is left to do."""
        return max([0, *(each.end_s for each in self.placements)])

    @property
    def gap(self) -> float:
        """By what share of the makespan a better plan could be shorter, 0.0 to 1.0."""
        makespan_s = self.makespan_s
        return max(0.0, (makespan_s - self.lower_bound_s) / makespan_s) if makespan_s > 0 else 0.0

    @property
    def status(self) -> str:
        """Either "optimal" (the bound proves that no plan is shorter) or "feasible"."""
        return "optimal" if self.makespan_s <= self.lower_bound_s else "feasible"

    def placement(self, task: str) -> Placement:
        """The placement of a task, the first lot of one that is split.

        Raises:
            KeyError: the plan does not place it.
        """
        for each in self.placements:
            if each.task == task:
                return each
        raise KeyError(task)
