"""Tasks and their precedence: the values that a bill comes to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import networkx as nx

from core.part_settings import NO_SETTINGS, PartSettings

__all__ = ["FINAL_TASK", "Flow", "Share", "Task", "TaskGraph", "TaskKind"]

FINAL_TASK = "assemble:product"


class TaskKind(StrEnum):
    """What is done."""

    FABRICATE = "fabricate"
    PURCHASE = "purchase"
    ASSEMBLE = "assemble"
    FINISH = "finish"  # a further process on a piece that is there: sanded, painted, bent
    INSPECT = "inspect"


class Flow(StrEnum):
    """What one task does with the pieces of another; the words are those of ValueFlows."""

    CONSUME = "consume"  # they go into what it makes
    USE = "use"  # they help and are there afterwards


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done for an order.

    Attributes:
        id: its kind, a colon and a name; stable and unique in its graph.
        kind: what is done.
        name: of the part, or of what is assembled.
        quantity: pieces (or `unit`) for the whole order, above 0; of a tool the pieces that one lab needs.
        unit: as in the bill.
        process: id of the process tree, or None.
        material: id of the material tree, text, or None.
        thickness_mm: of a sheet part, or None.
        alternatives, tolerance_mm, feature_mm, settings: as in the bill, of the task that shapes the part.
        file: path of the best part file in the design, or None.
        own_program: whether instructions beside its file make it as is wanted; not where settings were changed since.
        assembly: the sub-assembly it goes into, or None when it goes into the product or into several.
        quantity_known: False when the bill does not say how many, and one was taken for each product.
        tool: whether it is a jig or tool: made once for a lab, however many products are ordered, and in none of them.
    """

    id: str
    kind: TaskKind
    name: str
    quantity: float
    unit: str = "piece"
    process: str | None = None
    material: str | None = None
    thickness_mm: float | None = None
    file: str | None = None
    assembly: str | None = None
    quantity_known: bool = True
    tool: bool = False
    alternatives: tuple[str, ...] = ()
    tolerance_mm: float | None = None
    feature_mm: float | None = None
    settings: PartSettings = NO_SETTINGS
    own_program: bool = True

    def __post_init__(self) -> None:
        if not self.quantity > 0:
            raise ValueError(f"{self.id}: a task is for more than 0, not {self.quantity}")


@dataclass(frozen=True, slots=True)
class Share:
    """What one line of the bill asks of a task.

    Attributes:
        line: the line's key.
        per_product: how much one product needs of it; one where the line does not say.
    """

    line: str
    per_product: float


class TaskGraph:
    """Tasks and their precedence.

    `graph` is a `networkx.DiGraph`: a node is a task's id with the attributes ``task`` and ``shares`` (the lines behind
    it, a list of `Share`); an edge means "must be done before", its attribute ``flow`` is a `Flow`, and ``quantity`` is
    how much of the first goes into the second for the whole order: 0 where it is only used.
    """

    def __init__(self, graph: nx.DiGraph[str], final: str) -> None:
        if not nx.is_directed_acyclic_graph(graph):
            raise ValueError("the tasks wait for each other in a circle")
        self.graph = graph
        self.final = final

    def __len__(self) -> int:
        return len(self.graph)

    def __iter__(self) -> Iterator[Task]:
        return iter(self.order())

    def task(self, task_id: str) -> Task:
        """The task of this id.

        Raises:
            KeyError: there is none.
        """
        found: Task = self.graph.nodes[task_id]["task"]
        return found

    def shares(self, task_id: str) -> tuple[Share, ...]:
        """The lines of the bill that ask for this task; none for an assembly.

        Raises:
            KeyError: there is no such task.
        """
        return tuple(self.graph.nodes[task_id]["shares"])

    def order(self) -> tuple[Task, ...]:
        """All tasks, each behind all that must be done before it; the same for the same bill."""
        return tuple(self.task(each) for each in nx.lexicographical_topological_sort(self.graph))

    def of_kind(self, kind: TaskKind) -> tuple[Task, ...]:
        """The tasks of one kind, in order."""
        return tuple(task for task in self.order() if task.kind is kind)

    def before(self, task_id: str) -> tuple[Task, ...]:
        """The tasks that must be done directly before this one."""
        return tuple(self.task(each) for each in sorted(self.graph.predecessors(task_id)))

    def after(self, task_id: str) -> tuple[Task, ...]:
        """The tasks that wait directly for this one."""
        return tuple(self.task(each) for each in sorted(self.graph.successors(task_id)))

    def goes_into(self, before: str, after: str) -> float:
        """How much of one task goes into the next for the whole order; 0 where it is only used there.

        Raises:
            KeyError: the second does not wait for the first.
        """
        found: float = self.graph.edges[before, after]["quantity"]
        return found
