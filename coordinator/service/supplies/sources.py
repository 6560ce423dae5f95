"""Where bought parts come from, as the designer's bill has it, kept when a build is ordered."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from bom.bill import Bill
from bom.graph import TaskGraph, TaskKind
from coordinator.schema.builds import BuildRow
from coordinator.schema.supply import SourceRow

__all__ = ["note_sources"]


def note_sources(session: Session, build: BuildRow, bill: Bill, graph: TaskGraph) -> None:
    """Keep what the bill says of where each bought part comes from; nothing for what it says nothing of."""
    lines = {line.key: line for line in bill.lines}
    for task in build.tasks:
        if task.kind != TaskKind.PURCHASE or task.key not in graph.graph or session.get(SourceRow, task.id) is not None:
            continue
        mine = [lines[share.line] for share in graph.shares(task.key)]
        links = list(dict.fromkeys(link for line in mine for link in line.links))
        row = SourceRow(
            task_id=task.id,
            supplier=_joined(line.supplier for line in mine),
            links=links,
            price=_joined(line.price for line in mine),
            notes=_joined(line.notes for line in mine),
        )
        if row.supplier or row.links or row.price or row.notes:
            session.add(row)


def _joined(texts: Iterable[str | None]) -> str | None:
    return "; ".join(dict.fromkeys(each for each in texts if each)) or None
