"""A bill to the graph of tasks that build it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import networkx as nx

from bom.bill import Assembly, Bill, BillLine, Make, Status
from bom.tasks import FINAL_TASK, Flow, Share, Task, TaskGraph, TaskKind
from core.bulk import making_many
from core.errors import InputError
from core.part_settings import PartSettings
from core.trees import normal_form, processes

__all__ = ["FINAL_TASK", "Flow", "Share", "Task", "TaskGraph", "TaskKind", "task_graph"]


def task_graph(bill: Bill, *, quantity: int = 1, chosen: Iterable[str] = ()) -> TaskGraph:
    """The tasks that build `quantity` products.

    One task assembles the product, one each sub-assembly; one that is called as the design is the product. The same
    part used in several places is one task. Every later step of a line ("sanded", "inspected") is a task behind it. A
    tool is made once: its pieces are used by the assembly it is for, and not multiplied by the order. Optional,
    alternate and choose lines enter only when chosen. A line of unknown amount enters with one for each product and
    `quantity_known` False. A line not known to be made or bought is fabricated if it has a file, else purchased; the
    bill asks about it.

    Args:
        bill: the bill.
        quantity: how many products, from 1.
        chosen: keys of lines that are wanted though they are not required.

    Raises:
        InputError: the quantity is below 1, a chosen key is not in the bill, nothing is to be done, or the
            sub-assemblies hold each other in a circle.
    """
    if quantity < 1:
        raise InputError(f"an order is for 1 product or more, not {quantity}")
    wanted = set(chosen)
    unknown = wanted - {line.key for line in bill.lines}
    if unknown:
        raise InputError(f"the bill has no line {', '.join(sorted(unknown))}", where=bill.design)
    lines = [line for line in bill.lines if _enters(line, wanted)]
    if not lines:
        raise InputError(
            "the bill has no line to make or buy", where=bill.design, hint="see its findings and questions"
        )
    with making_many():
        return _built(bill, quantity, lines)


def _built(bill: Bill, quantity: int, lines: Sequence[BillLine]) -> TaskGraph:
    builder = _Builder(bill, quantity)
    for line in lines:
        builder.add(line)
    return builder.finish()


def _enters(line: BillLine, wanted: set[str]) -> bool:
    return line.key in wanted or (line.status is Status.REQUIRED and line.quantity != 0)


class _Builder:
    """Collects tasks and edges."""

    def __init__(self, bill: Bill, quantity: int) -> None:
        self._products = quantity
        self._graph: nx.DiGraph[str] = nx.DiGraph()
        self._same: dict[tuple[object, ...], tuple[str, ...]] = {}
        self._assemblies = {each.name: each for each in bill.assemblies}
        self._ids = dict.fromkeys(_names_of_product(bill), FINAL_TASK)
        self._put(Task(FINAL_TASK, TaskKind.ASSEMBLE, bill.design, float(quantity)))

    def add(self, line: BillLine) -> None:
        """One line: its tasks, made or added to, and their edges."""
        per_product = line.quantity if line.quantity else 1.0
        times = 1 if line.tool else self._products
        looks = _looks(line)
        chain = self._same.get(looks)
        if chain is None:
            chain = self._same[looks] = tuple(self._new_tasks(line, per_product * times))
        else:
            for task_id in chain:
                self._grow(task_id, per_product * times, line)
        for before, after in pairwise(chain):
            self._edge(before, after, per_product * times)
        for task_id in chain:
            self._graph.nodes[task_id]["shares"].append(Share(line.key, per_product))
        for holder, share in self._holders(line, per_product):
            self._edge(chain[-1], holder, 0.0 if line.tool else share * times)

    def finish(self) -> TaskGraph:
        """The graph.

        Raises:
            InputError: the sub-assemblies hold each other in a circle.
        """
        try:
            return TaskGraph(self._graph, FINAL_TASK)
        except ValueError as error:
            circle = " in ".join(edge[0].partition(":")[2] for edge in nx.find_cycle(self._graph))
            raise InputError(f"the sub-assemblies hold each other: {circle}") from error

    def _new_tasks(self, line: BillLine, amount: float) -> Iterator[str]:
        """The task of the line's first step and one for each later step, in order; their ids."""
        file = line.files[0] if line.files else None
        for step in (None, *line.steps):
            kind = _kind(line) if step is None else _kind_of_step(step)
            suffix = "" if step is None else f"-{step.replace('_', '-')}"
            task = Task(
                self._free_id(f"{kind}:{line.key}{suffix}"), kind, line.name, amount, line.unit, step or line.process,
                line.material, line.thickness_mm, file, line.assembly, bool(line.quantity), line.tool,
                *(_allowances(line) if step is None else ()),
            )  # fmt: skip
            self._put(task)
            yield task.id

    def _put(self, task: Task) -> None:
        self._graph.add_node(task.id, task=task, shares=[])

    def _grow(self, task_id: str, amount: float, line: BillLine) -> None:
        task: Task = self._graph.nodes[task_id]["task"]
        self._graph.nodes[task_id]["task"] = replace(
            task,
            quantity=task.quantity + amount,
            assembly=task.assembly if task.assembly == line.assembly else None,
            quantity_known=task.quantity_known and bool(line.quantity),
        )

    def _free_id(self, wanted: str) -> str:
        free, count = wanted, 2
        while free in self._graph:
            free, count = f"{wanted}-{count}", count + 1
        return free

    def _holders(self, line: BillLine, per_product: float) -> Iterator[tuple[str, float]]:
        """The assemblies that a line goes into, with the amount for one product."""
        if not line.uses:
            yield self._assembly(line.assembly), per_product
            return
        for name, share in line.uses.items():
            yield self._assembly(name), share
        rest = per_product - sum(line.uses.values())
        if rest > 0:
            yield FINAL_TASK, rest

    def _assembly(self, name: str | None) -> str:
        """The id of the task that builds this assembly; made with those that hold it."""
        if name is None:
            return FINAL_TASK
        if name in self._ids:
            return self._ids[name]
        chain: list[Assembly] = []
        seen: set[str] = set()
        at: str | None = name
        while at is not None and at not in self._ids and at not in seen:
            seen.add(at)
            each = self._assemblies.get(at) or Assembly(at)
            chain.append(each)
            at = each.parent
        for each in chain:
            self._ids[each.name] = self._free_id(f"assemble:{normal_form(each.name).replace(' ', '-') or 'part'}")
            amount = each.quantity * self._products
            self._put(Task(self._ids[each.name], TaskKind.ASSEMBLE, each.name, amount, assembly=each.parent))
        for each in chain:
            holder = self._ids[each.parent] if each.parent is not None else FINAL_TASK
            self._edge(self._ids[each.name], holder, each.quantity * self._products)
        return self._ids[name]

    def _edge(self, before: str, after: str, amount: float) -> None:
        """An edge, or more on the one there is; without an amount the pieces are only used."""
        held = self._graph.edges[before, after]["quantity"] if self._graph.has_edge(before, after) else 0.0
        flow = Flow.CONSUME if held + amount else Flow.USE
        self._graph.add_edge(before, after, quantity=held + amount, flow=flow)


def _names_of_product(bill: Bill) -> set[str]:
    """Names of assemblies that are the product itself, since they are called as the design is."""
    named = {each.name for each in bill.assemblies} | {line.assembly for line in bill.lines if line.assembly}
    named |= {name for line in bill.lines for name in line.uses}
    return {name for name in named if normal_form(name) == normal_form(bill.design)}


def _looks(line: BillLine) -> tuple[object, ...]:
    """Lines for which this is the same ask for the same part."""
    return (
        _kind(line), line.unit, line.process, line.steps, line.tool, normal_form(line.name), line.material,
        line.thickness_mm, line.files[:1], line.notes, line.supplier, *_allowances(line),
    )  # fmt: skip


def _allowances(line: BillLine) -> tuple[tuple[str, ...], float | None, float | None, PartSettings]:
    return line.alternatives, line.tolerance_mm, line.feature_mm, line.settings


def _kind_of_step(process: str) -> TaskKind:
    return TaskKind.INSPECT if processes().is_a(process, "checking") else TaskKind.FINISH


def _kind(line: BillLine) -> TaskKind:
    if line.make is Make.PURCHASE or (line.make is Make.UNKNOWN and not line.files):
        return TaskKind.PURCHASE
    return TaskKind.FABRICATE
