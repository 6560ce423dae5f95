"""Proposals: opened for a time, spoken to, decided when the time is over, and taking effect by themselves, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from commons.decisions import Outcome, Proposal, Rule, Voice, Word, decide, may_speak
from coordinator.schema.governance import ProposalRow, ProposalState, VoiceRow
from coordinator.service.access import Actor
from coordinator.service.governance.effects import Prepared, effect_of
from coordinator.service.governance.electorate import has_voice, require_voice, voters
from coordinator.service.governance.scopes import design_of, scope_of
from coordinator.service.house import Call, Change, House, View
from coordinator.service.paging import Page, page_of
from coordinator.service.refusals import ForbiddenError, UnknownError
from core.errors import FabcommonsError, InputError, StateError

__all__ = ["LONGEST_HOURS", "USUAL_HOURS", "ProposalView", "Proposals", "Tally", "VoiceView", "Voting"]

LONGEST_HOURS: Final = 90 * 24
USUAL_HOURS: Final = 7 * 24
_MOST_OPEN_OF_ONE: Final = 20
_AT_ONCE: Final = 20
_STATES: Final = {
    Outcome.PASSED: ProposalState.PASSED,
    Outcome.REFUSED: ProposalState.REFUSED,
    Outcome.LAPSED: ProposalState.LAPSED,
}


@dataclass(frozen=True, slots=True)
class Voting:
    """How something is to be decided.

    Attributes:
        rule: consent or majority.
        hours: that it is open.
        quorum_percent: of those with a voice who must take part; None for the least that its kind asks for.
        why: the reason for the proposal.
    """

    rule: Rule = Rule.CONSENT
    hours: float = USUAL_HOURS
    quorum_percent: int | None = None
    why: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.hours <= LONGEST_HOURS:
            raise InputError(f"a proposal is open for {LONGEST_HOURS // 24} days at most", where="hours")
        if not 0 <= (self.quorum_percent or 0) <= 100:
            raise InputError("a quorum is 0 to 100 percent", where="quorum_percent")


class Tally(View):
    """How many say what, each by the newest word."""

    yes: int
    no: int
    aside: int


class VoiceView(View):
    """What somebody said: yes, no or aside; `counts` is false where the same person has said something since."""

    person: str
    word: str
    why: str
    at: datetime
    counts: bool


class ProposalView(View):
    """Something to be decided, or that was.

    `design_id` is the newest version here of the design that it is about, null where it is about the network. `voters`
    counts who has a voice, at the end once it was decided; `outcome` says what it has brought about. `yours` is the
    word of who reads, and `waits` whether it waits for theirs.
    """

    id: int
    kind: str
    design_id: int | None
    design: str | None
    what: str
    why: str
    document: dict[str, Any]
    rule: Rule
    quorum_percent: int
    opened_at: datetime
    opened_by: str
    closes_at: datetime
    state: ProposalState
    decided_at: datetime | None
    outcome: str
    voters: int
    tally: Tally
    voices: list[VoiceView]
    yours: str | None
    may_speak: bool
    waits: bool


class Proposals:
    """What is decided together."""

    def __init__(self, house: House) -> None:
        self._house = house

    def all(
        self, actor: Actor, state: ProposalState | None = None, design_id: int | None = None, *,
        after: str | None = None, limit: int = 50,
    ) -> Page[ProposalView]:  # fmt: skip
        """Proposals, the newest first; of one state, or about one design."""
        query = select(ProposalRow).options(selectinload(ProposalRow.voices))
        if state is not None:
            query = query.where(ProposalRow.state == state)
        with self._house.reading() as session:
            if design_id is not None:
                query = query.where(ProposalRow.scope == scope_of(session, design_id))
            return page_of(
                session, query, ProposalRow.id, lambda row: _view(session, row, actor), after=after, limit=limit,
                falling=True,
            )  # fmt: skip

    def one(self, actor: Actor, proposal_id: int) -> ProposalView:
        """One proposal.

        Raises:
            UnknownError: there is no such proposal.
        """
        with self._house.reading() as session:
            return _view(session, _proposal(session, proposal_id), actor)

    def open(
        self, call: Call, kind: str, design_id: int | None, sent: Mapping[str, Any], voting: Voting
    ) -> ProposalView:
        """Propose something; who does has said yes to it.

        Args:
            call: who asks.
            kind: of `coordinator.service.governance.effects.EFFECTS`.
            design_id: any version of the design that it is about; None for the whole network.
            sent: what the kind needs.
            voting: how it is to be decided.

        Raises:
            UnauthenticatedError, ForbiddenError: who asks has no voice there.
            InputError: it cannot be proposed, is open for too short a time, or by a rule that its kind does not allow.
            UnknownError: there is no such design.
        """
        effect = effect_of(kind)

        def work(change: Change) -> ProposalView:
            scope = scope_of(change.session, design_id)
            require_voice(change.session, call.actor, scope)
            _refuse_flood(change.session, call.actor)
            prepared = effect.prepare(change.session, scope, sent)
            row = _opened(change, kind, scope, prepared, voting)
            change.record("proposal.opened", f"proposal {row.id}", why=voting.why, what=row.what, about=kind)
            _said(change, row, Word.YES, "")
            return _view(change.session, row, call.actor)

        return self._house.perform(call, ProposalView, work)

    def speak(self, call: Call, proposal_id: int, word: Word, why: str) -> ProposalView:
        """Say something to a proposal; said again, the newest word counts, and all of them stay on the record.

        Raises:
            UnknownError: there is no such proposal.
            UnauthenticatedError, ForbiddenError: who asks has no voice in it.
            InputError: an objection gives no reason.
            StateError: it is decided, or its time is over.
        """

        def work(change: Change) -> ProposalView:
            row = _proposal(change.session, proposal_id)
            require_voice(change.session, call.actor, row.scope)
            _require_open(row)
            who = voters(change.session, row.scope)
            may_speak(_as_decided(row), Voice(change.who, change.at, word, why), who)
            _said(change, row, word, why)
            return _view(change.session, row, call.actor)

        return self._house.perform(call, ProposalView, work)

    def withdraw(self, call: Call, proposal_id: int, why: str) -> ProposalView:
        """Take a proposal back before its end.

        Raises:
            UnknownError: there is no such proposal.
            ForbiddenError: who asks has not opened it.
            StateError: it is decided.
        """

        def work(change: Change) -> ProposalView:
            row = _proposal(change.session, proposal_id)
            if row.opened_by != change.who:
                raise ForbiddenError("only who opened a proposal takes it back", where=f"proposal {row.id}")
            _require_open(row)
            _close(change, row, ProposalState.WITHDRAWN, why or "its opener took it back")
            return _view(change.session, row, call.actor)

        return self._house.perform(call, ProposalView, work)

    def decide_due(self) -> int:
        """Decide what has come to its end; returns how much. What passes takes effect in the same transaction."""
        due = select(ProposalRow.id).where(
            ProposalRow.state == ProposalState.OPEN, ProposalRow.closes_at <= self._house.clock.now()
        )
        with self._house.reading() as session:
            ids = session.scalars(due.order_by(ProposalRow.closes_at, ProposalRow.id).limit(_AT_ONCE)).all()
        for proposal_id in ids:
            with self._house.change("coordinator") as change:
                row = change.session.get_one(ProposalRow, proposal_id)
                if row.state is ProposalState.OPEN:
                    _decide(change, row)
        return len(ids)


def _opened(change: Change, kind: str, scope: str, prepared: Prepared, voting: Voting) -> ProposalRow:
    terms = prepared.terms
    if voting.rule not in terms.rules:
        raise InputError(f"this is not decided by {voting.rule}", where="rule", hint=" or ".join(sorted(terms.rules)))
    if voting.hours < terms.least_hours:
        raise InputError(f"people need time: this stays open for {terms.least_hours:g} hours at least", where="hours")
    quorum = terms.least_quorum_percent if voting.quorum_percent is None else voting.quorum_percent
    if quorum < terms.least_quorum_percent:
        raise InputError(f"at least {terms.least_quorum_percent} percent take part in this", where="quorum_percent")
    row = ProposalRow(
        kind=kind, scope=scope, what=prepared.what, why=voting.why, document=dict(prepared.document), rule=voting.rule,
        quorum_percent=quorum, opened_at=change.at, opened_by=change.who,
        closes_at=change.at + timedelta(hours=voting.hours), state=ProposalState.OPEN, decided_at=None, outcome="",
        voters=None,
    )  # fmt: skip
    change.session.add(row)
    change.session.flush()
    return row


def _refuse_flood(session: Session, actor: Actor) -> None:
    mine = select(ProposalRow.id).where(ProposalRow.opened_by == actor.id, ProposalRow.state == ProposalState.OPEN)
    if len(session.scalars(mine).all()) >= _MOST_OPEN_OF_ONE:
        raise StateError(f"{_MOST_OPEN_OF_ONE} proposals of yours are open", hint="wait for one of them to be decided")


def _said(change: Change, row: ProposalRow, word: Word, why: str) -> None:
    row.voices.append(VoiceRow(person=change.who, word=word, why=why, at=change.at))
    change.session.flush()
    change.record("proposal.spoken", f"proposal {row.id}", why=why, word=str(word))


def _decide(change: Change, row: ProposalRow) -> None:
    """What becomes of it: who has a voice now counts, each by the newest word."""
    who = voters(change.session, row.scope)
    voices = [Voice(each.person, each.at, each.word, each.why) for each in _newest(row).values() if each.person in who]
    outcome = decide(_as_decided(row), voices, who, change.at)
    row.voters = len(who)
    if outcome is not Outcome.PASSED:
        told = "too few took part" if outcome is Outcome.LAPSED else "there were objections"
        told = "more were against it than for it" if (outcome, row.rule) == (Outcome.REFUSED, Rule.MAJORITY) else told
        _close(change, row, _STATES[outcome], told)
        return
    try:
        with change.session.begin_nested():
            told = effect_of(row.kind).take(change, row)
    except FabcommonsError as error:
        _close(change, row, ProposalState.VOID, f"it could not take effect: {error}")
    else:
        _close(change, row, ProposalState.PASSED, told)


def _close(change: Change, row: ProposalRow, state: ProposalState, told: str) -> None:
    row.state, row.decided_at, row.outcome = state, change.at, told
    change.record(f"proposal.{state}", f"proposal {row.id}", why=told, what=row.what)


def _require_open(row: ProposalRow) -> None:
    if row.state is not ProposalState.OPEN:
        raise StateError(f"this proposal is {row.state}", where=f"proposal {row.id}", hint="open a new one")


def _as_decided(row: ProposalRow) -> Proposal:
    return Proposal(str(row.id), row.what, row.rule, row.opened_at, row.closes_at, row.quorum_percent)


def _newest(row: ProposalRow) -> dict[str, VoiceRow]:
    """The last voice of each person: rows are in the order in which they were written."""
    return {each.person: each for each in row.voices}


def _proposal(session: Session, proposal_id: int) -> ProposalRow:
    found = session.get(ProposalRow, proposal_id)
    if found is None:
        raise UnknownError(f"there is no proposal {proposal_id}")
    return found


def _view(session: Session, row: ProposalRow, actor: Actor) -> ProposalView:
    newest, design = _newest(row), design_of(session, row.scope)
    who = voters(session, row.scope)
    counts = Counter(each.word for each in newest.values() if row.voters is not None or each.person in who)
    yours = newest.get(actor.id)
    speaks = row.state is ProposalState.OPEN and has_voice(session, actor, row.scope)
    return ProposalView(
        id=row.id,
        kind=row.kind,
        design_id=design.id if design is not None else None,
        design=design.name if design is not None else None,
        what=row.what,
        why=row.why,
        document=row.document,
        rule=row.rule,
        quorum_percent=row.quorum_percent,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        closes_at=row.closes_at,
        state=row.state,
        decided_at=row.decided_at,
        outcome=row.outcome,
        voters=len(who) if row.voters is None else row.voters,
        tally=Tally(yes=counts[Word.YES], no=counts[Word.NO], aside=counts[Word.ASIDE]),
        voices=[
            VoiceView(
                person=each.person, word=str(each.word), why=each.why, at=each.at, counts=newest[each.person] is each
            )
            for each in row.voices
        ],
        yours=str(yours.word) if yours is not None else None,
        may_speak=speaks,
        waits=speaks and yours is None,
    )
