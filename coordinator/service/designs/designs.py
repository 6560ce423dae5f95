"""Designs: read once when they come in, kept as one archive by content, opened again whenever a build is planned."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from bom.answers import Answer
from bom.bill import Bill
from bom.graph import task_graph
from bom.reader import read_bill
from coordinator.licence_tree import credit_of, read_licence_tree
from coordinator.plans.opening import require_lines
from coordinator.schema.builds import BuildRow, BuildState, DesignRow
from coordinator.schema.change import DesignAnswerRow
from coordinator.schema.service import ImportRow
from coordinator.service.access import Actor, Right
from coordinator.service.designs.archiving import OWN_LIMITS, answered_design, pack
from coordinator.service.designs.bill_shelf import BillShelf
from coordinator.service.designs.lineage import hold_back, is_newer
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.reaching.outside import fetch_settings
from coordinator.service.refusals import ForbiddenError, UnknownError
from core.errors import FabcommonsError
from core.provenance import Question
from designs.design import Design, Source
from designs.limits import Limits
from designs.source import open_design

__all__ = ["DESIGN_LIMITS", "DesignView", "Designs", "QuestionView", "question_view"]

_MIB = 2**20
DESIGN_LIMITS: Final = Limits(
    total_bytes=512 * _MIB, file_bytes=128 * _MIB, file_count=10_000, depth=24, ratio=100, git_seconds=120
)
_MOST_TOLD = 100


class QuestionView(View):
    """What only the designer can say; `about` is what an answer names, the question's own sentence where it is null."""

    item: str
    question: str
    options: list[str]
    about: str | None = None


class DesignView(View):
    """A design at one version; `content_sha256` says which."""

    id: int
    name: str
    location: str
    commit: str | None
    content_sha256: str
    licence: str | None
    imported_at: datetime
    imported_by: str
    files: int
    lines: int
    tasks: int
    questions: list[QuestionView]
    findings: list[str]


@dataclass(frozen=True, slots=True)
class Packed:
    """A design that was read, its archive among the files, and what is told of it."""

    design: Design
    archive_sha256: str
    facts: dict[str, Any]


class Designs:
    """What can be made."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._shelf = BillShelf()

    def all(self, *, after: str | None = None, limit: int = 50) -> Page[DesignView]:
        """Every design, the oldest first."""
        with self._house.reading() as session:
            query = select(ImportRow).options(joinedload(ImportRow.design))
            return page_of(session, query, ImportRow.design_id, _view, after=after, limit=limit)

    def newest(self, *, after: str | None = None, limit: int = 50) -> Page[DesignView]:
        """Every design at its newest version, the newest first."""
        later = aliased(DesignRow)
        query = select(ImportRow).join(ImportRow.design).options(contains_eager(ImportRow.design))
        query = query.where(~exists().where(is_newer(later, DesignRow)))
        with self._house.reading() as session:
            return page_of(session, query, ImportRow.design_id, _view, after=after, limit=limit, falling=True)

    def newer_than(self, design_id: int) -> int | None:
        """The newest version of a design that is here, where that is another."""
        later = aliased(DesignRow)
        newest = select(func.max(later.id)).where(DesignRow.id == design_id, is_newer(later, DesignRow))
        with self._house.reading() as session:
            return session.scalar(newest)

    def one(self, design_id: int) -> DesignView:
        """One design.

        Raises:
            UnknownError: there is no such design.
        """
        with self._house.reading() as session:
            return _view(_import(session, design_id))

    def fetch(self, call: Call, address: str, revision: str | None) -> DesignView:
        """Import a design from a git repository.

        Raises:
            ForbiddenError: who asks may import nothing.
            InputError: the address is not allowed, or there is no design with a bill of materials.
            LimitError: it is too large.
        """
        call.actor.require(Right.IMPORT_DESIGN)
        settings = fetch_settings(address, local=self._house.settings.local_designs)
        return self._import(call, address, revision, settings, None)

    def upload(self, call: Call, archive: Path, name: str) -> DesignView:
        """Import a design from an archive on this computer.

        Args:
            call: who asks.
            archive: zip or tar.
            name: what the design is called where it does not say so itself.

        Raises:
            ForbiddenError: who asks may import nothing.
            InputError: the archive is damaged or holds no design with a bill of materials.
            LimitError: it is too large.
        """
        call.actor.require(Right.IMPORT_DESIGN)
        with _errors_named(archive, name):
            return self._import(call, str(archive), None, (), name)

    def archive(self, actor: Actor, design_id: int) -> Path:
        """A design's files as one zip, on this computer: its complete source, as licences ask for it.

        Raises:
            UnknownError: there is no such design.
            ForbiddenError: it states no licence, and who asks has not logged in.
        """
        with self._house.reading() as session:
            row = _import(session, design_id)
            if row.design.licence is None and not actor.known:
                raise ForbiddenError("a design without a licence is for members only", where=f"design {design_id}")
            return self._house.files.path(row.archive_sha256)

    @contextmanager
    def opened(self, design_id: int) -> Iterator[Design]:
        """A design's files, as they were imported; valid until the context ends.

        Raises:
            UnknownError: there is no such design.
        """
        with self._house.reading() as session:
            row = _import(session, design_id)
            name, archive = row.design.name, self._house.files.path(row.archive_sha256)
            source = Source(row.facts["kind"], row.design.location, row.design.commit)
        with open_design(archive, limits=OWN_LIMITS) as design:
            yield replace(design, name=name, source=source)

    def bill(self, design_id: int) -> Bill:
        """A design's bill, its questions one by one; kept once it was read.

        Raises:
            UnknownError: there is no such design.
        """
        with self._house.reading() as session:
            digest = _import(session, design_id).archive_sha256

        def read() -> Bill:
            with self.opened(design_id) as design:
                return read_bill(design, one_by_one=True)

        return self._shelf.get(digest, read)

    def _import(
        self, call: Call, location: str, revision: str | None, settings: Sequence[str], name: str | None
    ) -> DesignView:
        with open_design(location, revision=revision, limits=DESIGN_LIMITS, git_settings=settings) as opened:
            design = opened if name is None else _named(opened, name)
            with self._house.reading() as session:
                given = _given_here(session, design, call.actor.id)
            with answered_design(design, given, ours_first=False) as whole:
                packed = self.packed(whole)
        return self._house.perform(call, DesignView, lambda change: _view(self.store(change, packed)))

    def packed(self, design: Design) -> Packed:
        """An open design, read and kept as an archive.

        Raises:
            InputError: there is no bill of materials.
        """
        bill = read_bill(design, one_by_one=True)
        require_lines(bill)
        with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
            archive = Path(scratch, "design.zip")
            pack(design, archive)
            digest = self._house.files.add(archive)
            self._shelf.put(digest, bill)
            return Packed(design, digest, _facts(design, bill))

    def store(self, change: Change, packed: Packed) -> ImportRow:
        """Remember a design; the same content is the same design. Open builds of it are told of a new version."""
        design = packed.design
        same = select(ImportRow).join(DesignRow).where(DesignRow.content_hash == design.content_hash)
        known = change.session.scalars(same.limit(1)).first()
        if known is not None:
            return known
        row = DesignRow(
            name=design.name,
            location=design.source.location,
            commit=design.source.commit,
            content_hash=design.content_hash,
            licence=design.licence,
        )
        change.session.add(row)
        change.session.flush()
        imported = ImportRow(
            design=row, archive_sha256=packed.archive_sha256, imported_at=change.at, imported_by=change.who,
            facts=packed.facts,
        )  # fmt: skip
        change.session.add(imported)
        change.record("design.imported", f"design {row.id}", name=row.name, content_sha256=row.content_hash)
        for build_id in () if hold_back(change, row) else _open_builds(change.session, row, change.who):
            change.record("build.version-here", f"build {build_id}", design=row.id)
        return imported

    def view(self, row: ImportRow) -> DesignView:
        """An import as the outside sees it."""
        return _view(row)


@contextmanager
def _errors_named(archive: Path, name: str) -> Iterator[None]:
    """Where an upload lies here is nobody's business: what is wrong with it is told of its name."""
    try:
        yield
    except FabcommonsError as error:
        path, where = str(archive), (error.where or "").replace(str(archive), name)
        if where == archive.name or where.startswith((f"{archive.name}: ", f"{archive.name}/")):
            where = name + where.removeprefix(archive.name)
        hint = error.hint and error.hint.replace(path, name)
        raise type(error)(error.what.replace(path, name), where=where or None, hint=hint) from error.__cause__


def question_view(asked: Question) -> QuestionView:
    """A question as the outside sees it."""
    return QuestionView(item=asked.item, question=asked.question, options=list(asked.options), about=asked.about)


def _named(design: Design, name: str) -> Design:
    """An upload lies under a name of ours: the design goes by its own, or by what the uploader calls it."""
    source = Source(design.source.kind, f"upload:{name}", None)
    return replace(design, source=source, name=design.name if design.manifest and design.manifest.title else name)


def _given_here(session: Session, design: Design, who: str) -> list[Answer]:
    """The newest answers that were given here to a design from the same place; of uploads, to those of one person."""
    location = design.source.location
    query = select(DesignAnswerRow).join(DesignRow, DesignRow.id == DesignAnswerRow.design_id)
    query = query.where(DesignRow.location == location).order_by(DesignAnswerRow.id)
    if not location.startswith("https://"):
        query = query.join(ImportRow, ImportRow.design_id == DesignRow.id).where(ImportRow.imported_by == who)
    newest = {(each.item, each.about): each.text for each in session.scalars(query)}
    return [Answer(item, about, text) for (item, about), text in newest.items()]


def _open_builds(session: Session, row: DesignRow, who: str) -> Sequence[int]:
    """The open builds of other versions of a design; of uploads, of those that the same person brought in."""
    query = select(BuildRow.id).join(DesignRow).join(ImportRow, ImportRow.design_id == DesignRow.id)
    query = query.where(DesignRow.location == row.location, DesignRow.id != row.id, BuildRow.state == BuildState.OPEN)
    if not row.location.startswith("https://"):
        query = query.where(ImportRow.imported_by == who)
    return session.scalars(query.order_by(BuildRow.id)).all()


def _facts(design: Design, bill: Bill) -> dict[str, Any]:
    findings = [str(each.message) for each in (*design.findings, *bill.findings)]
    graph = task_graph(bill)
    return {
        "kind": design.source.kind,
        "files": len(design.files),
        "lines": len(bill.lines),
        "tasks": len(graph),
        "questions": [question_view(each).model_dump() for each in bill.questions[:_MOST_TOLD]],
        "findings": findings[:_MOST_TOLD],
        "part_licences": dict(read_licence_tree(design, filter(None, (task.file for task in graph.order()))).files),
        "credit": credit_of(design.manifest),
    }


def _import(session: Session, design_id: int) -> ImportRow:
    found = session.get(ImportRow, design_id)
    if found is None:
        raise UnknownError(f"there is no design {design_id}")
    return found


def _view(row: ImportRow) -> DesignView:
    design, facts = row.design, row.facts
    return DesignView(
        id=design.id,
        name=design.name,
        location=design.location,
        commit=design.commit,
        content_sha256=design.content_hash,
        licence=design.licence,
        imported_at=row.imported_at,
        imported_by=row.imported_by,
        files=facts["files"],
        lines=facts["lines"],
        tasks=facts["tasks"],
        questions=[QuestionView(**each) for each in facts["questions"]],
        findings=facts["findings"],
    )
