"""`fabcommons match`: needs, designs and whole catalogues against machines."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coordinator import cli
from coordinator.plans.capability import survey, unlocking
from designs.source import open_design
from machines.lab import Connection, Driver, Machine

from .conftest import block_stl

ROOT = Path(__file__).parents[2]
EXAMPLE, LABS = ROOT / "examples" / "seedling-station", ROOT / "examples" / "labs.yaml"
Fabcommons = Callable[..., tuple[int, str, str]]

MACHINES = [
    {"id": "cube", "name": "Cube", "processes": ["fdm"], "materials": ["PLA"], "envelope_mm": [250, 250, 250]},
    {"id": "huge", "name": "Huge", "processes": ["fdm"], "materials": ["PLA"], "envelope_mm": [500, 500, 500],
     "lab": "south"},
    {"id": "laser", "name": "Laser", "processes": ["CO2 laser"], "power_w": 40, "envelope_mm": [300, 200, 50]},
]  # fmt: skip
SLAB = {"name": "slab", "process": "fdm", "material": "PLA", "size_mm": [400, 400, 100], "block": True}


@pytest.fixture
def fabcommons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fabcommons:
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["fabcommons", "match", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


def written(path: Path, document: Any) -> str:
    path.write_text(json.dumps(document))
    return str(path)


def test_a_need_is_answered_for_each_machine(fabcommons: Fabcommons, tmp_path: Path) -> None:
    need, machines = written(tmp_path / "need.json", SLAB), written(tmp_path / "machines.json", MACHINES)
    status, out, _ = fabcommons(need, machines, "--json")
    assert status == 0
    document = json.loads(out)
    assert document["format"] == "match/1"
    (asked,) = document["needs"]
    cube, huge, laser = asked["matches"]
    assert (cube["verdict"], huge["verdict"], laser["verdict"]) == ("no", "yes", "no")
    assert "574.5 mm from corner to corner, the envelope 433.0 mm" in cube["reason"]
    assert [each["kind"] for each in cube["changes"]] == ["elsewhere", "split"]
    assert cube["changes"][0]["text"] == "huge in the lab south takes it"
    assert laser["reasons"][0] == {
        "aspect": "process",
        "verdict": "no",
        "text": "fused deposition modelling is needed, laser does CO2 laser cutting",
    }


def test_the_table_leaves_other_work_out_unless_asked(fabcommons: Fabcommons, tmp_path: Path) -> None:
    need, machines = written(tmp_path / "need.json", SLAB), written(tmp_path / "machines.json", MACHINES)
    _, out, _ = fabcommons(need, machines)
    assert "split it into 4 pieces" not in out  # a machine that takes it is nearer
    assert "huge in the lab south takes it" in out
    assert "laser" not in out
    assert "1 asked, by the best machine: 1 yes, 0 unknown, 0 no" in out
    _, out, _ = fabcommons(need, machines, "--all")
    assert "CO2 laser cutting" in out
    alone = written(tmp_path / "alone.json", MACHINES[:1])
    _, out, _ = fabcommons(need, alone)
    assert "split it into 4 pieces of 200 x 200 x 100 mm" in out
    assert "the largest machine for it is cube in the lab lab: 250 x 250 x 250 mm; split it, or find a lab with" in out
    _, out, _ = fabcommons(need, alone, "--json")
    named = re.search(r"as large as the .*?: ([\d.]+) x ([\d.]+) x ([\d.]+) mm", json.loads(out)["needs"][0]["largest"])
    assert named is not None
    assert sorted(map(float, named.groups())) >= [100, 400, 400]
    giant = written(tmp_path / "giant.json", SLAB | {"size_mm": [5000, 5000, 5000]})
    _, out, _ = fabcommons(giant, alone, "--json")
    assert "no model of the library is large enough either: split it" in json.loads(out)["needs"][0]["largest"]


def test_a_design_against_labs(fabcommons: Fabcommons) -> None:
    status, out, _ = fabcommons(str(EXAMPLE), "--labs", str(LABS), "--json")
    assert status == 0
    asked = {each["name"]: each for each in json.loads(out)["needs"]}
    assert {"Cable clip", "Diffuser", "Lamp bar"} <= set(asked)
    best = {name: {match["verdict"] for match in each["matches"]} for name, each in asked.items()}
    assert all("yes" in verdicts for verdicts in best.values())
    _, out, _ = fabcommons(str(EXAMPLE), "--labs", str(LABS))
    assert "Lamp bar" in out
    assert "lerez-router" in out


def test_what_a_lab_can_make_and_what_it_lacks(fabcommons: Fabcommons, tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue"
    shutil.copytree(EXAMPLE, catalogue / "station", ignore=shutil.ignore_patterns("source", ".git"))
    (catalogue / "empty").mkdir()
    clip = catalogue / "clip"
    clip.mkdir()
    (clip / "clip.stl").write_text(block_stl(20, 10, 5))
    (clip / "bom.csv").write_text("Part,Qty,Process,Material,File\nClip,2,fdm,PLA,clip.stl\n")
    status, out, _ = fabcommons("--lab", "ria-makerspace", "--labs", str(LABS), str(catalogue), "--json")
    assert status == 0
    document = json.loads(out)
    found = {each["design"]: each for each in document["designs"]}
    assert found["Seedling station"]["can"] == "no"
    assert any("Lamp bar" in each for each in found["Seedling station"]["lacking"])
    assert found["clip"]["can"] == "unknown"  # the lab lists no bench on which to assemble
    assert found["clip"]["to_be_asked"] == ["clip (assembly)"]
    best = document["one_more_machine"][0]
    assert best["machine"] == "lerez-router"
    assert best["might_unlock"] == ["Seedling station"]
    assert list(document["not_read"]) == [str(catalogue / "empty")]
    _, out, _ = fabcommons("--lab", "ria-makerspace", "--labs", str(LABS), str(catalogue))
    assert "2 designs: 0 yes, 1 unknown, 1 no" in out
    assert "one more machine: CNC router" in out


def test_one_machine_that_surely_unlocks_comes_first(tmp_path: Path) -> None:
    (tmp_path / "bom.csv").write_text("Part,Qty,Process,Material,Thickness (mm),File\nBox,1,fdm,PLA,,box.stl\n")
    (tmp_path / "box.stl").write_text(block_stl(100, 100, 100))
    hands = Connection(Driver.HANDS)
    bench = Machine("bench", "lab", "bench", ("assembly",), hands)
    small = Machine("small", "x", "small", ("fdm",), hands, materials=("pla",), envelope_mm=(50, 50, 50))
    bare = Machine("bare", "x", "bare", ("fdm",), hands)
    good = Machine("good", "x", "good", ("fdm",), hands, materials=("pla",), envelope_mm=(200, 200, 200))
    with open_design(str(tmp_path)) as design:
        found = survey(design, [bench], [small, bare, good])
    assert found.rank == -1
    assert [each.machine.id for each in unlocking([found], [small, bare, good])] == ["good", "bare"]
    with open_design(str(tmp_path)) as design:
        assert survey(design, [bench, good], []).rank == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["only-one.json"], "a need and machines are two files"),
        (["absent.json", "absent.json"], "cannot be read"),
        (["a", "b", "--labs", str(LABS)], "--labs takes one design"),
        (["a", "--lab", "x"], "--lab names a lab of a file of labs"),
        (["a", "--lab", "x", "--labs", str(LABS)], "there is no lab 'x'"),
        (["absent", "--labs", str(LABS)], "absent"),
    ],
)
def test_bad_input_is_one_sentence(fabcommons: Fabcommons, words: list[str], sentence: str) -> None:
    status, _, told = fabcommons(*words)
    assert status == 2
    assert sentence in " ".join(told.split())
    assert "Traceback" not in told


def test_too_many_answers_are_refused(fabcommons: Fabcommons, tmp_path: Path) -> None:
    need = written(tmp_path / "need.json", [{"process": "fdm"}] * 10_000)
    machines = written(
        tmp_path / "machines.json", [{"id": f"m{n}", "name": "M", "processes": ["fdm"]} for n in range(11)]
    )
    status, _, told = fabcommons(need, machines)
    assert status == 2
    assert "110,000" in told or "10,000 needs and 11 machines" in " ".join(told.split())


LASER_LAB = """
labs:
  - id: attic
    name: Attic
    timezone: Europe/Lisbon
    opening_hours: {daily: "00:00-24:00"}
    machines:
      - {id: tube, name: CO2 laser, processes: [CO2 laser], power_w: 60, thickness_mm: {paper: [0.1, 2]},
         envelope_mm: [400, 400, 30]}
      - {id: bench, name: Bench, processes: [assembly]}
"""


def test_a_plan_tells_the_change_that_makes_it_possible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "labs.yaml").write_text(LASER_LAB)
    folder = tmp_path / "sign"
    folder.mkdir()
    (folder / "bom.csv").write_text(
        "Part,Qty,Process,Material,Thickness (mm),File\nSign,1,drag knife,paper,0.3,sign.svg\n"
    )
    (folder / "sign.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="50mm" viewBox="0 0 100 50">'
        '<path d="M0 0H100V50H0Z" fill="none" stroke="red"/></svg>'
    )
    command = ["fabcommons", "plan", str(folder), "--labs", str(tmp_path / "labs.yaml"), "--seconds", "1"]
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out = capsys.readouterr().out
    assert not ended.value.code
    assert "with a change: Sign: CO2 laser cutting instead of knife cutting" in " ".join(out.split())


def test_another_material_that_the_design_allows_is_the_nearest_change(fabcommons: Fabcommons, tmp_path: Path) -> None:
    folder = tmp_path / "clip"
    folder.mkdir()
    (folder / "bom.csv").write_text("Part,Qty,Process,Material,File,Notes\nClip,2,fdm,ABS or PETG,clip.stl,±0.05 mm\n")
    (folder / "clip.stl").write_text(block_stl(20, 10, 5))
    status, out, _ = fabcommons(str(folder), "--labs", str(LABS), "--json")
    assert status == 0
    need = next(each for each in json.loads(out)["needs"] if each["name"] == "Clip")
    answers = {each["machine"]: each for each in need["matches"]}
    aspects = {each["aspect"]: each["verdict"] for each in answers["lerez-printer"]["reasons"]}
    assert (aspects["material"], aspects["tolerance"]) == ("yes", "unknown")
    other = answers["ria-printer-1"]
    assert [each["text"] for each in other["changes"] if each["kind"] == "material"] == [
        "make it of PETG instead of ABS, which the design allows"
    ]
