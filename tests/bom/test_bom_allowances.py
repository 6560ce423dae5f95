"""Other materials, tolerances and smallest features: what a line says goes to its task, and no more than that."""

from __future__ import annotations

from pathlib import Path

import pytest

from bom.allowances import allowed_materials, feature_mm, tolerance_mm
from bom.answers import parse_answers
from bom.graph import Task, task_graph
from bom.reader import read_bill
from designs.source import open_design


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PLA or PETG", ("pla", "petg")),
        ("PLA/PETG", ("pla", "petg")),
        ("PETG / ABS / ASA", ("petg", "abs", "asa")),
        ("ABS, ASA or PETG", ("abs", "asa", "petg")),
        ("Sperrholz oder MDF", ("plywood", "mdf")),
        ("PLA (or PETG)", ("pla", "petg")),
        ("plywood 4 mm or MDF 4 mm", ("plywood", "mdf")),
        ("PLA", ()),
        ("PLA, TPU", ()),  # perhaps both in one part
        ("PLA and TPU", ()),
        ("PC/ABS", ()),  # a blend
        ("ABS/PC", ()),
        ("PLA / black", ()),
        ("steel or something stronger", ()),
        ("PLA/PLA", ()),
        ("or", ()),
        ("", ()),
        ("/" * 1000, ()),
    ],
)
def test_several_materials_count_only_where_any_of_them_will_do(text: str, found: tuple[str, ...]) -> None:
    assert allowed_materials(text) == found


@pytest.mark.parametrize(
    ("texts", "column", "found"),
    [
        (["holes ±0.1 mm"], "", 0.1),
        (["+/- 0,2mm"], "", 0.2),
        (["+/-0.05 mm on the bore; else ±0.3 mm"], "", 0.05),
        (["tolerance: 50 µm"], "", 0.05),
        (["Toleranz 0,1 mm"], "", 0.1),
        ([], "0.1", 0.1),
        ([], "± 0.1 mm", 0.1),
        ([], "fine", None),
        (["10 kΩ ±1%"], "", None),
        (["length +5 mm"], "", None),
        (["±0 mm"], "", None),
        (["total 20 mm"], "", None),
        (["tolerance of the whole is told in the drawing of 3 views"], "", None),
    ],
)
def test_tolerances(texts: list[str], column: str, found: float | None) -> None:
    assert tolerance_mm(texts, column) == (None if found is None else pytest.approx(found))


@pytest.mark.parametrize(
    ("texts", "column", "found"),
    [
        (["min wall 0.8 mm"], "", 0.8),
        (["Minimum wall thickness: 1.2mm"], "", 1.2),
        (["smallest feature 0.4 mm, thinnest wall 0.3 mm"], "", 0.3),
        (["minimum order 5 mm"], "", None),
        (["wall 2 mm"], "", None),
        ([], "0,5", 0.5),
    ],
)
def test_features(texts: list[str], column: str, found: float | None) -> None:
    assert feature_mm(texts, column) == (None if found is None else pytest.approx(found))


HEADER = "Part,Qty,Process,Material,File,Notes,Tolerance,Alternative material"


def tasks(folder: Path, *rows: str, answers: str = "") -> dict[str, Task]:
    folder.mkdir(exist_ok=True)
    (folder / "bom.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    with open_design(str(folder)) as design:
        bill = read_bill(design, parse_answers(answers, file="answers.yaml") if answers else None)
    return {task.name: task for task in task_graph(bill).order()}


def test_a_line_hands_them_to_its_task(tmp_path: Path) -> None:
    found = tasks(
        tmp_path / "clip",
        'Clip,2,FDM,PLA or PETG,clip.stl,"min wall 0.8 mm, ±0.2 mm",0.1,',
        "Arm,1,FDM,ABS,arm.stl,,,ASA",
        "Screw,4,purchase,steel or brass,,±0.1 mm,,",
    )
    clip, arm, screw = found["Clip"], found["Arm"], found["Screw"]
    assert (clip.material, clip.alternatives, clip.tolerance_mm, clip.feature_mm) == ("pla", ("petg",), 0.1, 0.8)
    assert (arm.material, arm.alternatives, arm.tolerance_mm) == ("abs", ("asa",), None)
    assert (screw.alternatives, screw.tolerance_mm) == ((), None)


def test_a_later_step_has_no_tolerance_of_its_own(tmp_path: Path) -> None:
    found = tasks(tmp_path / "d", 'Foot,1,"FDM, sand",PLA or PETG,foot.stl,,0.1,').values()
    assert {str(task.kind): task.tolerance_mm for task in found if task.name == "Foot"} == {"finish": None}
    with open_design(str(tmp_path / "d")) as design:
        (first,) = (task for task in task_graph(read_bill(design)).order() if str(task.kind) == "fabricate")
    assert (first.tolerance_mm, first.alternatives) == (0.1, ("petg",))


def test_answers_say_them_too(tmp_path: Path) -> None:
    answers = (
        'fabcommons-answers: "1"\nanswers:\n'
        "  Foot: {material: PETG or ASA, tolerance_mm: '0.05', feature_mm: 0.6 mm}\n"
        "  Arm: {alternatives: 'PETG, ASA'}\n"
    )
    rows = ("Foot,1,FDM,PLA,foot.stl,,,", "Arm,1,FDM,PLA,arm.stl,,,")
    found = tasks(tmp_path / "d", *rows, answers=answers)
    foot, arm = found["Foot"], found["Arm"]
    assert (foot.material, foot.alternatives, foot.tolerance_mm, foot.feature_mm) == ("petg", ("asa",), 0.05, 0.6)
    assert (arm.material, arm.alternatives) == ("pla", ("petg", "asa"))


def test_a_manifest_says_them_for_its_parts(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "bom.csv").write_text("Part,Qty\nSide,2\nBlock,1\n", encoding="utf-8")
    (folder / "side.dxf").write_text("0\nEOF\n")
    (folder / "block.stl").write_text("solid\nendsolid\n")
    (folder / "okh.toml").write_text(
        'okhv = "OKH-LOSHv1.0"\nname = "D"\nbom = "bom.csv"\n'
        '[[part]]\nname = "Side"\nexport = ["side.dxf"]\ntsdc = "LAS"\nmaterial = "plywood or MDF"\nthickness-mm = 4\n'
        '[[part]]\nname = "Block"\nexport = ["block.stl"]\ntsdc = "CNC"\nmaterial = "aluminium"\n'
        "smallest-inner-radius-mm = 1.5\nthickness-mm = true\n",
        encoding="utf-8",
    )
    with open_design(str(folder)) as design:
        bill = read_bill(design)
    found = {task.name: task for task in task_graph(bill).order()}
    side, block = found["Side"], found["Block"]
    assert (side.material, side.alternatives, side.thickness_mm) == ("plywood", ("mdf",), 4)
    assert (block.material, block.feature_mm, block.thickness_mm) == ("aluminium", 3, None)
