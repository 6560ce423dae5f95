"""Builds that wait for pledges, orders that wait for others, a fund that is shared: reached once, lapsed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from commons.scope import Way
from coordinator.files import FileStore
from coordinator.schema.builds import BuildState, TaskState
from coordinator.schema.network import Role
from coordinator.schema.pledge import Cause, GoalState, JoinRow, RoundState
from coordinator.service.access import VISITOR
from coordinator.service.application import KEEPER, Application
from coordinator.service.costing.campaign_shares import Pool
from coordinator.service.costing.pledges import Goal, GoalView
from coordinator.service.costing.set_ups import Batch, cost_of
from coordinator.service.house import Call, House, Settings
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from coordinator.store import Store
from core.errors import FabcommonsError, InputError, StateError
from tests.coordinator.conftest import LABS, block_stl

from .conftest import NOW, Hand, Town
from .test_quotes import PRICED

WEEK = NOW + timedelta(days=7)


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """A town on either database."""
    where = f"sqlite:///{tmp_path}/x.db"
    if request.param == "postgresql":
        make: Callable[[], str] = request.getfixturevalue("databases")
        where = make()
    store, clock = Store(where), Hand()
    house = House(store, FileStore(tmp_path / "files"), clock, Hand(), Settings(plan_seconds=0.5))
    made = Town(Application(house), clock, Hand(), tmp_path)
    made.application.labs.put(Call(KEEPER), yaml.safe_load(LABS))
    for name, role in (("ste", Role.STEWARD), ("ada", Role.BUILDER), ("ben", Role.BUILDER), ("cem", Role.BUILDER)):
        made.join(name, role)
    yield made
    made.application.close()
    store.close()


def by(town: Town, name: str) -> Call:
    return Call(town.people[name])


def waiting(town: Town, cents: int = 1000, count: int = 1) -> GoalView:
    design = town.upload("Screw,4,,,,Shop", "Panel,1,Manual cutting,,,")
    return town.application.pledges.open(by(town, "ada"), design.id, count, Goal(cents, "EUR", WEEK))


def kinds(town: Town) -> list[str]:
    return [each.kind for each in town.application.log.after(0, 9999)]


def test_nothing_of_a_build_is_offered_before_enough_is_pledged(both: Town) -> None:
    application, goal = both.application, waiting(both)
    assert (goal.state, goal.pledged_cents, goal.people) == (GoalState.PLEDGING, 0, 0)
    both.plan()
    build = application.builds.one(goal.build_id)
    assert (build.state, build.planning) == (BuildState.WAITING, False)
    assert application.offers.all().items == []
    assert application.shopping.of() == []
    assert application.quotes.of_build(goal.build_id).unknown, "it is quoted before anybody pledges"
    task = next(each for each in application.tasks.of(goal.build_id).items if each.kind == "purchase")
    with pytest.raises(StateError):
        application.purchases.want(by(both, "ada"), {task.id: None})
    half = application.pledges.pledge(by(both, "ben"), goal.build_id, 600)
    assert (half.state, half.pledged_cents) == (GoalState.PLEDGING, 600)
    assert application.pledges.withdraw(by(both, "ben"), half.pledges[0].id).pledged_cents == 0
    application.pledges.pledge(by(both, "ben"), goal.build_id, 400)
    met = application.pledges.pledge(by(both, "cem"), goal.build_id, 600)
    assert (met.state, met.pledged_cents, met.people, met.settled_at) == (GoalState.REACHED, 1000, 2, NOW)
    with pytest.raises(StateError, match="what was pledged binds"):
        application.pledges.withdraw(by(both, "cem"), met.pledges[-1].id)
    with pytest.raises(StateError, match="enough is pledged"):
        application.pledges.pledge(by(both, "ada"), goal.build_id, 1)
    both.plan()
    assert application.builds.one(goal.build_id).state is BuildState.OPEN
    assert application.offers.all().items
    assert kinds(both).count("goal.reached") == 1


def test_it_lapses_at_its_date_and_frees_all(both: Town) -> None:
    application, goal = both.application, waiting(both)
    application.pledges.pledge(by(both, "ben"), goal.build_id, 999)
    assert application.pledges.sweep() == 0
    both.clock.moment = WEEK
    with pytest.raises(StateError, match="nobody owes anything"):
        application.pledges.pledge(by(both, "cem"), goal.build_id, 1)
    assert (application.pledges.sweep(), application.pledges.sweep()) == (1, 0)
    assert application.pledges.one(goal.build_id).state is GoalState.LAPSED
    assert application.builds.one(goal.build_id).state is BuildState.CANCELLED
    assert {each.state for each in application.tasks.of(goal.build_id).items} == {TaskState.CANCELLED}
    assert application.changes.cancellations.one(goal.build_id).why == "not enough was pledged in time"
    both.plan()
    assert application.offers.all().items == []


def test_who_ordered_it_may_call_it_off(both: Town) -> None:
    goal = waiting(both)
    both.application.changes.cancellations.cancel(by(both, "ada"), goal.build_id, "no time")
    assert both.application.pledges.one(goal.build_id).state is GoalState.LAPSED
    with pytest.raises(StateError, match="nobody owes anything"):
        both.application.pledges.pledge(by(both, "ben"), goal.build_id, 1000)


def test_two_that_pledge_at_the_same_moment_reach_it_once(both: Town) -> None:
    goal = waiting(both)
    told = at_once(
        [
            lambda who=who: both.application.pledges.pledge(by(both, who), goal.build_id, 700)
            for who in ("ada", "ben", "cem")
        ]
    )
    found = both.application.pledges.one(goal.build_id)
    assert (found.state, found.pledged_cents) == (GoalState.REACHED, 1400), "the third came too late"
    assert [type(each) for each in told if isinstance(each, Exception)] == [StateError]
    assert kinds(both).count("goal.reached") == 1
    both.plan()
    assert kinds(both).count("plan.made") == 1


def at_once(steps: list[Callable[[], object]]) -> list[object]:
    """What each gives or raises, all begun together."""
    begin, told = threading.Barrier(len(steps)), list[object]()

    def step(one: Callable[[], object]) -> None:
        begin.wait()
        try:
            told.append(one())
        except FabcommonsError as error:
            told.append(error)

    threads = [threading.Thread(target=step, args=(each,)) for each in steps]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return told


def test_who_may_pledge_and_who_sees_how_much(both: Town) -> None:
    application, goal = both.application, waiting(both)
    with pytest.raises(UnauthenticatedError):
        application.pledges.pledge(Call(VISITOR), goal.build_id, 5)
    for cents in (0, -5, 10**12):
        with pytest.raises(InputError, match="from 1 to"):
            application.pledges.pledge(by(both, "ben"), goal.build_id, cents)
    with pytest.raises(UnknownError, match="waits for no pledges"):
        application.pledges.pledge(by(both, "ben"), 99, 5)
    mine = application.pledges.pledge(by(both, "ben"), goal.build_id, 5)
    with pytest.raises(ForbiddenError, match="somebody else's"):
        application.pledges.withdraw(by(both, "cem"), mine.pledges[0].id)
    seen = application.pledges.one(goal.build_id, VISITOR)
    assert (seen.pledges, seen.pledged_cents, seen.people) == ([], 5, 1)
    assert [each.who for each in application.pledges.one(goal.build_id, both.people["cem"]).pledges] == [
        both.people["ben"].id
    ]
    said = [each for each in application.log.after(0, 999) if each.kind == "pledge.made"]
    assert [each.data for each in said] == [{}], "the log is for everybody"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["ada", "north", "ste"]), st.integers(1, 700), st.booleans()), max_size=8)
)
def test_a_goal_is_reached_once_and_by_the_pledge_that_makes_enough(
    town: Town, steps: list[tuple[str, int, bool]]
) -> None:
    designs = town.application.designs.all().items or [town.upload("Screw,4,,,,Shop")]
    pledges = town.application.pledges
    goal = pledges.open(by(town, "ada"), designs[0].id, 1, Goal(1000, "EUR", WEEK))
    standing: dict[int, int] = {}
    reached = False
    for who, cents, back in steps:
        mine = next(
            (
                each
                for each in pledges.one(goal.build_id, KEEPER).pledges
                if each.id in standing and each.who == town.people[who].id
            ),
            None,
        )
        try:
            if back and mine is not None:
                pledges.withdraw(by(town, who), mine.id)
                assert not reached
                del standing[mine.id]
            else:
                seen = pledges.pledge(by(town, who), goal.build_id, cents)
                assert not reached
                standing[seen.pledges[-1].id] = cents
        except StateError:
            assert reached
        reached = reached or sum(standing.values()) >= 1000
        now = pledges.one(goal.build_id)
        assert (now.state is GoalState.REACHED) == reached
        assert now.pledged_cents == sum(standing.values())
        assert (town.application.builds.one(goal.build_id).state is BuildState.OPEN) == reached


def test_a_campaign_becomes_one_build_when_enough_have_joined(both: Town) -> None:
    campaigns, design = both.application.campaigns, both.upload("Panel,1,Manual cutting,,,")
    opened = campaigns.open(by(both, "ada"), "panels for all", 5, WEEK, design_id=design.id, pieces=2)
    assert (opened.joined, opened.people, opened.builds) == (2, 1, [])
    joined = campaigns.join(by(both, "ben"), opened.id, 2)
    assert joined.state is GoalState.PLEDGING
    left = campaigns.leave(by(both, "ben"), joined.joins[-1].id)
    assert left.joined == 2
    campaigns.join(by(both, "ben"), opened.id, 1)
    whole = campaigns.join(by(both, "cem"), opened.id, 4)
    assert (whole.state, whole.joined) == (GoalState.REACHED, 7)
    (build,) = whole.builds
    assert (both.application.builds.one(build).quantity, both.application.builds.one(build).ordered_by) == (
        7,
        both.people["ada"].id,
    )
    with pytest.raises(StateError, match="being made"):
        campaigns.join(by(both, "ste"), opened.id, 1)
    with pytest.raises(StateError, match="being made"):
        campaigns.leave(by(both, "cem"), whole.joins[-1].id)
    assert campaigns.sweep() == 0
    assert campaigns.one(opened.id).joins == [], "who joined is for people of the network"
    both.plan()
    assert sum(each.pieces for each in both.application.tasks.of(build).items[0].lots) == 7


def test_a_campaign_that_is_reached_is_made_even_after_a_crash(both: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    campaigns, design = both.application.campaigns, both.upload("Panel,1,Manual cutting,,,")
    opened = campaigns.open(by(both, "ada"), "panels", 2, WEEK, design_id=design.id, pieces=1)
    with monkeypatch.context() as patched:
        patched.setattr(campaigns, "_found", lambda campaign_id: 0)  # the process ends here
        assert campaigns.join(by(both, "ben"), opened.id, 1).builds == []
    assert (campaigns.sweep(), campaigns.sweep()) == (1, 0)
    assert len(campaigns.one(opened.id).builds) == 1


def test_orders_that_come_at_the_same_moment_become_one_build(both: Town) -> None:
    campaigns, design = both.application.campaigns, both.upload("Panel,1,Manual cutting,,,")
    opened = campaigns.open(by(both, "ada"), "panels", 2, WEEK, design_id=design.id, pieces=1)
    at_once([lambda who=who: campaigns.join(by(both, who), opened.id, 1) for who in ("ben", "cem", "ste")])
    campaigns.sweep()
    found = campaigns.one(opened.id)
    assert (found.state, found.joined, len(found.builds)) == (GoalState.REACHED, 2, 1)
    assert kinds(both).count("campaign.reached") == kinds(both).count("build.opened") == 1
    with both.application.house.reading() as session:
        assert {row.build_id for row in session.scalars(select(JoinRow))} == set(found.builds)


def test_a_campaign_for_a_set_up_takes_any_design_and_lapses(both: Town) -> None:
    campaigns = both.application.campaigns
    first, second = both.upload("Panel,1,Manual cutting,,,"), both.upload("Board,1,Manual cutting,,,")
    opened = campaigns.open(by(both, "ada"), "the knife is set up for card", 3, WEEK)
    with pytest.raises(InputError, match="of which design"):
        campaigns.join(by(both, "ben"), opened.id, 1)
    campaigns.join(by(both, "ben"), opened.id, 1, first.id)
    made = campaigns.join(by(both, "cem"), opened.id, 2, second.id)
    assert len(made.builds) == 2, "one of each design, ordered by who wants it"
    orderers = {both.application.builds.one(each).ordered_by for each in made.builds}
    assert orderers == {both.people["ben"].id, both.people["cem"].id}
    late = campaigns.open(by(both, "ada"), "panels", 9, WEEK, design_id=first.id, pieces=1)
    with pytest.raises(InputError, match="is of design"):
        campaigns.join(by(both, "ben"), late.id, 1, second.id)
    both.clock.moment = WEEK
    assert (campaigns.sweep(), campaigns.sweep()) == (1, 0)
    assert (campaigns.one(late.id).state, campaigns.one(late.id).builds) == (GoalState.LAPSED, [])
    with pytest.raises(StateError, match="nobody has ordered"):
        campaigns.join(by(both, "ben"), late.id, 1)


def test_each_who_joins_sees_what_sharing_saves(town: Town) -> None:
    town.application.labs.put(Call(KEEPER), yaml.safe_load(PRICED))
    town.join("ben", Role.BUILDER)
    design = town.upload("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 20))
    campaigns = town.application.campaigns
    opened = campaigns.open(by(town, "ada"), "feet", 9, WEEK, design_id=design.id, pieces=1)
    assert campaigns.shares(KEEPER, opened.id) == [], "nobody shares alone"
    campaigns.join(by(town, "ben"), opened.id, 2)
    shares = campaigns.shares(town.people["ben"], opened.id)
    assert [(each.alone_cents, each.share_cents, each.saved_cents) for each in shares] == [(60, 30, 30)] * 2
    assert {each.way for each in shares} == {str(Way.SHAPLEY)}
    assert campaigns.shares(VISITOR, opened.id) == []


ORDERS = st.dictionaries(st.sampled_from("abcdefghijklmnop"), st.integers(1, 50), min_size=1, max_size=14)
BATCHES = st.lists(
    st.builds(
        Batch, st.just("t"), st.integers(1, 60), st.integers(0, 300), st.integers(1, 20), st.integers(0, 10**5),
        st.just("EUR"),
    ),
    min_size=1, max_size=3,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(BATCHES, ORDERS)
def test_shares_of_set_ups_come_to_what_they_cost_together(batches: list[Batch], orders: dict[str, int]) -> None:
    (found,) = Pool({1: orders}, {1: batches}).savings().values()
    assert sum(found.shares.values()) == found.together == cost_of(batches, sum(orders.values()))
    assert found.together <= sum(found.alone.values()), "together it never takes more runs"
    assert (found.way is Way.SHAPLEY) == (len(orders) <= 12)


def test_a_round_of_the_fund_grants_and_returns(both: Town) -> None:
    application, goal = both.application, waiting(both, cents=300)
    fund = application.fund
    with pytest.raises(ForbiddenError):
        fund.open(by(both, "ada"), "Spring", 1000, "EUR", WEEK)
    opened = fund.open(by(both, "ste"), "Spring", 1000, "EUR", WEEK - timedelta(days=1))
    asked = fund.ask(by(both, "ada"), opened.id, Cause.BUILD, str(goal.build_id), 300, "a lamp for the school")
    with pytest.raises(StateError, match="already"):
        fund.ask(by(both, "ste"), opened.id, Cause.BUILD, str(goal.build_id), 300, "")
    with pytest.raises(ForbiddenError):
        fund.ask(by(both, "ada"), opened.id, Cause.MACHINE, "north-printer", 300, "a nozzle")
    for subject in ("99", "-1", "x", "9" * 30):
        with pytest.raises(UnknownError):
            fund.ask(by(both, "ada"), opened.id, Cause.BUILD, subject, 300, "")
    (want,) = asked.wants
    with pytest.raises(InputError, match="100 at most"):
        fund.allot(by(both, "ben"), opened.id, {want.id: 101})
    with pytest.raises(InputError, match="nothing is asked"):
        fund.allot(by(both, "ben"), opened.id, {99: 1})
    fund.allot(by(both, "ben"), opened.id, {want.id: 10})
    said = fund.allot(by(both, "ben"), opened.id, {want.id: 100})
    assert [(each.people, each.percent) for each in said.wants] == [(1, 100)], "the last word counts"
    fund.allot(by(both, "cem"), opened.id, {want.id: 100})
    both.clock.moment = WEEK - timedelta(days=1)
    with pytest.raises(StateError, match="over"):
        fund.allot(by(both, "ada"), opened.id, {want.id: 1})
    assert (fund.sweep(), fund.sweep()) == (1, 0)
    over = fund.one(opened.id, both.people["ada"])
    assert (over.state, over.wants[0].granted, over.granted_cents + over.returned_cents) == (
        RoundState.GRANTED,
        300,
        1000,
    )
    back = {each.who: each.cents for each in over.returns}
    assert {name: back[both.people[name].id] for name in ("ste", "ada", "ben", "cem")} == {
        "ste": 250, "ada": 250, "ben": 100, "cem": 100,
    }  # fmt: skip
    assert fund.one(opened.id).returns == []
    assert application.pledges.one(goal.build_id).state is GoalState.REACHED, "what is granted counts as pledged"
