"""The manifest, the bill, the licence and the files on disk say the same."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.trees import materials, processes

Row = dict[str, str]


@pytest.fixture(scope="module")
def rows(design: Path) -> list[Row]:
    with (design / "bom.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def manifest(design: Path) -> dict[str, Any]:
    document = yaml.safe_load((design / "okh.yml").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def made(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["File"]]


def test_manifest_has_what_open_know_how_requires(manifest: dict[str, Any], design: Path) -> None:
    assert (design / "okh.yml").read_text(encoding="utf-8").startswith("%Open Know-How Manifest 1.0\n---\n")
    assert manifest["okh-manifest-version"] == "1.0.0"
    for key in ("title", "description", "intended-use", "documentation-home"):
        assert isinstance(manifest[key], str)
    assert len(set(manifest["keywords"])) == len(manifest["keywords"]) > 0


def test_manifest_names_files_that_exist(manifest: dict[str, Any], design: Path) -> None:
    lists = ("making-instructions", "design-files", "manufacturing-files")
    paths = [manifest["bom"], manifest["documentation-home"], *(e["path"] for key in lists for e in manifest[key])]
    assert [path for path in paths if not (design / path).exists()] == []


def test_licence_is_the_same_in_manifest_and_notice(manifest: dict[str, Any], design: Path) -> None:
    notice = (design / "LICENSE").read_text(encoding="utf-8")
    assert f"SPDX-License-Identifier: {manifest['license']['hardware']}\n" in notice


def test_bill_rows_are_whole(rows: list[Row]) -> None:
    assert all(None not in row and None not in row.values() for row in rows)
    assert all(row["Part"] and int(row["Qty"]) > 0 for row in rows)
    assert len({row["Part"] for row in rows}) == len(rows)


def test_bill_has_a_sub_assembly(rows: list[Row], manifest: dict[str, Any]) -> None:
    assemblies = {row["Assembly"] for row in rows}
    assert manifest["title"] in assemblies
    assert len(assemblies) == 2


def test_every_made_part_has_process_material_and_file(rows: list[Row], design: Path) -> None:
    assert len(made(rows)) == 8
    for row in made(rows):
        assert processes().find(row["Process"]), row
        assert materials().find(row["Material"]), row
        assert (design / row["File"]).is_file(), row


def test_bought_parts_name_a_supplier_and_no_process(rows: list[Row]) -> None:
    bought = [row for row in rows if not row["File"]]
    assert bought
    assert all(row["Supplier"] and not row["Process"] for row in bought)


def test_every_part_file_is_in_the_bill_once(rows: list[Row], design: Path) -> None:
    on_disk = {path.relative_to(design).as_posix() for path in design.glob("parts/*/*.*") if path.suffix != ".gcode"}
    assert sorted(row["File"] for row in made(rows)) == sorted(on_disk)


def test_every_made_part_has_a_program_that_divides_its_quantity(rows: list[Row], design: Path) -> None:
    programs = {}
    for path in design.glob("parts/*/*.gcode"):
        stem, pieces = re.fullmatch(r"(.+?)(?:_x(\d+))?", path.stem).groups()  # type: ignore[union-attr]
        programs[path.parent.name, stem] = int(pieces or 1)
    needed = {(Path(row["File"]).parent.name, Path(row["File"]).stem): int(row["Qty"]) for row in made(rows)}
    assert programs.keys() == needed.keys()
    assert [part for part, quantity in needed.items() if quantity % programs[part]] == []


def test_sheet_thickness_agrees_with_the_measures(rows: list[Row], source: Any) -> None:
    station = source("station")
    measures = station.Measures()
    stated = {Path(row["File"]).stem: float(row["Thickness (mm)"]) for row in made(rows) if row["Thickness (mm)"]}
    plates = [*station.sheet_parts(measures), *station.milled_parts(measures)]
    assert stated == {part.name: part.thickness for part in plates}


def test_screws_and_nuts_suffice(rows: list[Row]) -> None:
    counts = {row["Part"]: int(row["Qty"]) for row in rows}
    feet, sides, box = counts["Foot"], counts["Side panel"], 2
    assert counts["M4 x 20 hex socket screw"] == feet + 2 * sides + box
    assert counts["M4 nut"] == feet + 2 * sides
    assert counts["M4 x 16 hex socket screw"] == counts["M4 cap nut"] == 4
