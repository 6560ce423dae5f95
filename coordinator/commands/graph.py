"""`fabcommons bom graph` and `fabcommons bom why`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.text import Text

from bom.bill import Bill
from bom.explain import explain
from bom.exports import GraphFormat, export_graph
from bom.graph import TaskGraph, task_graph
from bom.reader import read_bill
from coordinator.commands.output import console
from coordinator.plans.opening import answers_in, require_lines
from core.errors import InputError
from designs.source import open_design

__all__ = ["show", "why"]


def show(location: str, revision: str | None, form: str, answers: Path | None = None, *, quantity: int) -> None:
    """Print a design's task graph.

    Raises:
        InputError: the design has no bill of materials, or the format is not known.
    """
    if form not in set(GraphFormat):
        raise InputError(f"{form!r} is no format of a task graph", hint=f"known are {', '.join(GraphFormat)}")
    with _graph(location, revision, answers, quantity) as (_, graph):
        console.file.write(export_graph(graph, GraphFormat(form)))


def why(location: str, revision: str | None, part: str, answers: Path | None = None, *, quantity: int) -> None:
    """Print how the quantity of one part came about.

    Raises:
        InputError: the design has no bill of materials, or no such part.
    """
    with _graph(location, revision, answers, quantity) as (bill, graph):
        for line in explain(bill, graph, part).lines():
            console.print(Text(line), soft_wrap=True)


@contextmanager
def _graph(
    location: str, revision: str | None, answers: Path | None, quantity: int
) -> Iterator[tuple[Bill, TaskGraph]]:
    given = answers_in(answers)
    with open_design(location, revision=revision) as design:
        bill = read_bill(design, given)
        require_lines(bill)
        yield bill, task_graph(bill, quantity=quantity)
