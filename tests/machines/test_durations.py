"""Durations grow as work grows, say where they come from, and never pretend to know."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from core.trees import materials, processes
from machines.calibration import LoggedJob, calibrate
from machines.durations import Estimate, Shape, estimate_run, of_program
from machines.durations.layered import layer_pace
from machines.durations.removal import Pace, beam_pace, removal_mm3_s, tool_pace
from machines.machine import Connection, Driver, Machine

HANDS = Connection(Driver.HANDS)
PRINTER = Machine("p", "lab", "printer", ("fdm",), HANDS, envelope_mm=(200, 200, 200))
LASER = Machine("l", "lab", "laser", ("co2_laser_cutting",), HANDS, power_w=60)
ROUTER = Machine("r", "lab", "router", ("cnc_routing",), HANDS, tools_mm=(6.0,), power_w=800)
SHEET = Shape((200.0, 100.0, 0.0), cut_length_mm=1000.0, pierce_count=4)
BLOCK = Shape((50.0, 40.0, 20.0), volume_mm3=25_000.0, area_mm2=9_000.0)


def cube_mesh() -> np.ndarray:
    return np.asarray(trimesh.creation.box((20, 20, 20)).triangles, dtype=np.float64)


PRINT = Shape((20.0, 20.0, 20.0), 8000.0, 2400.0, mesh=cube_mesh)


def test_a_print_is_reckoned_from_its_mesh() -> None:
    estimate = estimate_run("fdm", PRINT, 1, PRINTER, material="pla")
    assert "mesh's layers" in estimate.basis
    assert "no run of this machine yet" in estimate.basis
    rough = estimate_run("fdm", replace(PRINT, mesh=None), 1, PRINTER, material="pla")
    assert "volume and surface" in rough.basis
    assert rough.high_s / rough.low_s > estimate.high_s / estimate.low_s


def test_what_a_machine_taught_is_used() -> None:
    jobs = [LoggedJob(1000.0 * k, 300 + 1400.0 * k) for k in range(1, 12)]
    plain = estimate_run("fdm", PRINT, 1, PRINTER, material="pla")
    learned = estimate_run("fdm", PRINT, 1, PRINTER, material="pla", calibration=calibrate(jobs))
    assert learned.duration_s > plain.duration_s
    assert "11 runs" in learned.basis


def test_many_pieces_heat_once_and_cool_together() -> None:
    one, nine = (estimate_run("fdm", PRINT, count, PRINTER, material="pla") for count in (1, 9))
    assert 4 * one.duration_s < nine.duration_s < 9 * one.duration_s


@pytest.mark.parametrize("mesh", [lambda: None, lambda: np.zeros((1, 3, 3))])
def test_a_mesh_that_is_none_falls_back_and_says_so(mesh: object) -> None:
    estimate = estimate_run("fdm", replace(PRINT, mesh=mesh), 1, PRINTER)
    assert "volume and surface" in estimate.basis


def test_resin_is_not_reckoned_as_filament() -> None:
    one, many = (estimate_run("msla", PRINT, pieces, PRINTER) for pieces in (1, 9))
    assert "from its height" in one.basis
    assert one == many
    attended_s = 60 * (PRINTER.set_up_min + PRINTER.take_off_min)
    height_mm = PRINT.extents_mm[2]  # type: ignore[index]
    assert one.duration_s - attended_s == pytest.approx(300 + (height_mm + 5) / 0.05 * 9)


def test_layers_of_powder_take_longer_than_those_of_resin() -> None:
    assert estimate_run("sls", PRINT, 1, PRINTER).duration_s > estimate_run("msla", PRINT, 1, PRINTER).duration_s
    assert layer_pace("fdm") is None
    assert layer_pace("dlp") == layer_pace("vat_photopolymerization")


def test_thicker_sheets_and_weaker_beams_take_longer() -> None:
    def seconds(thickness: float, power: float) -> float:
        machine = replace(LASER, power_w=power)
        return estimate_run(
            "co2_laser_cutting", SHEET, 1, machine, material="plywood", thickness_mm=thickness
        ).duration_s

    assert seconds(3, 60) < seconds(6, 60)
    assert seconds(3, 60) < seconds(3, 30)


def test_a_laser_follows_the_table() -> None:
    pace = beam_pace("acrylic", 3, 60)
    assert pace is not None
    assert pace.speed_mm_s == pytest.approx(60 * 0.8 / (1.2 * 3), rel=0.02)
    assert beam_pace("pvc", 3, 60) is None
    assumed = estimate_run("laser_cutting", SHEET, 1, LASER, material="pvc", thickness_mm=3)
    assert "assumed" in assumed.basis


def test_harder_materials_are_cut_slower() -> None:
    rates = [removal_mm3_s(each, 6.0, 800)[0] for each in ("polyurethane_foam", "plywood", "aluminium", "steel")]
    assert rates == sorted(rates, reverse=True)
    paces = [tool_pace(each, 6.0, 6.0, 800) for each in ("plywood", "aluminium", "steel")]
    seconds = [pace.passes / pace.speed_mm_s for pace in paces]
    assert seconds == sorted(seconds)


def test_a_weak_spindle_holds_the_tool_back() -> None:
    assert tool_pace("steel", 3.0, 6.0, 50).speed_mm_s < tool_pace("steel", 3.0, 6.0, 2000).speed_mm_s


def test_drawings_are_routed_and_blocks_are_milled() -> None:
    assert "length to cut" in estimate_run("cnc_routing", SHEET, 1, ROUTER, material="plywood").basis
    assert "volume to remove" in estimate_run("cnc_milling", BLOCK, 1, ROUTER, material="aluminium").basis


@pytest.mark.parametrize("process", ["knife_cutting", "plasma_cutting", "waterjet_cutting", "wire_edm"])
def test_other_ways_to_cut_sheets_have_their_own_pace(process: str) -> None:
    assert "middle value" in estimate_run(process, SHEET, 1, LASER, thickness_mm=2).basis


def test_hand_work_says_that_it_is_assumed() -> None:
    assert estimate_run("assembly", Shape(), 2, PRINTER).basis.startswith("assumed")
    assert estimate_run(None, Shape(), 1, PRINTER).basis == "assumed: 60 min a piece for work of unknown kind"


def test_the_operator_is_counted_once() -> None:
    attended = replace(ROUTER, set_up_min=10, take_off_min=5)
    for count in (1, 7):
        more = estimate_run("cnc_routing", SHEET, count, attended).duration_s
        assert more - estimate_run("cnc_routing", SHEET, count, ROUTER).duration_s == pytest.approx(900)
    assert of_program(60, attended).duration_s == 960


@given(
    st.sampled_from([node.id for node in processes()]),
    st.sampled_from([None, *(node.id for node in materials())]),
    st.sampled_from([SHEET, BLOCK, Shape(), Shape((10.0, 10.0, 3.0))]),
    st.one_of(st.none(), st.floats(0.1, 50)),
    st.integers(1, 100),
)
def test_every_process_has_an_estimate(
    process: str, material: str | None, shape: Shape, thickness: float | None, pieces: int
) -> None:
    found = [
        estimate_run(process, shape, count, LASER, material=material, thickness_mm=thickness)
        for count in (pieces, pieces + 1)
    ]
    fewer, more = (each.duration_s for each in found)
    assert fewer < more or (fewer == more and layer_pace(process))
    for estimate in found:
        assert 0 < estimate.low_s <= estimate.duration_s <= estimate.high_s < math.inf
        assert estimate.basis


@pytest.mark.parametrize("values", [(0, 0, 0), (1, 2, 3), (2, 1, 1)])
def test_an_estimate_lies_in_its_interval(values: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="interval"):
        Estimate(*values, "x")


@pytest.mark.parametrize("values", [(0, 1, 0, 0), (1, 0, 0, 0), (1, 1, -1, 0), (1, 1, 0, 1)])
def test_a_pace_goes_on(values: tuple[float, int, float, float]) -> None:
    with pytest.raises(ValueError, match="contour"):
        Pace(*values, "x")


def test_what_a_piece_takes_is_known_of_additive_work_alone() -> None:
    cube = Shape((10, 10, 10), 1000.0, 600.0)
    assert cube.taken_mm3("sls") == 1000
    assert cube.taken_mm3("fdm") == pytest.approx(540 + 0.15 * 460)
    assert cube.taken_mm3("additive") == cube.taken_mm3("fdm")
    assert cube.taken_mm3("cnc_milling") is None
    assert cube.taken_mm3(None) is None
    for volume in (None, 0.0, -1000.0, float("inf")):
        broken = Shape((10, 10, 10), volume, 600.0)
        assert broken.taken_mm3("sls") is None
        assert volume == float("inf") or broken.taken_mm3("fdm") is None
