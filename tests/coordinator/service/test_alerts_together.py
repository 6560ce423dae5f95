"""Alerts for people by name: who decides is told and reminded, who pledged hears the end, stewards hear of refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commons.decisions import Rule, Word
from coordinator.schema.network import Role
from coordinator.service.alerts.rules import Topic
from coordinator.service.costing.pledges import Goal
from coordinator.service.governance.codes import CODE
from coordinator.service.governance.proposals import Voting
from coordinator.service.house import Call
from tests.coordinator.conftest import LICENCE

from .conftest import Town
from .test_alerts import Services, happens, to
from .test_alerts import services as services
from .test_design_changes import changed, keeper_of


def everybody(services: Services, *names: str) -> None:
    for name in names:
        services.known_at(name)
    services.turn()


def said(services: Services) -> dict[str, list[str]]:
    """What is told next: by the first words of its title, to whom."""
    found: dict[str, list[str]] = {}
    for letter in services.turn():
        found.setdefault(letter.title.removeprefix("[fabcommons] "), []).extend(to(services, [letter]))
    return {words: sorted(people) for words, people in found.items()}


def proposed(town: Town, hours: float = 72) -> int:
    voting = Voting(Rule.CONSENT, hours)
    return town.application.proposals.open(Call(town.people["ada"]), CODE, None, {"text": "Be kind."}, voting).id


def test_who_may_decide_is_told_reminded_once_and_told_of_the_end(services: Services) -> None:
    town, names = services.town, ("ada", "north", "nora", "south", "ste")
    everybody(services, *names)
    proposal = proposed(town)
    (told,) = said(services).items()
    assert told[0].startswith("It waits for a word of yours, until Thu 10 Jan 2030 09:00 UTC: Give the network a code")
    assert told[1] == ["nora", "north", "south", "ste"], "who opened it has said yes"
    town.application.proposals.speak(Call(town.people["north"]), proposal, Word.YES, "")
    town.clock.move(hours=53)
    assert said(services) == {}
    town.clock.move(hours=1)
    (reminded,) = said(services).items()
    assert reminded[0].startswith("It ends Thu 10 Jan 2030 09:00 UTC, and you have said nothing")
    assert reminded[1] == ["nora", "south", "ste"]
    assert said(services) == {}, "once"
    town.clock.move(hours=18)
    town.application.proposals.decide_due()
    (ended,) = said(services).items()
    assert ended[0].startswith("It has passed: Give the network a code")
    assert ended[1] == sorted(names)
    assert {each.topic for each in town.application.alerts.desk.open(town.people["nora"]).items} == {Topic.DECIDED}


def test_who_has_no_address_sees_it_on_the_page(services: Services) -> None:
    town = services.town
    proposed(town)
    services.turn()
    seen = {name: town.application.alerts.desk.open(town.people[name]).items for name in ("south", "ada")}
    assert [each.topic for each in seen["south"]] == [Topic.PROPOSAL]
    assert seen["ada"] == []


def test_a_change_of_a_design_is_told_to_its_maintainers_and_the_answer_to_who_proposed_it(services: Services) -> None:
    town = services.town
    lamp = town.upload()
    dee = keeper_of(town, "dee", lamp)
    fay = Call(town.join("fay", Role.DESIGNER))
    everybody(services, "dee", "fay", "ste", "ada")
    changes = town.application.design_changes
    first = changes.propose(fay, lamp.id, changed(town, fay).id, "it stands firmer")
    (told,) = said(services).items()
    assert told == ("A change of lamp is proposed: it stands firmer. Accept it, or say why not.", ["dee"])
    changes.decline(dee, first.id, "it tips over")
    assert said(services) == {"Your change of lamp was declined: it tips over.": ["fay"]}
    assert Topic.DESIGN_CHANGE not in {each.topic for each in town.application.alerts.desk.open(dee.actor).items}


def test_a_dispute_and_a_freeze_are_told_without_amount_or_reason(services: Services) -> None:
    town = services.town
    everybody(services, "ada", "north", "nora", "south", "ste")
    credit, ste, ada = town.application.credit, Call(town.people["ste"]), Call(town.people["ada"])
    credit.accounts.choose(ste, enabled=True, unit="hours")
    mine = credit.accounts.open(ada, None)
    theirs = credit.accounts.open(Call(town.people["north"]), "north")
    credit.accounts.limit(ste, mine.id, 5000, "starter")
    paid = credit.payments.pay(ada, mine.id, theirs.id, 1234, "two clips")
    services.turn()
    credit.payments.dispute(ada, paid.id, "never came")
    (told,) = said(services).items()
    assert told[1] == ["ada", "nora", "north", "ste"]
    assert not any(secret in told[0] for secret in ("12", "clips", "never"))
    credit.accounts.freeze(ste, theirs.id, "looked into", frozen=True)
    assert said(services) == {"An account of mutual credit of yours is frozen: looked into.": ["nora", "north"]}


def test_stewards_hear_what_a_network_was_refused_and_not_every_quarter_of_an_hour(services: Services) -> None:
    town = services.town
    everybody(services, "ada", "ste")
    happens(town, "neighbour.refused", "neighbour west", "the signature does not hold", refused=1)
    assert said(services) == {"Something that came from west was refused: the signature does not hold.": ["ste"]}
    for _ in range(8):
        town.real.move(minutes=15)
        happens(town, "neighbour.refused", "neighbour west", "the signature does not hold", refused=1)
        assert said(services) == {}
    happens(town, "neighbour.refused", "stick", "it is no zip file", refused=1)
    assert said(services) == {"Something that came from a stick was refused: it is no zip file.": ["ste"]}


def test_a_second_person_is_asked_to_confirm_an_income(services: Services) -> None:
    town = services.town
    lamp = town.upload()
    dee = keeper_of(town, "dee", lamp)
    ste = Call(town.people["ste"])
    formula = town.application.formulas.begin(dee, "buckets", lamp.id, "")
    town.application.formulas.propose(dee, formula.id, Voting(Rule.CONSENT, 24))
    town.clock.move(hours=24)
    town.application.proposals.decide_due()
    everybody(services, "dee", "ste", "ada", "north")
    made = town.application.distributions.propose(dee, lamp.id, None, 12_000, "EUR", "a fair", "")
    (told,) = said(services).items()
    assert told == ("An income of 120.00 EUR for lamp is to be shared. A second person confirms it.", ["ste"])
    town.application.distributions.confirm(ste, made.id, "")
    assert said(services) == {}
    assert Topic.DISTRIBUTION not in {each.topic for each in town.application.alerts.desk.open(ste.actor).items}


def test_who_is_in_it_is_told_that_a_date_is_near_and_of_the_end(services: Services) -> None:
    town = services.town
    ben = Call(town.join("ben", Role.BUILDER))
    design = town.upload("Screw,4,,,,Shop", "Panel,1,Manual cutting,,,")
    goal = Goal(1000, "EUR", town.clock.now() + timedelta(days=7))
    build = town.application.pledges.open(Call(town.people["ada"]), design.id, 1, goal).build_id
    town.application.pledges.pledge(ben, build, 250)
    everybody(services, "ada", "ben", "ste")
    town.clock.move(days=4, hours=23)
    assert said(services) == {}
    town.clock.move(hours=1)
    (near,) = said(services).items()
    assert near[0] == f"It ends Mon 14 Jan 2030 09:00 UTC, and 7.50 EUR is still wanted: build {build} of lamp."
    assert near[1] == ["ada", "ben"]
    assert said(services) == {}
    town.application.pledges.pledge(ben, build, 750)
    assert said(services)[f"Enough is pledged: build {build} of lamp. It is made, and all pledges bind."] == [
        "ada",
        "ben",
    ]


@pytest.mark.parametrize("licence", [LICENCE, None])
def test_an_offer_says_that_its_licence_is_to_be_settled(services: Services, licence: str | None) -> None:
    services.known_at("south")
    services.town.order(services.town.upload("Panel,1,Manual cutting,Plywood,,", licence=licence))
    services.turn()
    open_ones = services.town.application.alerts.desk.open(services.town.people["ste"]).items
    offers = [each.sentence for each in open_ones if each.topic is Topic.OFFER and each.sentence.startswith("Panel")]
    assert len(offers) == 1
    assert ("Say how its licence is settled:" in offers[0]) == (licence is None)
    assert offers[0] == offers[0].strip()
