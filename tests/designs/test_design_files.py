"""The files of a folder: their roles, the listing of what is absent, and what is odd about them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import LimitError
from core.provenance import Severity
from designs.design import FileRole
from designs.files import list_files
from designs.inspection import inspect_files, inspect_submodules
from designs.limits import Limits
from designs.listing import ListedFile, read_listing
from designs.roles import role_of

Plant = Callable[[dict[str, str | bytes]], Path]
LISTING = "# bytes, state, path\n12\tcopied\tREADME.md\n5000000\tnot-copied\tSTL/Arm.STL\nBAD\ttoo-large\tbase.step\n"
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("a/Arm.STL", FileRole.MESH),
        ("a.3mf", FileRole.MESH),
        ("Arm.FCStd", FileRole.SOLID),
        ("arm.scad", FileRole.SOLID),
        ("plate.dxf", FileRole.DRAWING),
        ("board.kicad_pcb", FileRole.CIRCUIT),
        ("board.GTL", FileRole.CIRCUIT),
        ("a.nc", FileRole.TOOLPATH),
        ("a.gcode", FileRole.TOOLPATH),
        ("a.gco", FileRole.TOOLPATH),
        ("a.g", FileRole.TOOLPATH),
        ("a.ngc", FileRole.TOOLPATH),
        ("a.TAP", FileRole.TOOLPATH),
        ("bom.ods", FileRole.TABLE),
        ("README", FileRole.TEXT),
        ("guide.pdf", FileRole.TEXT),
        ("okh.toml", FileRole.DATA),
        ("a.JPG", FileRole.IMAGE),
        ("a.ino", FileRole.CODE),
        ("a.zip", FileRole.ARCHIVE),
        ("a", FileRole.OTHER),
        (".stl", FileRole.OTHER),
    ],
)
def test_roles_go_by_suffix(path: str, role: FileRole) -> None:
    assert role_of(path) is role


def test_files_are_sorted_and_internals_left_out(plant: Plant) -> None:
    root = plant(
        {
            "b.md": "b",
            "a/c.stl": "c",
            ".git/HEAD": "ref",
            "a/.svn/x": "x",
            "node_modules/p/package.json": "{}",
            ".fabcommons/lamp-x1/as-built.json": "{}",
            "cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55",
            "cache/a.stl": "x",
            ".github/workflows/x.yml": "x",
        }
    )
    inventory = list_files(root, Limits())
    assert [file.path for file in inventory.files] == [".github/workflows/x.yml", "a/c.stl", "b.md"]
    assert [file.size_bytes for file in inventory.files] == [1, 1, 1]
    assert inventory.findings == ()


def test_links_never_leave_the_root(plant: Plant, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    root = plant({"real/part.stl": "part"})
    (root / "inside.stl").symlink_to("real/part.stl")
    (root / "out.txt").symlink_to("../secret.txt")
    (root / "absolute.txt").symlink_to(tmp_path / "secret.txt")
    (root / "nowhere.txt").symlink_to("gone.txt")
    (root / "loop").symlink_to("loop")
    (root / "folder").symlink_to("real")
    (root / "up").symlink_to("..")
    os.mkfifo(root / "pipe")
    inventory = list_files(root, Limits())
    assert [file.path for file in inventory.files] == ["inside.stl", "real/part.stl"]
    assert {(finding.file, finding.code) for finding in inventory.findings} == {
        ("out.txt", "link-leaves-root"),
        ("absolute.txt", "link-leaves-root"),
        ("up", "link-leaves-root"),
        ("nowhere.txt", "not-a-file"),
        ("loop", "not-a-file"),
        ("folder", "not-a-file"),
        ("pipe", "not-a-file"),
    }


def test_names_that_are_no_text_are_left_out(plant: Plant) -> None:
    root = plant({"a.md": "a"})
    Path(os.fsdecode(os.fsencode(root) + b"/b\xff.md")).write_text("b")
    (root / "c\n.md").write_text("c")
    inventory = list_files(root, Limits())
    assert [file.path for file in inventory.files] == ["a.md"]
    assert [finding.code for finding in inventory.findings] == ["file-name-unreadable"] * 2
    assert all(finding.message.isprintable() for finding in inventory.findings)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(file_count=2), "more than 2 files"),
        (Limits(file_bytes=3), "a file is larger than 3 bytes"),
        (Limits(total_bytes=8), "all files together are larger than 8 bytes"),
        (Limits(depth=1), "nested more than 1 deep"),
    ],
)
def test_limits(plant: Plant, limits: Limits, sentence: str) -> None:
    root = plant({"a": "1234", "b": "123", "c/d/e": "12"})
    assert len(list_files(root, Limits(total_bytes=9, file_bytes=4, file_count=3, depth=2)).files) == 3
    with pytest.raises(LimitError, match=sentence):
        list_files(root, limits)


def test_limits_are_positive() -> None:
    with pytest.raises(ValueError, match="limit depth must be at least 1"):
        Limits(depth=0)


def test_a_listing_names_what_is_absent(plant: Plant) -> None:
    root = plant({"FILES.txt": LISTING, "README.md": "hello", "SOURCE.txt": "x"})
    inventory = list_files(root, Limits())
    assert [(file.path, file.size_bytes, file.role, file.present) for file in inventory.files] == [
        ("README.md", 5, FileRole.TEXT, True),
        ("SOURCE.txt", 1, FileRole.TEXT, True),
        ("STL/Arm.STL", 5_000_000, FileRole.MESH, False),
        ("base.step", 0, FileRole.SOLID, False),
    ]
    (finding,) = inventory.findings
    assert (finding.code, finding.severity) == ("files-absent", Severity.NOTE)
    assert finding.message.startswith("2 of 4 files")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a heading\n",
        "12\tcopied\tREADME.md\n",
        "# x\n12 copied README.md\n",
        "# x\n12\tcopied\t../etc/passwd\n",
        "# x\n12\tcopied\t/etc/passwd\n",
        "# x\n12\tcopied\ta//b\n",
        "# x\na lot\tcopied\ta\n",
        "# x\n12\tcopied\ta\nand some prose\n",
    ],
)
def test_other_texts_of_that_name_are_part_of_the_design(plant: Plant, text: str) -> None:
    root = plant({"FILES.txt": text})
    assert read_listing(root / "FILES.txt") is None
    assert [file.path for file in list_files(root, Limits()).files] == ["FILES.txt"]


def test_listings_from_windows_are_read(plant: Plant) -> None:
    root = plant({"FILES.txt": LISTING.replace("\n", "\r\n")})
    listing = read_listing(root / "FILES.txt")
    assert listing is not None
    assert listing[1] == ListedFile("STL/Arm.STL", 5_000_000)


def test_parts_that_are_none_are_findings_and_the_rest_goes_on(plant: Plant) -> None:
    root = plant(
        {
            "a.stl": "",
            "b.STL": "<!DOCTYPE html><html></html>",
            "c.step": LFS,
            "d.stl": "solid x\nfacet normal 0 0 1\n",
            "e.gcode": "",
            "photo.jpg": LFS,
            "index.html": "<!DOCTYPE html><html></html>",
            "empty.md": "",
            "sound.gcode": "G28\n",
        }
    )
    findings = list(inspect_files(root, list_files(root, Limits()).files))
    assert [(finding.file, finding.code, finding.severity) for finding in findings] == [
        ("a.stl", "file-empty", Severity.ERROR),
        ("b.STL", "html-page", Severity.ERROR),
        ("c.step", "git-lfs-pointer", Severity.ERROR),
        ("d.stl", "mesh-truncated", Severity.ERROR),
        ("e.gcode", "file-empty", Severity.ERROR),
        ("photo.jpg", "git-lfs-pointer", Severity.WARNING),
    ]
    assert all(finding.fix for finding in findings)


def test_submodules_without_content_are_findings(plant: Plant) -> None:
    modules = '[submodule "a"]\n\tpath = lib/a\n\turl = ../a\n[submodule "b"]\n\tpath = "lib/b"\n\turl = ../b\n'
    root = plant({".gitmodules": modules, "lib/b/x.scad": "cube();"})
    files = list_files(root, Limits()).files
    findings = list(inspect_submodules(root, files, known=("lib/a", "lib/c")))
    assert [(finding.code, finding.file) for finding in findings] == [
        ("submodule-absent", "lib/a"),
        ("submodule-absent", "lib/c"),
    ]
    assert list(inspect_submodules(root, [file for file in files if file.path != ".gitmodules"])) == []
