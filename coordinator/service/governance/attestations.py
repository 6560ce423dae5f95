"""Attestations: what was observed of a design's parts here, counted. No opinions, no stars, nobody's name.

Each fact is about one part at one file: so many pieces came out good, so many failed, peers looked at so many. Facts
are counted from the pieces and checks themselves whenever they are asked for, so that they cannot go astray.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from coordinator.schema.builds import BuildRow, DesignRow, JobRow, LotRow, PieceRow, PieceState, TaskRow
from coordinator.schema.change import LotVersionRow, TaskVersionRow
from coordinator.schema.service import CheckRow, ImportRow, OrderRow
from coordinator.service.house import House, View
from coordinator.service.refusals import UnknownError

__all__ = ["AttestationView", "Attestations"]

_GOOD: Final = frozenset({PieceState.MADE, PieceState.ACCEPTED, PieceState.DELIVERED, PieceState.SUPERSEDED})
_FAILED: Final = frozenset({PieceState.SCRAPPED, PieceState.REJECTED})


class AttestationView(View):
    """What was observed of one part at one file.

    `made` are pieces that came out good, `failed` those that were scrapped or rejected by a peer; `accepted` and
    `rejected` count the checks of peers; `labs` says how many labs made them, not which.
    """

    design: str
    version: str
    part: str
    process: str | None
    material: str | None
    file: str | None
    file_sha256: str | None
    made: int
    failed: int
    accepted: int
    rejected: int
    labs: int
    first_at: datetime | None
    last_at: datetime | None


class _Part(NamedTuple):
    name: str
    process: str | None
    material: str | None
    file: str | None
    file_sha256: str | None


@dataclass(slots=True)
class _Count:
    made: int = 0
    failed: int = 0
    accepted: int = 0
    rejected: int = 0
    labs: set[str] = field(default_factory=set)
    moments: list[datetime] = field(default_factory=list)


class Attestations:
    """What making designs has shown."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of(self, design_id: int) -> list[dict[str, Any]]:
        """The facts about one version of a design as plain JSON values, to be signed and exchanged.

        Returns:
            A dictionary for each part and file, with the keys of `AttestationView`; moments are ISO 8601 in UTC.

        Raises:
            UnknownError: there is no such design.
        """
        return [each.model_dump(mode="json") for each in self.all(design_id)]

    def all(self, design_id: int) -> list[AttestationView]:
        """The facts about one version of a design, by part; none while nothing has been made.

        Raises:
            UnknownError: there is no such design.
        """
        with self._house.reading() as session:
            design = session.get(DesignRow, design_id)
            if design is None or session.get(ImportRow, design_id) is None:
                raise UnknownError(f"there is no design {design_id}")
            counts = _counts(session, design_id)
            return [_view(design, part, count) for part, count in sorted(counts.items(), key=_by_name)]


def _by_name(pair: tuple[_Part, _Count]) -> tuple[str, ...]:
    return tuple(text or "" for text in pair[0])


def _view(design: DesignRow, part: _Part, count: _Count) -> AttestationView:
    return AttestationView(
        design=design.location,
        version=design.content_hash,
        part=part.name,
        process=part.process,
        material=part.material,
        file=part.file,
        file_sha256=part.file_sha256,
        made=count.made,
        failed=count.failed,
        accepted=count.accepted,
        rejected=count.rejected,
        labs=len(count.labs),
        first_at=min(count.moments, default=None),
        last_at=max(count.moments, default=None),
    )


def _counts(session: Session, design_id: int) -> dict[_Part, _Count]:
    found: dict[_Part, _Count] = defaultdict(_Count)
    wanted = (PieceRow.state, JobRow.lab, func.count(), func.min(PieceRow.made_at), func.max(PieceRow.made_at))
    pieces = _of_version(design_id, *wanted).where(PieceRow.state.in_(_GOOD | _FAILED))
    for name, process, material, file, digest, state, lab, number, first, last in session.execute(
        pieces.group_by(*_PART, PieceRow.state, JobRow.lab)
    ):
        count = found[_Part(name, process, material, file, digest)]
        if state in _GOOD:
            count.made += number
        else:
            count.failed += number
        count.labs.add(lab)
        count.moments += [each for each in (first, last) if each is not None]
    checks = _of_version(design_id, CheckRow.accepted, func.count()).join(CheckRow, CheckRow.piece_id == PieceRow.id)
    for name, process, material, file, digest, accepted, number in session.execute(
        checks.group_by(*_PART, CheckRow.accepted)
    ):
        count = found[_Part(name, process, material, file, digest)]
        if accepted:
            count.accepted += number
        else:
            count.rejected += number
    return found


def _as_made(at_the_time: Any, now: Any) -> Any:
    """A column of what a lot was made by, where its task has been changed since; else of the task."""
    return case((LotVersionRow.lot_id.is_not(None), at_the_time), else_=now)


_PART: Final = (
    TaskRow.name,
    _as_made(LotVersionRow.process, TaskRow.process),
    _as_made(LotVersionRow.material, TaskRow.material),
    _as_made(LotVersionRow.file, TaskRow.file),
    _as_made(LotVersionRow.file_sha256, TaskRow.file_sha256),
)


def _of_version(design_id: int, *columns: Any) -> Select[Any]:
    """Pieces of services' builds that were made by a version, those of lots that were put aside included."""
    by_task = TaskVersionRow.design_id.is_(None) & (BuildRow.design_id == design_id)
    by_build = LotVersionRow.design_id.is_(None) & or_(TaskVersionRow.design_id == design_id, by_task)
    return (
        select(*_PART, *columns)
        .select_from(PieceRow)
        .join(JobRow, JobRow.id == PieceRow.job_id)
        .join(LotRow, LotRow.id == JobRow.lot_id)
        .join(TaskRow, TaskRow.id == LotRow.task_id)
        .join(BuildRow, BuildRow.id == LotRow.build_id)
        .join(OrderRow, OrderRow.build_id == BuildRow.id)
        .outerjoin(LotVersionRow, LotVersionRow.lot_id == LotRow.id)
        .outerjoin(TaskVersionRow, TaskVersionRow.task_id == TaskRow.id)
        .where(or_(LotVersionRow.design_id == design_id, by_build))
    )
