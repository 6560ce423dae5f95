"""All at once and one by one give the same answers."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tolerances import tolerance_class
from core.trees import materials, processes
from geometry.fit import FitVerdict, fit
from geometry.hull import Hull, hull_of
from machines.lab import Connection, Driver, Machine, MachineLimits
from machines.matching import Match, Requirement, Verdict, match
from machines.matching.arrays import match_all
from machines.matching.boxes import fit_boxes

HANDS = Connection(Driver.HANDS)
# Few words, so that they meet; all the ways in which they can meet are among them.
WORK = st.sampled_from([
    "additive", "fdm", "sla", "msla", "sls", "mjf", "machining", "cnc_milling", "cnc_routing", "turning", "drilling",
    "laser_cutting", "co2_laser_cutting", "diode_laser_cutting", "fibre_laser_cutting", "knife_cutting", "cutting",
    "plasma_cutting", "welding", "tig_welding", "assembly", "bending", "turning", "laser_engraving",
    "sewing", "embroidery", "pcb_milling", "thermoforming",
])  # fmt: skip
STUFF = st.sampled_from([
    "pla", "abs", "nylon", "polycarbonate", "resin", "plastic", "acrylic", "plywood", "wood", "paper", "pvc",
    "pvc_film", "aluminium", "steel", "stainless_steel", "metal", "leather", "felt",
    "hips", "petg", "cast_acrylic", "polyester_film", "cotton",
])  # fmt: skip
LENGTH = st.one_of(st.sampled_from([3.0, 20.0, 100.0, 200.0, 245.0, 250.0, 300.0]), st.floats(0.5, 500))
BOX = st.tuples(LENGTH, LENGTH, LENGTH)
THICKNESS = st.sampled_from([0.3, 1.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0])
SMALL = st.sampled_from([0.05, 0.1, 0.25, 0.3, 0.4, 1.0, 3.0])
WORDS = st.sampled_from(["food contact", "router licence"])
CLASSES = ("IT9", "IT14", "40 H7", "ISO 2768-c", "ISO 2768-v")


@cache
def body(extents: tuple[float, float, float], seed: int) -> Hull:
    points = np.random.default_rng(seed).uniform(0, 1, (12, 3))
    points -= points.min(axis=0)
    return hull_of(points / points.max(axis=0) * np.array(extents))


TOLERANCES = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"tolerance_mm": SMALL}),
    st.fixed_dictionaries({"tolerance": st.sampled_from([tolerance_class(each, where="") for each in CLASSES])}),
)


@st.composite
def needs(draw: st.DrawFn) -> Requirement:
    extents = draw(st.none() | BOX | st.tuples(LENGTH, LENGTH, st.just(0.0)))
    seed = draw(st.none() | st.integers(0, 3))
    return Requirement(
        draw(st.none() | WORK),
        draw(st.none() | STUFF | st.just("moon dust")),
        extents,
        draw(st.none() | THICKNESS),
        alternatives=tuple(draw(st.lists(STUFF, max_size=2))),
        **draw(TOLERANCES),
        axes=draw(st.none() | st.sampled_from([3, 5])),
        feature_mm=draw(st.none() | SMALL),
        quantity=draw(st.integers(1, 5)),
        certificates=tuple(draw(st.lists(WORDS, max_size=1))),
        skills=draw(st.none() | st.lists(WORDS, max_size=1).map(tuple)),
        hull=None if extents is None or seed is None else partial(body, extents, seed),
    )


@st.composite
def offers(draw: st.DrawFn) -> Machine:
    spans = st.tuples(THICKNESS, THICKNESS).map(lambda pair: (min(pair), max(pair)))
    return Machine(
        "m", "lab", "M", tuple(draw(st.lists(WORK, min_size=1, max_size=3))), HANDS,
        materials=tuple(draw(st.lists(STUFF, max_size=3))),
        thickness_mm=draw(st.dictionaries(STUFF, spans, max_size=2)),
        envelope_mm=draw(st.none() | BOX),
        bed_mm=draw(st.none() | BOX.map(lambda box: box[:2])),
        feed_through=draw(st.sampled_from([None, "x", "y"])),
        axes=draw(st.none() | st.sampled_from([3, 4, 5])),
        from_model=draw(st.sampled_from([(), ("materials",)])),
        limits=MachineLimits(
            nozzle_c=draw(st.none() | st.sampled_from([200.0, 240.0, 300.0])),
            bed_c=draw(st.none() | st.sampled_from([60.0, 100.0])),
        ),
        nozzles_mm=tuple(draw(st.lists(SMALL, max_size=2))),
        tools_mm=tuple(draw(st.lists(SMALL, max_size=2))),
        tolerance_mm=draw(st.none() | SMALL),
        power_w=draw(st.none() | st.sampled_from([5.0, 40.0, 60.0, 150.0, 1000.0])),
        margin_mm=draw(st.sampled_from([0.0, 2.0, 5.0])),
        certificates=tuple(draw(st.lists(WORDS, max_size=1))),
        training=draw(st.none() | WORDS),
    )  # fmt: skip


@settings(deadline=None)
@given(st.lists(needs(), min_size=1, max_size=6), st.lists(offers(), min_size=1, max_size=6))
def test_arrays_and_single_answers_agree(asked: list[Requirement], offered: list[Machine]) -> None:
    all_at_once = match_all(asked, offered)
    assert all_at_once.verdicts.shape == (len(asked), len(offered))
    for row, need in enumerate(asked):
        for column, machine in enumerate(offered):
            alone = match(need, machine)
            assert all_at_once.verdict(row, column) is alone.verdict, (need, machine, alone)


@given(st.lists(st.tuples(BOX, BOX, st.booleans()), min_size=1, max_size=20))
def test_boxes_fit_as_one_by_one(
    pairs: list[tuple[tuple[float, float, float], tuple[float, float, float], bool]],
) -> None:
    parts, rooms, flat = (np.array(each) for each in zip(*pairs, strict=True))
    rank = {FitVerdict.YES: 1, FitVerdict.UNKNOWN: 0, FitVerdict.NO: -1}
    alone = [rank[fit(part, room, flat=lies).verdict] for part, room, lies in pairs]
    assert fit_boxes(parts, rooms, flat).tolist() == alone


def test_every_pair_of_words_of_the_trees_agrees() -> None:
    asked = [Requirement(node.id, "pla") for node in processes()] + [
        Requirement("cnc_milling", node.id) for node in materials()
    ]
    offered = [Machine(node.id, "lab", "M", (node.id,), HANDS, materials=("plastic",)) for node in processes()]
    answers = match_all(asked, offered)
    rng = np.random.default_rng(1)
    for row, column in zip(rng.integers(0, len(asked), 500), rng.integers(0, len(offered), 500), strict=True):
        assert answers.verdict(row, column) is match(asked[row], offered[column]).verdict


def test_every_sheet_on_every_laser_agrees() -> None:
    kinds = ("laser_cutting", "co2_laser_cutting", "diode_laser_cutting", "fibre_laser_cutting")
    asked = [
        Requirement("laser_cutting", material, (100.0, 80.0, thickness or 0.0), thickness)
        for material in ("plywood", "acrylic", "steel", "aluminium", "pvc")
        for thickness in (None, 1.0, 3.0, 6.0, 8.0, 12.0, 20.0)
    ]
    offered = [
        Machine("m", "lab", "M", (kind,), HANDS, materials=listed, thickness_mm=stated, power_w=power,
                envelope_mm=(300, 200, 50))
        for kind in kinds
        for power in (None, 5.0, 40.0, 100.0, 1000.0)
        for listed in ((), ("plywood", "acrylic", "steel", "aluminium"))
        for stated in ({}, {"plywood": (2.0, 6.0)})
    ]  # fmt: skip
    answers = match_all(asked, offered)
    seen = set()
    for row, need in enumerate(asked):
        for column, machine in enumerate(offered):
            alone = match(need, machine)
            seen |= {each.verdict for each in alone.reasons if each.aspect == "thickness"}
            assert answers.verdict(row, column) is alone.verdict, (need, machine, alone)
    assert seen == set(Verdict)


def test_reasons_are_made_on_demand() -> None:
    need = Requirement("fdm", "pla", (10, 10, 10))
    printer = Machine("p", "lab", "P", ("fdm",), HANDS, materials=("pla",), envelope_mm=(100, 100, 100))
    answers = match_all([need], [printer])
    assert answers.verdicts.dtype == np.int8
    answer = answers.answer(0, 0)
    assert isinstance(answer, Match)
    assert answer.verdict is answers.verdict(0, 0) is Verdict.YES


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (0, 3), (3, 0)])
def test_nothing_to_match_is_an_empty_table(rows: int, columns: int) -> None:
    printer = Machine("p", "lab", "P", ("fdm",), HANDS)
    assert match_all([Requirement("fdm")] * rows, [printer] * columns).verdicts.shape == (rows, columns)
