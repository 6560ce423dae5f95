"""Spares beside amounts, and amounts behind sizes."""

from collections.abc import Callable, Mapping

import pytest

from bom.bill import Bill
from bom.quantity import trailing_quantity
from bom.spares import amount_before, amount_behind, stated_amount

Read = Callable[[Mapping[str, str | bytes]], Bill]


@pytest.mark.parametrize(
    ("cell", "value", "doubtful"),
    [
        ("4+1 spare", 4, False),
        ("4 + 1 spares", 4, False),
        ("4 (+2 extra)", 4, False),
        ("4 pcs plus 1 spare", 4, False),
        ("6 + 2 Ersatz", 6, False),
        ("2 (1 spare)", 2, True),
        ("5 (incl. 1 spare)", 5, True),
        ("5, 1 spare", 5, True),
        ("4+1", None, False),
        ("1 spare", None, False),
        ("4", 4, False),
    ],
)
def test_spares_in_a_cell(cell: str, value: float | None, doubtful: bool) -> None:
    amount = stated_amount(cell)
    assert (amount.value, amount.approximate) == (value, doubtful)


@pytest.mark.parametrize(
    ("text", "value", "name"),
    [
        ("4+1 spare wheels", 4, "wheels"),
        ("4x (+1 spare) wheels", 4, "wheels"),
        ("2 (1 spare) fuses", 2, "fuses"),
        ("4 bolts and 2 spare nuts", 4, "bolts and 2 spare nuts"),
        ("4 spare wheels", 4, "spare wheels"),
    ],
)
def test_spares_before_a_name(text: str, value: float, name: str) -> None:
    found = amount_before(text)
    assert found is not None
    assert (found[0].value, found[1]) == (value, name)


@pytest.mark.parametrize("text", ["Wheels x4 + 1 spare", "Wheels x4 (+1 spare)", "Wheels (4x), 1 spare"])
def test_spares_behind_a_name(text: str) -> None:
    found = amount_behind(text)
    assert found is not None
    assert (found[0].value, found[1]) == (4, "Wheels")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Wheels 83mm x4", 4),
        ("Black wheels 8.5cm x4", 4),
        ("Lenses 12mm x2", 2),
        ("Plate 83mm x4", None),
        ("Plates 200mm x300", None),
        ("Lens 12mm x2", None),
        ("Screws M3 x8", None),
    ],
)
def test_a_number_behind_a_size_counts_several_things(text: str, value: float | None) -> None:
    found = trailing_quantity(text)
    assert (found[0].value if found else None) == value
    assert found is None or found[0].approximate


def test_doubtful_amounts_are_asked_about(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty\nFuse,2 (1 spare)\nWheels 83mm x4,\nNut,4+1 spare\n"})
    assert [line.quantity for line in bill.lines] == [2, 4, 4]
    asked = [each.item for each in bill.questions if each.about == "quantity"]
    assert asked[0] == "Fuse"
    assert len(asked) == 2
