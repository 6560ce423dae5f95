"""The ledger as pages: what happened in plain sentences, one event, what a person or a lab gave and received."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import RedirectResponse, Response
from pydantic import Field, StringConstraints

from coordinator.api.common import LabId, RowId
from coordinator.api.context import After, App, Who
from coordinator.api.flows import Note, WorkKind
from coordinator.service.access import Right
from coordinator.service.application import Application
from coordinator.service.flows.asked import Asked
from coordinator.service.flows.names import Kind, Names
from coordinator.service.flows.work import KINDS, Declared
from coordinator.service.house import Call
from coordinator.web.forms import Sent, back_to
from coordinator.web.languages import mark
from coordinator.web.page import Page, Shown

__all__ = ["flow", "given_by_lab", "given_by_person", "ledger", "router"]

router = APIRouter(include_in_schema=False)
_CENTS: Final = 100
_WORK_WORDS: Final = {
    "making": mark("making"),
    "design": mark("design"),
    "translation": mark("translation"),
    "documentation": mark("documentation"),
    "care": mark("care"),
    "teaching": mark("teaching"),
    "transport": mark("transport"),
    "administration": mark("administration"),
    "machine": mark("machine time"),
    "material": mark("material"),
    "money": mark("money"),
}
_ACTION_WORDS: Final = {
    "accept": mark("looked at"),
    "cite": mark("a design used"),
    "consume": mark("used up"),
    "dropoff": mark("brought"),
    "lower": mark("less in stock"),
    "modify": mark("judged"),
    "pickup": mark("sent off"),
    "produce": mark("made"),
    "raise": mark("more in stock"),
    "transfer": mark("handed over"),
    "transferAllRights": mark("written off"),
    "use": mark("machines used"),
    "work": mark("work"),
}
Number = Annotated[str, StringConstraints(pattern=r"^\d{0,15}$")]
Filter = Annotated[str, Query(pattern=r"^\d{0,15}$")]
Name = Annotated[str, Query(max_length=40)]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Money = Annotated[str, StringConstraints(pattern=r"^\d{1,4}([.,]\d{1,2})?$", strip_whitespace=True)]


class WorkSent(Sent):
    """Work; empty numbers are none, and the key makes two clicks one entry."""

    kind: WorkKind
    minutes: Annotated[int, Field(ge=1, le=60 * 24 * 31)]
    build: Number = ""
    design: Number = ""
    note: Note = ""
    key: Key


class CorrectionSent(Sent):
    """Why it is wrong, and what is right; an empty quantity is none."""

    instead: Annotated[str, StringConstraints(pattern=r"^(\d{1,15}([.,]\d{1,9})?)?$", strip_whitespace=True)] = ""


class RateSent(Sent):
    """What somebody asks for an hour; an empty machine is all of a lab's."""

    kind: WorkKind = "making"
    machine: Annotated[str, StringConstraints(max_length=40)] = ""
    per_hour: Money
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "EUR"


def ledger(
    application: App, actor: Who, build: Filter = "", lab: Name = "", person: Name = "", after: After = None
) -> Page:
    """Economic events, the newest first."""

    def show() -> Shown:
        names = application.flows.names()
        who = names.of(Kind.LAB, lab) if lab else names.of(Kind.PERSON, person) if person else None
        listed = application.flows.events(build_id=int(build) if build else None, who=who, after=after)
        asked = {"build": build, "lab": lab, "person": person}
        labs = application.labs.all(actor, limit=200).items
        enters = actor.may(Right.DECLARE_WORK)
        return Shown(
            "ledger",
            {"listed": listed, "asked": asked, "labs": labs, "kinds": KINDS, "enters": enters, **_words(names)},
        )

    return Page(application, actor, show)


def flow(application: App, actor: Who, number: RowId) -> Page:
    """One economic event, and what may be done about it."""

    def show() -> Shown:
        facts = {
            "event": application.flows.one(number),
            "may_correct": application.work.may_correct(actor, number),
        }
        return Shown("flow", facts | _words(application.flows.names()))

    return Page(application, actor, show)


def given_by_person(application: App, actor: Who, person_id: Annotated[str, Path(max_length=40)]) -> Page:
    """What a person gave and received; what the person asks for an hour, for the person and for stewards."""

    def show() -> Shown:
        found = application.summaries.of_person(person_id)
        sees = actor.id == person_id or actor.may(Right.KEEP_LEDGER)
        rates = application.rates.of_person(actor, person_id) if sees else None
        facts = {"of": "person", "key": person_id, "found": found, "rates": rates, "machines": []}
        sets = actor.id == person_id and actor.may(Right.DECLARE_WORK)
        return Shown("given", facts | {"sets": sets, "kinds": KINDS, **_recent(application, found.name)})

    return Page(application, actor, show)


def given_by_lab(application: App, actor: Who, lab_id: LabId) -> Page:
    """What a lab gave and received, and what it asks for an hour of its machines."""

    def show() -> Shown:
        found = application.summaries.of_lab(lab_id)
        sets = actor.may(Right.ANSWER, lab_id)
        machines = application.labs.machines(actor, lab_id, limit=200).items
        facts = {"of": "lab", "key": lab_id, "found": found, "rates": application.rates.of_lab(lab_id)}
        facts |= {"machines": machines, "sets": sets, "kinds": KINDS}
        return Shown("given", facts | _recent(application, found.name))

    return Page(application, actor, show)


def _recent(application: Application, name: str) -> dict[str, Any]:
    listed = application.flows.events(who=name, limit=10)
    return {"listed": listed, **_words(application.flows.names())}


def _words(names: Names) -> dict[str, Any]:
    """What the sentences are made with."""
    return {"read": names.read, "whole": names.whole, "work_words": _WORK_WORDS, "action_words": _ACTION_WORDS}


@router.post("/ledger/work", response_class=RedirectResponse, status_code=303)
def enter_work(application: App, actor: Who, sent: Annotated[WorkSent, Form()]) -> Response:
    """Enter work of one's own; leads to all that one gave."""
    call = Call(actor, sent.key, sent.model_dump_json().encode())
    build, design = (int(each) if each else None for each in (sent.build, sent.design))
    application.work.declare(
        call, Declared(sent.kind, sent.minutes, build_id=build, design_id=design, note=sent.note)
    )  # fmt: skip
    return back_to(sent.back)


@router.post("/ledger/{number}/correction", response_class=RedirectResponse, status_code=303)
def correct(application: App, actor: Who, number: RowId, sent: Annotated[CorrectionSent, Form()]) -> Response:
    """Take an event back."""
    instead = Decimal(sent.instead.replace(",", ".")) if sent.instead else None
    application.work.correct(Call(actor), number, sent.why, instead)
    return back_to(sent.back)


@router.post("/account/rates", response_class=RedirectResponse, status_code=303)
def set_own_rate(application: App, actor: Who, sent: Annotated[RateSent, Form()]) -> Response:
    """Say what one asks for an hour."""
    application.rates.set_own(Call(actor), sent.kind, _asked(sent))
    return back_to(sent.back)


@router.post("/labs/{lab_id}/rates", response_class=RedirectResponse, status_code=303)
def set_lab_rate(application: App, actor: Who, lab_id: LabId, sent: Annotated[RateSent, Form()]) -> Response:
    """Say what a lab asks for an hour of its machines."""
    application.rates.set_for_lab(Call(actor), lab_id, sent.machine or None, _asked(sent))
    return back_to(sent.back)


def _asked(sent: RateSent) -> Asked:
    return Asked(int(Decimal(sent.per_hour.replace(",", ".")) * _CENTS), sent.currency)
