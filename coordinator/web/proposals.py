"""What is decided together: proposals, what waits for whoever looks, and the code of the network; with their forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from commons.decisions import Rule, Word
from coordinator.api.common import LabId, PersonId, RowId
from coordinator.api.context import App, Who
from coordinator.schema.governance import ProposalState
from coordinator.schema.network import Role
from coordinator.service.application import Application
from coordinator.service.governance.codes import CODE, MOST_CHARS
from coordinator.service.governance.proposals import LONGEST_HOURS, ProposalView, Voting
from coordinator.service.house import Call
from coordinator.web.forms import Plain, Sent, back_to, taken_by
from coordinator.web.languages import mark
from coordinator.web.page import Page, Shown

__all__ = ["WORDS", "code", "proposal", "proposals", "router"]

router = APIRouter(include_in_schema=False)
_act = taken_by(router)
_Id = Annotated[int, Path(ge=1, le=2**53 - 1)]
_Nothing = Annotated[str, StringConstraints(max_length=0)]
_DAY_H: Final = 24
WORDS: Final[Mapping[str, str]] = {
    str(Rule.CONSENT): mark("by consent: it passes unless somebody objects with a reason"),
    str(Rule.MAJORITY): mark("by majority: it passes with more for it than against it"),
    str(Word.YES): mark("for it"),
    str(Word.NO): mark("against it"),
    str(Word.ASIDE): mark("aside"),
}
"""What rules and words are called on pages."""


class VotingSent(Sent):
    """How something is to be decided; an empty quorum is the least that its kind asks for."""

    rule: Rule = Rule.CONSENT
    days: Annotated[float, Field(gt=0, le=LONGEST_HOURS / _DAY_H)] = 7
    quorum: Annotated[int, Field(ge=0, le=100)] | _Nothing = ""

    def voting(self) -> Voting:
        """As the application takes it."""
        return Voting(self.rule, self.days * _DAY_H, self.quorum if isinstance(self.quorum, int) else None, self.why)


class CodeSent(VotingSent):
    """A code for the network."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=MOST_CHARS + 2000)]


class WelcomeSent(VotingSent):
    """Somebody, and a role."""

    person: PersonId
    role: Role
    lab: LabId | _Nothing = ""


class ExclusionSent(VotingSent):
    """Somebody, or a lab."""

    person: PersonId | _Nothing = ""
    lab: LabId | _Nothing = ""


class SpokenSent(Sent):
    """A word."""

    word: Word


def proposals(application: App, actor: Who, after: Annotated[str | None, Query(max_length=60)] = None) -> Page:
    """What is open, what waits for whoever looks, and what was decided."""

    def show() -> Shown:
        opened = application.proposals.all(actor, ProposalState.OPEN, limit=200).items
        facts = {
            "waiting": [each for each in opened if each.waits],
            "others": [each for each in opened if not each.waits],
            "listed": application.proposals.all(actor, after=after, limit=20),
            "may_open": application.formulas.may_write(actor, None),
            "labs": application.labs.all(actor, limit=200).items,
            "roles": (Role.BUILDER, Role.DESIGNER, Role.OPERATOR, Role.STEWARD),
        }
        return Shown("proposals", facts)

    return Page(application, actor, show)


def proposal(application: App, actor: Who, proposal_id: _Id) -> Page:
    """One proposal, what it changes and what was said."""

    def show() -> Shown:
        found = application.proposals.one(actor, proposal_id)
        return Shown("proposal", {"proposal": found, "words": WORDS, **_meant(application, found)})

    return Page(application, actor, show)


def code(application: App, actor: Who) -> Page:
    """The code of the network, for everybody to read."""

    def show() -> Shown:
        return Shown(
            "code", {"versions": application.codes.all(), "may_open": application.formulas.may_write(actor, None)}
        )

    return Page(application, actor, show)


@_act("/proposals/code")
def propose_code(application: App, actor: Who, sent: Annotated[CodeSent, Form()]) -> Response:
    """Propose a code; leads to the proposal."""
    text = sent.text.replace("\r\n", "\n")
    return _to(application.proposals.open(Call(actor), CODE, None, {"text": text}, sent.voting()))


@_act("/proposals/welcome")
def welcome(application: App, actor: Who, sent: Annotated[WelcomeSent, Form()]) -> Response:
    """Propose that somebody gets a role; leads to the proposal."""
    return _to(application.members.welcome(Call(actor), sent.person, sent.role, sent.lab, None, sent.voting()))


@_act("/proposals/exclusion")
def exclude(application: App, actor: Who, sent: Annotated[ExclusionSent, Form()]) -> Response:
    """Propose that somebody is shut out; leads to the proposal."""
    return _to(application.members.exclude(Call(actor), sent.person, sent.lab, sent.voting()))


@_act("/formulas/{formula_id}/propose")
def propose_formula(application: App, actor: Who, formula_id: RowId, sent: Annotated[VotingSent, Form()]) -> Response:
    """Propose a formula; leads to the proposal."""
    return _to(application.formulas.propose(Call(actor), formula_id, sent.voting()))


@_act("/proposals/{proposal_id}/speak")
def speak(application: App, actor: Who, proposal_id: RowId, sent: Annotated[SpokenSent, Form()]) -> Response:
    """Say yes, no or aside."""
    application.proposals.speak(Call(actor), proposal_id, sent.word, sent.why)
    return back_to(sent.back)


@_act("/proposals/{proposal_id}/withdraw")
def withdraw(application: App, actor: Who, proposal_id: RowId, sent: Plain) -> Response:
    """Take it back."""
    application.proposals.withdraw(Call(actor), proposal_id, sent.why)
    return back_to(sent.back)


def _to(made: ProposalView) -> Response:
    return back_to(f"/proposals/{made.id}")


def _meant(application: Application, found: ProposalView) -> dict[str, Any]:
    """What a proposal is about, where its kind is one of ours."""
    formula_id = found.document.get("formula_id")
    formula = application.formulas.one(formula_id) if found.kind == "formula" and formula_id is not None else None
    return {"formula": formula, "text": found.document.get("text") if found.kind == CODE else None}
