"""Matching is directed and three-valued; the reason carries the numbers that decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.trees import materials, processes
from machines.durations import Shape, estimate_run
from machines.lab import Connection, Driver, Machine
from machines.matching import Requirement, Verdict, match


def machine(
    *does: str,
    works: tuple[str, ...] = (),
    cuts: dict[str, tuple[float, float]] | None = None,
    envelope: tuple[float, float, float] | None = None,
) -> Machine:
    return Machine("m", "lab", "M", does, Connection(Driver.HANDS), works, cuts or {}, envelope)


PRINTER = machine("fdm", works=("pla", "petg"), envelope=(220, 220, 250))
LASER = machine("co2_laser_cutting", works=("plywood",), cuts={"plywood": (1, 6)}, envelope=(600, 400, 10))
CUBE = (100.0, 100.0, 100.0)

CASES = [
    ("a printed part of a stated material", Requirement("additive", "pla", CUBE), PRINTER, Verdict.YES, ""),
    ("FDM wanted, SLS offered", Requirement("fdm", "nylon", CUBE), machine("sls"), Verdict.NO, "fused deposition"),
    ("CNC milling wanted, machining offered", Requirement("cnc_milling", "brass", CUBE),
     machine("machining", works=("brass",), envelope=(300, 300, 300)), Verdict.UNKNOWN, "ask the lab"),
    ("soldering for welding", Requirement("welding"), machine("soldering"), Verdict.NO, "soldering"),
    ("no material named", Requirement("fdm", None, CUBE), PRINTER, Verdict.UNKNOWN, "names no material"),
    ("a material nobody knows", Requirement("fdm", "moon dust", CUBE), PRINTER, Verdict.UNKNOWN, "not a known word"),
    ("another material", Requirement("fdm", "abs", CUBE), PRINTER, Verdict.NO, "ABS is needed"),
    ("a family of materials", Requirement("fdm", "plastic", CUBE), PRINTER, Verdict.YES, ""),
    ("a rod no diagonal can hold", Requirement("fdm", "pla", (500, 5, 5)), PRINTER, Verdict.NO, "500.0 mm"),
    ("a bar that stands", Requirement("fdm", "pla", (245, 20, 20)), PRINTER, Verdict.YES, ""),
    ("no part file", Requirement("fdm", "pla", None, None, "the bill links no part file"), PRINTER, Verdict.UNKNOWN,
     "links no part file"),
    ("a sheet in range", Requirement("laser_cutting", "plywood", (300, 200, 4), 4), LASER, Verdict.YES, ""),
    ("a sheet too thick", Requirement("laser_cutting", "plywood", (300, 200, 9), 9), LASER, Verdict.NO, "9 mm"),
    ("thickness not stated", Requirement("laser_cutting", "plywood", (300, 200, 0)), LASER, Verdict.UNKNOWN,
     "thickness"),
    ("3 mm aluminium on a CO2 laser", Requirement("laser_cutting", "aluminium", (99, 99, 3), 3), LASER, Verdict.NO,
     "aluminium is needed"),
    ("no process named", Requirement(None, "pla", CUBE), PRINTER, Verdict.UNKNOWN, "names no process"),
    ("assembly needs no size", Requirement("assembly"), machine("assembly"), Verdict.YES, ""),
    ("a profile without envelope", Requirement("fdm", "pla", CUBE), machine("fdm", works=("pla",)), Verdict.UNKNOWN,
     "states no envelope"),
]  # fmt: skip


@pytest.mark.parametrize(("need", "offered", "verdict", "words"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_answer_and_its_reason(need: Requirement, offered: Machine, verdict: Verdict, words: str) -> None:
    answer = match(need, offered)
    assert answer.verdict is verdict, answer.reasons
    assert words in answer.text


PROCESS = st.sampled_from([node.id for node in processes()])
MATERIAL = st.sampled_from([node.id for node in materials()])


@given(need=PROCESS, offered=PROCESS)
def test_process_answers_follow_the_tree(need: str, offered: str) -> None:
    verdict = match(Requirement(need), machine(offered)).reasons[0].verdict
    tree = processes()
    if tree.is_a(offered, need):
        assert verdict is Verdict.YES
    elif tree.is_a(need, offered):
        assert verdict is Verdict.UNKNOWN
    elif any(tree.is_a(offered, each.by) for above in tree.ancestry(need) for each in tree[above].substitutes):
        assert verdict is not Verdict.NO  # what a cited substitute says has tests of its own
    else:
        assert verdict is Verdict.NO


@given(PROCESS, st.one_of(st.none(), MATERIAL), st.floats(1, 500), st.floats(1, 500))
def test_a_larger_envelope_never_turns_a_yes_away(process: str, material: str | None, size: float, more: float) -> None:
    need = Requirement(process, material, (size, size / 2, 3.0), 3.0)

    def offer(side: float) -> Machine:
        return machine(process, works=(material,) if material else (), envelope=(side, side, side))

    small, large = match(need, offer(size)).verdict, match(need, offer(size + more)).verdict
    assert not (small is Verdict.YES and large is not Verdict.YES)


@given(st.sampled_from([None, *(node.id for node in processes())]), st.floats(1, 1e6), st.integers(1, 50))
def test_estimates_grow_with_the_pieces(process: str | None, volume: float, pieces: int) -> None:
    shape = Shape((10, 10, 10), volume, volume / 2, volume / 10)
    one, many = (estimate_run(process, shape, count, PRINTER) for count in (1, pieces))
    assert 0 < one.low_s <= one.duration_s <= one.high_s
    assert many.duration_s >= one.duration_s
    assert one.basis
