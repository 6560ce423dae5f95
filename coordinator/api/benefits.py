"""`/formulas` and `/distributions`: who gets what of an income; forks of designs, and what was observed of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, Reason, RowId, Why
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.api.proposals import DesignOf, VotingBody
from coordinator.schema.governance import DistributionState
from coordinator.service.benefits.formulas import DifferenceOfFormulas, FormulaView
from coordinator.service.benefits.sharing import MOST_CENTS
from coordinator.service.benefits.starters import StarterView, starters
from coordinator.service.benefits.trials import ChosenFormula, TrialOfFormulas
from coordinator.service.benefits.views import DistributionView
from coordinator.service.designs.designs import DesignView
from coordinator.service.governance.attestations import AttestationView
from coordinator.service.governance.forks import ForkView
from coordinator.service.governance.proposals import ProposalView
from coordinator.service.paging import Page

__all__ = ["router"]

router = APIRouter(tags=["benefits"])
_Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=64 * 1024)]
_Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
_StarterKey = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$")]
_Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_Cents = Annotated[int, Field(ge=1, le=MOST_CENTS)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Source = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]


class NewFormula(Body):
    """A version of a formula, for a design or, without one, for the network; `forked_from` is what it changes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": 'version = "fabcommons-benefit/1"\n...'}]})
    text: _Text
    design_id: _Id | None = None
    forked_from: _Id | None = None
    why: Reason = ""


class FormulaFork(Body):
    """For which design a formula is taken over; without one, for the network."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"design_id": 1, "why": "to begin with"}]})
    design_id: _Id | None = None
    why: Reason = ""


class TriedBody(Body):
    """A formula to try: the number of a version, the key of one that comes with the program, or a text."""

    formula_id: _Id | None = None
    starter: _Key | None = None
    text: _Text | None = None


class TrialBody(Body):
    """An income that nobody has yet, in whole cents, and up to four formulas."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"design_id": 1, "income_cents": 10000, "formulas": [{"starter": "buckets"}, {"starter": "equal"}]}
            ]
        }
    )
    design_id: _Id
    build_id: _Id | None = None
    income_cents: _Cents
    formulas: list[TriedBody] = Field(min_length=1, max_length=4)


class NewDistribution(Body):
    """An income of a design, or of one build of it, in whole cents, and where it came from."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"design_id": 1, "income_cents": 240000, "currency": "EUR", "source": "20 stations sold"}]
        }
    )
    design_id: _Id
    build_id: _Id | None = None
    income_cents: _Cents
    currency: _Currency
    source: _Source
    why: Reason = ""


class ShareOf(Body):
    """Who was paid, as the distribution names them in `party.who`, and how."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"who": "the association", "why": "bank transfer of 3 May"}]}
    )
    who: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
    why: Reason = ""


class DesignFork(Body):
    """What the fork is called, if not as the design; and why it goes its own way."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Taller lamp", "why": "for high tables"}]})
    name: _Name | None = None
    why: Reason = ""


@router.get("/formulas")
def list_formulas(
    application: App,
    design_id: DesignOf = None,
    everywhere: Annotated[bool, Query(description="Of all designs and of the network.")] = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[FormulaView]:
    """Versions of formulas, the newest first: of a design, of the network where none is named, or of all."""
    return application.formulas.all(design_id, everywhere=everywhere, after=after, limit=limit)


@router.post("/formulas", status_code=201)
def write_formula(application: App, call: Asked, body: NewFormula) -> FormulaView:
    """Write a version of a formula; it holds when a proposal to use it has passed."""
    return application.formulas.write(call, body.design_id, body.text, body.why, body.forked_from)


@router.get("/formulas/starters")
def list_starters() -> list[StarterView]:
    """Formulas that come with the program, to begin with."""
    return list(starters())


@router.post("/formulas/starters/{starter}/fork", status_code=201)
def begin_formula(application: App, call: Asked, starter: _StarterKey, body: FormulaFork) -> FormulaView:
    """Take over a formula that comes with the program, for a design or for the network."""
    return application.formulas.begin(call, starter, body.design_id, body.why)


@router.post("/formulas/trial")
def try_formulas(application: App, actor: Who, body: TrialBody) -> TrialOfFormulas:
    """Who would get what, if: up to four formulas side by side; nothing is stored."""
    chosen = [ChosenFormula(each.formula_id, each.starter, each.text) for each in body.formulas]
    return application.formula_trials.compare(actor, body.design_id, body.build_id, body.income_cents, chosen)


@router.get("/formulas/{formula_id}")
def read_formula(application: App, formula_id: RowId) -> FormulaView:
    """One version of a formula, in words and as a text."""
    return application.formulas.one(formula_id)


@router.post("/formulas/{formula_id}/fork", status_code=201)
def fork_formula(application: App, call: Asked, formula_id: RowId, body: FormulaFork) -> FormulaView:
    """Take over anybody's formula word for word, for a design or for the network."""
    return application.formulas.fork(call, formula_id, body.design_id, body.why)


@router.get("/formulas/{formula_id}/difference")
def compare_formulas(
    application: App,
    formula_id: RowId,
    to: Annotated[int, Query(ge=1, le=2**53 - 1, description="The other version.")],
) -> DifferenceOfFormulas:
    """What has changed from one version to another, in plain words."""
    return application.formulas.difference(formula_id, to)


@router.post("/formulas/{formula_id}/proposal", status_code=201)
def propose_formula(application: App, call: Asked, formula_id: RowId, body: VotingBody) -> ProposalView:
    """Propose that incomes are shared by this version from now on."""
    return application.formulas.propose(call, formula_id, body.voting())


@router.get("/designs/{design_id}/formula")
def read_holding_formula(application: App, design_id: RowId) -> FormulaView:
    """The formula by which incomes of a design are shared now: its own, or else that of the network."""
    return application.formulas.holding(design_id)


@router.get("/distributions")
def list_distributions(
    application: App,
    design_id: DesignOf = None,
    build_id: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    state: Annotated[DistributionState | None, Query()] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[DistributionView]:
    """Incomes that were shared, the newest first, without the reasons of each share."""
    return application.distributions.all(design_id, build_id, state, after=after, limit=limit)


@router.post("/distributions", status_code=201)
def propose_distribution(application: App, call: Asked, body: NewDistribution) -> DistributionView:
    """Share an income by the formula that holds; somebody else confirms it."""
    return application.distributions.propose(
        call, body.design_id, body.build_id, body.income_cents, body.currency, body.source, body.why
    )


@router.get("/distributions/{distribution_id}")
def read_distribution(application: App, distribution_id: RowId) -> DistributionView:
    """One distribution: who gets how much, and for which contributions."""
    return application.distributions.one(distribution_id)


@router.post("/distributions/{distribution_id}/confirm")
def confirm_distribution(application: App, call: Asked, distribution_id: RowId, body: Why) -> DistributionView:
    """Agree that an income is shared so; refused where what it stands on has changed since."""
    return application.distributions.confirm(call, distribution_id, body.why)


@router.post("/distributions/{distribution_id}/withdraw")
def withdraw_distribution(application: App, call: Asked, distribution_id: RowId, body: Why) -> DistributionView:
    """Take a proposed distribution back, or refuse it; it counts nowhere."""
    return application.distributions.withdraw(call, distribution_id, body.why)


@router.post("/distributions/{distribution_id}/payments")
def note_share_paid(application: App, call: Asked, distribution_id: RowId, body: ShareOf) -> DistributionView:
    """Note that somebody was paid their share, elsewhere: no money moves here."""
    return application.distributions.mark_paid(call, distribution_id, body.who, body.why)


@router.get("/designs/{design_id}/attestations")
def list_attestations(application: App, design_id: RowId) -> list[AttestationView]:
    """What was observed of a design's parts here: so many made, so many failed, by file; no opinions."""
    return application.attestations.all(design_id)


@router.get("/designs/{design_id}/forks")
def list_forks(application: App, design_id: RowId) -> list[ForkView]:
    """The designs that began as this one."""
    return application.forks.of(design_id)


@router.post("/designs/{design_id}/fork", status_code=201)
def fork_design(application: App, call: Asked, design_id: RowId, body: DesignFork) -> DesignView:
    """Go on from a design on your own: licence and origin stay with it, and you maintain it."""
    return application.forks.make(call, design_id, body.name, body.why)
