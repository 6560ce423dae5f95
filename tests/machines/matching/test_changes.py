"""What an answer offers beside its verdict: splitting, another machine, turning, pieces on a plate, margins."""

from __future__ import annotations

from functools import partial
from typing import Any

from geometry.hull import block_hull
from machines.lab import Connection, Driver, Machine
from machines.matching import ChangeKind, Match, Requirement, Verdict, elsewhere, largest, match

YES, NO = Verdict.YES, Verdict.NO


def machine(name: str, *does: str, lab: str = "lab", **facts: Any) -> Machine:
    return Machine(name, lab, name, does, Connection(Driver.HANDS), **facts)


def block(x: float, y: float, z: float) -> dict[str, Any]:
    return {"extents_mm": (x, y, z), "hull": partial(block_hull, (x, y, z))}


PLASTICS = ("pla", "petg")
CUBE_250 = machine("cube", "fdm", materials=PLASTICS, envelope_mm=(250, 250, 250), nozzles_mm=(0.4,))
ENDER = machine("ender", "fdm", materials=PLASTICS, envelope_mm=(220, 220, 250), nozzles_mm=(0.4, 0.25))
LOW = machine("low", "fdm", materials=PLASTICS, envelope_mm=(220, 220, 200))
BIG = machine("big", "fdm", materials=PLASTICS, envelope_mm=(300, 300, 300), lab="north")
HUGE = machine("huge", "fdm", materials=PLASTICS, envelope_mm=(500, 500, 500), lab="south")
RESIN = machine("resin-printer", "msla", materials=("resin",), envelope_mm=(143, 89, 165))
CO2_100 = machine(
    "co2-100", "co2_laser_cutting", power_w=100, materials=("plywood", "acrylic"), envelope_mm=(900, 600, 50)
)
ROUTER = machine("router", "cnc_routing", materials=("plywood", "acrylic"), envelope_mm=(1200, 900, 80))


def slab_answer() -> tuple[Requirement, Match]:
    need = Requirement("fdm", "pla", **block(400, 400, 100))
    return need, match(need, CUBE_250)


def test_the_slab_is_split_or_sent_to_a_larger_printer() -> None:
    need, answer = slab_answer()
    (split,) = answer.changes
    assert split.text == "split it into 4 pieces of 200 x 200 x 100 mm"
    assert match(need, BIG).verdict is not YES
    assert elsewhere(CUBE_250, []) is None
    assert largest(need, [CUBE_250, BIG, RESIN, ROUTER]) is BIG  # the largest open printer has 300 mm
    assert largest(need, [RESIN, ROUTER]) is None
    assert match(need, HUGE).verdict is YES
    other = elsewhere(CUBE_250, [HUGE])
    assert other is not None
    assert other.text == "huge in the lab south takes it"


def test_a_machine_of_the_same_lab_is_nearer() -> None:
    far = machine("a-far", "fdm", lab="far")
    here = machine("z-here", "fdm")
    found = elsewhere(CUBE_250, [far, BIG, here])
    assert found is not None
    assert found.text == "z-here in this lab takes it"


def test_what_is_turned_says_how() -> None:
    need = Requirement("fdm", "pla", **block(245, 20, 20))
    assert match(need, ENDER).changes[0].text == "turn it: it fits with its x axis upright"
    assert "degrees about z" in match(need, LOW).changes[0].text


def test_a_change_is_offered_only_when_it_suffices() -> None:
    need = Requirement("fdm", "abs", **block(400, 400, 100))
    assert match(need, CUBE_250).changes == ()  # split or not, the material is wrong


def test_pieces_of_a_plate_are_counted() -> None:
    need = Requirement("fdm", "pla", (50, 50, 20), quantity=30)
    reason = next(each for each in match(need, ENDER).reasons if each.aspect == "quantity")
    assert reason.text == "16 at once in 2 runs for 30 pieces"


def test_margins_are_kept_free() -> None:
    tight = machine("tight", "fdm", materials=("pla",), envelope_mm=(220, 220, 250), margin_mm=5)
    assert match(Requirement("fdm", "pla", **block(215, 215, 215)), tight).verdict is NO
    assert match(Requirement("fdm", "pla", **block(210, 210, 10)), tight).verdict is YES


def test_a_sheet_modelled_upright_lies_on_the_machine() -> None:
    standing = Requirement("laser_cutting", "plywood", (300, 4, 200), 4.0)
    assert match(standing, CO2_100).verdict is YES
    strip = Requirement("laser_cutting", "plywood", (100, 5, 8), 8.0)  # narrower than the sheet is thick
    assert match(strip, CO2_100).verdict is YES
    long = match(Requirement("laser_cutting", "plywood", (1200, 20, 4), 4.0), CO2_100)
    assert long.verdict is NO
    assert [each.kind for each in long.changes] == [ChangeKind.SPLIT]
