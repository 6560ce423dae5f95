"""Who gets what of an income: formulas, what they would give, and incomes that were shared; with their forms."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from commons.benefits.formula import Bucket, read_formula
from coordinator.api.common import RowId
from coordinator.api.context import App, Who
from coordinator.service.access import Actor
from coordinator.service.application import Application
from coordinator.service.benefits.formulas import FormulaView
from coordinator.service.benefits.sharing import MOST_CENTS
from coordinator.service.benefits.starters import starters
from coordinator.service.benefits.trials import MOST, ChosenFormula
from coordinator.service.house import Call
from coordinator.service.refusals import UnknownError
from coordinator.web.forms import Plain, Sent, back_to, taken_by
from coordinator.web.languages import chosen, mark
from coordinator.web.page import Page, Shown, Site, as_answer
from core.errors import InputError

__all__ = ["KINDS", "benefits", "distribution", "facts_of_design", "formula", "formulas", "router"]

router = APIRouter(include_in_schema=False)
_act = taken_by(router)
_Id = Annotated[int, Path(ge=1, le=2**53 - 1)]
_Number = Annotated[int, Field(ge=1, le=2**53 - 1)]
_Text = Annotated[str, StringConstraints(max_length=64 * 1024)]
_Amount = Annotated[str, StringConstraints(min_length=1, max_length=20)]
_MONEY: Final = re.compile(r"(\d{1,11})(?:[.,](\d{1,2}))?")
KINDS: Final = (
    mark("design"), mark("making"), mark("machine"), mark("material"), mark("care"), mark("money"), mark("order"),
    mark("founding"),
)  # fmt: skip
"""Kinds of contributions that formulas name most often; others are shown as they are written."""


class FormulaSent(Sent):
    """A formula: a text, or which one is taken over; "" where it is for the network."""

    text: _Text = ""
    starter: Annotated[str, StringConstraints(max_length=40)] = ""
    formula_id: _Number | Annotated[str, StringConstraints(max_length=0)] = ""
    design_id: _Number | Annotated[str, StringConstraints(max_length=0)] = ""


class TrySent(Sent):
    """An income, and up to four formulas: stored ones ("7"), ones that come with the program ("equal"), and a text."""

    income: _Amount
    formula: list[Annotated[str, StringConstraints(pattern=r"^([1-9]\d{0,14}|[a-z][a-z0-9-]{0,39})$")]] = Field(
        default=[], max_length=20
    )
    text: _Text = ""


class IncomeSent(Sent):
    """An income that has come in."""

    income: _Amount
    source: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    build_id: _Number | Annotated[str, StringConstraints(max_length=0)] = ""
    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class PaidSent(Sent):
    """Who was paid."""

    who: Annotated[str, StringConstraints(min_length=1, max_length=300)]


class ForkSent(Sent):
    """What a fork of a design is called."""

    name: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


def benefits(application: App, actor: Who, design_id: _Id) -> Page:
    """How incomes of one design are shared."""
    return Page(application, actor, lambda: Shown("benefits", _of_design(application, actor, design_id)))


def formulas(application: App, actor: Who) -> Page:
    """The formula of the network, and all others to take over."""

    def show() -> Shown:
        facts = {
            "holding": _holding(application, None),
            "versions": application.formulas.all(everywhere=True, limit=100).items,
            "starters": starters(),
            "may_write": application.formulas.may_write(actor, None),
            "buckets_of": _buckets,
        }
        return Shown("formulas", facts)

    return Page(application, actor, show)


def formula(application: App, actor: Who, formula_id: _Id) -> Page:
    """One version of a formula, and what it changes."""

    def show() -> Shown:
        found = application.formulas.one(formula_id)
        holding = _holding(application, found.design_id)
        against = holding.id if holding is not None and holding.id != found.id else found.forked_from
        facts = {
            "formula": found,
            "buckets": _buckets(found.text),
            "against": application.formulas.one(against) if against is not None else None,
            "changes": application.formulas.difference(against, formula_id).changes if against is not None else [],
            "may_write": application.formulas.may_write(actor, found.design_id),
            "may_write_for_all": application.formulas.may_write(actor, None),
        }
        return Shown("formula", facts)

    return Page(application, actor, show)


def distribution(application: App, actor: Who, distribution_id: _Id) -> Page:
    """Who gets what of an income, and for what."""

    def show() -> Shown:
        found = application.distributions.one(distribution_id)
        facts = {
            "found": found,
            "buckets": _buckets(application.formulas.one(found.formula_id).text),
            "may_keep": application.distributions.may_keep(actor, found.design_id),
            "span": _span,
        }
        return Shown("distribution", facts)

    return Page(application, actor, show)


def facts_of_design(application: Application, design_id: int) -> dict[str, Any]:
    """What the page of a design says of forks and of what was observed."""
    return {
        "attestations": application.attestations.all(design_id),
        "forks": application.forks.of(design_id),
        "forked_from": application.forks.origin(design_id),
    }


@_act("/formulas/write")
def write(application: App, actor: Who, sent: Annotated[FormulaSent, Form()]) -> Response:
    """Write a version, or take one over; leads to it."""
    call, doors = Call(actor), application.formulas
    design_id, formula_id = _number(sent.design_id), _number(sent.formula_id)
    if sent.starter:
        made = doors.begin(call, sent.starter, design_id, sent.why)
    elif sent.text:
        made = doors.write(call, design_id, sent.text.replace("\r\n", "\n"), sent.why, formula_id)
    elif formula_id is not None:
        made = doors.fork(call, formula_id, design_id, sent.why)
    else:
        raise InputError("there is no formula in this form", where="text", hint="choose one, or write one")
    return back_to(f"/formulas/{made.id}")


@router.post("/designs/{design_id}/benefits")
async def try_out(
    application: App, request: Request, actor: Who, design_id: RowId, sent: Annotated[TrySent, Form()]
) -> Response:
    """Show who would get what; nothing is stored."""
    picked = [
        ChosenFormula(formula_id=int(each)) if each.isdecimal() else ChosenFormula(starter=each)
        for each in sent.formula
    ]
    if sent.text.strip():
        picked.append(ChosenFormula(text=sent.text.replace("\r\n", "\n")))
    cents = _cents(sent.income)

    def show() -> Shown:
        trial = application.formula_trials.compare(actor, design_id, None, cents, picked)
        facts = _of_design(application, actor, design_id)
        return Shown("benefits", {**facts, "trial": trial, "sent": sent})

    site = request.app.state.site
    assert isinstance(site, Site)  # noqa: S101 - set where the pages are added
    page, path = Page(application, actor, show), f"/designs/{design_id}/benefits"
    return as_answer(request, await run_in_threadpool(site.render, page, path, chosen(request)))


@_act("/designs/{design_id}/distributions")
def share(application: App, actor: Who, design_id: RowId, sent: Annotated[IncomeSent, Form()]) -> Response:
    """Propose how an income is shared; leads to it."""
    call = Call(actor, sent.key, sent.model_dump_json().encode())
    currency = application.formulas.holding(design_id).currency
    made = application.distributions.propose(
        call, design_id, _number(sent.build_id), _cents(sent.income), currency, sent.source, sent.why
    )
    return back_to(f"/distributions/{made.id}")


@_act("/distributions/{distribution_id}/confirm")
def confirm(application: App, actor: Who, distribution_id: RowId, sent: Plain) -> Response:
    """Agree."""
    application.distributions.confirm(Call(actor), distribution_id, sent.why)
    return back_to(sent.back)


@_act("/distributions/{distribution_id}/withdraw")
def withdraw(application: App, actor: Who, distribution_id: RowId, sent: Plain) -> Response:
    """Take it back, or refuse it."""
    application.distributions.withdraw(Call(actor), distribution_id, sent.why)
    return back_to(sent.back)


@_act("/distributions/{distribution_id}/paid")
def paid(application: App, actor: Who, distribution_id: RowId, sent: Annotated[PaidSent, Form()]) -> Response:
    """Note that somebody was paid."""
    application.distributions.mark_paid(Call(actor), distribution_id, sent.who, sent.why)
    return back_to(sent.back)


@_act("/designs/{design_id}/fork")
def fork(application: App, actor: Who, design_id: RowId, sent: Annotated[ForkSent, Form()]) -> Response:
    """Go on from a design on one's own; leads to the fork."""
    made = application.forks.make(Call(actor), design_id, sent.name.strip() or None, sent.why)
    return back_to(f"/designs/{made.id}")


def _of_design(application: Application, actor: Actor, design_id: int) -> dict[str, Any]:
    builds = application.builds.of_design(design_id)
    keeps = application.distributions.may_keep(actor, design_id)
    mine = [each for each in builds if keeps or (actor.known and each.ordered_by == actor.id)]
    return {
        "design": application.designs.one(design_id),
        "holding": _holding(application, design_id),
        "versions": application.formulas.all(design_id, limit=20).items,
        "of_network": application.formulas.all(limit=5).items,
        "starters": starters(),
        "distributions": application.distributions.all(design_id, limit=20).items,
        "may_write": application.formulas.may_write(actor, design_id),
        "may_share": keeps,
        "builds": mine,
        "buckets_of": _buckets,
        "most": MOST,
        "trial": None,
        "sent": None,
    }


def _holding(application: Application, design_id: int | None) -> FormulaView | None:
    try:
        return application.formulas.holding(design_id)
    except UnknownError:
        if design_id is not None:
            application.designs.one(design_id)  # it is the formula that is missing, not the design
        return None


def _buckets(text: str) -> tuple[Bucket, ...]:
    """The parts of a stored formula, for its words in the reader's language."""
    return read_formula(text, where="the formula").buckets


def _number(sent: int | str) -> int | None:
    """A number that a form may leave empty."""
    return sent if isinstance(sent, int) else None


def _span(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


def _cents(amount: str) -> int:
    """What somebody typed as an amount of money, such as 1200 or 1200,50."""
    found = _MONEY.fullmatch(amount.strip().replace(" ", ""))
    cents = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found is not None else 0
    if not 0 < cents <= MOST_CENTS:
        raise InputError(f"{amount!r} is no amount of money", where="income", hint="such as 1200 or 1200.50")
    return cents
