"""What every command begins with: a design opened and read, its labs, its graph of tasks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bom.bill import Bill
from bom.graph import TaskGraph, task_graph
from bom.reader import read_bill
from core.errors import InputError
from designs.design import Design
from designs.source import open_design
from machines.lab import Network
from machines.network import read_network

__all__ = ["Opened", "open_all", "require_lines"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A design that is ready to be planned."""

    design: Design
    bill: Bill
    graph: TaskGraph
    network: Network


@contextmanager
def open_all(location: str, revision: str | None, labs: Path, quantity: int) -> Iterator[Opened]:
    """Open a design and the labs that may make it.

    Raises:
        InputError: something cannot be read, or the design has no bill of materials.
    """
    network = read_network(labs)
    with open_design(location, revision=revision) as design:
        bill = read_bill(design)
        require_lines(bill)
        yield Opened(design, bill, task_graph(bill, quantity=quantity), network)


def require_lines(bill: Bill) -> None:
    """Refuse a design that has no bill of materials.

    Raises:
        InputError: it has none; the sentence says what to add.
    """
    if not bill.lines:
        first = next(iter(bill.findings), None)
        what = first.message if first else "no bill of materials found"
        raise InputError(what.rstrip("."), where=bill.design, hint=first.fix if first else None)
