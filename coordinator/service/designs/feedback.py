"""What making a version of a design has taught, as a text that can be sent to its designer.

Nobody is named in it: no person, no pseudonym, no address; labs go by what kind of machine they used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from coordinator.schema.builds import BuildRow, JobRow, JobState, LotRow, PieceRow, RunOutcome, TaskRow
from coordinator.schema.change import (
    LotVersionRow,
    OfferSubstitutionRow,
    SubstitutionKind,
    SubstitutionRow,
    SubstitutionState,
    TaskVersionRow,
)
from coordinator.schema.network import MachineRow
from coordinator.schema.service import CheckRow, ImportRow, OrderRow
from coordinator.service.designs.issue_text import MOST_CHARS, cut, issue_address, plain
from coordinator.service.house import House, View
from coordinator.service.refusals import UnknownError
from core.trees import materials, processes

__all__ = ["Feedback", "FeedbackView"]

_MOST_LOTS = 5_000
_MOST_ROWS = 40


class FeedbackView(View):
    """A text for the designer; `issue_url` opens it as a new issue where the design's forge is one that is known."""

    design_id: int
    title: str
    markdown: str
    issue_url: str | None
    findings: int


class Feedback:
    """What designers are told."""

    def __init__(self, house: House) -> None:
        self._house = house

    def of(self, design_id: int) -> FeedbackView:
        """The text about one version of a design.

        Raises:
            UnknownError: there is no such design.
        """
        with self._house.reading() as session:
            imported = session.get(ImportRow, design_id)
            if imported is None:
                raise UnknownError(f"there is no design {design_id}")
            made = _Made(session, design_id, imported, _lots(session, design_id))
            sections = [(title, rows) for title, rows in made.sections() if rows]
            findings = sum(len(rows) for _, rows in sections)
            design = imported.design
            version = design.commit[:12] if design.commit else design.content_hash[:12]
            title = f"Making {design.name[:100]} ({version}): {findings} findings"
            body = cut("\n".join(_written(made.summary(version), sections)) + "\n", MOST_CHARS)
            return FeedbackView(
                design_id=design_id, title=title, markdown=body, findings=findings,
                issue_url=issue_address(design.location, title, body),
            )  # fmt: skip


def _written(summary: str, sections: Sequence[tuple[str, list[str]]]) -> Iterator[str]:
    yield summary
    for title, rows in sections:
        yield f"\n### {title}\n"
        yield from (f"- {row}" for row in rows[:_MOST_ROWS])
        if len(rows) > _MOST_ROWS:
            yield f"- and {len(rows) - _MOST_ROWS} more"


def _lots(session: Session, design_id: int) -> list[LotRow]:
    """The lots of services' builds that were made by a version, those that were put aside included."""
    query = (
        select(LotRow)
        .join(TaskRow, TaskRow.id == LotRow.task_id)
        .join(BuildRow, BuildRow.id == LotRow.build_id)
        .join(OrderRow, OrderRow.build_id == BuildRow.id)
        .outerjoin(LotVersionRow, LotVersionRow.lot_id == LotRow.id)
        .outerjoin(TaskVersionRow, TaskVersionRow.task_id == TaskRow.id)
    )
    by_task = TaskVersionRow.design_id.is_(None) & (BuildRow.design_id == design_id)
    by_build = LotVersionRow.design_id.is_(None) & or_(TaskVersionRow.design_id == design_id, by_task)
    wanted = query.where(or_(LotVersionRow.design_id == design_id, by_build))
    read = (joinedload(LotRow.task), selectinload(LotRow.jobs).joinedload(JobRow.run))
    return list(session.scalars(wanted.order_by(LotRow.id).limit(_MOST_LOTS).options(*read)))


@dataclass(frozen=True)
class _Made:
    """What was made of one version."""

    session: Session
    design_id: int
    imported: ImportRow
    lots: list[LotRow]

    def summary(self, version: str) -> str:
        """What the text is about."""
        builds = len({lot.build_id for lot in self.lots})
        runs = sum(job.run is not None for job in self._jobs)
        words = (
            f"{builds} {'build' if builds == 1 else 'builds'} of version `{version}`, {runs} runs of machines and hands"
        )
        return f"This was learnt by making it: {words}. Nobody is named; ask where you want to know more."

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """Titles and rows; a section may be empty."""
        yield "Runs that failed", list(self._failures())
        yield "Pieces that a peer rejected", list(self._rejections())
        yield "Made again", list(self._remakes())
        yield "Estimates against reality", list(self._times())
        yield "Used instead", list(self._substitutions())
        yield (
            "Open questions",
            [f"{plain(each['item'])}: {plain(each['question'])}" for each in self.imported.facts["questions"]],
        )

    @property
    def _jobs(self) -> list[JobRow]:
        return [job for lot in self.lots for job in lot.jobs]

    def _failures(self) -> Iterator[str]:
        for job in self._jobs:
            run = job.run
            if run is not None and run.outcome in (RunOutcome.FAILED, RunOutcome.LOST_CONTACT):
                why = plain(run.message or "no reason was given")
                yield f"{plain(job.lot.task.name)}, {self._made_with(job)}: {run.outcome}: {why}"

    def _rejections(self) -> Iterator[str]:
        jobs = {job.id: job for job in self._jobs}
        query = select(CheckRow).join(PieceRow).where(PieceRow.job_id.in_(jobs), CheckRow.accepted.is_(False))
        for check in self.session.scalars(query.order_by(CheckRow.id).options(joinedload(CheckRow.piece))):
            job = jobs[check.piece.job_id]
            yield f"{plain(job.lot.task.name)}, {self._made_with(job)}: {plain(check.why or 'no reason was given')}"

    def _remakes(self) -> Iterator[str]:
        counts: dict[str, int] = {}
        for job in self._jobs:
            if job.remake_of is not None and job.run is not None:
                counts[job.lot.task.name] = counts.get(job.lot.task.name, 0) + 1
        for name, count in counts.items():
            yield f"{plain(name)}: {count} {'time' if count == 1 else 'times'}"

    def _times(self) -> Iterator[str]:
        """Planned and real time of runs that were made, part by part: the middle of their ratios."""
        spans: dict[str, list[tuple[float, float]]] = {}
        for job in self._jobs:
            if job.state is JobState.MADE and job.run is not None and job.run.ended_at is not None:
                real = (job.run.ended_at - job.run.started_at).total_seconds()
                planned = (job.planned_end - job.planned_start).total_seconds()
                if real > 0 and planned > 0:
                    spans.setdefault(job.lot.task.name, []).append((planned, real))
        for name, pairs in spans.items():
            planned, real = (median(each) / 60 for each in zip(*pairs, strict=True))
            ratio = median(real / planned for planned, real in pairs)
            runs = f"{len(pairs)} {'run' if len(pairs) == 1 else 'runs'}"
            yield f"{plain(name)}: planned {planned:.0f} min, took {real:.0f} min ({ratio:.2f} times; {runs})"

    def _substitutions(self) -> Iterator[str]:
        tasks = {lot.task_id for lot in self.lots}
        query = select(SubstitutionRow).where(
            SubstitutionRow.task_id.in_(tasks), SubstitutionRow.state == SubstitutionState.APPROVED
        )
        found = self.session.scalars(query.order_by(SubstitutionRow.id).options(joinedload(SubstitutionRow.task))).all()
        asked = select(OfferSubstitutionRow.substitution_id).distinct()
        asked = asked.where(OfferSubstitutionRow.substitution_id.in_([each.id for each in found]))
        used = set(self.session.scalars(asked))
        for each in found:
            was = "was used" if each.id in used else "was allowed"
            told = f"{plain(each.task.name)}: {plain(_label(each.instead))} {was}"
            told += f" instead of {plain(_label(each.wanted))}" if each.wanted else f" as its {each.kind}"
            yield f"{told}: {plain(each.why)}{_offered(each) if each.for_all else ''}"

    def _made_with(self, job: JobRow) -> str:
        """What kind of machine made it, in which material."""
        machine = self.session.get(MachineRow, job.machine)
        model = (machine.document.get("model") if machine is not None else None) or _label(job.lot.task.process)
        return plain(", ".join(each for each in (str(model), _label(job.lot.task.material)) if each))


def _offered(each: SubstitutionRow) -> str:
    """How the design would say it for everybody, in its file of answers; of a bought part it is a line of its list."""
    fields = {
        SubstitutionKind.MATERIAL: "alternatives",
        SubstitutionKind.PROCESS: "process",
        SubstitutionKind.TOLERANCE: "tolerance_mm",
    }
    said = " (a maintainer finds it good for all"
    if each.kind is SubstitutionKind.PART:
        return f"{said}: name it as an alternative in the list)"
    return f"{said}: in fabcommons-answers.yaml, `{fields[each.kind]}: {each.instead.replace('`', '')}` says so)"


def _label(word: str | None) -> str:
    if word is None:
        return ""
    for tree in (materials(), processes()):
        if word in tree:
            return tree[word].label
    return word
