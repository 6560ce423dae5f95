"""What every command begins with: a design opened and read, its labs, its graph of tasks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bom.answers import Answers, parse_answers
from bom.bill import Bill
from bom.graph import TaskGraph, task_graph
from bom.reader import read_bill
from core.errors import InputError
from core.provenance import Severity
from designs.design import Design
from designs.source import open_design
from machines.lab import Network
from machines.network import read_network

__all__ = ["Opened", "answers_in", "open_all", "require_lines"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A design that is ready to be planned."""

    design: Design
    bill: Bill
    graph: TaskGraph
    network: Network


@contextmanager
def open_all(
    location: str, revision: str | None, labs: Path, quantity: int, answers: Path | None = None
) -> Iterator[Opened]:
    """Open a design and the labs that may make it.

    Args:
        location: the design.
        revision: branch, tag or commit, or None.
        labs: their file.
        quantity: how many of the design.
        answers: a file of answers to read instead of the design's own, or None.

    Raises:
        InputError: something cannot be read, or the design has no bill of materials.
    """
    given = answers_in(answers)
    network = read_network(labs)
    with open_design(location, revision=revision) as design:
        bill = read_bill(design, given)
        require_lines(bill)
        yield Opened(design, bill, task_graph(bill, quantity=quantity), network)


def answers_in(file: Path | None) -> Answers | None:
    """The answers that a file on this computer holds; None when none is given, so that the design's own count.

    Raises:
        InputError: the file cannot be read or holds no answers.
    """
    if file is None:
        return None
    try:
        return parse_answers(file.read_text(encoding="utf-8"), file=file.name)
    except (OSError, UnicodeDecodeError) as error:
        hint = "`fabcommons design questions DESIGN --answers FILE` writes one"
        raise InputError("the file of answers cannot be read", where=str(file), hint=hint) from error


def require_lines(bill: Bill) -> None:
    """Refuse a design that has no bill of materials.

    Raises:
        InputError: it has none; the sentence says what to add.
    """
    if not bill.lines:
        missing = next((each for each in bill.findings if each.code == "bom-missing"), None)
        unread = [each for each in bill.findings if each.code == "bom-unreadable"]
        told = next(iter(sorted(unread, key=lambda each: each.severity is not Severity.WARNING)), missing)
        what = told.message if told else "nothing in it lists parts"
        if told is not missing or missing is None:
            what = f"no bill of materials found: {what}"
        hint = (told.fix if told else None) or (missing.fix if missing else None)
        raise InputError(what.rstrip("."), where=bill.design, hint=hint)
