"""designs.source and designs.reader: one door for folders, zips and repositories."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputError
from designs.design import FileRole
from designs.source import open_design

Tree = dict[str, str | bytes]
Plant = Callable[..., Path]
Pack = Callable[..., Path]

REPOSITORIES = [
    "agrocircle",
    "bcn3d-moveo",
    "boxfarm",
    "cubefactory",
    "glia-stethoscope",
    "hangprinter",
    "libre-2-level-stage",
    "lightm",
    "lipsync",
    "losh-dummy-mosh-a",
    "maslow",
    "meditationbench",
    "mendel90-sturdy",
    "nimble",
    "nimble-doc",
    "nopscadlib-enviroplus",
    "oak-joystick",
    "open-robot-actuator",
    "openat-template",
    "openflexure-delta-stage",
    "openflexure-microscope",
    "otto-diy",
    "planktoscope",
    "poppy-ergo-jr",
    "prusa-i3",
    "pslab",
    "sawppy",
    "wenzel-syringe-pump",
]


def what(location: Path | str) -> str:
    with pytest.raises(InputError) as caught, open_design(location):
        pass
    assert caught.value.exit_status == 2
    return caught.value.what


def test_a_design_is_what_its_files_say(plant: Plant) -> None:
    root = plant({"okh.yml": "title: Seedling\n  lamp\nlicense: {hardware: MIT}\n", "arm.stl": "", "bom.csv": "a,b\n"})
    with open_design(root) as design:
        assert (design.name, design.licence) == ("Seedling lamp", "MIT")
        assert design.manifest is not None
        assert [file.path for file in design.with_role(FileRole.MESH)] == ["arm.stl"]
        assert [finding.code for finding in design.findings] == ["file-empty"]
        assert design.locate("bom.csv").read_text() == "a,b\n"
        with pytest.raises(KeyError):
            design.locate("gone.csv")
    assert root.exists()


def test_names_without_a_manifest(plant: Plant, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    root = plant({"a.md": "x"}, "lamp v1.2")
    monkeypatch.chdir(root)
    for location, name in (
        (root, "lamp v1.2"),
        (".", "lamp v1.2"),
        (f"{root}/", "lamp v1.2"),
        (pack({"a.md": "x"}, "Lamp-main.ZIP"), "Lamp-main"),
    ):
        with open_design(location) as design:
            assert design.name == name


def test_what_is_no_design_is_one_sentence(plant: Plant, tmp_path: Path) -> None:
    file = plant({"bom.csv": "a,b\n"}) / "bom.csv"
    (tmp_path / "empty").mkdir()
    (tmp_path / "hollow" / "folder").mkdir(parents=True)
    assert what(tmp_path / "gone") == "there is nothing at this path"
    assert what("x" * 5000) == "there is nothing at this path"
    assert what("a\0b") == "there is nothing at this path"
    assert what("") == "no path was given"
    assert what(file) == "the file is no archive"
    file.rename(file.with_suffix(".zip"))
    assert what(file.with_suffix(".zip")) == "the archive is damaged: it does not begin as one"
    assert what(tmp_path / "empty") == "there are no files in it"
    assert what(tmp_path / "hollow") == "there are no files in it"


def test_a_file_that_goes_away_meanwhile_is_one_sentence(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    root = plant({"a.md": "x"})

    def gone(path: Path) -> str:
        path.unlink()
        return path.read_text()

    monkeypatch.setattr("designs.reader.sha256_of_file", gone)
    assert what(root) == "a file of the design cannot be read: No such file or directory"


NAMES = st.from_regex(r"[a-z]{1,3}(/[a-z]{1,3}){0,2}\.(md|csv|gcode)", fullmatch=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(tree=st.dictionaries(NAMES, st.binary(max_size=20), min_size=1, max_size=5), number=st.integers(0, 10**9))
def test_content_hash_is_the_same_for_folder_and_zip_and_changes_with_content(
    plant: Plant, pack: Pack, tree: Tree, number: int
) -> None:
    tree = dict(tree)
    root = plant(tree, f"tree-{number}-{hash(frozenset(tree.items()))}")
    with open_design(root) as folder, open_design(pack(tree)) as archive:
        assert folder.content_hash == archive.content_hash
        assert len(folder.files) == len(tree)
        before = folder.content_hash
    changed = root / sorted(tree)[0]
    changed.write_bytes(changed.read_bytes() + b"!")
    with open_design(root) as folder:
        assert folder.content_hash != before


def test_content_hash_tells_names_and_contents_apart(plant: Plant) -> None:
    hashes = set()
    trees: list[Tree] = [{"a.md": "bc", "d.md": ""}, {"ab.md": "c", "d.md": ""}, {"a.md": "", "d.md": "bc"}]
    for number, tree in enumerate(trees):
        with open_design(plant(tree, str(number))) as design:
            hashes.add(design.content_hash)
    assert len(hashes) == 3


@pytest.mark.parametrize("name", REPOSITORIES)
def test_real_repositories_open(real_designs: Path, name: str) -> None:
    with open_design(real_designs / name) as design:
        assert design.files
        assert any(file.present for file in design.files)
        assert len(design.content_hash) == 64
        assert all(design.locate(file.path).is_file() for file in design.files if file.present)
        assert "FILES.txt" not in {file.path for file in design.files}
        json.dumps(asdict(design), default=str)


def test_what_is_odd_about_real_repositories_is_found(real_designs: Path) -> None:
    with open_design(real_designs / "poppy-ergo-jr") as design:
        parts = [file for file in (*design.with_role(FileRole.MESH), *design.with_role(FileRole.SOLID)) if file.present]
        found = {finding.file for finding in design.findings if finding.code == "git-lfs-pointer"}
        assert parts
        assert found >= {file.path for file in parts}
    with open_design(real_designs / "oak-joystick") as design:
        assert design.name == "Oak Compact Joystick"
        assert design.licence == "CERN-OHL-W-2.0"
        assert design.manifest is not None
        assert (design.manifest.bom_path or "").endswith("Oak_Joystick_BOM.csv")
        assert any("line 3 of OKH-Oak-Joystick.yml" in each.message for each in design.findings)
    for name, licence in (
        ("hangprinter", "GPL-2.0"),
        ("boxfarm", "LicenseRef-CERN-OHL"),
        ("glia-stethoscope", "TAPR-OHL-1.0"),
    ):
        with open_design(real_designs / name) as design:
            assert design.licence == licence
