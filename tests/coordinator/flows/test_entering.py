"""Work that people enter, corrections, rates: who may, what follows, and that nothing is erased."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from commons.flows.actions import Action
from coordinator.schema.network import Role
from coordinator.service.access import VISITOR, Actor
from coordinator.service.flows.asked import Asked
from coordinator.service.flows.names import Kind
from coordinator.service.flows.work import Declared
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from core.errors import InputError, StateError
from tests.coordinator.service.conftest import NOW, Town
from tests.coordinator.service.test_stock import order_foot
from tests.coordinator.service.test_whole_life import printed


def ada(town: Town, key: str | None = None) -> Call:
    return Call(town.people["ada"], key)


def test_declared_work_is_in_the_ledger_once_whatever_is_asked_twice(town: Town) -> None:
    build = town.order()
    said = Declared("translation", 90, NOW, build_id=build.id, note="the manual, into Spanish")
    first = town.application.work.declare(ada(town, "key"), said)
    assert town.application.work.declare(ada(town, "key"), said) == first
    called = town.application.flows.names()
    (event,) = town.application.flows.events(build_id=build.id).items
    assert event == first
    assert (event.provider, event.receiver) == (
        called.of(Kind.PERSON, town.people["ada"].id), called.of(Kind.BUILD, build.id),
    )  # fmt: skip
    assert (event.effort, event.effort_unit, event.kinds, event.note) == (
        "90", "min", ["translation"], "the manual, into Spanish",
    )  # fmt: skip
    assert event.design_id == build.design_id


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"kind": "machine"}, "no kind of work"),
        ({"kind": ""}, "no kind of work"),
        ({"minutes": 0}, "from 1 to"),
        ({"build_id": 1, "design_id": 1}, "for a build or for a design"),
        ({"at": NOW + timedelta(minutes=1)}, "still to be done"),
        ({"note": "two\nlines"}, "one line"),
    ],
)
def test_what_is_no_work_is_refused_and_says_why(town: Town, said: dict[str, object], why: str) -> None:
    with pytest.raises(InputError, match=why):
        town.application.work.declare(ada(town), Declared(**{"kind": "care", "minutes": 5, **said}))  # type: ignore[arg-type]


def test_only_people_who_take_part_enter_work_and_only_for_what_there_is(town: Town) -> None:
    declare = town.application.work.declare
    with pytest.raises(UnauthenticatedError):
        declare(Call(VISITOR), Declared("care", 5))
    with pytest.raises(ForbiddenError):
        declare(Call(town.agent("north")), Declared("care", 5))
    with pytest.raises(UnknownError):
        declare(ada(town), Declared("care", 5, build_id=99))
    with pytest.raises(UnknownError):
        declare(ada(town), Declared("care", 5, design_id=99))
    assert declare(ada(town), Declared("care", 5)).receiver == town.application.flows.names().whole


def test_an_event_is_taken_back_once_by_who_has_a_say_and_entered_anew(town: Town) -> None:
    work, flows = town.application.work, town.application.flows
    entered = work.declare(Call(town.people["north"]), Declared("care", 600))
    with pytest.raises(UnauthenticatedError):
        work.correct(Call(VISITOR), entered.number, "no")
    for stranger in ("ada", "south"):
        with pytest.raises(ForbiddenError, match="has no say"):
            work.correct(Call(town.people[stranger]), entered.number, "no")
    colleague = town.join("nora", Role.OPERATOR, "north")
    with pytest.raises(InputError, match="say why"):
        work.correct(Call(colleague), entered.number, " ")
    with pytest.raises(InputError, match="above zero"):
        work.correct(Call(colleague), entered.number, "typo", Decimal(-3))
    back = work.correct(Call(colleague), entered.number, "an hour, not ten", Decimal(60))
    assert (back.corrects, back.effort, back.note) == (entered.id, "-600", "an hour, not ten")
    with pytest.raises(StateError, match="before"):
        work.correct(Call(colleague), entered.number, "again")
    with pytest.raises(StateError, match="takes another back"):
        work.correct(Call(colleague), back.number, "again")
    assert [each.effort for each in flows.events().items] == ["60", "-600", "600"], "nothing is erased"
    assert flows.events().items[2].taken_back_by == back.id
    person = flows.names().of(Kind.PERSON, town.people["north"].id)
    assert flows.ledger().gave(person) == {(Action.WORK, "min"): 60}


@pytest.mark.parametrize("who", ["ste", "self"])
def test_stewards_and_who_is_named_have_a_say(town: Town, who: str) -> None:
    entered = town.application.work.declare(ada(town), Declared("care", 5))
    actor = town.people["ada" if who == "self" else who]
    assert town.application.work.correct(Call(actor), entered.number, "a mistake").corrects == entered.id


def test_a_labs_machine_time_is_for_its_operators_to_correct(town: Town) -> None:
    order_foot(town)
    printed(town, town.agent("north"))
    used = next(each for each in town.application.flows.events().items if each.action == "use")
    for stranger in ("ada", "south"):
        with pytest.raises(ForbiddenError):
            town.application.work.correct(Call(town.people[stranger]), used.number, "too long")
    town.application.work.correct(Call(town.people["north"]), used.number, "the clock was wrong", Decimal(540))
    minutes = [each.minutes for each in town.application.flows.given(build_ids=[1]).contributions]
    assert minutes == [9]


def test_what_is_given_counts_at_the_rate_that_held_then(town: Town) -> None:
    build, rates, work = town.order(), town.application.rates, town.application.work
    work.declare(ada(town), Declared("care", 60, NOW - timedelta(days=2), build_id=build.id))
    rates.set_own(ada(town), "care", Asked(1000, since=NOW - timedelta(days=1)))
    work.declare(ada(town), Declared("care", 60, build_id=build.id))
    town.clock.move(hours=1)
    rates.set_own(ada(town), "care", Asked(1500))
    work.declare(ada(town), Declared("care", 30, build_id=build.id))
    given = town.application.flows.given(build_ids=[build.id])
    assert [(each.minutes, each.rate) for each in given.contributions] == [(60, None), (60, 1000), (30, 1500)]
    assert given == town.application.flows.given(design_id=build.design_id)
    foreign = town.application.flows.given(build_ids=[build.id], currency="CHF")
    assert {each.rate for each in foreign.contributions} == {None}


def test_nobody_changes_what_was_given_at_another_rate(town: Town) -> None:
    town.application.rates.set_own(ada(town), "care", Asked(1000))
    with pytest.raises(InputError, match="from now on"):
        town.application.rates.set_own(ada(town), "care", Asked(9000, since=NOW - timedelta(seconds=1)))


def test_a_rate_is_somebodys_own_and_a_steward_sees_it(town: Town) -> None:
    rates, person = town.application.rates, town.people["ada"].id
    rates.set_own(ada(town), "design", Asked(2000))

    def seen(actor: Actor) -> list[int]:
        return [each.cents_per_hour for each in rates.of_person(actor, person)]

    assert seen(town.people["ada"]) == seen(town.people["ste"]) == [2000]
    for stranger in (town.people["north"], VISITOR):
        with pytest.raises((ForbiddenError, UnauthenticatedError)):
            seen(stranger)
    assert "2000" not in str(town.application.log.after(0, 9999)), "the log is public"
    town.application.people.erase(ada(town), person)
    assert rates.of_person(town.people["ste"], person) == []


def test_a_lab_sets_rates_for_its_machines_and_nobody_else_does(town: Town) -> None:
    rates = town.application.rates
    for stranger in ("ste", "ada", "south"):
        with pytest.raises(ForbiddenError):
            rates.set_for_lab(Call(town.people[stranger]), "north", None, Asked(300))
    with pytest.raises(UnknownError):
        rates.set_for_lab(Call(town.people["north"]), "north", "south-bench", Asked(300))
    rates.set_for_lab(Call(town.people["north"]), "north", None, Asked(300))
    rates.set_for_lab(Call(town.people["north"]), "north", "north-printer", Asked(450))
    assert [each.cents_per_hour for each in rates.of_lab("north")] == [450, 300]
    order_foot(town)
    printed(town, town.agent("north"))
    (machine,) = [e for e in town.application.flows.given(build_ids=[1]).contributions if e.kind == "machine"]
    assert (machine.minutes, machine.rate) == (10, 450)
