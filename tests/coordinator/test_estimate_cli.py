"""`fabcommons estimate`: what it prints is what the manual says, and bad input is one sentence and status 2."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from coordinator.commands.estimate import VERSION, estimate, estimate_document, read_jobs
from core.errors import InputError

from .conftest import block_stl

MANUAL = Path(__file__).parents[2] / "docs" / "durations.md"
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="60mm" viewBox="0 0 100 60">'
    '<rect x="5" y="5" width="80" height="40" fill="none" stroke="red"/></svg>'
)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    path = tmp_path / "part.stl"
    path.write_text(block_stl(20, 20, 10))
    return path


def document(file: Path, machine: str | None = None, **more: object) -> dict[str, object]:
    options: dict[str, object] = {"quantity": 1, "thickness_mm": None, "supports": False} | more
    material, quality = options.pop("material", None), options.pop("quality", "standard")
    jobs = options.pop("jobs", None)
    answer = estimate(file, machine, None, material, quality, jobs, **options)  # type: ignore[arg-type]
    found: dict[str, object] = json.loads(json.dumps(estimate_document(answer)))
    return found


def test_a_print_on_a_known_model(part: Path) -> None:
    found = document(part, "Prusa MK3S", material="PETG", quality="fine", quantity=3)
    assert (found["version"], found["process"], found["material"]) == (VERSION, "fdm", "petg")
    assert 0 < found["low_s"] < found["duration_s"] < found["high_s"]  # type: ignore[operator]
    printed = found["print"]
    assert isinstance(printed, dict)
    assert printed["filament_g"] == pytest.approx(printed["filament_cm3"] * 1.27, rel=0.01)


def test_what_was_assumed_is_told(part: Path) -> None:
    notes = document(part)["notes"]
    assert "no machine named: a printer with a 0.4 mm nozzle is taken" in notes  # type: ignore[operator]
    assert "assumed: PLA" in notes  # type: ignore[operator]


def test_a_drawing_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "panel.svg"
    path.write_text(DRAWING)
    found = document(path, material="plywood", thickness_mm=3)
    assert found["process"] == "co2_laser_cutting"
    assert found["print"] is None
    assert "length to cut" in str(found["basis"])


def test_logged_jobs_change_the_answer(part: Path, tmp_path: Path) -> None:
    log = tmp_path / "jobs.csv"
    log.write_text("estimated_s,real_s\n" + "".join(f"{1000 * k},{300 + 1500 * k}\n" for k in range(1, 11)))
    learned, plain = document(part, jobs=log), document(part)
    assert learned["duration_s"] > plain["duration_s"]  # type: ignore[operator]
    assert "10 runs" in str(learned["basis"])


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "estimated_s,real_s\n1,x\n", "estimated_s,real_s\n-1,5\n", "\0"])
def test_a_log_that_is_none_is_refused_or_empty(text: str, tmp_path: Path) -> None:
    log = tmp_path / "jobs.csv"
    log.write_text(text)
    if text in {"", "\0"}:
        assert read_jobs(log) == []
        return
    with pytest.raises(InputError, match=r"no job"):
        read_jobs(log)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"material": "unobtainium"}, "unobtainium"), ({"quality": "superb"}, "quality"),
     ({"machine": "No Such Printer 9000"}, "No Such"), ({"jobs": Path("absent.csv")}, "cannot be read")],
)  # fmt: skip
def test_what_is_not_known_is_refused(part: Path, options: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        document(part, **options)  # type: ignore[arg-type]


def test_no_file_and_no_part_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        document(tmp_path / "absent.stl")
    broken = tmp_path / "page.stl"
    broken.write_text("<!DOCTYPE html><html></html>")
    with pytest.raises(InputError):
        document(broken)


def test_the_manual_names_every_key_and_option(part: Path) -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    found = document(part)
    keys = [*found, *found["print"]]  # type: ignore[misc]
    assert [key for key in keys if f"`{key}`" not in manual and key != "version"] == []
    options = re.findall(r'"(--[a-z]+)"', (MANUAL.parents[1] / "coordinator" / "cli" / "estimate.py").read_text())
    assert len(options) == 9
    assert [each for each in options if f"`{each}`" not in manual] == []


def test_a_mesh_that_is_inside_out_is_taken_the_other_way_round_and_told(tmp_path: Path, part: Path) -> None:
    turned = tmp_path / "turned.stl"
    loop = re.compile(r"outer loop\s+(vertex .*)\s+(vertex .*)\s+(vertex .*)\s+endloop")
    turned.write_text(loop.sub(r"outer loop\n\3\n\2\n\1\nendloop", part.read_text()))
    found, right = document(turned, "Prusa MK3S"), document(part, "Prusa MK3S")
    assert found["print"]["filament_g"] == pytest.approx(right["print"]["filament_g"], rel=0.01)  # type: ignore[index]
    assert "the mesh is inside out: it was taken the other way round" in found["notes"]  # type: ignore[operator]
    assert "the mesh is inside out: it was taken the other way round" not in right["notes"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("size", "words"),
    [((300, 260, 10), "300.0 mm on the longest side"), ((240, 240, 5), "turned"), ((20, 220, 10), "turned")],
)
def test_a_part_that_the_machine_does_not_take_as_it_lies_is_told(
    tmp_path: Path, size: tuple[float, float, float], words: str
) -> None:
    path = tmp_path / "part.stl"
    path.write_text(block_stl(*size))
    notes = document(path, "Prusa MK3S")["notes"]
    assert [each for each in notes if words in each and "Prusa" in each]  # type: ignore[attr-defined]


def test_what_cannot_be_printed_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "foil.stl"
    path.write_text(block_stl(50, 50, 0.05))
    with pytest.raises(InputError) as caught:
        document(path, "Prusa MK3S")
    assert caught.value.where == "foil.stl"


def test_a_material_that_the_machine_does_not_work_is_told(part: Path, tmp_path: Path) -> None:
    panel = tmp_path / "panel.svg"
    panel.write_text(DRAWING)
    told = "; ".join(document(panel, "K40", material="aluminium", thickness_mm=3)["notes"])  # type: ignore[arg-type]
    assert "does not cut aluminium at all" in told
    told = "; ".join(document(panel, "K40", material="plywood", thickness_mm=12)["notes"])  # type: ignore[arg-type]
    assert "the sheet is 12 mm" in told
    assert "K40" not in "; ".join(document(panel, "K40", material="plywood", thickness_mm=3)["notes"])  # type: ignore[arg-type]
    told = "; ".join(document(part, "Ender 3", material="nylon")["notes"])  # type: ignore[arg-type]
    assert "nylon is needed" in told


def test_sheet_and_material_that_nobody_stated_are_told(tmp_path: Path) -> None:
    panel = tmp_path / "panel.svg"
    panel.write_text(DRAWING)
    basis = str(document(panel, "K40")["basis"])
    assert "plywood assumed; a sheet of 3 mm assumed" in basis
    assert "assumed" not in str(document(panel, "K40", material="plywood", thickness_mm=3)["basis"])


def test_pieces_that_do_not_stand_on_one_plate_are_told(part: Path) -> None:
    def told(quantity: int) -> bool:
        return any("stand on one plate" in each for each in document(part, "Prusa MK3S", quantity=quantity)["notes"])  # type: ignore[attr-defined]

    assert not told(80)  # 10 x 8 of 20 x 20 mm, 5 mm apart, on 250 x 210 mm
    assert told(81)
