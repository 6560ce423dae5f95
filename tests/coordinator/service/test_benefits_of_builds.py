"""Incomes of builds that were really made: each share leads to an event of the build, also after a correction."""

from __future__ import annotations

from decimal import Decimal

from coordinator.schema.network import Role
from coordinator.service.access import Actor, Grant
from coordinator.service.application import KEEPER
from coordinator.service.benefits.views import DistributionView, ShareView
from coordinator.service.flows.asked import Asked
from coordinator.service.flows.work import Declared
from coordinator.service.governance.proposals import Voting
from coordinator.service.house import Call
from coordinator.service.work.builds import BuildView

from .conftest import Town
from .test_whole_life import finish

INCOME = 100_000


def kept(town: Town, design_id: int) -> None:
    """Dee and Eve maintain the design; it has adopted the buckets."""
    for name in ("dee", "eve"):
        person = town.join(name, Role.DESIGNER)
        town.application.people.grant(Call(KEEPER), person.id, Role.MAINTAINER, "", design_id)
        town.people[name] = Actor(person.id, person.grants | {Grant(Role.MAINTAINER, design=f"design {design_id}")})
    dee = Call(town.people["dee"])
    formula = town.application.formulas.begin(dee, "buckets", design_id, "to begin with")
    town.application.formulas.propose(dee, formula.id, Voting(hours=24))
    town.clock.move(days=1)
    assert town.application.proposals.decide_due() == 1


def made(town: Town) -> BuildView:
    """A lamp that agents and hands have made, for which Ada has worked an hour."""
    town.application.rates.set_own(Call(town.people["ada"]), "making", Asked(1800))
    build = town.order()
    finish(town, town.agent("north"), build.id)
    town.application.work.declare(Call(town.people["ada"]), Declared("making", 60, build_id=build.id))
    return build


def shared(town: Town, build: BuildView, cents: int = INCOME) -> DistributionView:
    """An income of the build, proposed and confirmed."""
    distributions = town.application.distributions
    found = distributions.propose(Call(town.people["dee"]), build.design_id, build.id, cents, "EUR", "a lamp sold", "")
    distributions.confirm(Call(town.people["eve"]), found.id, "")
    return distributions.one(found.id)


def reasons(town: Town, found: DistributionView, who: str) -> list[ShareView]:
    key = town.people[who].id
    return [
        share
        for each in found.recipients
        if each.party.key == key
        for reason in each.reasons
        for share in reason.shares
    ]


def test_each_share_leads_to_an_event_of_the_build(town: Town) -> None:
    build = made(town)
    kept(town, build.design_id)
    found = shared(town, build)
    shares = [share for each in found.recipients for reason in each.reasons for share in reason.shares]
    assert shares
    for share in shares:
        assert share.number is not None
        event = town.application.flows.one(share.number)
        assert (event.id, event.build_id) == (share.contribution, build.id)
    assert sum(each.cents for each in found.recipients) == INCOME
    designers = [each for each in found.recipients if each.party.kind == "designers"]
    assert [each.cents for each in designers] == [20_000], "two keep the design: the share is theirs together"
    assert found.unknown == {}, "what the formula does not count is not asked for"


def test_what_was_paid_is_not_paid_again_when_it_was_corrected(town: Town) -> None:
    build = made(town)
    kept(town, build.design_id)
    (first,) = reasons(town, shared(town, build), "ada")
    assert (first.cents, first.minutes) == (1800, 60)
    assert first.number is not None
    work = town.application.work
    work.correct(Call(town.people["ada"]), first.number, "it was an hour and a half", Decimal(90))
    (rest,) = reasons(town, shared(town, build), "ada")
    assert (rest.cents, rest.minutes) == (900, 90), "half an hour was still owed"
    assert rest.number is not None
    work.correct(Call(town.people["ada"]), rest.number, "an hour after all", Decimal(60))
    assert reasons(town, shared(town, build), "ada") == []


def test_a_machine_that_counts_once_is_not_counted_anew_by_a_correction(town: Town) -> None:
    build = made(town)
    kept(town, build.design_id)
    first = shared(town, build)
    machines = [each for each in first.recipients if each.party.kind == "lab"]
    assert machines
    share = machines[0].reasons[0].shares[0]
    assert share.number is not None
    town.application.work.correct(Call(town.people["north"]), share.number, "the clock was wrong", Decimal(700))
    assert [each for each in shared(town, build).recipients if each.party.kind == "lab"] == []


def test_who_ordered_it_is_its_user(town: Town) -> None:
    build = made(town)
    lamp = next(each for each in town.application.pieces.all(build.id).items if each.task not in ("Foot", "Panel"))
    town.application.pieces.deliver(Call(town.people["ada"]), lamp.id)
    (order,) = town.application.flows.given(build_ids=[build.id], kinds=["order"]).contributions
    assert order.who.endswith(town.people["ada"].id)
    (handed,) = [each for each in town.application.flows.events(build_id=build.id).items if "order" in each.kinds]
    assert (handed.action, handed.quantity, handed.receiver) == ("transfer", "1", order.who)
    assert handed.resource is not None
    assert town.application.flows.ledger().stock(handed.resource) == {}, "nothing of it lies here any more"
