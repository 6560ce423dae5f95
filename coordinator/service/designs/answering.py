"""Answers to a design's questions, given here: with them the design is a new version, as if its designer had said so.

The version that was read stays as it is, for builds that follow it. Later imports from the same place take the answers
along, where the design's own file does not answer the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bom.answering import read_answers, refusal
from bom.answers import Answer
from bom.bill import Bill
from bom.reader import read_bill
from coordinator.schema.change import DesignAnswerRow
from coordinator.schema.network import GrantRow, Role
from coordinator.schema.service import ImportRow
from coordinator.service.access import Actor, Right
from coordinator.service.designs.archiving import answered_design
from coordinator.service.designs.designs import Designs, DesignView
from coordinator.service.house import Call, Change, House, View
from coordinator.service.membership.people import design_key
from coordinator.service.refusals import UnknownError
from core.errors import InputError
from designs.design import Design

__all__ = ["AnswerView", "Answering", "may_answer"]

_MOST = 100


class AnswerView(View):
    """An answer that was given here; with it the design became the version `made_id`."""

    id: int
    design_id: int
    item: str
    about: str
    answer: str
    answered_by: str
    answered_at: datetime
    made_id: int


class Answering:
    """What only a designer knows, said here."""

    def __init__(self, house: House, designs: Designs) -> None:
        self._house = house
        self._designs = designs

    def of(self, design_id: int) -> list[AnswerView]:
        """The answers with which a design became what it is, and those that made others of it, the newest first.

        Raises:
            UnknownError: there is no such design.
        """
        with self._house.reading() as session:
            _imported(session, design_id)
            mine = (DesignAnswerRow.design_id == design_id) | (DesignAnswerRow.made_id == design_id)
            rows = session.scalars(select(DesignAnswerRow).where(mine).order_by(DesignAnswerRow.id.desc()).limit(200))
            return [_view(row) for row in rows]

    def may(self, actor: Actor, design_id: int) -> bool:
        """Whether a person answers for a design."""
        with self._house.reading() as session:
            return may_answer(session, actor, design_id)

    def answer(self, call: Call, design_id: int, given: Sequence[Answer]) -> DesignView:
        """Answer questions about a design.

        Args:
            call: who asks.
            design_id: which version was read.
            given: up to 100 answers; `about` is a field of a line, or the question's own sentence.

        Returns:
            The design with its answers, which is another version.

        Raises:
            UnknownError: there is no such design.
            ForbiddenError: who asks neither maintains the design nor brought it in.
            InputError: nothing is answered, or an answer fits no question and no line; nothing is changed.
        """
        if not 1 <= len(given) <= _MOST:
            raise InputError(f"1 to {_MOST} answers are taken at once", where="answers")
        with self._house.reading() as session:
            _require_keeper(session, call.actor, design_id)
        with self._designs.opened(design_id) as design:
            _require_fitting(design, given)
            with answered_design(design, given, ours_first=True) as whole:
                packed = self._designs.packed(whole)

                def work(change: Change) -> DesignView:
                    _require_keeper(change.session, call.actor, design_id)
                    row = self._designs.store(change, packed)
                    _note(change, design_id, row.design_id, given)
                    return self._designs.view(row)

                return self._house.perform(call, DesignView, work)


def may_answer(session: Session, actor: Actor, design_id: int) -> bool:
    """Whether a person answers for a design: its maintainers do, stewards, and who brought it in."""
    if not actor.known:
        return False
    brought = _imported(session, design_id).imported_by == actor.id
    return brought or actor.may(Right.KEEP_DESIGN, design=design_key(session, design_id))


def _require_keeper(session: Session, actor: Actor, design_id: int) -> None:
    if not may_answer(session, actor, design_id):
        actor.require(Right.KEEP_DESIGN, design=design_key(session, design_id))


def _require_fitting(design: Design, given: Sequence[Answer]) -> None:
    """Refuse answers that fit nothing.

    Raises:
        InputError: the first that does not.
    """
    bill = read_bill(design, one_by_one=True)
    known, _ = read_answers(design)
    for answer in given:
        if not _is_about_something(bill, answer) and known.find(answer.item, answer.about) is None:
            hint = "questions of the design name item and what they are about"
            raise InputError(f"nothing is asked about {answer.item[:80]!r}", where=answer.about[:80], hint=hint)
        refused = refusal(bill, design, answer)
        if refused is not None:
            raise InputError(refused.message, where=f"{answer.item}: {answer.about}"[:120], hint=refused.fix)


def _is_about_something(bill: Bill, answer: Answer) -> bool:
    lines = {line.name for line in bill.lines} | {line.key for line in bill.lines}
    asked = {(each.item, each.about or each.question) for each in bill.questions}
    return answer.item in lines or (answer.item, answer.about) in asked


def _note(change: Change, design_id: int, made_id: int, given: Sequence[Answer]) -> None:
    """Keep who answered what; who maintained an upload maintains the version that was made of it."""
    session = change.session
    for each in given:
        session.add(
            DesignAnswerRow(
                design_id=design_id, item=each.item, about=each.about, text=each.text, answered_at=change.at,
                answered_by=change.who, made_id=made_id,
            )
        )  # fmt: skip
    before, after = design_key(session, design_id), design_key(session, made_id)
    if before != after:
        kept = select(GrantRow).where(GrantRow.role == Role.MAINTAINER, GrantRow.design == before)
        there = {each.person_id for each in session.scalars(kept.where(GrantRow.design == after))}
        for grant in session.scalars(kept).all():
            if grant.person_id not in there:
                session.add(
                    GrantRow(
                        person_id=grant.person_id, role=grant.role, lab="", design=after, granted_at=change.at,
                        granted_by=change.who,
                    )
                )  # fmt: skip
    change.record("design.answered", f"design {made_id}", before=design_id, answers=len(given))


def _imported(session: Session, design_id: int) -> ImportRow:
    found = session.get(ImportRow, design_id)
    if found is None:
        raise UnknownError(f"there is no design {design_id}")
    return found


def _view(row: DesignAnswerRow) -> AnswerView:
    return AnswerView(
        id=row.id, design_id=row.design_id, item=row.item, about=row.about, answer=row.text,
        answered_by=row.answered_by, answered_at=row.answered_at, made_id=row.made_id,
    )  # fmt: skip
