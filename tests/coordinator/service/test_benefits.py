"""Formulas are written, compared and adopted, incomes shared by them: to the cent, with reasons, by two people."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commons.benefits.contributions import Contribution
from commons.flows.giving import Given
from coordinator.schema.governance import DistributionRow, DistributionState
from coordinator.schema.network import Role
from coordinator.service.access import VISITOR, Actor, Grant
from coordinator.service.application import KEEPER
from coordinator.service.benefits.distributions import Distributions
from coordinator.service.benefits.starters import starter, starters
from coordinator.service.benefits.trials import ChosenFormula, FormulaTrials
from coordinator.service.benefits.views import DistributionView
from coordinator.service.designs.designs import DesignView
from coordinator.service.governance.proposals import Voting
from coordinator.service.house import Call, fingerprint_of
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from core.errors import InputError, StateError

from .conftest import Town

DAY = Voting(hours=24)
GIVEN = (
    Contribution("event:1", "person:dee", "design", amount=300),
    Contribution("event:2", "lab:north", "machine", minutes=90),
    Contribution("event:3", "person:ada", "making", minutes=30, rate=1800),
    Contribution("event:4", "person:ben", "care", minutes=20),
)


@dataclass
class Gifts:
    """Who gave what, as a test says."""

    contributions: tuple[Contribution, ...] = GIVEN
    unknown: dict[str, str] = field(default_factory=lambda: {"event:9": "nobody set a price"})

    def given(
        self, *, build_ids: Collection[int] | None = None, design_id: int | None = None, currency: str = "EUR",
        kinds: Collection[str] | None = None,
    ) -> Given:  # fmt: skip
        assert (build_ids is None) != (design_id is None)
        counted = tuple(each for each in self.contributions if kinds is None or each.kind in kinds)
        return Given(counted if currency == "EUR" else (), self.unknown)


@dataclass
class Sharing:
    """A design with two maintainers, and what was given to it."""

    town: Town
    design: DesignView
    gifts: Gifts
    distributions: Distributions
    trials: FormulaTrials

    def adopt(self, key: str = "buckets") -> int:
        """The formula of the design from now on."""
        dee = Call(self.town.people["dee"])
        formula = self.town.application.formulas.begin(dee, key, self.design.id, "to begin with")
        self.use(formula.id)
        return formula.id

    def use(self, formula_id: int) -> None:
        self.town.application.formulas.propose(Call(self.town.people["dee"]), formula_id, DAY)
        self.town.clock.move(days=1)
        assert self.town.application.proposals.decide_due() == 1

    def propose(self, cents: int = 10_000, who: str = "dee", build_id: int | None = None) -> DistributionView:
        return self.distributions.propose(
            Call(self.town.people[who]), self.design.id, build_id, cents, "EUR", "20 stations sold", ""
        )

    def confirm(self, found: DistributionView, who: str = "eve") -> DistributionView:
        return self.distributions.confirm(Call(self.town.people[who]), found.id, "")


@pytest.fixture
def sharing(town: Town) -> Sharing:
    design, gifts = town.upload(), Gifts()
    for name in ("dee", "eve"):
        person = town.join(name, Role.DESIGNER)
        town.application.people.grant(Call(KEEPER), person.id, Role.MAINTAINER, "", design.id)
        kept = Grant(Role.MAINTAINER, design=f"design {design.id}")
        town.people[name] = Actor(person.id, person.grants | {kept})
    house = town.application.house
    return Sharing(town, design, gifts, Distributions(house, gifts), FormulaTrials(house, gifts))


def shares(found: DistributionView) -> dict[str, int]:
    return {each.party.who: each.cents for each in found.recipients}


def test_a_formula_is_forked_changed_and_adopted_by_its_maintainers(sharing: Sharing) -> None:
    formulas, dee = sharing.town.application.formulas, Call(sharing.town.people["dee"])
    with pytest.raises(UnknownError, match="no formula says"):
        formulas.holding(sharing.design.id)
    with pytest.raises(ForbiddenError):
        formulas.begin(Call(sharing.town.people["ada"]), "buckets", sharing.design.id, "")
    with pytest.raises(UnauthenticatedError):
        formulas.begin(Call(VISITOR), "buckets", None, "")
    first = formulas.begin(dee, "buckets", sharing.design.id, "to begin with")
    assert (first.number, first.holds, first.text) == (1, False, starter("buckets").text)
    sharing.use(first.id)
    assert formulas.holding(sharing.design.id).id == first.id
    text = first.text.replace("percent = 40", "percent = 35").replace("percent = 10\ncounts", "percent = 15\ncounts")
    second = formulas.write(dee, sharing.design.id, text, "care counts too little", first.id)
    assert formulas.difference(first.id, second.id).changes == [
        "Making: 35 % instead of 40 %.",
        "Care: 15 % instead of 10 %.",
    ]
    assert formulas.holding(sharing.design.id).id == first.id
    sharing.use(second.id)
    assert [(each.number, each.holds) for each in formulas.all(sharing.design.id).items] == [(2, True), (1, False)]
    with pytest.raises(InputError, match="already"):
        formulas.propose(dee, second.id, DAY)


def test_a_design_without_a_formula_has_that_of_the_network(sharing: Sharing) -> None:
    town = sharing.town
    formula = town.application.formulas.begin(Call(town.people["ada"]), "equal", None, "")
    with pytest.raises(InputError, match="72 hours"):
        town.application.formulas.propose(Call(town.people["ada"]), formula.id, DAY)
    town.application.formulas.propose(Call(town.people["ada"]), formula.id, Voting(hours=72))
    town.clock.move(days=3)
    town.application.proposals.decide_due()
    assert town.application.formulas.holding(sharing.design.id).id == formula.id
    own = town.application.formulas.fork(Call(town.people["dee"]), formula.id, sharing.design.id, "ours")
    assert (own.forked_from, own.design_id, own.number) == (formula.id, sharing.design.id, 1)
    with pytest.raises(InputError, match="written elsewhere"):
        town.application.proposals.open(
            Call(town.people["dee"]), "formula", sharing.design.id, {"formula_id": formula.id}, DAY
        )


@pytest.mark.parametrize("each", starters(), ids=lambda each: each.key)
def test_every_formula_that_comes_with_the_program_can_be_forked(town: Town, each: object) -> None:
    formulas = town.application.formulas
    assert formulas.begin(Call(town.people["ada"]), each.key, None, "").words == each.words  # type: ignore[attr-defined]


def test_a_distribution_says_who_gets_what_and_for_what(sharing: Sharing) -> None:
    sharing.adopt()
    found = sharing.propose()
    assert shares(found) == {
        "reserve of the commons": 3600,
        "person:dee": 2000,
        "lab:north": 1500,
        "person:ben": 1000,
        "the association": 1000,
        "person:ada": 900,
    }
    ada = next(each for each in found.recipients if each.party.who == "person:ada")
    (reason,) = ada.reasons
    assert (reason.bucket, reason.kind, reason.contributions, reason.minutes) == ("making", "making", 1, 30)
    assert [(each.contribution, each.cents, each.rate_cents) for each in reason.shares] == [("event:3", 900, 1800)]
    assert (ada.permille, found.state, found.unknown) == (90, "proposed", {"event:9": "nobody set a price"})
    with sharing.town.application.house.reading() as session:
        kept = session.get_one(DistributionRow, found.id).document["contributions"]
    assert fingerprint_of(kept) == found.contributions_sha256
    assert {each["id"] for each in kept} == {"event:1", "event:2", "event:3", "event:4"}


def test_somebody_else_confirms_it_and_debts_are_paid_once(sharing: Sharing) -> None:
    sharing.adopt()
    first = sharing.propose()
    with pytest.raises(ForbiddenError, match="somebody else"):
        sharing.confirm(first, "dee")
    with pytest.raises(ForbiddenError):
        sharing.confirm(first, "ada")
    assert sharing.confirm(first).state is DistributionState.CONFIRMED
    with pytest.raises(StateError, match="is confirmed"):
        sharing.confirm(first)
    second = sharing.propose()
    assert "person:ada" not in shares(second)  # her debt is paid
    assert "lab:north" not in shares(second)  # the machine counted once
    assert shares(second)["person:dee"] == 2000


def test_what_has_changed_since_is_proposed_anew(sharing: Sharing) -> None:
    sharing.adopt()
    first, second = sharing.propose(), sharing.propose(cents=500)
    sharing.confirm(first)
    with pytest.raises(StateError, match="another distribution was confirmed since"):
        sharing.confirm(second)
    third = sharing.propose(cents=700)
    sharing.gifts.contributions = GIVEN[1:]
    with pytest.raises(StateError, match="1 contributions were taken back"):
        sharing.confirm(third)
    sharing.gifts.contributions = (*GIVEN, Contribution("event:7", "person:ada", "making", minutes=5))
    fourth = sharing.propose(cents=800)
    sharing.adopt("equal")
    with pytest.raises(StateError, match="another formula holds"):
        sharing.confirm(fourth)
    assert sharing.distributions.withdraw(Call(sharing.town.people["eve"]), fourth.id, "").state == "withdrawn"


def test_everybody_is_marked_as_paid_and_then_it_is_paid(sharing: Sharing) -> None:
    sharing.adopt()
    found = sharing.propose()
    dee = Call(sharing.town.people["dee"])
    with pytest.raises(StateError, match="is proposed"):
        sharing.distributions.mark_paid(dee, found.id, "person:ada", "")
    sharing.confirm(found)
    with pytest.raises(UnknownError, match="gets nothing"):
        sharing.distributions.mark_paid(dee, found.id, "person:zoe", "")
    for who in shares(found):
        assert sharing.distributions.one(found.id).state is DistributionState.CONFIRMED
        paid = sharing.distributions.mark_paid(dee, found.id, who, "bank transfer")
    assert paid.state is DistributionState.PAID
    assert {each.paid_how for each in paid.recipients} == {"bank transfer"}
    assert "person:ada" not in shares(sharing.propose())  # what is paid still counts as confirmed


def test_incomes_that_cannot_be_shared_are_refused(sharing: Sharing) -> None:
    sharing.adopt()
    propose, dee = sharing.distributions.propose, Call(sharing.town.people["dee"])
    with pytest.raises(InputError, match="above zero"):
        sharing.propose(cents=0)
    with pytest.raises(InputError, match="not in USD"):
        propose(dee, sharing.design.id, None, 100, "USD", "a sale", "")
    with pytest.raises(InputError, match="comes from somewhere"):
        propose(dee, sharing.design.id, None, 100, "EUR", " ", "")
    with pytest.raises(ForbiddenError):
        sharing.propose(who="north")
    other = sharing.town.order(sharing.town.upload("Screw,9,,,,Shop", note__txt="another"))
    with pytest.raises(InputError, match="another design"):
        sharing.propose(build_id=other.id)


def test_who_ordered_a_build_proposes_what_it_brought(sharing: Sharing) -> None:
    sharing.adopt()
    build = sharing.town.order(sharing.design)
    found = sharing.propose(who="ada", build_id=build.id)
    assert found.build_id == build.id
    assert sharing.confirm(found, "ste").state is DistributionState.CONFIRMED


def test_a_trial_stores_nothing_and_compares_up_to_four(sharing: Sharing) -> None:
    text = starter("buckets").text.replace('name = "Buckets"', 'name = "Mine"')
    chosen = [ChosenFormula(starter=each.key) for each in starters()[:3]] + [ChosenFormula(text=text)]
    before = len(sharing.town.application.log.after(0, 9999))
    trial = sharing.trials.compare(sharing.town.people["north"], sharing.design.id, None, 10_000, chosen)
    assert [each.name for each in trial.formulas] == ["Buckets", "Equal shares", "Four equal parts", "Mine"]
    assert [sum(row.cents[column] for row in trial.rows) for column in range(4)] == [10_000] * 4
    assert all(row.cents[0] == row.cents[3] for row in trial.rows)
    assert len(sharing.town.application.log.after(0, 9999)) == before
    with pytest.raises(UnauthenticatedError):
        sharing.trials.compare(VISITOR, sharing.design.id, None, 100, chosen)
    with pytest.raises(InputError, match="1 to 4"):
        sharing.trials.compare(sharing.town.people["north"], sharing.design.id, None, 100, [*chosen, chosen[0]])
    dollars = ChosenFormula(text=text.replace("EUR", "USD"))
    with pytest.raises(InputError, match="not in EUR"):
        sharing.trials.compare(sharing.town.people["north"], sharing.design.id, None, 100, [chosen[0], dollars])
    with pytest.raises(InputError, match=r"formula no\. 1"):
        sharing.trials.compare(
            sharing.town.people["north"], sharing.design.id, None, 100, [ChosenFormula(text="percent = ")]
        )


KINDS = ("design", "making", "machine", "care", "money", "order", "founding")
CONTRIBUTIONS = st.lists(
    st.builds(
        lambda who, kind, minutes, rate, amount: (f"person:{who}", kind, minutes, rate, amount),
        st.sampled_from("abcde"), st.sampled_from(KINDS), st.integers(0, 10_000), st.none() | st.integers(0, 9999),
        st.integers(0, 10**6),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CONTRIBUTIONS, st.integers(1, 10**9)), min_size=1, max_size=3), st.sampled_from(starters()))
def test_stored_shares_always_come_to_the_income(sharing: Sharing, incomes: list, formula: object) -> None:  # type: ignore[type-arg]
    if sharing.town.application.formulas.all(sharing.design.id).items == []:
        sharing.adopt()
    text = formula.text  # type: ignore[attr-defined]
    holding = sharing.town.application.formulas.holding(sharing.design.id)
    if holding.text != text:
        dee = Call(sharing.town.people["dee"])
        sharing.use(sharing.town.application.formulas.write(dee, sharing.design.id, text, "", None).id)
    for rows, cents in incomes:
        sharing.gifts.contributions = tuple(Contribution(f"event:{n}", *row) for n, row in enumerate(rows))
        found = sharing.propose(cents)
        sharing.confirm(found)
        stored = sharing.distributions.one(found.id)
        assert sum(each.cents for each in stored.recipients) == cents
        for each in stored.recipients:
            assert sum(reason.cents for reason in each.reasons) == each.cents > 0
            for reason in each.reasons:
                assert reason.kind is None or sum(one.cents for one in reason.shares) == reason.cents
