"""Sheets on machines of which a bed is known and no height: lasers and cutters, as their makers publish them."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import InputError
from machines.library import library
from machines.machine import Connection, Driver, Machine
from machines.matching import ChangeKind, Match, Requirement, Verdict, match
from machines.network import network_of


def on_bed(x: float, y: float, mm: float = 3, process: str = "laser_cutting") -> Match:
    """A sheet on a K40 of which nothing but the model and the material is said."""
    return match(Requirement(process, "plywood", (x, y, mm), mm), k40(materials=("plywood",)))


def k40(**facts: Any) -> Machine:
    return Machine(
        "k40", "lab", "K40", ("co2_laser_cutting",), Connection(Driver.HANDS), power_w=40, bed_mm=(300, 200), **facts
    )


@pytest.mark.parametrize(
    ("x", "y", "verdict", "words"),
    [
        (300, 200, Verdict.YES, "fits as modelled"),
        (200, 300, Verdict.YES, "turned by 90 degrees"),
        (350, 10, Verdict.YES, "degrees about z"),
        (1000, 300, Verdict.NO, "1000.0 mm on the longest side"),
        (301, 201, Verdict.UNKNOWN, "it may fit turned"),  # an outline need not fill its box
        (361, 10, Verdict.NO, "360.6 mm from corner to corner"),
    ],
)
def test_a_bed_decides_where_no_height_is_known(x: float, y: float, verdict: Verdict, words: str) -> None:
    answer = on_bed(x, y)
    assert answer.verdict is verdict, answer.reasons
    assert words in next(each.text for each in answer.reasons if each.aspect == "size")


def test_what_a_bed_does_not_hold_is_split() -> None:
    (change,) = on_bed(550, 190).changes
    assert (change.kind, change.text) == (ChangeKind.SPLIT, "split it into 2 pieces of 275 x 190 x 3 mm")


def test_a_sheet_is_split_in_its_plane() -> None:
    tall = Machine("tall", "lab", "Tall", ("cnc_routing",), Connection(Driver.HANDS), envelope_mm=(300, 200, 600))
    need = Requirement("cnc_routing", "plywood", (550, 190, 3), 3.0)
    (reason,) = (each for each in match(need, tall).reasons if each.aspect == "size")
    assert reason.change is not None  # it does not stand on its edge, as a print would
    assert reason.change.text == "split it into 2 pieces of 275 x 190 x 3 mm"


def test_the_thickness_of_a_sheet_is_a_matter_of_power_and_not_of_a_height() -> None:
    assert on_bed(100, 100, 3).verdict is Verdict.YES
    (reason,) = (each for each in on_bed(100, 100, 20).reasons if each.verdict is Verdict.NO)
    assert reason.aspect == "thickness"


def test_a_solid_needs_a_height() -> None:
    need = Requirement("additive", "pla", (50, 50, 50))
    printer = Machine("p", "lab", "P", ("fdm",), Connection(Driver.HANDS), materials=("pla",), bed_mm=(200, 200))
    answer = match(need, printer)
    assert answer.verdict is Verdict.UNKNOWN
    assert "states no envelope" in answer.text


def test_an_envelope_counts_before_a_bed() -> None:
    need = Requirement("laser_cutting", "plywood", (500, 300, 3), 3.0)
    assert match(need, k40(materials=("plywood",), envelope_mm=(600, 400, 50))).verdict is Verdict.YES


def test_models_and_labs_state_a_bed() -> None:
    assert library()["omtech-k40"].machine("k40", "lab").sheet_room_mm == (300, 200, 1000)
    lab: dict[str, Any] = {
        "id": "lab",
        "name": "Lab",
        "timezone": "Europe/Madrid",
        "opening_hours": {"daily": "09:00-19:00"},
    }
    machines = [{"id": "a", "model": "K40"}, {"id": "b", "model": "K40", "bed_mm": [320, 220]}]
    network = network_of({"labs": [lab | {"machines": machines}]}, where="here")
    assert [each.bed_mm for each in network.machines] == [(300, 200), (320, 220)]
    with pytest.raises(InputError, match="both lengths of the bed are above zero"):
        network_of({"labs": [lab | {"machines": [machines[0] | {"bed_mm": [0, 10]}]}]}, where="here")


def test_a_word_that_is_not_known_is_not_taken_for_no_word() -> None:
    need = Requirement("laser_engraving", "anodised titanium", (50, 50, 2), 2.0)
    assert "the design names 'anodised titanium', which is not a known word" in match(need, k40()).text
