"""`fabcommons toolpath`: files to instructions, errors in one sentence."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import ezdxf
import numpy as np
import pytest

from coordinator import cli
from core.hashes import sha256_of_file
from gcode.facts import Kind, inspect_program
from gcode.program import read_program
from machines.toolpaths.part_mesh import stl_bytes
from machines.toolpaths.slicer import Slicer
from tests.machines.toolpaths.conftest import box_of
from tests.machines.toolpaths.conftest import openscad as openscad
from tests.machines.toolpaths.conftest import prusa as prusa
from tests.machines.toolpaths.conftest import sandbox as sandbox

LABS = """
labs:
  - id: lab
    name: Lab
    timezone: Europe/Madrid
    opening_hours: {mon-fri: "09:00-19:00"}
    machines:
      - id: printer
        name: Printer
        processes: [fdm]
        materials: [pla, petg]
        envelope_mm: [200, 200, 200]
        limits: {nozzle_c: 280, bed_c: 110, feed_mm_min: 18000}
      - id: cold-printer
        name: Printer without limits
        processes: [fdm]
        materials: [pla]
        envelope_mm: [200, 200, 200]
      - id: laser
        name: Laser
        processes: [co2_laser_cutting]
        materials: [plywood]
        envelope_mm: [300, 200, 10]
        power_w: 60
        limits: {feed_mm_min: 20000, spindle_s: 1000}
      - id: router
        name: Router
        processes: [cnc_routing]
        materials: [plywood, mdf]
        envelope_mm: [600, 400, 60]
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with labs and parts, and a cache of its own."""
    monkeypatch.setenv("FABCOMMONS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "labs.yaml").write_text(LABS)
    (tmp_path / "box.stl").write_bytes(stl_bytes(box_of(20, 30, 2)))
    (tmp_path / "leaky.stl").write_bytes(stl_bytes(box_of(20, 30, 2)[1:]))
    (tmp_path / "box.scad").write_text("cube([20, 30, 2]);")
    document = ezdxf.new("R2010")
    document.header["$INSUNITS"] = 4
    document.modelspace().add_circle((30, 30), 20)
    document.modelspace().add_circle((30, 30), 5, dxfattribs={"layer": "inner"})
    document.saveas(tmp_path / "ring.dxf")
    return tmp_path


def run(files: Path, monkeypatch: pytest.MonkeyPatch, name: str, machine: str, *more: str) -> int:
    """Run the command; returns its exit status."""
    out = ["--labs", str(files / "labs.yaml"), "--out", str(files / "out")]
    words = ["toolpath", str(files / name), "--machine", machine, *out]
    monkeypatch.setattr(sys, "argv", ["fabcommons", *words, *more])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def made(files: Path) -> dict[str, object]:
    document = json.loads((files / "out" / "toolpath.json").read_text())
    (program,) = document["programs"]
    return program


def test_a_mesh_is_sliced(
    prusa: Slicer, files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(files, monkeypatch, "box.stl", "printer", "--material", "PETG", "--pieces", "2", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["material"] == "petg"
    program = made(files)
    assert program["held"] == []
    assert program["pieces"] == 2
    assert program["gcode"] == "box_x2.gcode"  # as the coordinator looks for it beside box.stl
    facts = inspect_program(read_program(files / "out" / str(program["gcode"])))
    assert facts.kind is Kind.FILAMENT
    assert facts.max_hotend_c == 235


def test_the_same_again_is_the_same_file(prusa: Slicer, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(files, monkeypatch, "box.stl", "printer", "--material", "pla") == 0
    first = sha256_of_file(files / "out" / str(made(files)["gcode"]))
    monkeypatch.setattr(Slicer, "slice", lambda *_: pytest.fail("sliced again"))
    assert run(files, monkeypatch, "box.stl", "printer", "--material", "pla") == 0
    assert sha256_of_file(files / "out" / str(made(files)["gcode"])) == first


def test_a_small_part_waits_until_a_person_has_looked(
    prusa: Slicer, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "small.stl").write_bytes(stl_bytes(box_of(8, 8, 2)))
    assert run(files, monkeypatch, "small.stl", "printer", "--material", "pla") == 0
    assert [each["code"] for each in made(files)["held"]] == ["unit-doubtful"]  # type: ignore[attr-defined]
    assert run(files, monkeypatch, "small.stl", "printer", "--material", "pla", "--millimetres") == 0
    assert made(files)["held"] == []


def test_a_material_that_the_machine_does_not_work_is_held(
    prusa: Slicer, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(files, monkeypatch, "box.stl", "printer", "--material", "abs") == 0
    held = made(files)["held"]
    assert held == [{"code": "not-worked", "reason": "ABS is needed, printer works PLA, PETG"}]


def test_a_sheet_that_is_too_thick_for_the_laser_is_held(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = ("--layer", "0=cut", "--layer", "inner=engrave", "--sheet", "200x100")
    assert run(files, monkeypatch, "ring.dxf", "laser", "--thickness", "13", *layers) == 0
    held = made(files)["held"]
    assert [each["code"] for each in held] == ["operator", "not-worked"]  # type: ignore[attr-defined]
    assert "the sheet is 13 mm" in held[1]["reason"]  # type: ignore[index]


def test_a_leaky_mesh_is_held_with_a_picture(
    prusa: Slicer, files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(files, monkeypatch, "leaky.stl", "printer", "--material", "pla") == 0
    assert "waits for a person: the mesh leaks: 3 edges" in capsys.readouterr().out
    assert made(files)["gcode"] == "held-leaky.gcode"  # which the coordinator does not find
    assert (files / "out" / str(made(files)["picture"])).read_bytes().startswith(b"\x89PNG")


def test_a_program_beyond_the_machines_limits_is_held(
    prusa: Slicer, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(files, monkeypatch, "box.stl", "cold-printer") == 0
    held = made(files)["held"]
    assert isinstance(held, list)
    assert [each["code"] for each in held] == ["not-allowed"]


def test_openscad_is_rendered_and_sliced(
    openscad: str, prusa: Slicer, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(files, monkeypatch, "box.scad", "printer", "--material", "pla") == 0
    assert made(files)["held"] == []


def test_a_drawing_is_cut(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = ("--layer", "0=cut", "--layer", "inner=engrave")
    options = ("--thickness", "3", *layers, "--sheet", "200x100", "--kerf", "0.1")
    assert run(files, monkeypatch, "ring.dxf", "laser", *options) == 0
    program = made(files)
    assert [each["code"] for each in program["held"]] == ["operator"]  # type: ignore[attr-defined]
    facts = inspect_program(read_program(files / "out" / str(program["gcode"])))
    assert facts.kind is Kind.LASER
    assert facts.work_bounds_mm is not None
    assert facts.work_bounds_mm.size_mm[0] == pytest.approx(40.1, abs=0.01)


@pytest.mark.parametrize(
    ("name", "machine", "options", "why"),
    [
        ("box.stl", "nobody", (), "there is no machine 'nobody'"),
        ("none.stl", "printer", ("--material", "pla"), "there is no such file"),
        ("box.stl", "printer", (), "choose one with --material"),
        ("box.stl", "printer", ("--material", "unobtainium"), "not a known word"),
        ("box.stl", "laser", (), "laser does CO2 laser cutting, this file needs"),
        ("ring.dxf", "printer", ("--material", "pla"), "this file needs laser cutting"),
        ("ring.dxf", "router", (), "other machines take the operator's own G-code"),
        ("ring.dxf", "laser", (), "how thick is the sheet?"),
        ("ring.dxf", "laser", ("--thickness", "3"), "nobody says what to do with the layers '0', 'inner'"),
        ("ring.dxf", "laser", ("--thickness", "99"), "too thick"),
        ("ring.dxf", "laser", ("--thickness", "3", "--sheet", "big"), "no size of a sheet"),
        ("ring.dxf", "laser", ("--thickness", "3", "--sheet", "900x900"), "larger than laser"),
        ("ring.dxf", "laser", ("--thickness", "3", "--layer", "inner=burn"), "maps no layer"),
        ("ring.dxf", "laser", ("--thickness", "3", "--kerf", "9"), "kerf lies between"),
        ("labs.yaml", "printer", ("--material", "pla"), "nothing is made from files of the kind .yaml"),
        ("box.stl", "printer", ("--material", "pla", "--quality", "splendid"), "splendid"),
    ],
)
def test_what_cannot_be_used_ends_with_status_2_and_one_sentence(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    name: str, machine: str, options: tuple[str, ...], why: str,
) -> None:  # fmt: skip
    assert run(files, monkeypatch, name, machine, *options) == 2
    said = capsys.readouterr().err
    assert why in said
    assert "Traceback" not in said


def test_a_folder_that_cannot_be_written_is_told(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "out").write_text("in the way")
    options = ("--thickness", "3", "--layer", "0=cut", "--layer", "inner=cut")
    assert run(files, monkeypatch, "ring.dxf", "laser", *options) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_boxes_are_what_they_say() -> None:
    assert np.ptp(box_of(1, 2, 3), axis=(0, 1)).tolist() == [1, 2, 3]
