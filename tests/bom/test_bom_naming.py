import pytest

from bom.entry import Entry
from bom.naming import called_alike, with_shape
from bom.quantity import Quantity
from bom.wording import listed, summed_up


def times(name: str, count: float, *links: str) -> Entry:
    return Entry(name, Quantity(count, text=f"{count:g}x"), links=links)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Silicone 6mm OD, 3mm ID, soft", "Silicone tube 6mm OD, 3mm ID, soft"),
        ("Aluminium 20mm O.D. x 16mm I.D.", "Aluminium tube 20mm O.D. x 16mm I.D."),
        ("Silicone tubing 6mm OD, 3mm ID", "Silicone tubing 6mm OD, 3mm ID"),
        ("Brass 6mm OD", "Brass 6mm OD"),
        ("Steel washer 6mm OD, 3mm ID", "Steel washer 6mm OD, 3mm ID"),
        ("Bearing 6mm OD, 3mm ID", "Bearing 6mm OD, 3mm ID"),
        ("Acrylic 3mm", "Acrylic 3mm"),
    ],
)
def test_a_material_with_two_diameters_is_a_tube(said: str, name: str) -> None:
    named = with_shape(Entry(said))
    assert named.name == name
    assert named.remarks == (() if name == said else (f"listed as {said!r}",))


def test_plurals_of_a_list_that_counts_singulars_are_singulars() -> None:
    entries = [
        times("M4 screw", 4),
        times("M3 screw 10mm", 4),
        times("M4 nuts", 4),
        times("Acme motors AX-12", 2),
        times("springs", 1),
        times("legs", 4),
        times("hinges", 2, "hinges.stl"),
        Entry("washers", Quantity(4, text="4")),
    ]
    assert [each.name for each in called_alike(entries)] == [
        "M4 screw", "M3 screw 10mm", "M4 nut", "Acme motor AX-12", "springs", "legs", "hinges", "washers",
    ]  # fmt: skip


def test_plurals_stay_where_they_are_the_habit() -> None:
    entries = [times("M4 screws", 4), times("M4 nuts", 4), times("chain", 2), times("hooks", 2)]
    assert [each.name for each in called_alike(entries)] == ["M4 screws", "M4 nuts", "chain", "hooks"]


def test_names_in_sentences() -> None:
    assert listed(["a", "b", "a"]) == "a, b"
    assert listed([f"p{n}" for n in range(5)], 3) == "p0, p1, p2 and 2 more"
    assert summed_up(["Camera Mount", "Red_Knob", "Blue Knob (big)", "Green knob"]) == "3 knobs and Camera Mount"
    assert summed_up(["Side Drawer Front (new)", "Side Drawer Back"]) == "Side Drawer Front, Back"
    assert summed_up(["Lid"]) == "Lid"
    assert summed_up([]) == ""
    assert summed_up([f"a{n} b{n}" for n in range(9)]) == "a0 b0, a1 b1, a2 b2, a3 b3, a4 b4 and 4 more"
