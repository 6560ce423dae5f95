"""What happens in the network is told as economic events: runs, hands, checks, purchases, shipments."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from commons.flows.actions import Action
from commons.flows.events import Event
from coordinator.service.flows.names import Kind, Names
from coordinator.service.house import Call
from coordinator.service.supplies.purchases import Count, Ordered
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.test_shipments import apart, south, split
from tests.coordinator.service.test_shipments import sent as sent_off
from tests.coordinator.service.test_stock import load, order_foot, spool
from tests.coordinator.service.test_whole_life import finish, printed

__all__ = ["split"]


def told(town: Town, *actions: Action) -> list[Event]:
    return [each for each in town.application.flows.ledger().events if not actions or each.action in actions]


def names(town: Town) -> Names:
    return town.application.flows.names()


def test_a_whole_build_is_told(town: Town) -> None:
    agent, build = town.agent("north"), town.order()
    finish(town, agent, build.id)
    called = names(town)
    lab, whole = called.of(Kind.LAB, "north"), called.of(Kind.BUILD, build.id)
    made = told(town, Action.PRODUCE)
    assert Counter(str(each.quantity) for each in made) == Counter({"1 piece": 3, "2 piece": 1})
    assert {each.receiver for each in made} == {whole}
    (cited,) = told(town, Action.CITE)
    assert (cited.provider, cited.resource) == (called.of(Kind.DESIGNERS, 1), called.of(Kind.DESIGN, 1))
    (bought,) = [each for each in told(town, Action.TRANSFER) if "money" not in each.kinds]
    assert (str(bought.quantity), bought.receiver) == ("4 piece", called.of(Kind.PERSON, town.people["ada"].id))
    workers = {each.provider for each in told(town, Action.WORK)}
    assert workers
    assert workers <= {called.of(Kind.PERSON, town.people[each].id) for each in ("north", "south")}
    assert all(each.effort is not None and each.effort.unit == "min" for each in told(town, Action.WORK))
    assert lab in {each.provider for each in made}


def test_what_a_run_takes_from_a_spool_is_consumed(town: Town) -> None:
    pla = spool(town, 500)
    order_foot(town)
    load(town, pla)
    agent = town.people.setdefault("agent", town.agent("north"))
    printed(town, agent)
    called = names(town)
    (used,) = told(town, Action.USE)
    assert (str(used.effort), used.resource) == ("600 s", called.of(Kind.MACHINE, "north-printer"))
    (consumed,) = told(town, Action.CONSUME)
    assert (consumed.specification, consumed.quantity is not None) == (called.of(Kind.MATERIAL, "pla"), True)
    stock = town.application.flows.ledger().stock(called.of(Kind.STOCK, pla.id))["g"]
    left = next(each.left for each in town.application.stock.all("north").items)
    assert stock.onhand == stock.accounting == Fraction(str(left))


def test_a_shipment_leaves_one_lab_and_comes_to_another(split: Town) -> None:
    build = apart(split)
    shipment = sent_off(split, build)
    called = names(split)
    stock = called.of(Kind.TASK, shipment.items[0].task_id)
    on_its_way = split.application.flows.ledger().stock(stock)["piece"]
    assert (on_its_way.accounting, on_its_way.onhand) == (2, 0)
    split.application.shipments.arrive(south(split), shipment.id)
    there = split.application.flows.ledger().stock(stock)["piece"]
    assert (there.accounting, there.onhand) == (2, 2)
    picked, dropped = told(split, Action.PICKUP)[0], told(split, Action.DROPOFF)[0]
    assert picked.provider == called.of(Kind.LAB, "north")
    assert dropped.receiver == called.of(Kind.LAB, "south")
    assert picked.receiver == dropped.provider == called.of(Kind.CARRIER, "Post")


def test_what_is_lost_is_owned_no_more_and_lies_nowhere(split: Town) -> None:
    build = apart(split)
    shipment = sent_off(split, build)
    split.application.shipments.lose(south(split), shipment.id, "it never came")
    stock = names(split).of(Kind.TASK, shipment.items[0].task_id)
    assert split.application.flows.ledger().stock(stock) == {}


def test_carriage_is_told_once_with_what_comes_first_and_shared_by_the_builds(town: Town) -> None:
    design = town.upload("Panel,1,Manual cutting,Plywood,,", "Screw,4,,,,Shop", "Nut,4,,,,Shop")
    builds = [town.order(design).id for _ in range(2)]
    tasks = [each.id for build in builds for each in town.application.tasks.of(build).items if each.kind == "purchase"]
    purchases, ada = town.application.purchases, Call(town.people["ada"])
    wanted = purchases.want(ada, dict.fromkeys(tasks[:3]))
    ordered = purchases.order(ada, wanted.id, Ordered("Shop", currency="EUR", carriage=10.0))
    assert told(town, Action.TRANSFER) == [], "nothing has come"
    for item in ordered.items:
        purchases.receive(ada, ordered.id, [Count(item.id, good=item.quantity)])
    paid = [each for each in told(town, Action.TRANSFER) if "money" in each.kinds]
    assert sorted(str(each.quantity) for each in paid) == ["3.33 EUR", "6.67 EUR"], "by the number of things"
    given = [town.application.flows.given(build_ids=[each], kinds=["money"]).contributions for each in builds]
    assert [each.amount for (each,) in given] == [667, 333]
