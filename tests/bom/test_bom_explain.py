"""bom.explain: any number followed back to where it comes from."""

from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.bill import Assembly, Bill, BillLine, Excluded, Make, Status
from bom.explain import explain
from bom.graph import task_graph
from core.errors import InputError
from core.provenance import Origin, Provenance, Question

Read = Callable[[Mapping[str, str | bytes]], Bill]


def at(line: int, rule: str = "column Qty", origin: Origin = Origin.READ) -> Provenance:
    return Provenance(origin, rule, "bom.csv", str(line))


BILL = Bill(
    "robot",
    (
        BillLine("nut", "M3 nut", 8, make=Make.PURCHASE, assembly="hand", provenance={"quantity": at(2)}),
        BillLine("nut-2", "M3 nut", 6, make=Make.PURCHASE, provenance={"quantity": at(3)}),
        BillLine("nut-3", "M3 nut", 2, make=Make.PURCHASE, status=Status.OPTIONAL,
                 provenance={"quantity": at(4), "status": at(4, "listed as optional")}),
        BillLine("shelf", "Shelf", 1, make=Make.FABRICATE, process="laser_cutting", steps=("grinding",),
                 provenance={"quantity": Provenance(Origin.ANSWERED, "the designer said so", "answers.yaml", "Shelf"),
                             "process": at(5, "type 'laser cut, sand'")}),
        BillLine("jig", "Drill jig", 2, make=Make.FABRICATE, process="additive", tool=True, assembly="hand"),
        BillLine("cord", "Cord, red", None, "m", make=Make.PURCHASE, provenance={"quantity": at(7)}),
        BillLine("lid", "Lid", 0, make=Make.PURCHASE, status=Status.CHOOSE, provenance={"quantity": at(8)}),
        BillLine("pin", "Pin", 5, make=Make.PURCHASE, uses={"hand": 4, "arm": 1}),
        BillLine("pin-2", "Pin, long", 1, make=Make.PURCHASE),
    ),
    (Assembly("arm", 2), Assembly("hand", 4, "arm")),
    (
        Excluded("Hammer", "a tool is not part of the product", at(9, "under 'Tools'")),
        Excluded("hammer", "a total", at(12, "named 'hammer'")),
        Excluded("Shelf", "listed as an alternative", at(10, "under 'Alternatives'")),
    ),
    (Question("Cord, red", "How much?"), Question("Lid", "Which colour?")),
)  # fmt: skip
GRAPH = task_graph(BILL, quantity=3)


def said(part: str) -> list[str]:
    return list(explain(BILL, GRAPH, part).lines())


def test_the_sum_of_a_part_in_several_places() -> None:
    assert said("nut") == [
        "42 x M3 nut to buy (purchase:nut)",
        "  42 = (8 + 6) for one product x 3 products",
        "    8 x M3 nut",
        "      amount: read (column Qty, bom.csv:2)",
        "      8 in hand: 2 in each of the 4 that one product holds",
        "    6 x M3 nut",
        "      amount: read (column Qty, bom.csv:3)",
        "  24 x into hand (assemble:hand)",
        "  18 x into robot (assemble:product)",
        "  not counted: M3 nut (nut-3): optional: read (listed as optional, bom.csv:4)",
    ]


def test_answers_and_later_steps() -> None:
    lines = said("shelf")
    assert lines[0] == "3 x Shelf to make, laser cutting (fabricate:shelf)"
    assert "      amount: answered (the designer said so, answers.yaml:Shelf)" in lines
    assert "  process: laser_cutting: read (type 'laser cut, sand', bom.csv:5)" in lines
    assert "  3 x on, to finish, grinding (finish:shelf-grinding)" in lines
    assert said("finish:shelf-grinding")[0] == "3 x Shelf to finish, grinding (finish:shelf-grinding)"
    assert "  comes after to make, laser cutting (fabricate:shelf)" in said("finish:shelf-grinding")


def test_a_tool_is_not_multiplied() -> None:
    lines = said("Drill jig")
    assert "  2 = 2, once for a lab: a tool is not multiplied by the order" in lines
    assert "  used for hand (assemble:hand)" in lines


def test_an_unknown_amount_says_so_and_is_still_asked() -> None:
    lines = said("cord")
    assert lines[0] == "3 m Cord, red to buy (purchase:cord)"
    assert "    1 taken for Cord, red: nobody says how many" in lines
    assert "  still asked: How much?" in lines


def test_a_line_split_over_assemblies() -> None:
    assert "      4 in hand: 1 in each of the 4 that one product holds" in said("pin")
    assert "      1 in arm: 0.5 in each of the 2 that one product holds" in said("pin")


def test_assemblies_say_what_they_hold_and_what_was_left_out() -> None:
    assert said("hand") == [
        "12 x hand to assemble (assemble:hand)",
        "  12: 4 in one product x 3 products",
        "  holds",
        "    used Drill jig (fabricate:jig)",
        "    24 x M3 nut (purchase:nut)",
        "    12 x Pin (purchase:pin)",
        "  12 x into arm (assemble:arm)",
    ]
    whole = said("robot")
    assert whole[:2] == ["3 x robot to assemble (assemble:product)", "  3: as many as are ordered"]
    assert "  left out: M3 nut: optional: read (listed as optional, bom.csv:4)" in whole
    assert "  no part of it: Hammer: a tool is not part of the product (read (under 'Tools', bom.csv:9))" in whole


def test_what_does_not_enter_says_why() -> None:
    assert said("lid")[:3] == [
        "0 of Lid: left out",
        "  choose: so says the list",
        "  chosen, one product would take 0 x",
    ]
    assert said("hammer") == [
        "0 of Hammer: it is no part of the product",
        "  a tool is not part of the product: read (under 'Tools', bom.csv:9)",
        "  a total: read (named 'hammer', bom.csv:12)",
    ]
    assert "  not counted: listed as an alternative: read (under 'Alternatives', bom.csv:10)" in said("shelf")


@pytest.mark.parametrize(
    ("part", "task"),
    [
        ("purchase:cord", "purchase:cord"),
        ("nut-2", "purchase:nut"),
        ("cord RED", "purchase:cord"),
        ("dri", "fabricate:jig"),
        ("Drill-J", "fabricate:jig"),
        ("assemble:arm", "assemble:arm"),
    ],
)
def test_parts_are_found_by_id_key_name_and_beginning(part: str, task: str) -> None:
    assert f"({task})" in said(part)[0]


@pytest.mark.parametrize(
    ("part", "what", "hint"),
    [
        ("p", "may be any of 2 parts", "say which: Pin (pin), Pin, long (pin-2)"),
        ("shlf", "no part is called 'shlf'", "did you mean Shelf (shelf)?"),
        ("jig here", "no part is called", "did you mean Drill jig (jig)?"),
        ("red", "no part is called", "did you mean Cord, red (cord)?"),
        ("", "no part is called ''", "`bom read` lists all parts"),
        ("...", "no part is called '...'", "`bom read` lists all parts"),
    ],
)
def test_what_is_not_found_offers_the_near_ones(part: str, what: str, hint: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        explain(BILL, GRAPH, part)
    assert hint in (caught.value.hint or "")
    assert caught.value.exit_status == 2


@given(st.text(max_size=8))
def test_any_name_is_explained_or_refused(part: str) -> None:
    with suppress(InputError):
        assert said(part)


def test_every_task_of_a_list_can_be_followed(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Process,Assembly\nleg,4,FDM,frame\nnut,8,,frame\ntop,1,laser cut and sand,\n"})
    graph = task_graph(bill, quantity=2)
    for task in graph:
        text = "\n".join(explain(bill, graph, task.id).lines())
        assert task.id in text
        assert all(f"bom.csv:{row}" in text for row in {"leg": "2", "nut": "3", "top": "4"}.get(task.name, ""))
