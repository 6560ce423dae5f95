"""What a lab has and asks beside its machines: stock, training, access, each with its figures and its change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines.lab import Access, Connection, Driver, Form, Lab, Machine, Person, Policy, Stock, Unit
from machines.matching import ChangeKind, Match, Requirement, Terms, Verdict, Visitor, match
from machines.matching.supply import needed, told

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
CUBE = (50.0, 50.0, 50.0)


def machine(*does: str, **facts: Any) -> Machine:
    return Machine("it", "north", "it", does, Connection(Driver.HANDS), **facts)


PRINTER = machine("fdm", materials=("pla", "petg"), envelope_mm=(250, 210, 210))
LASER = machine(
    "co2_laser_cutting", materials=("plywood",), thickness_mm={"plywood": (1, 8)}, envelope_mm=(600, 400, 50)
)
MILL = machine("cnc_milling", materials=("aluminium",), envelope_mm=(300, 300, 100))


def lab(*stock: Stock, **facts: Any) -> Lab:
    return Lab("north", "North", "UTC", {}, Policy.ASKS, (), stock=stock, **facts)


def pla(amount: float, unit: Unit = Unit.KG, **facts: Any) -> Stock:
    return Stock("pla", Form.FILAMENT, amount, unit, **facts)


def plywood(amount: float, unit: Unit = Unit.PIECE, **facts: Any) -> Stock:
    return Stock("plywood", Form.PANEL, amount, unit, **{"thickness_mm": 4, "size_mm": (600, 400), **facts})


def asked(need: Requirement, where: Machine, home: Lab, visitor: Visitor | None = None) -> Match:
    return match(need, where, Terms(home, visitor))


def reason(answer: Match, aspect: str) -> tuple[Verdict, str]:
    return next((each.verdict, each.text) for each in answer.reasons if each.aspect == aspect)


PRINT = Requirement("fdm", "pla", CUBE, material_mm3=40_000, quantity=8)  # 320 cm3, 0.397 kg
SHEET = Requirement("laser_cutting", "plywood", (280.0, 190.0, 4.0), 4.0, quantity=9)  # four on a sheet


def test_too_little_is_told_with_what_is_missing() -> None:
    answer = asked(PRINT, PRINTER, lab(pla(0.1)))
    assert answer.verdict is UNKNOWN
    assert answer.text == "short: about 0.4 kg of PLA needed, north has 0.1 kg"
    assert [(each.kind, each.text) for each in answer.changes] == [(ChangeKind.SUPPLY, "get 0.3 kg of PLA for north")]


@pytest.mark.parametrize(
    ("need", "where", "stock", "verdict", "says"),
    [
        (PRINT, PRINTER, [pla(0.5)], YES, "about 0.4 kg of PLA needed, north has 0.5 kg"),
        (PRINT, PRINTER, [pla(0.3), pla(0.2, colour="red")], YES, "has 0.5 kg"),
        (PRINT, PRINTER, [pla(140, Unit.METRE)], YES, "about 133.04 m of PLA needed, north has 140 m"),
        (PRINT, PRINTER, [pla(140, Unit.METRE, thickness_mm=2.85)], YES, "about 50.16 m"),
        (PRINT, PRINTER, [pla(2, Unit.PIECE)], UNKNOWN, "not known whether that is enough"),
        (PRINT, PRINTER, [pla(0.1), pla(2, Unit.PIECE)], UNKNOWN, "and more of which it is not known"),
        (PRINT, PRINTER, [Stock("petg", Form.FILAMENT, 5, Unit.KG)], UNKNOWN, "0.4 kg of PLA needed, north has none"),
        (PRINT, PRINTER, [Stock("pla", Form.PELLET, 5, Unit.KG)], YES, "has 5 kg"),
        (PRINT, PRINTER, [Stock("plastic", Form.FILAMENT, 5, Unit.KG)], UNKNOWN, "lists only plastic in stock"),
        (replace(PRINT, material_mm3=None), PRINTER, [pla(9)], UNKNOWN, "not known whether"),
        (SHEET, LASER, [plywood(3)], YES, "about 3 pieces of plywood needed, north has 3 pieces"),
        (SHEET, LASER, [plywood(2)], UNKNOWN, "short: about 3 pieces of plywood needed, north has 2 pieces"),
        (SHEET, LASER, [plywood(9, thickness_mm=6)], UNKNOWN, "plywood of 4 mm needed, north has it of 6 mm"),
        (SHEET, LASER, [plywood(1, thickness_mm=6), plywood(3)], YES, "has 3 pieces"),
        (SHEET, LASER, [plywood(9, size_mm=(200, 200))], UNKNOWN, "larger than the sheets of plywood that north lists"),
        (SHEET, LASER, [plywood(9, size_mm=(200, 200)), plywood(3)], YES, "needed, north has 3 pieces"),
        (SHEET, LASER, [plywood(0.5, Unit.SQUARE_METRE)], YES, "about 0.48 m2"),
        (SHEET, LASER, [plywood(0.4, Unit.SQUARE_METRE)], UNKNOWN, "short: about 0.48 m2"),
        (Requirement("cnc_milling", "aluminium", (100.0, 50.0, 20.0)), MILL,
         [Stock("aluminium", Form.BLOCK, 0.2, Unit.KG)], UNKNOWN, "short: about 0.27 kg of aluminium"),
        (Requirement("cnc_milling", "aluminium", (100.0, 50.0, 20.0), quantity=3), MILL,
         [Stock("aluminium", Form.BAR, 0.25, Unit.METRE)], UNKNOWN, "about 0.3 m of aluminium needed, north has 0.25"),
    ],
)  # fmt: skip
def test_stock(need: Requirement, where: Machine, stock: list[Stock], verdict: Verdict, says: str) -> None:
    found, text = reason(asked(need, where, lab(*stock)), "stock")
    assert (found, says in text) == (verdict, True), text


def test_a_lab_without_a_list_is_asked_and_holds_nothing_up() -> None:
    answer = asked(PRINT, PRINTER, lab())
    assert answer.verdict is YES
    assert reason(answer, "stock") == (
        UNKNOWN,
        "north lists no stock: whether it has about 0.4 kg of PLA is not known",
    )
    assert "stock" not in answer.text
    assert (ChangeKind.ASK, "ask north whether it has about 0.4 kg of PLA") in [
        (each.kind, each.text) for each in answer.changes
    ]
    sheet = asked(SHEET, LASER, lab())
    assert sheet.changes[-1].text == "ask north whether it has plywood of 4 mm"
    too_large = replace(PRINT, extents_mm=(900.0, 900.0, 900.0), hull=None)
    assert all(each.kind is not ChangeKind.ASK for each in asked(too_large, PRINTER, lab()).changes)


def test_joining_takes_no_stock() -> None:
    assert not [
        each for each in asked(Requirement("assembly"), machine("assembly"), lab()).reasons if each.aspect == "stock"
    ]
    bench = machine("assembly")
    assert asked(Requirement("assembly"), bench, lab(pla(0))).verdict is YES


def test_a_material_that_is_there_comes_before_one_that_is_short() -> None:
    need = replace(PRINT, alternatives=("petg",))
    answer = asked(need, PRINTER, lab(pla(0.1), Stock("petg", Form.FILAMENT, 3, Unit.KG)))
    assert (answer.verdict, answer.instead) == (YES, "petg")
    assert [each.kind for each in answer.changes] == [ChangeKind.MATERIAL]
    assert asked(need, PRINTER, lab(pla(2))).instead is None


@given(st.floats(0, 10), st.integers(1, 50))
def test_more_in_stock_is_never_worse(amount: float, quantity: int) -> None:
    need = replace(PRINT, quantity=quantity)
    rank = {NO: -1, UNKNOWN: 0, YES: 1}
    less, more = (asked(need, PRINTER, lab(pla(each))).verdict for each in (amount, amount + 1))
    assert rank[less] <= rank[more]
    wanted = needed(need, pla(amount))
    assert wanted is not None
    assert (asked(need, PRINTER, lab(pla(amount))).verdict is YES) == (amount >= wanted * (1 - 1e-9))


FORMS = st.sampled_from(list(Form))
LENGTH = st.floats(0.01, 1e5)


@given(
    st.sampled_from(["fdm", "sls", "laser_cutting", "cnc_milling", "sawing", "cnc_routing", "additive", "assembly"]),
    st.sampled_from(["pla", "plywood", "aluminium", "plastic", "cotton"]),
    st.none() | st.tuples(LENGTH, LENGTH, st.just(0.0) | LENGTH),
    st.none() | st.floats(0.1, 100),
    st.lists(
        st.builds(
            Stock, st.sampled_from(["pla", "plywood", "metal", "aluminium", "cotton"]), FORMS, st.floats(0, 1e6),
            st.sampled_from(list(Unit)), thickness_mm=st.none() | st.floats(0.1, 50),
            size_mm=st.none() | st.tuples(LENGTH, LENGTH),
        ),
        min_size=1, max_size=3,
    ),
    st.integers(1, 10_000),
)  # fmt: skip
def test_no_list_of_stock_rules_work_out_and_all_of_them_are_answered(
    process: str,
    material: str,
    size: tuple[float, float, float] | None,
    mm: float | None,
    stock: list[Stock],
    count: int,
) -> None:
    need = Requirement(process, material, size, mm, quantity=count)
    does = Machine("it", "north", "it", (process,), Connection(Driver.HANDS))
    answer = asked(need, does, lab(*stock))
    for each in answer.reasons:
        if each.aspect == "stock":
            assert each.verdict is not NO
            assert "nan" not in each.text
            assert (each.change is None) or "get " in each.change.text
    for entry in stock:
        wanted = needed(need, entry)
        assert wanted is None or wanted >= 0


def test_amounts_in_words() -> None:
    said = [told(*each) for each in ((0.0, Unit.KG), (0.0002, Unit.KG), (0.035, Unit.KG), (2.5, Unit.LITRE))]
    assert said == ["0 g", "less than 1 g", "35 g", "2.5 l"]
    assert [told(each, Unit.PIECE) for each in (0.2, 1.0, 1.2)] == ["1 piece", "1 piece", "2 pieces"]


GUARDED = machine("fdm", materials=("pla",), envelope_mm=(250, 210, 210), training="printing")
TRAINED, OTHER = Person("a-1", ("printing",)), Person("a-2", ("welding",))


@pytest.mark.parametrize(
    ("people", "verdict", "says"),
    [
        ((TRAINED, OTHER), YES, "1 person is trained for it: printing"),
        ((OTHER,), NO, "demands training that nobody listed in north holds: printing"),
        ((), UNKNOWN, "north does not list who holds it"),
    ],
)
def test_a_machine_that_demands_training(people: tuple[Person, ...], verdict: Verdict, says: str) -> None:
    answer = asked(PRINT, GUARDED, lab(people=people))
    assert (answer.verdict, says in answer.text or says in reason(answer, "training")[1]) == (verdict, True)
    if verdict is not YES:
        assert ChangeKind.ASK in [each.kind for each in answer.changes]


@pytest.mark.parametrize(
    ("access", "visitor", "verdict"),
    [
        (None, None, YES),
        (Access.OPERATORS, None, YES),
        (None, Visitor(), UNKNOWN),
        (Access.PUBLIC, Visitor(), YES),
        (Access.MEMBERS, Visitor(), NO),
        (Access.MEMBERS, Visitor(frozenset({"south"})), NO),
        (Access.MEMBERS, Visitor(frozenset({"north"})), YES),
        (Access.OPERATORS, Visitor(frozenset({"north"})), NO),
    ],
)
def test_who_may_use_a_machine(access: Access | None, visitor: Visitor | None, verdict: Verdict) -> None:
    assert asked(PRINT, PRINTER, lab(access=access), visitor).verdict is verdict
    own = replace(PRINTER, access=access)
    assert asked(PRINT, own, lab(access=Access.OPERATORS if access else None), visitor).verdict is verdict


def test_a_visitor_needs_the_training() -> None:
    home = lab(people=(TRAINED,), access=Access.PUBLIC)
    assert asked(PRINT, GUARDED, home, Visitor()).verdict is NO
    assert asked(PRINT, GUARDED, home, Visitor(trained=frozenset({"Printing"}))).verdict is YES
