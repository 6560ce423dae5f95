"""What of this network is public, as bodies of documents: no person, no address, nothing of a lab's inside.

Bodies hold whole numbers and texts only, so that they have one form (`commons.federation.canonical`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from commons.federation.documents import DocumentKind
from coordinator.files import FileStore
from coordinator.schema.builds import (
    BuildRow,
    BuildState,
    DesignRow,
    JobRow,
    JobState,
    LotRow,
    OfferRow,
    OfferState,
    TaskRow,
    TaskState,
)
from coordinator.schema.service import ImportRow, OrderRow

__all__ = ["Attesting", "Said", "public_facts"]

Said = dict[tuple[DocumentKind, str], dict[str, Any]]
"""By kind and subject."""
_MOST_DESIGNS: Final = 5000
_MOST_TASKS: Final = 500
_MOST_CHARS: Final = 300
_FIRM: Final = (JobState.WAITING_FOR_TOOLPATH, JobState.SCHEDULED, JobState.DISPATCHED, JobState.RUNNING, JobState.MADE)
_HOPED: Final = (OfferState.OFFERED, OfferState.ACCEPTED)


class Attesting(Protocol):
    """Who can say what was observed of the parts of a design."""

    def of(self, design_id: int) -> list[dict[str, Any]]:
        """Observed facts, as plain JSON values."""


def public_facts(session: Session, files: FileStore, kinds: Iterable[DocumentKind], attesting: Attesting) -> Said:
    """What is to be published now.

    Args:
        session: to read with.
        files: where archives of designs lie.
        kinds: that the stewards have chosen.
        attesting: says what was observed of designs.
    """
    chosen, said = set(kinds), Said()
    if DocumentKind.DESIGN in chosen:
        said |= {(DocumentKind.DESIGN, f"design/{row.design_id}"): _design(row, files) for row in _imports(session)}
    if DocumentKind.OFFER in chosen:
        said |= {(DocumentKind.OFFER, f"task/{row[0].id}"): _asked_for(*row) for row in _unplaceable(session)}
    if DocumentKind.PLAN in chosen:
        said |= {(DocumentKind.PLAN, f"build/{row[0].id}"): _plan(session, *row) for row in _open_builds(session)}
    if DocumentKind.ATTESTATION in chosen:
        for row in _imports(session):
            facts = attesting.of(row.design_id)
            if facts:
                body = {"design": _of_design(row.design), "facts": _whole(facts[:_MOST_TASKS])}
                said[DocumentKind.ATTESTATION, f"attestation/design/{row.design_id}"] = body
    return said


def _imports(session: Session) -> Sequence[ImportRow]:
    return session.scalars(select(ImportRow).order_by(ImportRow.design_id.desc()).limit(_MOST_DESIGNS)).all()


def _design(row: ImportRow, files: FileStore) -> dict[str, Any]:
    try:
        size: int | None = files.path(row.archive_sha256).stat().st_size
    except (KeyError, OSError):
        size = None
    archive = {"sha256": row.archive_sha256, "bytes": size, "path": f"/api/v1/files/{row.archive_sha256}"}
    counts = {each: int(row.facts[each]) for each in ("files", "lines", "tasks")}
    return {**_of_design(row.design), "archive": archive, "imported_at": _moment(row.imported_at), **counts}


def _of_design(design: DesignRow) -> dict[str, Any]:
    """A design; where it was fetched, if that is an address that everybody can reach."""
    location = design.location if design.location.startswith("https://") else None
    return {
        "name": _short(design.name), "licence": _short(design.licence), "content_sha256": design.content_hash,
        "location": _short(location), "commit": design.commit,
    }  # fmt: skip


def _unplaceable(session: Session) -> Iterable[Row[TaskRow, BuildRow, OrderRow]]:
    query = (
        select(TaskRow, BuildRow, OrderRow)
        .join(BuildRow, BuildRow.id == TaskRow.build_id)
        .join(OrderRow, OrderRow.build_id == BuildRow.id)
        .where(TaskRow.state == TaskState.UNPLACEABLE, TaskRow.kind == "fabricate", BuildRow.state == BuildState.OPEN)
    )
    return session.execute(query.order_by(TaskRow.id).limit(_MOST_DESIGNS)).all()


def _asked_for(task: TaskRow, build: BuildRow, order: OrderRow) -> dict[str, Any]:
    return {
        "part": _short(task.name), "quantity": _number(task.quantity), "unit": task.unit, "process": task.process,
        "material": _short(task.material), "file_sha256": task.file_sha256, "design": _of_design(build.design),
        "wanted_by": _moment(order.due_at),
    }  # fmt: skip


def _open_builds(session: Session) -> Iterable[Row[BuildRow, OrderRow]]:
    query = select(BuildRow, OrderRow).join(OrderRow, OrderRow.build_id == BuildRow.id)
    return session.execute(query.where(BuildRow.state == BuildState.OPEN).order_by(BuildRow.id)).all()


def _plan(session: Session, build: BuildRow, order: OrderRow) -> dict[str, Any]:
    """When what is expected, by the jobs and offers that there are; not who makes it."""
    ends = _ends(session, build)
    tasks = [
        {
            "part": _short(task.name), "quantity": _number(task.quantity), "unit": task.unit, "state": str(task.state),
            "expected": _moment(ends.get(task.id) or task.arrives_at),
        }
        for task in build.tasks[:_MOST_TASKS]
    ]  # fmt: skip
    expected = max((each["expected"] for each in tasks if each["expected"]), default=None)
    return {
        "design": _of_design(build.design), "quantity": build.quantity, "wanted_by": _moment(order.due_at),
        "expected": expected, "tasks": tasks,
    }  # fmt: skip


def _ends(session: Session, build: BuildRow) -> Mapping[int, datetime]:
    """By task, the end of the last of its runs."""
    found: dict[int, datetime] = defaultdict(lambda: datetime.min.replace(tzinfo=UTC))
    jobs = select(LotRow.task_id, JobRow.planned_end).join(JobRow, JobRow.lot_id == LotRow.id)
    offers = select(LotRow.task_id, OfferRow.planned_end).join(OfferRow, OfferRow.lot_id == LotRow.id)
    counts = (LotRow.build_id == build.id, LotRow.retired_at.is_(None))
    for query in (jobs.where(*counts, JobRow.state.in_(_FIRM)), offers.where(*counts, OfferRow.state.in_(_HOPED))):
        for task, end in session.execute(query):
            found[task] = max(found[task], end)
    return found


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds")


def _short(text: str | None) -> str | None:
    return None if text is None else text.encode("utf-8", "replace").decode()[:_MOST_CHARS]


def _number(value: float) -> int | str:
    """A whole number, or a text: fractions have more than one form."""
    return int(value) if value == int(value) and abs(value) < 2**53 else f"{value:.12g}"


def _whole(value: Any) -> Any:
    """JSON values, their fractions as texts."""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list) else value
