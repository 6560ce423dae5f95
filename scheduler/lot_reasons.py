"""Why a task is made in so many lots: what one fewer or one more would come to."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from scheduler.lots import Divided, divided, even, sizes_in
from scheduler.plan import Placement, Plan
from scheduler.problem import Problem, Task
from scheduler.relotting import Lot, levelled, listed_again, lots_of
from scheduler.split import Split
from scheduler.wording import moment, span

__all__ = ["why_so_many"]

_MOST_SHIFTS = 20  # of pieces from the last lot to the first
_MOST_PAIRS = 30  # of lots that are tried as one


def why_so_many(problem: Problem, plan: Plan, name: str) -> str:
    """One sentence without a final full stop.

    Args:
        problem: what the plan is for.
        plan: a valid plan.
        name: id of a task that is split.
    """
    task = next(each for each in problem.tasks if each.id == name)
    split = task.split or Split()
    way = divided(problem, sizes_in(problem, plan.placements))
    old = replace(plan, placements=way.separate(plan.placements))
    lots = lots_of(way, old.placements, task)
    end_s = _end_s(old, way, task)
    told = ", ".join(f"{lot.pieces} on {lot.machine}" for lot in lots)
    number = "1 lot" if len(lots) == 1 else f"{len(lots)} lots"
    reasons = [f"its {task.quantity} pieces are made in {number} ({told})"]
    if len(lots) == split.fewest_lots(task.quantity):
        if len(lots) > 1:
            reasons.append(f"fewer cannot be, for a lot has {split.most(task.quantity)} pieces at most")
    else:
        reasons.append(_told(problem, end_s, len(lots) - 1, _fewer(problem, (way, old), task, lots)))
    if len(lots) == split.most_lots(task.quantity):
        reasons.append(f"more cannot be, for a lot has {split.smallest} or more")
    else:
        reasons.append(_told(problem, end_s, len(lots) + 1, _more(problem, (way, old), task, lots)))
    return "; ".join(reasons)


def _end_s(plan: Plan, way: Divided, task: Task) -> int:
    return max(each.end_s for each in plan.placements if each.task in way.lots[task.id])


def _told(problem: Problem, end_s: int, number: int, other_s: int | None) -> str:
    lots = f"in {number} lot{'s' * (number > 1)}"
    if other_s is None:
        return f"{lots} it found no place"
    at = moment(problem.origin, other_s)
    if other_s == end_s:
        return f"{lots} it would be done at the same time"
    return f"{lots} it would be done {span(abs(other_s - end_s))} {'later' if other_s > end_s else 'earlier'}, at {at}"


def _fewer(problem: Problem, old: tuple[Divided, Plan], task: Task, lots: list[Lot]) -> int | None:
    """When it would be done with one lot fewer, the other work in the same order."""
    split = task.split or Split()
    tried = [_even(task, lots, len(lots) - 1)]
    for one, other in list(combinations(lots, 2))[:_MOST_PAIRS]:
        if one.pieces + other.pieces <= split.most(task.quantity):
            rest = [each for each in lots if each is not one and each is not other]
            tried.append([*rest, replace(one, pieces=one.pieces + other.pieces)])
    return _best(problem, old, task, tried)


def _more(problem: Problem, old: tuple[Divided, Plan], task: Task, lots: list[Lot]) -> int | None:
    """When it would be done with one lot more, the other work in the same order."""
    smallest = (task.split or Split()).smallest
    tried = [_even(task, lots, len(lots) + 1)]
    for lot in [each for each in lots if each.pieces >= 2 * smallest][:_MOST_PAIRS]:
        rest, half = [each for each in lots if each is not lot], lot.pieces // 2
        tried.append([*rest, replace(lot, pieces=lot.pieces - half), replace(lot, pieces=half, machine="")])
    return _best(problem, old, task, tried)


def _even(task: Task, lots: list[Lot], number: int) -> list[Lot]:
    first_s = min(lot.start_s for lot in lots)
    return [Lot(pieces, first_s, first_s, "") for pieces in even(task.quantity, number)]


def _best(problem: Problem, old: tuple[Divided, Plan], task: Task, tried: list[list[Lot]]) -> int | None:
    """The earliest end of the task among some ways to divide it, the best of them evened out."""
    best: tuple[int, Divided, tuple[Placement, ...]] | None = None

    def listed(lots: list[Lot]) -> bool:
        nonlocal best
        found = listed_again(problem, (old[0], old[1].placements), task, lots)
        if found is None:
            return False
        end_s = max(each.end_s for each in found[1] if each.task in found[0].lots[task.id])
        better = best is None or end_s < best[0]
        best = (end_s, *found) if best is None or better else best
        return better

    for lots in tried:
        listed(lots)
    for _ in range(_MOST_SHIFTS):
        lots = lots_of(best[1], best[2], task) if best is not None else []
        if len(lots) < 2 or not listed(levelled(lots, task)):
            break
    return None if best is None else best[0]
