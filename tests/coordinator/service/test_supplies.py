"""What is bought: taken in hand, ordered, come in parts, bad, late; one purchase for several builds; the list."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordinator.schema.builds import TaskState
from coordinator.schema.network import Role
from coordinator.schema.supply import PurchaseState
from coordinator.service.access import VISITOR
from coordinator.service.house import Call
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError
from coordinator.service.supplies.purchases import Count, Ordered, PurchaseView
from coordinator.service.supplies.shopping import as_csv, plain_cell
from coordinator.service.work.tasks import TaskView
from core.errors import InputError, StateError

from .conftest import NOW, Town

WEEK = NOW + timedelta(days=7)


def screws(town: Town, build_id: int) -> TaskView:
    return next(each for each in town.application.tasks.of(build_id).items if each.kind == "purchase")


def ada(town: Town) -> Call:
    return Call(town.people["ada"])


def ordered(town: Town, quantity: float | None = None, **said: object) -> PurchaseView:
    """Screws of a new build, ordered by its builder."""
    build = town.order(town.upload("Panel,1,Manual cutting,Plywood,,", "Screw,4,,,,Shop"))
    purchases = town.application.purchases
    wanted = purchases.want(ada(town), {screws(town, build.id).id: quantity})
    said = {"expected_at": WEEK, **said}
    return purchases.order(ada(town), wanted.id, Ordered("Shop", **said))  # type: ignore[arg-type]


def test_a_purchase_goes_from_wanted_to_arrived_and_its_task_with_it(town: Town) -> None:
    build = town.order(town.upload("Panel,1,Manual cutting,Plywood,,", "Screw,4,,,,Shop"))
    purchases, task = town.application.purchases, screws(town, build.id)
    (part,) = town.application.shopping.of(build.id)
    assert (part.state, part.missing, part.supplier, part.price) == ("wanted", 4, "Shop", None)
    wanted = purchases.want(ada(town), {task.id: None})
    assert (wanted.state, wanted.buyer, wanted.items[0].quantity) == ("wanted", town.people["ada"].id, 4)
    with pytest.raises(StateError, match="nothing of it is missing"):
        purchases.want(ada(town), {task.id: None})
    prices = {wanted.items[0].id: 0.8}
    said = Ordered("Shop", "A-17", WEEK, "EUR", prices, 3.9, "north")
    purchase = purchases.order(ada(town), wanted.id, said)
    assert (purchase.order_number, purchase.items[0].price, purchase.carriage) == ("A-17", 0.8, 3.9)
    assert screws(town, build.id).arrives_at == WEEK
    town.plan()
    runs = town.application.builds.plan(build.id).document["runs"]
    lamp = next(each for each in runs if each["kind"] == "assemble")
    assert lamp["start"] >= WEEK.isoformat(), "the plan waits for it"
    assert purchases.receive(ada(town), wanted.id, []).state is PurchaseState.ARRIVED
    assert screws(town, build.id).state is TaskState.DONE
    assert purchases.one(VISITOR, wanted.id).order_number is None, "the supplier's number is not for everybody"
    kinds = [each.kind for each in town.application.log.of_build(build.id, 99)]
    assert {"purchase.wanted", "purchase.ordered", "purchase.came", "purchase.arrived"} <= set(kinds)


def test_what_comes_in_parts_is_short_until_the_last_and_bad_ones_do_not_count(town: Town) -> None:
    purchases, purchase = town.application.purchases, ordered(town)
    (item,) = purchase.items
    with pytest.raises(InputError, match="say what is wrong"):
        purchases.receive(ada(town), purchase.id, [Count(item.id, good=1, bad=1)])
    short = purchases.receive(ada(town), purchase.id, [Count(item.id, good=1, bad=1)], "one is bent")
    assert (short.state, short.items[0].arrived, short.items[0].open, short.items[0].bad) == ("short", 1, 3, 1)
    task = screws(town, item.build_id)
    assert (task.state, task.arrives_at) == (TaskState.ORDERED, WEEK)
    again = purchases.order(ada(town), purchase.id, Ordered("Other shop", expected_at=WEEK + timedelta(days=3)))
    assert again.state is PurchaseState.ORDERED
    assert screws(town, item.build_id).arrives_at == WEEK + timedelta(days=3)
    last = purchases.receive(ada(town), purchase.id, [Count(item.id, good=5)])
    assert (last.state, last.items[0].arrived, last.items[0].surplus) == ("arrived", 4, 2)
    found = purchases.find_bad(ada(town), purchase.id, item.id, 2, "the thread is torn")
    assert (found.state, found.items[0].arrived, found.items[0].bad) == ("short", 2, 3)
    task = screws(town, item.build_id)
    assert task.state is TaskState.ORDERED, "its task is open again"
    with pytest.raises(StateError, match="2 of it had come"):
        purchases.find_bad(ada(town), purchase.id, item.id, 3, "all of them")


def test_a_late_purchase_moves_the_plan_and_a_cancelled_one_is_missing_again(town: Town) -> None:
    purchases, purchase = town.application.purchases, ordered(town)
    build = purchase.items[0].build_id
    town.plan()
    late = WEEK + timedelta(days=14)
    purchases.expect(ada(town), purchase.id, late, "sold out")
    assert town.application.builds.one(build).planning
    town.plan()
    plan = town.application.builds.plan(build)
    assert max(each["end"] for each in plan.document["runs"]) >= late.isoformat()
    assert "sold out" in plan.why
    purchases.cancel(ada(town), purchase.id, "the shop has closed")
    (part,) = town.application.shopping.of(build)
    assert (part.state, part.missing) == ("wanted", 4)
    with pytest.raises(StateError):
        purchases.receive(ada(town), purchase.id, [])


def test_one_purchase_serves_all_builds_of_a_builder_and_nobody_elses(town: Town) -> None:
    design = town.upload("Screw,4,,,,Shop")
    builds = [town.order(design), town.order(design)]
    tasks = [screws(town, each.id).id for each in builds]
    purchase = town.application.purchases.want(ada(town), dict.fromkeys(tasks))
    assert [each.build_id for each in purchase.items] == [each.id for each in builds]
    assert [each.state for each in town.application.shopping.of(builder=town.people["ada"].id)] == ["wanted"] * 2
    town.join("eve", Role.BUILDER)
    theirs = town.application.builds.order(Call(town.people["eve"]), design.id, 1)
    other = screws(town, theirs.id).id
    with pytest.raises(ForbiddenError):
        town.application.purchases.want(ada(town), {other: None})
    with pytest.raises(StateError, match="one person has ordered"):
        town.application.purchases.want(Call(town.people["ste"]), {tasks[0]: 1.0, other: 1.0})


def test_who_may_say_what_of_a_purchase(town: Town) -> None:
    town.join("eve", Role.BUILDER)
    purchases, purchase = town.application.purchases, ordered(town, place="north")
    for who, error in ((VISITOR, UnauthenticatedError), (town.people["eve"], ForbiddenError)):
        for step in (
            lambda who=who: purchases.order(Call(who), purchase.id, Ordered("Mine")),
            lambda who=who: purchases.expect(Call(who), purchase.id, WEEK, ""),
            lambda who=who: purchases.receive(Call(who), purchase.id, []),
            lambda who=who: purchases.cancel(Call(who), purchase.id, ""),
        ):
            with pytest.raises(error):
                step()
    with pytest.raises(ForbiddenError):
        purchases.receive(Call(town.people["south"]), purchase.id, [])
    with pytest.raises(ForbiddenError):
        purchases.cancel(Call(town.people["north"]), purchase.id, "")
    assert purchases.receive(Call(town.people["north"]), purchase.id, []).state is PurchaseState.ARRIVED


def test_who_says_it_is_here_is_believed_and_it_is_noted_as_bought(town: Town) -> None:
    build = town.order(town.upload("Screw,4,,,,Shop"))
    task = town.application.tasks.arrived(ada(town), screws(town, build.id).id)
    assert task.state is TaskState.DONE
    (purchase,) = town.application.purchases.all(VISITOR, build.id).items
    assert (purchase.state, purchase.supplier, purchase.items[0].arrived) == ("arrived", None, 4)


AMOUNT = st.floats(0, 12, allow_nan=False).map(lambda each: round(each, 2))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(AMOUNT, AMOUNT, st.booleans()), min_size=1, max_size=6))
def test_what_came_and_counts_is_never_more_than_ordered(town: Town, steps: list[tuple[float, float, bool]]) -> None:
    purchases = town.application.purchases
    designs = town.application.designs.all().items or [town.upload("Screw,4,,,,Shop")]
    build = town.application.builds.order(ada(town), designs[0].id, 1)
    wanted = purchases.want(ada(town), {screws(town, build.id).id: 7.0})
    purchase = purchases.order(ada(town), wanted.id, Ordered("Shop"))
    (item,) = purchase.items
    told = good = bad_later = 0.0
    for amount, bad, later in steps:
        before = purchases.one(VISITOR, purchase.id)
        try:
            if later:
                purchases.find_bad(ada(town), purchase.id, item.id, bad, "bad")
                bad_later += bad
            else:
                purchases.receive(ada(town), purchase.id, [Count(item.id, amount, bad)], "some are bad")
                told += amount
        except (StateError, InputError):
            assert purchases.one(VISITOR, purchase.id) == before, "what is refused changes nothing"
        now = purchases.one(VISITOR, purchase.id)
        good = now.items[0].arrived
        assert 0 <= good <= item.quantity
        assert good + now.items[0].open == pytest.approx(item.quantity)
        assert good + now.items[0].surplus + bad_later == pytest.approx(told), "all that came stands somewhere"
        assert (now.state is PurchaseState.ARRIVED) == (now.items[0].open == 0)
    assert (screws(town, item.build_id).state is TaskState.DONE) == (good >= 4)


def test_the_list_opens_in_a_spreadsheet_and_reckons_nothing(town: Town) -> None:
    build = town.order(town.upload('=HYPERLINK("http://evil.example"),4,,,,@SUM(A1)', "Screw,4,,,,Shop"))
    text = as_csv(town.application.shopping.of(build.id))
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len({len(row) for row in rows}) == 1
    assert rows[0][0] == "part"
    for row in rows[1:]:
        assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for cell in row), row


@given(st.text(max_size=20))
def test_no_cell_begins_a_formula(text: str) -> None:
    assert plain_cell(text).lstrip(" ")[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n")
    assert plain_cell(text).removeprefix("'") == text.removeprefix("'")


def test_what_was_paid_stands_in_the_costs_of_each_build(town: Town) -> None:
    design = town.upload("Screw,4,,,,Shop", "Cord,1,,,,Shop")
    builds = [town.order(design), town.order(design)]
    tasks = {
        each.task_id: each.quantity
        for build in builds
        for each in town.application.shopping.of(build.id)
        if each.name == "Screw" or build.id == builds[0].id
    }
    purchases = town.application.purchases
    wanted = purchases.want(ada(town), tasks)
    prices = {item.id: 1.0 + item.build_id for item in wanted.items if item.task == "Screw"}
    purchases.order(ada(town), wanted.id, Ordered("Shop", currency="EUR", prices=prices, carriage=3.0))
    town.plan()
    first, second = (town.application.quotes.of_build(each.id) for each in builds)
    assert [[(each.currency, each.cents) for each in quote.spent] for quote in (first, second)] == [
        [("EUR", 200 + 2 * 100)], [("EUR", 300 + 100)],
    ]  # fmt: skip
    assert [each.what for each in first.came_to_unknown] == ["1 Cord"], "nobody said what it cost"
    assert second.came_to_unknown == []
    with pytest.raises(InputError, match="a price has a currency"):
        Ordered("Shop", carriage=1.0)
    purchases.cancel(ada(town), wanted.id, "sold out")
    assert town.application.quotes.of_build(builds[0].id).spent == [], "what never came costs nothing"
