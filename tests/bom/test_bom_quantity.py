import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.quantity import Quantity, leading_quantity, parse_quantity, trailing_quantity


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("4", 4, "piece"),
        ("4.0", 4, "piece"),
        ("0", 0, "piece"),
        ("0.33", 0.33, "piece"),
        ("1,5 kg", 1.5, "kg"),
        ("1,200", 1200, "piece"),
        ("1.200.000", 1_200_000, "piece"),
        ("1 1/2", 1.5, "piece"),
        ("1/2 ft", 0.5, "ft"),
        ("10cm", 0.1, "m"),
        ("1 m", 1, "m"),
        ("50 g", 50, "g"),
        ("1 drop", 1, "drop"),
        ("3x", 3, "piece"),
        ("10x ", 10, "piece"),
        ("x4", 4, "piece"),
        ("4 \u00d7", 4, "piece"),
        ("(2x)", 2, "piece"),
        ("2 (optional)", 2, "piece"),
        ("1x set", 1, "set"),
        ("4 pcs.", 4, "piece"),
        ("3M x", 3, "m"),
        ("**6**", 6, "piece"),
        ("two", 2, "piece"),
        ("\xa07\xa0", 7, "piece"),
    ],
)
def test_cells_state_amounts(text: str, value: float, unit: str) -> None:
    read = parse_quantity(text)
    assert read.value == pytest.approx(value)
    assert read.unit == unit


@pytest.mark.parametrize(
    "text", ["", " ", "-", "None", "A lot", "as needed", "some", "M3", "1/0", "nan", "1e400", "4-way", "12:30"]
)
def test_words_and_blanks_are_unknown_and_never_one(text: str) -> None:
    assert parse_quantity(text).value is None


def test_a_range_keeps_both_ends() -> None:
    pieces = parse_quantity("2\u20134x")
    assert (pieces.value, pieces.low, pieces.high, pieces.approximate) == (4, 2, 4, True)
    length = parse_quantity("40cm - 50cm")
    assert (length.value, length.low, length.high, length.unit) == (0.45, 0.4, 0.5, "m")
    assert parse_quantity("5-2").value is None


def test_about_is_approximate() -> None:
    assert parse_quantity("~2m").approximate
    assert parse_quantity("approx. 3").approximate
    assert parse_quantity("10+").approximate
    assert not parse_quantity("10").approximate


@pytest.mark.parametrize(
    ("text", "value", "rest"),
    [
        ("8  x Cup Hooks", 8, "Cup Hooks"),
        ("3x [base](base.stl)", 3, "[base](base.stl)"),
        ("4x M2.5x6mm screw", 4, "M2.5x6mm screw"),
        ("4x M2 nuts", 4, "M2 nuts"),
        ("1x foot", 1, "foot"),
        ("2x in-line fuse", 2, "in-line fuse"),
        ("10x **Foo**", 10, "**Foo**"),
        ("4\u00d7 bolts", 4, "bolts"),
        ("3M x Stretchy cord", 3, "Stretchy cord"),
        ("20cm tube", 0.2, "tube"),
        ("2 ear tubes", 2, "ear tubes"),
        ("1 Y-piece", 1, "Y-piece"),
        ("20 * [Dowels](x)", 20, "[Dowels](x)"),
        ("a spring", 1, "spring"),
        ("Two hinges", 2, "hinges"),
        ("1kg of PLA", 1, "PLA"),
        ("10 pcs M3 screw", 10, "M3 screw"),
        ('2  x 2.5"x3" U-Bolts', 2, '2.5"x3" U-Bolts'),
        ("1x set of rivets (70)", 1, "rivets (70)"),
        ("3 sheets of plywood", 3, "plywood"),
    ],
)
def test_amounts_before_a_name(text: str, value: float, rest: str) -> None:
    found = leading_quantity(text)
    assert found is not None
    assert found[0].value == pytest.approx(value)
    assert found[1] == rest


@pytest.mark.parametrize(
    "text",
    [
        "608 bearing",
        "5mm LED",
        "2.5mm hex key",
        "12.7mm lens",
        "60 Ohm resistor",
        "0.5 A fuse",
        "2-way switch",
        "2 way header",
        "28BYJ-48 motor",
        "3x4 switch",
        "10x608 bearing",
        '1/4" screw',
        "3D printed leg",
        "74HC126 buffer",
        "M3 nut",
        "100",
        "1 x",
        "",
    ],
)
def test_a_number_of_the_name_is_no_amount(text: str) -> None:
    assert leading_quantity(text) is None


@pytest.mark.parametrize(
    ("text", "value", "rest"),
    [
        ("leg x2", 2, "leg"),
        ("foot (2x)", 2, "foot"),
        ("clip - 4 pcs", 4, "clip"),
        ("bolt (x 4)", 4, "bolt"),
        ("Screw M3 (x10)", 10, "Screw M3"),
        ("Screw M3x10 x4", 4, "Screw M3x10"),
        ("bearing 608 x2", 2, "bearing 608"),
        ("foot_v2.stl x4", 4, "foot_v2.stl"),
        ("Fuß (4 Stück)", 4, "Fuß"),
        ("tapa 2 uds", 2, "tapa"),
    ],
)
def test_amounts_behind_a_name(text: str, value: float, rest: str) -> None:
    found = trailing_quantity(text)
    assert found is not None
    assert (found[0].value, found[1]) == (value, rest)


@pytest.mark.parametrize(
    "text", ["M3 x 8", "M3x8", "screw M3 x10", "20 x 2", "rod 20mm x4", "profile 2020 x300", "x4", "(2x)"]
)
def test_a_size_behind_a_name_is_no_amount(text: str) -> None:
    assert trailing_quantity(text) is None


def test_amounts_below_zero_and_beyond_reason_are_refused() -> None:
    with pytest.raises(ValueError, match="lies between"):
        Quantity(-1)
    with pytest.raises(ValueError, match="lies between"):
        Quantity(math.inf)


@given(st.text(max_size=60))
def test_no_text_breaks_the_parsers(text: str) -> None:
    read = parse_quantity(text)
    assert read.value is None or 0 <= read.value <= 1e9
    for found in (leading_quantity(text), trailing_quantity(text)):
        if found is not None:
            assert found[1].strip()


@given(st.integers(0, 10**6), st.sampled_from(["", "x", " x", " pcs", " pieces"]))
def test_whole_numbers_are_read_back(number: int, ending: str) -> None:
    assert parse_quantity(f"{number}{ending}").value == number


@given(st.integers(1, 999), st.sampled_from(["hinge", "Pan head screw", "wing nut"]))
def test_a_count_before_a_name_is_read_back(number: int, name: str) -> None:
    found = leading_quantity(f"{number}x {name}")
    assert found is not None
    assert (found[0].value, found[1]) == (number, name)


@given(st.floats(0.001, 9999), st.sampled_from(["m", "kg", "g", "ft"]))
def test_measured_amounts_are_read_back(number: float, unit: str) -> None:
    read = parse_quantity(f"{number:.3f} {unit}")
    assert read.unit == unit
    assert read.value == pytest.approx(round(number, 3))
