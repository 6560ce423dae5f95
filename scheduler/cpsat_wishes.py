"""The weighted sum of a problem's wishes in the CP-SAT model, all but set-ups, scaled to whole numbers."""

from __future__ import annotations

from collections.abc import Mapping

from ortools.sat.python import cp_model

from scheduler.cpsat_supplies import Runs
from scheduler.network import Network
from scheduler.terms import work_by_lab

__all__ = ["weighted_sum"]

_MOST = 2.0**45  # of the whole sum, which has to fit the solver's integers
_FINEST = 1e7
_SHARES = 1000  # parts into which shares are cut

_Term = tuple[float, cp_model.LinearExprT, float]  # weight, what is weighed, its greatest value


def weighted_sum(
    model: cp_model.CpModel,
    network: Network,
    makespan: cp_model.IntVar,
    runs: Runs,
    there: Mapping[tuple[int, int], cp_model.IntVar],
) -> cp_model.LinearExprT:
    """What is to be minimised once nothing is later than it must be.

    Args:
        model: where more variables and rows go.
        network: what is planned.
        makespan: the last end.
        runs: the variables of the tasks.
        there: by task and lab, whether the task is done there, where there is a choice.
    """
    wishes, horizon = network.problem.objective, float(network.problem.horizon_s)
    terms: list[_Term] = [(wishes.makespan, makespan, horizon)]
    terms += _prices(network, runs)
    if wishes.transport:
        terms += [(wishes.transport, *each) for each in _ways(model, network, runs, there)]
    if wishes.change:
        terms += _changes(model, network, runs)
    if wishes.fairness:
        terms += [(wishes.fairness / _SHARES, *each) for each in _unfair(model, network, runs)]
    whole = sum(weight * most for weight, _, most in terms)
    scale = min(_FINEST, _MOST / max(1.0, whole))
    return cp_model.LinearExpr.sum([value * round(weight * scale) for weight, value, _ in terms])


def _prices(network: Network, runs: Runs) -> list[_Term]:
    """Money and energy of the options."""
    wishes = network.problem.objective
    cost_h = {machine.id: machine.cost_h for machine in network.problem.machines}
    result: list[_Term] = []
    for (task, machine), pick in runs.picked.items():
        name = network.problem.machines[machine].id
        option = next(each for each in network.tasks[task].options if each.machine == name)
        money = option.cost + cost_h[name] * option.duration_s / 3600
        result.append((wishes.cost * money + wishes.energy * option.energy_kwh, pick, 1.0))
    return result


def _ways(
    model: cp_model.CpModel,
    network: Network,
    runs: Runs,
    there: Mapping[tuple[int, int], cp_model.IntVar],
) -> list[tuple[cp_model.LinearExprT, float]]:
    """The seconds on the way of each arrow, where labs can be chosen."""
    labs = [
        sorted({choice.lab for choice in choices}) or network.labs_of(task) for task, choices in enumerate(runs.choices)
    ]
    result: list[tuple[cp_model.LinearExprT, float]] = []
    for task, arcs in enumerate(network.after):
        for arc in arcs:
            pairs = [(network.travel_s(a, b), a, b) for a in labs[task] for b in labs[arc.task]]
            most_s = max(seconds for seconds, _, _ in pairs)
            if len(pairs) < 2 or not most_s:
                continue
            way = model.new_int_var(0, most_s, "")
            for seconds, here, yonder in pairs:
                both = [there[key] for key in ((task, here), (arc.task, yonder)) if key in there]
                model.add(way >= seconds).only_enforce_if(both)
            result.append((way, float(most_s)))
    return result


def _changes(model: cp_model.CpModel, network: Network, runs: Runs) -> list[_Term]:
    """The prices of promises that are not kept."""
    wishes = network.problem.objective
    machines = {machine.id: index for index, machine in enumerate(network.problem.machines)}
    result: list[_Term] = []
    for index in network.free:
        promise = network.tasks[index].promise
        if promise is None or machines[promise.machine] not in {each.machine for each in runs.choices[index]}:
            continue
        broken = model.new_bool_var("")
        model.add(runs.start[index] == promise.start_s).only_enforce_if(broken.negated())
        pick = runs.picked.get((index, machines[promise.machine]))
        if pick is not None:
            model.add_implication(broken.negated(), pick)
        result.append((wishes.change * promise.price, broken, 1.0))
    return result


def _unfair(model: cp_model.CpModel, network: Network, runs: Runs) -> list[tuple[cp_model.LinearExprT, float]]:
    """By lab, the seconds above its share, times `_SHARES`."""
    problem = network.problem
    shares = {lab.id: lab.share for lab in problem.labs if lab.share is not None}
    whole = sum(shares.values())
    if not whole:
        return []
    had_s = work_by_lab(problem, [task.fixed for task in problem.tasks if task.fixed is not None])
    worked: dict[str, list[cp_model.LinearExprT]] = {name: [seconds] for name, seconds in had_s.items()}
    most_s = sum(had_s.values())
    for task, choices in enumerate(runs.choices):
        for choice in choices:
            name = problem.labs[choice.lab].id
            if name in worked:
                pick = runs.picked.get((task, choice.machine))
                worked[name].append(choice.duration_s if pick is None else pick * choice.duration_s)
        most_s += max((choice.duration_s for choice in choices), default=0)
    total = cp_model.LinearExpr.sum([each for terms in worked.values() for each in terms])
    result: list[tuple[cp_model.LinearExprT, float]] = []
    for name, share in shares.items():
        above = model.new_int_var(0, _SHARES * most_s, "")
        part = round(_SHARES * share / whole)
        model.add(above >= cp_model.LinearExpr.sum(worked[name]) * _SHARES - total * part)
        result.append((above, float(_SHARES * most_s)))
    return result
