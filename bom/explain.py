"""Any quantity of a task graph followed back to the lines, cells, rules and multiplications that it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bom.bill import Bill, BillLine, Excluded, Status
from bom.graph import Flow, Share, Task, TaskGraph, TaskKind
from bom.lookup import find_subject
from core.provenance import Provenance
from core.trees import normal_form, processes

__all__ = ["Step", "explain"]

_FACTS = (
    "make", "process", "steps", "material", "thickness_mm", "alternatives", "tolerance_mm", "feature_mm",
    "files", "tool", "status",
)  # fmt: skip
_DEED = {
    TaskKind.FABRICATE: "to make",
    TaskKind.PURCHASE: "to buy",
    TaskKind.ASSEMBLE: "to assemble",
    TaskKind.FINISH: "to finish",
    TaskKind.INSPECT: "to inspect",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence and those it follows from.

    Attributes:
        text: one clause without a full stop.
        steps: what it comes from.
    """

    text: str
    steps: tuple[Step, ...] = ()

    def lines(self, depth: int = 0) -> Iterator[str]:
        """The sentence and all below it, indented by two blanks a level."""
        yield "  " * depth + self.text
        for step in self.steps:
            yield from step.lines(depth + 1)


def explain(bill: Bill, graph: TaskGraph, part: str) -> Step:
    """How the quantity of a part came about: lines, multiplications, answers, and options left out.

    Args:
        bill: the bill that the graph was made of.
        graph: its tasks.
        part: a task's id; a line's key; the name of a line, of an assembly or of something left out; or a beginning
            that only one of them has. Case and punctuation do not matter.

    Raises:
        InputError: nothing has this name, or several; the hint names the near ones.
    """
    subject = find_subject(bill, graph, part)
    explainer = _Explainer(bill, graph)
    if isinstance(subject, Excluded):
        return Step(f"0 of {subject.name}: it is no part of the product", tuple(explainer.excluded(subject.name)))
    if isinstance(subject, BillLine):
        return explainer.left_out(subject)
    return explainer.assembly(subject) if subject.kind is TaskKind.ASSEMBLE else explainer.task(subject)


class _Explainer:
    """Sentences about the tasks of one graph."""

    def __init__(self, bill: Bill, graph: TaskGraph) -> None:
        self._bill = bill
        self._graph = graph
        self._lines = {line.key: line for line in bill.lines}
        self._holds = {each.name: each.quantity for each in bill.assemblies}
        self._products = graph.task(graph.final).quantity
        self._entered = {share.line for task_id in graph.graph for share in graph.shares(task_id)}

    def task(self, task: Task) -> Step:
        """Of a part: the sum, the facts, where it goes, what was left out and is still asked."""
        shares = self._graph.shares(task.id)
        lines = [self._lines[share.line] for share in shares]
        before = [each for each in self._graph.before(task.id) if each.kind is not TaskKind.ASSEMBLE]
        steps = [
            Step(self._sum(task, shares), tuple(self._share(share) for share in shares)),
            *(Step(f"comes after {_deed(each)} ({each.id})") for each in before),
            *_facts(lines[0]),
            *self._ways(task),
            *self._namesakes(lines),
            *(Step(f"not counted: {why.text}") for why in self.excluded(task.name)),
            *(Step(f"still asked: {each.question}") for each in self._bill.questions if each.item == task.name),
        ]
        return Step(f"{_amount(task.quantity, task.unit)} {task.name} {_deed(task)} ({task.id})", tuple(steps))

    def assembly(self, task: Task) -> Step:
        """Of an assembly: how many, what it holds, and what of it was left out."""
        whole = task.id == self._graph.final
        each = task.quantity / self._products
        many = "as many as are ordered" if whole else f"{each:g} in one product{self._times()}"
        held = [
            Step(f"{self._moved(before, task)} {before.name} ({before.id})") for before in self._graph.before(task.id)
        ]
        out = [
            line
            for line in self._bill.lines
            if line.key not in self._entered and (line.assembly == task.name or (whole and line.assembly is None))
        ]
        excluded = self._bill.excluded if whole else ()
        steps = (
            Step(f"{task.quantity:g}: {many}"),
            Step("holds", tuple(held)),
            *self._ways(task),
            *(Step(f"left out: {line.name}: {_why_not(line)}") for line in out),
            *(Step(f"no part of it: {thing.name}: {thing.why} ({thing.provenance})") for thing in excluded),
        )
        return Step(f"{task.quantity:g} x {task.name} {_deed(task)} ({task.id})", steps)

    def left_out(self, line: BillLine) -> Step:
        """Of a line that does not enter: why, and what it would ask for."""
        would = "an amount that the bill does not state" if line.quantity is None else _amount(line.quantity, line.unit)
        return Step(
            f"0 of {line.name}: left out",
            (Step(_why_not(line)), Step(f"chosen, one product would take {would}"), *self._origin(line), *_facts(line)),
        )

    def excluded(self, name: str) -> Iterator[Step]:
        """Why things of this name are no part of the product."""
        for each in self._bill.excluded:
            if normal_form(each.name) == normal_form(name):
                yield Step(f"{each.why}: {each.provenance}")

    def _times(self) -> str:
        return f" x {self._products:g} products" if self._products != 1 else ""

    def _sum(self, task: Task, shares: tuple[Share, ...]) -> str:
        parts = " + ".join(f"{share.per_product:g}" for share in shares)
        if task.tool:
            return f"{task.quantity:g} = {parts}, once for a lab: a tool is not multiplied by the order"
        total = f"({parts})" if len(shares) > 1 and self._products != 1 else parts
        return f"{task.quantity:g} = {total} for one product{self._times()}"

    def _share(self, share: Share) -> Step:
        line = self._lines[share.line]
        if line.quantity is None:
            return Step(f"{share.per_product:g} taken for {line.name}: nobody says how many", tuple(self._origin(line)))
        return Step(f"{_amount(share.per_product, line.unit)} {line.name}", (*self._origin(line), *self._places(line)))

    def _origin(self, line: BillLine) -> Iterator[Step]:
        place = line.provenance.get("quantity")
        yield Step(f"amount: {place}" if place else "amount: nothing says where it comes from")

    def _places(self, line: BillLine) -> Iterator[Step]:
        """The assemblies that the line's pieces go into, and how many go into one of each."""
        for name, amount in line.uses.items() or [(line.assembly, line.quantity)]:
            if name is not None and amount is not None:
                held = self._holds.get(name, 1.0)
                each = f": {amount / held:g} in each of the {held:g} that one product holds" if held != 1 else ""
                yield Step(f"{amount:g} in {name}{each}")

    def _ways(self, task: Task) -> Iterator[Step]:
        for after in self._graph.after(task.id):
            way = f"into {after.name}" if after.kind is TaskKind.ASSEMBLE else f"on, {_deed(after)}"
            if self._flow(task, after) is Flow.USE:
                way = f"for {after.name}"
            yield Step(f"{self._moved(task, after)} {way} ({after.id})")

    def _flow(self, before: Task, after: Task) -> Flow:
        return Flow(self._graph.graph.edges[before.id, after.id]["flow"])

    def _moved(self, before: Task, after: Task) -> str:
        if self._flow(before, after) is Flow.USE:
            return "used"
        return _amount(self._graph.graph.edges[before.id, after.id]["quantity"], before.unit)

    def _namesakes(self, lines: list[BillLine]) -> Iterator[Step]:
        """Lines of the same name that do not enter."""
        form = normal_form(lines[0].name)
        for line in self._bill.lines:
            if line not in lines and normal_form(line.name) == form and line.key not in self._entered:
                yield Step(f"not counted: {line.name} ({line.key}): {_why_not(line)}")


def _facts(line: BillLine) -> Iterator[Step]:
    for field in _FACTS:
        place: Provenance | None = line.provenance.get(field)
        value = getattr(line, field)
        if place is not None and value:
            yield Step(f"{field.replace('_', ' ')}: {_shown(value)}: {place}")


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _why_not(line: BillLine) -> str:
    """Why a line does not enter the order."""
    if line.status is Status.REQUIRED:
        return f"its amount is 0: {line.provenance.get('quantity', 'so says the list')}"
    return f"{line.status}: {line.provenance.get('status', 'so says the list')}"


def _deed(task: Task) -> str:
    process = processes()[task.process].label if task.process else ""
    return f"{_DEED[task.kind]}, {process}" if process else _DEED[task.kind]


def _amount(quantity: float, unit: str) -> str:
    return f"{quantity:g} x" if unit == "piece" else f"{quantity:g} {unit}"
