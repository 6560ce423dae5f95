import time
from dataclasses import replace

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.bill import Assembly, Bill, BillLine, Make, Status
from bom.graph import FINAL_TASK, Flow, Share, Task, TaskKind, task_graph
from core.errors import InputError

LEG = BillLine("leg", "leg", 4, make=Make.FABRICATE, process="additive", material="pla", files=("leg.stl", "leg.step"))
NUT = BillLine("nut", "nut", 8, make=Make.PURCHASE)


def test_parts_go_into_the_product() -> None:
    graph = task_graph(Bill("stool", (LEG, NUT)), quantity=3)
    assert graph.task(FINAL_TASK) == Task(FINAL_TASK, TaskKind.ASSEMBLE, "stool", 3)
    assert graph.task("fabricate:leg") == Task(
        "fabricate:leg", TaskKind.FABRICATE, "leg", 12, process="additive", material="pla", file="leg.stl"
    )
    assert graph.task("purchase:nut").quantity == 24
    assert graph.graph.edges["purchase:nut", FINAL_TASK]["quantity"] == 24
    assert [task.id for task in graph.before(FINAL_TASK)] == ["fabricate:leg", "purchase:nut"]
    assert [task.id for task in graph.of_kind(TaskKind.PURCHASE)] == ["purchase:nut"]
    assert graph.order()[-1].id == FINAL_TASK


def test_sub_assemblies_nest() -> None:
    lines = (
        BillLine("a", "a", 2, make=Make.PURCHASE, assembly="hand"),
        BillLine("b", "b", 1, make=Make.PURCHASE, assembly="arm"),
        BillLine("c", "c", 1, make=Make.PURCHASE),
    )
    graph = task_graph(Bill("robot", lines, (Assembly("arm", 2), Assembly("hand", 4, "arm"))), quantity=5)
    assert graph.task("assemble:hand").quantity == 20
    assert set(graph.graph.edges) == {
        ("purchase:a", "assemble:hand"),
        ("assemble:hand", "assemble:arm"),
        ("purchase:b", "assemble:arm"),
        ("assemble:arm", FINAL_TASK),
        ("purchase:c", FINAL_TASK),
    }
    assert graph.graph.edges["assemble:hand", "assemble:arm"]["quantity"] == 20


def test_an_assembly_called_as_the_design_is_the_product() -> None:
    lines = (
        BillLine("a", "a", 2, make=Make.PURCHASE, assembly="Big_Robot"),
        BillLine("b", "b", 1, make=Make.PURCHASE, assembly="arm"),
    )
    graph = task_graph(Bill("Big robot", lines, (Assembly("arm", 1, "Big_Robot"),)))
    assert set(graph.graph.edges) == {
        ("purchase:a", FINAL_TASK),
        ("purchase:b", "assemble:arm"),
        ("assemble:arm", FINAL_TASK),
    }


def test_the_same_part_twice_is_one_task() -> None:
    lines = (
        BillLine("nut", "M3 nut", 4, make=Make.PURCHASE, assembly="arm"),
        BillLine("nut-2", "M3  Nut", 6, make=Make.PURCHASE, assembly="base"),
        BillLine("nut-3", "M3 nut", 1, make=Make.PURCHASE, assembly="base", notes="brass"),
    )
    graph = task_graph(Bill("x", lines))
    assert graph.task("purchase:nut").quantity == 10
    assert graph.task("purchase:nut").assembly is None
    assert graph.graph.edges["purchase:nut", "assemble:base"]["quantity"] == 6
    assert graph.task("purchase:nut-3").quantity == 1


def test_a_line_split_over_assemblies() -> None:
    line = BillLine("nut", "nut", 5, make=Make.PURCHASE, uses={"arm": 2, "base": 2})
    graph = task_graph(Bill("x", (line,)), quantity=2)
    assert {after: data["quantity"] for _, after, data in graph.graph.out_edges("purchase:nut", data=True)} == {
        "assemble:arm": 4,
        "assemble:base": 4,
        FINAL_TASK: 2,
    }


def test_only_required_lines_enter_unless_chosen() -> None:
    lines = (
        NUT,
        BillLine("lid", "lid", 1, make=Make.PURCHASE, status=Status.OPTIONAL),
        BillLine("red", "red", 0, make=Make.PURCHASE, status=Status.CHOOSE),
        BillLine("old", "old", 1, make=Make.PURCHASE, status=Status.ALTERNATE),
    )
    assert {task.name for task in task_graph(Bill("x", lines))} == {"x", "nut"}
    chosen = task_graph(Bill("x", lines), chosen=["red"], quantity=2)
    assert chosen.task("purchase:red").quantity == 2
    with pytest.raises(InputError, match="no line blue"):
        task_graph(Bill("x", lines), chosen=["blue"])


def test_unknown_amounts_and_makes_are_marked() -> None:
    lines = (
        BillLine("cord", "cord", None, "m", make=Make.PURCHASE),
        BillLine("a", "a", 1, make=Make.UNKNOWN, files=("a.stl",)),
        BillLine("b", "b", 1, make=Make.UNKNOWN),
    )
    graph = task_graph(Bill("x", lines), quantity=3)
    assert (graph.task("purchase:cord").quantity, graph.task("purchase:cord").quantity_known) == (3, False)
    assert graph.task("fabricate:a").quantity_known
    assert graph.task("purchase:b").kind is TaskKind.PURCHASE


def test_later_steps_are_tasks_behind_the_first() -> None:
    shelf = replace(LEG, key="shelf", name="shelf", steps=("grinding", "inspection"), assembly="head")
    again = replace(shelf, key="shelf-2", quantity=1.0, assembly=None)
    plain = replace(shelf, key="shelf-3", steps=())
    graph = task_graph(Bill("lamp", (shelf, again, plain)), quantity=2)
    first, sanded, checked = (
        graph.task(each) for each in ("fabricate:shelf", "finish:shelf-grinding", "inspect:shelf-inspection")
    )
    assert [(task.kind, task.process, task.quantity) for task in (first, sanded, checked)] == [
        (TaskKind.FABRICATE, "additive", 10),
        (TaskKind.FINISH, "grinding", 10),
        (TaskKind.INSPECT, "inspection", 10),
    ]
    assert (sanded.name, sanded.file, sanded.assembly) == ("shelf", "leg.stl", None)
    assert dict(graph.graph.adjacency()) == {
        FINAL_TASK: {},
        "fabricate:shelf": {"finish:shelf-grinding": {"quantity": 10, "flow": Flow.CONSUME}},
        "finish:shelf-grinding": {"inspect:shelf-inspection": {"quantity": 10, "flow": Flow.CONSUME}},
        "inspect:shelf-inspection": {
            "assemble:head": {"quantity": 8, "flow": Flow.CONSUME},
            FINAL_TASK: {"quantity": 2, "flow": Flow.CONSUME},
        },
        "assemble:head": {FINAL_TASK: {"quantity": 2, "flow": Flow.CONSUME}},
        "fabricate:shelf-3": {"assemble:head": {"quantity": 8, "flow": Flow.CONSUME}},
    }
    assert graph.shares("finish:shelf-grinding") == (Share("shelf", 4), Share("shelf-2", 1))
    assert graph.shares(FINAL_TASK) == ()


def test_a_tool_is_made_once_and_only_used() -> None:
    jig = BillLine("jig", "drill jig", 2, make=Make.FABRICATE, process="additive", tool=True, assembly="arm")
    graph = task_graph(Bill("robot", (jig, NUT)), quantity=50)
    assert (graph.task("fabricate:jig").quantity, graph.task("fabricate:jig").tool) == (2, True)
    assert graph.graph.edges["fabricate:jig", "assemble:arm"] == {"quantity": 0, "flow": Flow.USE}
    assert [task.id for task in graph.after("fabricate:jig")] == ["assemble:arm"]
    assert graph.task("purchase:nut").quantity == 400


def test_what_cannot_be_built_is_refused() -> None:
    with pytest.raises(InputError, match="1 product or more"):
        task_graph(Bill("x", (NUT,)), quantity=0)
    with pytest.raises(InputError, match="no line to make or buy"):
        task_graph(Bill("x"))
    circle = (Assembly("a", 1, "b"), Assembly("b", 1, "a"))
    with pytest.raises(InputError, match="hold each other"):
        task_graph(Bill("x", (BillLine("n", "n", 1, assembly="a"),), circle))
    with pytest.raises(ValueError, match="more than 0"):
        Task("t", TaskKind.PURCHASE, "t", 0)


def test_a_hundred_thousand_tasks_are_quick() -> None:
    assemblies = tuple(Assembly(f"s{n}", 1, f"s{n // 4}" if n >= 4 else None) for n in range(400))
    lines = tuple(
        BillLine(f"p{n}", f"part {n}", n % 5 + 1, make=Make.PURCHASE, assembly=f"s{n % 400}") for n in range(100_000)
    )
    bill = Bill("big", lines, assemblies)
    start = time.process_time()
    graph = task_graph(bill)
    assert time.process_time() - start < 3
    assert len(graph) == 100_000 + 400 + 1


AMOUNTS = st.one_of(st.none(), st.integers(0, 9).map(float))
LINES = st.lists(
    st.tuples(st.sampled_from("abcd"), AMOUNTS, st.sampled_from([None, "s0", "s1", "s2"]), st.sampled_from(list(Make))),
    min_size=1,
    max_size=20,
)


@given(LINES, st.integers(1, 4))
def test_amounts_are_kept_and_order_holds(
    drawn: list[tuple[str, float | None, str | None, Make]], quantity: int
) -> None:
    lines = tuple(
        BillLine(f"k{n}", name, amount, make=make, assembly=assembly)
        for n, (name, amount, assembly, make) in enumerate(drawn)
    )
    bill = Bill("x", lines, (Assembly("s0"), Assembly("s1", 2, "s0"), Assembly("s2", 1, "s1")))
    entering = [line for line in lines if line.quantity != 0]
    if not entering:
        with pytest.raises(InputError):
            task_graph(bill, quantity=quantity)
        return
    graph = task_graph(bill, quantity=quantity)
    wanted = sum((line.quantity or 1) * quantity for line in entering)
    leaves = [task for task in graph if task.kind is not TaskKind.ASSEMBLE]
    assert sum(task.quantity for task in leaves) == pytest.approx(wanted)
    for task in leaves:
        out = graph.graph.out_edges(task.id, data="quantity")
        assert sum(amount for _, _, amount in out) == pytest.approx(task.quantity)
    place = {task.id: at for at, task in enumerate(graph.order())}
    assert all(place[before] < place[after] for before, after in graph.graph.edges)
    assert all(nx.has_path(graph.graph, task_id, FINAL_TASK) for task_id in graph.graph)
