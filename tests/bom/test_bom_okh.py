"""Open Know-How manifests filled with what was read and derived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bom.checking.checks import check_design
from bom.checking.fixes import write_fixes
from bom.okh import losh_fields, v1_fields
from bom.okhparts import mass_g
from bom.reader import read_bill
from core.errors import InputError
from designs.design import Design
from designs.documents import parse_toml
from designs.source import open_design
from designs.writing import okh_v1_text, toml_text
from geometry.mesh import MeshFacts

MakeDesign = Callable[[Mapping[str, str | bytes]], Design]
V1 = (
    "%Open Know-How Manifest 1.0\n---\ntitle: Lamp\ndescription: Gives light.\nintended-use: Reading.\n"
    "license: {hardware: CERN-OHL-P-2.0, software: MIT}\nlicensor: {name: Ann, email: ann@example.org}\n"
    "project-link: https://example.org/lamp\nmade: true\nversion: 1.10\nour-key: {kept: [yes, no]}\n"
    "making-instructions: [{path: build.md, title: Build}]\nkeywords: [light]\ncontact: {name: '[value]'}\n"
)
FACES = "0 0 0|20 0 0|0 10 0", "0 0 0|0 0 5|20 0 0", "0 0 0|0 10 0|0 0 5", "20 0 0|0 0 5|0 10 0"
STL = (
    "solid x\n"
    + "".join(
        "facet normal 0 0 0\nouter loop\n" + "".join(f"vertex {v}\n" for v in face.split("|")) + "endloop\nendfacet\n"
        for face in FACES
    )
    + "endsolid x\n"
)
BOM = (
    "Part,Qty,Process,Material,Thickness (mm),File\nFoot,4,FDM,PLA,,foot.stl\n"
    "Side,,laser cutting,plywood,3,side.svg\nCord,0.5 m,buy,,,\n"
)
FILES: dict[str, str | bytes] = {"bom.csv": BOM, "foot.stl": STL, "foot.scad": "cube(1);", "side.svg": "<svg/>"}


def losh(make_design: MakeDesign, **files: str) -> dict[str, Any]:
    design = make_design(FILES | {name.replace("__", "."): text for name, text in files.items()})
    return losh_fields(design, read_bill(design))


def test_parts_carry_what_was_derived(make_design: MakeDesign) -> None:
    fields = losh(make_design)
    assert fields["part"] == [
        {
            "name": "Foot",
            "source": ["foot.scad"],
            "export": ["foot.stl"],
            "tsdc": "3DP",
            "material": "PLA",
            "printing-process": "FDM",
            "outer-dimensions": {"width": 20, "depth": 10, "height": 5},
            "mass": 0.207,  # a tetrahedron of 1000 mm3 / 6, of PLA
        },
        {"name": "Side", "export": ["side.svg"], "tsdc": "LAS", "material": "plywood", "thickness-mm": 3},
    ]
    assert fields["tsdc"] == ["3DP", "LAS"]
    assert fields["bom"] == "bom.csv"


def test_amounts_are_bom_items_and_what_is_not_known_is_left_out(make_design: MakeDesign) -> None:
    assert losh(make_design)["bom-item"] == [
        {"id": "foot", "name": "Foot", "amount": 4, "unit": "piece"},
        {"id": "side", "name": "Side", "unit": "piece"},
        {"id": "cord", "name": "Cord", "amount": 0.5, "unit": "m"},
    ]
    assert not {"license", "version", "function", "licensor", "repo"} & losh(make_design).keys()


@pytest.mark.parametrize(
    ("material", "stl", "known"),
    [("PLA", STL, {"outer-dimensions", "mass"}), ("unobtainium", STL, {"outer-dimensions"}), ("PLA", b"solid", set())],
)
def test_a_mass_is_written_only_where_body_and_material_are_known(
    make_design: MakeDesign, material: str, stl: bytes, known: set[str]
) -> None:
    design = make_design(FILES | {"bom.csv": BOM.replace("PLA", material), "foot.stl": stl})
    (foot, _) = losh_fields(design, read_bill(design))["part"]
    assert {"outer-dimensions", "mass"} & foot.keys() == known


def test_a_mesh_that_leaks_has_no_mass() -> None:
    body = MeshFacts((1, 1, 1), 1000, 6, 12, 1, watertight=True)
    assert mass_g(body, "steel") == pytest.approx(7.85)
    assert mass_g(replace(body, watertight=False), "steel") is None
    assert mass_g(body, "metal") is None


def test_a_v1_manifest_is_mapped(make_design: MakeDesign) -> None:
    fields = losh(make_design, okh__yml=V1)
    expected = {
        "okhv": "2.4",
        "name": "Lamp",
        "function": "Gives light.\n\nReading.",
        "license": "CERN-OHL-P-2.0",
        "licensor": "Ann <ann@example.org>",
        "repo": "https://example.org/lamp",
        "version": "1.10",
        "technology-readiness-level": "OTRL-3",
        "manufacturing-instructions": ["build.md"],
        "keywords": ["light"],
        "our-key": {"kept": ["yes", "no"]},
    }
    assert {name: fields.get(name) for name in expected} == expected
    assert "contact" not in fields, "placeholders are left out"


def test_what_the_manifest_says_stays_as_it_is(make_design: MakeDesign) -> None:
    own = (
        'okhv = "OKH-LOSHv1.0"\nname = "Lamp"\ntsdc = "MEC"\nour-key = 1\n[[part]]\nname = "Foot"\nsource = "x.scad"\n'
    )
    fields = losh(make_design, okh__toml=own)
    assert (fields["okhv"], fields["tsdc"], fields["our-key"]) == ("2.4", "MEC", 1)
    assert fields["part"] == [{"name": "Foot", "source": "x.scad"}]


def test_v1_keeps_its_own_keys_and_gets_files(make_design: MakeDesign) -> None:
    design = make_design(FILES | {"okh.yml": V1})
    fields = v1_fields(design, read_bill(design))
    assert (fields["made"], fields["our-key"], fields["version"]) == (True, {"kept": ["yes", "no"]}, "1.10")
    assert fields["license"] == {"hardware": "CERN-OHL-P-2.0", "software": "MIT"}
    assert fields["design-files"] == [{"path": "foot.scad", "title": "foot.scad"}]
    assert [each["path"] for each in fields["manufacturing-files"]] == ["foot.stl", "side.svg"]
    assert "contact" not in fields


@pytest.mark.parametrize("name", ["okh.yml", "okh.toml"])
def test_a_written_manifest_reads_back(make_design: MakeDesign, name: str) -> None:
    first = make_design(FILES | {"okh.yml": V1, "LICENSE": "x"})
    bill = read_bill(first)
    texts = {"okh.yml": okh_v1_text(v1_fields(first, bill)), "okh.toml": toml_text(losh_fields(first, bill))}
    second = make_design(FILES | {name: texts[name]})
    assert second.manifest is not None
    assert first.manifest is not None
    assert second.findings == ()
    for fact in ("title", "version", "licence"):
        assert getattr(second.manifest, fact) == getattr(first.manifest, fact), fact
    assert second.manifest.bom_path == "bom.csv"
    assert read_bill(second).lines[0].files[0] == "foot.stl"


def test_fixes_are_written_beside_and_nothing_is_overwritten(make_design: MakeDesign) -> None:
    own = '# ours\nname = "Lamp"\nbom = "list/bom.csv"\n\n[other]\na = 1\n'
    files = {"list/bom.csv": BOM.replace("Part,", "Item;").replace(",", ";"), "okh.toml": own, "foot.stl": STL}
    design = make_design(files)
    before = read_bill(design)
    assert write_fixes(design, before) == ("list/bom-clean.csv", "okh-clean.toml")
    assert (design.root / "okh.toml").read_text() == own
    text = (design.root / "okh-clean.toml").read_text()
    assert text.startswith('# ours\nname = "Lamp"\nbom = "list/bom-clean.csv"\n')
    assert parse_toml(text).fields["other"] == {"a": 1}
    (design.root / "okh-clean.toml").replace(design.root / "okh.toml")
    with open_design(design.root) as fixed:
        after = read_bill(fixed)
        assert after.sources == ("list/bom-clean.csv",)
        assert [(each.name, each.quantity, each.files) for each in after.lines] == [
            (each.name, each.quantity, each.files) for each in before.lines
        ]
        assert write_fixes(fixed, after) == (), "a second time there is nothing to write"


def test_only_a_folder_is_fixed(make_design: MakeDesign) -> None:
    design = make_design(FILES)
    object.__setattr__(design.source, "kind", "zip")
    with pytest.raises(InputError, match="folder only"):
        write_fixes(design, read_bill(design))


def test_amounts_that_only_file_names_state_are_written_into_a_list(tmp_path: Path) -> None:
    for name in ("arm_x4.stl", "top_x1.stl", "leg_x4.stl"):
        (tmp_path / name).write_text("solid part\nendsolid part\n")
    (tmp_path / "jig.dxf").write_text("0\nEOF\n")
    with open_design(tmp_path) as design:
        bill = read_bill(design)
        assert "jig.dxf has no line in the names of the part files" in [
            each.message for each in check_design(design, bill)
        ]
        assert write_fixes(design, bill) == ("bom.csv", "okh.toml")
    assert "arm,4,,additive manufacturing,,,,arm_x4.stl,,,\n" in (tmp_path / "bom.csv").read_text()


def test_a_design_without_a_bill_gets_one_to_fill_in(tmp_path: Path) -> None:
    for path in ("stl/foot.stl", "stl/lid.stl", "cad/foot.step", "plate.dxf", "old/foot.stl"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("solid x\nendsolid x\n")
    with open_design(tmp_path) as design:
        bill = read_bill(design)
        assert bill.lines == ()
        assert write_fixes(design, bill) == ("bom.csv", "okh.toml")
    with open_design(tmp_path) as design:
        again = read_bill(design)
        assert [(line.name, line.quantity, line.files[0]) for line in again.lines] == [
            ("plate", None, "plate.dxf"),
            ("foot", None, "stl/foot.stl"),
            ("lid", None, "stl/lid.stl"),
        ]
        assert any(each.about == "quantity" or "How many" in each.question for each in again.questions)
        assert [path for path in write_fixes(design, again) if path.endswith(".csv")] == []


def test_a_bill_that_cannot_be_read_is_left_to_be_mended(tmp_path: Path) -> None:
    (tmp_path / "bom.csv").write_text("only words\n")
    (tmp_path / "foot.stl").write_text("solid x\nendsolid x\n")
    with open_design(tmp_path) as design:
        assert write_fixes(design, read_bill(design)) == ("okh.toml",)
