"""What the licence of a design asks of a lab, for one piece of work, as the store has both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commons.licences.advice import WHAT_UNSAID, WHO_UNSAID, Advice
from commons.licences.notices import Notices, notices
from commons.licences.parties import Maker, Making, Purpose
from coordinator.licence_tree import LicenceTree
from coordinator.schema.builds import BuildRow, DesignRow, LotRow, TaskRow
from coordinator.schema.change import DesignAnswerRow, TaskVersionRow
from coordinator.schema.maker import PermissionRow
from coordinator.schema.service import ImportRow
from coordinator.service.house import Change
from coordinator.service.licensing.views import LicenceView, advice_view
from coordinator.service.membership.people import design_key
from coordinator.service.refusals import UnsettledError
from machines.lab import Network

__all__ = ["Asked", "Asker", "WithCredit", "settle", "tree_of"]

_MOST_BEFORE = 50
WithCredit = tuple[Notices, str | None]
"""What a label says of licence and source, and who made the design, where that is known."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for one piece of work.

    Attributes:
        licence: SPDX expression, or None where none is stated.
        advice: what it asks.
        permitted: the designer's word that settles it, as it was recorded; or None.
        design_id: the version that the work follows.
    """

    licence: str | None
    advice: Advice
    permitted: str | None
    design_id: int

    @property
    def is_settled(self) -> bool:
        """Whether a policy may accept the work: nobody is to be asked, or somebody was."""
        return self.advice.is_free or self.permitted is not None

    @property
    def lacks_maker(self) -> bool:
        """Whether the answer may be another once the lab has said what kind of maker it is."""
        return WHO_UNSAID in self.advice.unsaid

    @property
    def lacks_purpose(self) -> bool:
        """Whether the answer may be another once somebody has said what the build is for."""
        return WHAT_UNSAID in self.advice.unsaid

    def view(self) -> LicenceView:
        """As the outside sees it."""
        said = advice_view(self.licence, self.advice).model_dump()
        return LicenceView(**said, permitted=self.permitted, settled=self.is_settled)


class Asker:
    """Answers for the work of one moment; what many pieces of work share is looked up once."""

    def __init__(self, session: Session, network: Network | None) -> None:
        """Args: session: sees that moment; network: the labs, or None while there are none."""
        self._session = session
        self._network = network
        self._trees: dict[int, LicenceTree] = {}
        self._permissions: dict[int, list[PermissionRow]] = {}
        self._versions: dict[int, DesignRow] = {}
        self._answers: dict[tuple[int, str, str, str | None, Purpose | None], Asked] = {}

    def lots(self, ids: Iterable[int]) -> dict[int, LotRow]:
        """Lots with all that is asked about them, in two statements; those that are gone are left out."""
        wanted = list(dict.fromkeys(ids))
        whole = joinedload(LotRow.task).joinedload(TaskRow.build).joinedload(BuildRow.design)
        found = {
            lot.id: lot for lot in self._session.scalars(select(LotRow).where(LotRow.id.in_(wanted)).options(whole))
        }
        tasks = {lot.task_id: lot.task.build.design for lot in found.values()}
        follows = (
            select(TaskVersionRow).where(TaskVersionRow.task_id.in_(tasks)).options(joinedload(TaskVersionRow.design))
        )
        self._versions |= tasks | {row.task_id: row.design for row in self._session.scalars(follows)}
        return found

    def of_lot(self, lot: LotRow, lab_id: str) -> Asked:
        """What is asked of a lab that would make a lot."""
        return self.of_task(lot.task, lab_id)

    def of_task(self, task: TaskRow, lab_id: str) -> Asked:
        """What is asked of a lab that would do a task, or some of it; whoever orders is somebody else."""
        key = (self.design_of(task).id, lab_id, task.kind, task.file, task.build.purpose)
        if key not in self._answers:
            self._answers[key] = self._of_task(task, lab_id)
        return self._answers[key]

    def _of_task(self, task: TaskRow, lab_id: str) -> Asked:
        making = Making(self._maker(lab_id), task.build.purpose, ordered=True)
        design_id = self.design_of(task).id
        advice = self._tree(design_id).asks(task.kind, task.file, making)
        permitted = None if advice.is_free else self._permitted(design_id, lab_id, making.purpose)
        return Asked(self.licence_of(task), advice, permitted, design_id)

    def design_of(self, task: TaskRow) -> DesignRow:
        """The version of a design that a task follows."""
        if task.id not in self._versions:
            follows = self._session.get(TaskVersionRow, task.id)
            self._versions[task.id] = follows.design if follows is not None else task.build.design
        return self._versions[task.id]

    def licence_of(self, task: TaskRow) -> str | None:
        """The licence of what a task makes."""
        return self._tree(self.design_of(task).id).of_task(task.kind, task.file)

    def own_licence_of(self, task: TaskRow) -> str | None:
        """The licence of a part file that has another than the whole of its design; None where it has none."""
        tree = self._tree(self.design_of(task).id)
        return tree.files.get(task.file) if task.file is not None else None

    def notices_of(self, task: TaskRow, origin: str) -> WithCredit:
        """What goes with what a task makes, and who is to be named, where that is known.

        Args:
            task: of a build.
            origin: under which people reach this coordinator; empty where nobody has said.
        """
        design = self.design_of(task)
        return notices(self.licence_of(task), _source(design, origin)), self._credit(design.id)

    def notices_of_build(self, build: BuildRow, origin: str) -> WithCredit:
        """What goes with what a build makes, all parts together; `origin` as for a task."""
        whole = self._tree(build.design_id).of_all()
        return notices(whole, _source(build.design, origin)), self._credit(build.design_id)

    def _credit(self, design_id: int) -> str | None:
        imported = self._session.get(ImportRow, design_id)
        return imported.facts.get("credit") if imported is not None else None

    def _maker(self, lab_id: str) -> Maker | None:
        labs = self._network.labs if self._network is not None else ()
        return next((lab.maker for lab in labs if lab.id == lab_id), None)

    def _tree(self, design_id: int) -> LicenceTree:
        if design_id not in self._trees:
            self._trees[design_id] = tree_of(self._session, design_id)
        return self._trees[design_id]

    def _permitted(self, design_id: int, lab_id: str, purpose: Purpose | None) -> str | None:
        if design_id not in self._permissions:
            keys = list(_keys(self._session, design_id))
            query = select(PermissionRow).where(PermissionRow.design.in_(keys), PermissionRow.ended_at.is_(None))
            self._permissions[design_id] = list(self._session.scalars(query.order_by(PermissionRow.id.desc())))
        wanted = purpose or Purpose.SALE  # what nobody has said may be anything
        for each in self._permissions[design_id]:
            if each.lab in ("", lab_id) and each.up_to.rank >= wanted.rank:
                return each.note
        return None


def _source(design: DesignRow, origin: str) -> str:
    """Where the complete source is to be had: where it was published, else with this coordinator."""
    return design.location if design.location.startswith("https://") else f"{origin}/designs/{design.id}"


def tree_of(session: Session, design_id: int) -> LicenceTree:
    """The licences of a design and its parts, as they were read when it came in."""
    imported = session.get(ImportRow, design_id)
    whole = session.get_one(DesignRow, design_id).licence
    return LicenceTree(whole, imported.facts.get("part_licences", {}) if imported is not None else {})


def _keys(session: Session, design_id: int) -> Iterator[str]:
    """The keys of a design and of those that it was made of by answers to their questions: they have one designer."""
    at: int | None = design_id
    for _ in range(_MOST_BEFORE):
        if at is None:
            return
        yield design_key(session, at)
        made = select(DesignAnswerRow.design_id).where(DesignAnswerRow.made_id == at, DesignAnswerRow.design_id < at)
        at = session.scalars(made.limit(1)).first()


def settle(change: Change, asked: Asked, note: str, subject: str, lab: str) -> None:
    """Record that a person has read what a licence asks and says how it is settled; nothing where nothing is open.

    Args:
        change: the transaction that accepts the work.
        asked: of the work.
        note: how it is settled, in the person's words.
        subject: of the event, such as "offer 7".
        lab: that accepts.

    Raises:
        UnsettledError: something is open, and nothing is said.
    """
    if asked.is_settled:
        return
    if not note.strip():
        hint = "read it, settle it with the designer, and say how (licence_note)"
        raise UnsettledError(asked.advice.sentence.removesuffix("."), where=subject, hint=hint)
    change.record(
        "licence.settled", subject, note, lab=lab, licence=asked.licence, sentence=asked.advice.sentence,
        maker=asked.advice.making.maker, purpose=asked.advice.making.purpose,
    )  # fmt: skip
