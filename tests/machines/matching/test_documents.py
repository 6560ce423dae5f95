"""The documents of matching: what is written is what is asked, and bad input is one sentence."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from core.errors import InputError
from machines.lab import Connection, Driver, Form, Lab, Machine, Policy, Stock, Unit
from machines.matching import Terms, Verdict, match
from machines.matching.beams import beams
from machines.matching.beams_page import beams_table
from machines.matching.documents import NeedDocument, machines_in, needs_in, read_machines, read_needs

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "matching.md").read_text(encoding="utf-8")


def stl(path: Path, corners: list[tuple[float, float, float]]) -> None:
    """A tetrahedron as binary STL."""
    faces = [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]
    body = b"".join(
        struct.pack("<12fH", 0, 0, 0, *corners[a], *corners[b], *corners[c], 0) for a, b, c in faces
    )  # fmt: skip
    path.write_bytes(bytes(80) + struct.pack("<I", len(faces)) + body)


def blocks(language: str) -> list[str]:
    return [part.split("```")[0] for part in PAGE.split(f"```{language}\n")[1:]]


def test_every_key_of_a_need_is_described() -> None:
    for key in NeedDocument.model_fields:
        assert f"| `{key}` |" in PAGE, key


def test_the_table_of_lasers_is_that_of_the_yaml() -> None:
    hint = "put what `python -m machines.matching.beams_page` prints below the heading Lasers"
    assert beams_table() in PAGE, hint
    assert {beam.process for beam in beams().values()} >= {"co2_laser_cutting", "fibre_laser_cutting"}


def test_the_examples_of_the_page_are_read_and_answered(tmp_path: Path) -> None:
    stl(tmp_path / "foot.stl", [(0, 0, 0), (30, 0, 0), (0, 30, 0), (0, 0, 20)])
    needs_text, machines_text = blocks("json")
    (tmp_path / "need.json").write_text(needs_text)
    (tmp_path / "machines.json").write_text(machines_text)
    slab, panel, foot = read_needs(tmp_path / "need.json")
    (printer, laser), _ = read_machines(tmp_path / "machines.json")
    assert (slab.name, panel.name, foot.name) == ("slab", "panel", "foot.stl")
    assert printer.lab == "north"
    assert foot.requirement.extents_mm == pytest.approx((30, 30, 20))
    assert match(slab.requirement, printer).verdict is Verdict.NO
    assert match(panel.requirement, laser).verdict is Verdict.NO
    assert "does not cut aluminium at all" in match(panel.requirement, laser).text
    assert match(foot.requirement, printer).verdict is Verdict.NO  # walls of 0.3 mm, a nozzle of 0.4 mm


def test_labs_documents_hold_machines_too() -> None:
    machines, terms = read_machines(ROOT / "examples" / "labs.yaml")
    assert set(terms) == {each.lab for each in machines}
    assert {"ria-laser", "lerez-router"} <= {machine.id for machine in machines}


def test_a_part_file_is_measured_and_turned(tmp_path: Path) -> None:
    stl(tmp_path / "rod.stl", [(0, 0, 0), (180, 180, 180), (180, 180, 179), (179, 180, 180)])
    (need,) = needs_in({"process": "fdm", "part_file": "rod.stl"}, where="need", folder=tmp_path)
    assert need.requirement.hull is not None
    hull = need.requirement.hull()
    assert hull is not None
    assert hull.reach_mm == pytest.approx(180 * 3**0.5, rel=0.01)
    (tmp_path / "page.stl").write_text("<!DOCTYPE html><html></html>")
    (broken,) = needs_in({"process": "fdm", "part_file": "page.stl"}, where="need", folder=tmp_path)
    assert broken.requirement.extents_mm is None
    assert broken.requirement.why_unmeasured


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"proces": "fdm"}, "proces: this key is not known"),
        ({"process": "flying"}, "'flying' is not a known word"),
        ({"process": "fdm", "alternatives": ["unobtainium"]}, "not a known word"),
        ({"size_mm": [1]}, "size_mm"),
        ({"size_mm": [1, 2, 3, 4]}, "size_mm"),
        ({"size_mm": []}, "size_mm"),
        ({"size_mm": [True, 2, 3]}, "size_mm.0: a number is expected here"),
        ({"size_mm": ["10", 2, 3]}, "size_mm.0: a number is expected here"),
        ({"size_mm": [1e300, 2, 3]}, "size_mm.0"),
        ({"size_mm": [float("inf"), 2, 3]}, "size_mm.0"),
        ({"size_mm": "10 x 10 x 10"}, "size_mm"),
        ({"quantity": True}, "quantity: a number is expected here"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": 10**12}, "quantity"),
        ({"block": "yes", "size_mm": [1, 2, 3]}, "block"),
        ({"axes": 0}, "axes"),
        ({"tolerance": "fine"}, "'fine' is no tolerance class"),
        ({"tolerance": "IT40"}, "grade 40 of 'IT40'"),
        ({"tolerance": "IT9", "tolerance_mm": 0.1}, "both say the tolerance"),
        ({"material": ["PLA"]}, "material"),
        ({"alternatives": "PETG"}, "alternatives"),
        (None, "keys and values are expected here"),
        ([[]], "keys and values are expected here"),
        ({"size_mm": [1, 2, -3]}, "greater than 0"),
        ({"quantity": 0}, "quantity"),
        ({"block": True}, "size_mm, which is missing"),
        ({"size_mm": [1, 2, 3], "part_file": "a.stl"}, "both say the size"),
        ({"part_file": "../outside.stl"}, "outside the document's folder"),
        ({"part_file": "/etc/passwd"}, "outside the document's folder"),
        ({"part_file": "absent.stl"}, "cannot be read"),
        ([], "the list of needs is empty"),
        ("fdm", "need"),
        ([{"process": "fdm"}, {"mass": 3}], "need 2"),
        ([{}] * 10_001, "more than 10,000 needs"),
    ],
)
def test_a_bad_need_is_one_sentence(document: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        needs_in(document, where="need", folder=tmp_path)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "a list of machines or a labs document is expected"),
        ({"machine": []}, "a list of machines or a labs document is expected"),
        ([{"id": "a", "name": "A", "processes": ["fdm"]}] * 2, "'a' stands twice"),
        ([{"id": "a", "name": "A"}], "processes: this key is missing"),
        ([{"id": "a", "model": "no such thing 9000"}], "is no model of the library"),
        ([{"id": "a", "name": "A", "processes": ["fdm"], "size": 3}], "size: this key is not known"),
        ([{"id": "a", "name": "A", "processes": []}], "machine a: names no process"),
        ([{"id": "a", "name": "A", "processes": ["fdm"], "envelope_mm": [1, 2]}], "machine 1: envelope_mm.2"),
        ([{"id": "a", "name": "A", "processes": ["fdm"], "envelope_mm": [0, 2, 3]}], "machine a: every length"),
        ([{"id": "a", "name": "A", "processes": ["fdm"], "envelope_mm": [True, 2, 3]}], "envelope_mm.0: a number"),
        ([{"id": "a", "name": "A", "processes": ["fdm"], "envelope_mm": [1e308, 2, 3]}], "envelope_mm.0"),
        ([{"id": "a", "name": "A", "processes": ["fdm"], "thickness_mm": {"plywood": [5, 1]}}], "machine a: thickness"),
        ([{"id": "a", "name": "A", "processes": ["fdm"], "feed_through": "z"}], "feed_through"),
        ([{"id": "a", "name": "A", "processes": ["fdm"], "axes": True}], "axes: a number is expected here"),
        ({"labs": []}, "labs"),
    ],
)
def test_bad_machines_are_one_sentence(document: Any, words: str) -> None:
    with pytest.raises(InputError) as told:
        machines_in(document, where="machines")
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b'{"process": ', "not JSON"),
        ("a.json", b'{"thickness_mm": NaN}', "NaN is no number"),
        ("a.json", b'{"process": "fdm", "process": "sls"}', "the key 'process' stands twice"),
        ("a.json", b'{"thickness_mm": ' + b"1" * 5000 + b"}", "more than 400 digits"),
        ("a.yaml", b"a: [", "not YAML"),
        ("a.json", b"\xff\xfe\x00", "not UTF-8"),
        ("a.json", b"[" * 200_000, "nested too deep"),
        ("a.yaml", b"process: fdm\nday: 2026-02-31\n", "cannot be used"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_needs(tmp_path / name)
    with pytest.raises(InputError, match="cannot be read"):
        read_needs(tmp_path / "absent.json")


def test_yaml_reads_as_json_does(tmp_path: Path) -> None:
    need = {"process": "fdm", "material": "moon dust", "size_mm": [1, 2, 3]}
    (tmp_path / "a.json").write_text(json.dumps(need))
    (tmp_path / "a.yaml").write_text("process: fdm\nmaterial: moon dust\nsize_mm: [1, 2, 3]\n")
    assert read_needs(tmp_path / "a.json") == read_needs(tmp_path / "a.yaml")


def test_a_resin_print_is_solid_and_a_filament_print_is_not(tmp_path: Path) -> None:
    """In resin a cube takes all of its volume, whichever word says printing; in filament its shell and infill."""

    def taken(process: str, material: str) -> float:
        document = {"process": process, "material": material, "size_mm": [50, 50, 50], "block": True}
        (found,) = needs_in(document, where="need", folder=tmp_path)
        return found.requirement.material_mm3 or 0.0

    for process in ("SLA", "resin printing", "3D printing"):
        assert taken(process, "tough resin") == pytest.approx(125_000)
    assert 0 < taken("3D printing", "PLA") < 60_000
    assert taken("SLS", "PA12") == pytest.approx(125_000)
    lab = Lab("north", "North", "UTC", {}, Policy.ASKS, (), stock=(Stock("resin", Form.RESIN, 0.4, Unit.LITRE),))
    printer = Machine("form", "north", "form", ("sla",), Connection(Driver.HANDS), ("resin",), {}, (145, 145, 185))
    (four,) = needs_in(
        {"process": "3D printing", "material": "resin", "size_mm": [50, 50, 50], "block": True, "quantity": 4},
        where="need",
        folder=tmp_path,
    )
    answer = match(four.requirement, printer, Terms(lab))
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.text == "short: about 0.5 l of resin needed, north has 0.4 l"
