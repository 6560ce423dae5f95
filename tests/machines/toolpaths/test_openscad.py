"""OpenSCAD sources become meshes; what reads, runs or eats more than it may is stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError, LimitError
from machines.toolpaths import openscad as module
from machines.toolpaths.openscad import render_scad
from machines.toolpaths.sandbox import SandboxLimits

SHORT = SandboxLimits(wall_s=4, cpu_s=20, memory_bytes=600_000_000)


@pytest.fixture(autouse=True)
def _needs(openscad: str) -> None:
    """All tests here need OpenSCAD and a sandbox."""


def source(folder: Path, text: str, name: str = "part.scad") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_source_with_its_own_files(tmp_path: Path) -> None:
    source(tmp_path, "width = 12;\n", "lib/sizes.scad")
    source(tmp_path, "module plate(w) cube([w, 8, 3]);\n", "lib/plates.scad")
    path = source(tmp_path, "include <../lib/sizes.scad>\nuse <../lib/plates.scad>\nplate(width);\n", "parts/part.scad")
    rendered = render_scad(path, folder=tmp_path)
    assert np.ptp(rendered.corners.reshape(-1, 3), axis=0).tolist() == [12, 8, 3]
    assert rendered.warnings == ()
    with pytest.raises(InputError, match=r"Can't open include file '\.\./lib/sizes\.scad'"):
        render_scad(path)  # without the design's folder


def test_texts_have_letters(tmp_path: Path) -> None:
    rendered = render_scad(source(tmp_path, 'linear_extrude(2) text("H", size = 10);'))
    assert len(rendered.corners) >= 12


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('cube(9); import("/etc/passwd");', "Unsupported file format"),
        ('cube(9); import("/etc/passwd.stl");', "an't open import file"),
        ("cube(9); include </etc/passwd>", "an't open include file"),
        ("cube(9); use </etc/ssh/ssh_host_rsa_key>", "an't open"),
        ('cube(9); surface(file = "/etc/hostname");', "couldn't be opened"),
        ('cube(9); import("../../../../etc/passwd.stl");', "an't open import file"),
        ("cube(9); nothing_known();", "unknown module"),
        ("cube(lenght);", "unknown variable"),
        ("cube(9", "Parser error"),
        ("assert(false);", "Assertion"),
        ("", "empty"),
        ("square(9);", "not a 3D object"),
        ("function f(x) = f(x + 1) + 1; cube(f(0));", "Recursion"),
        ("module m() { m(); m(); } m();", "Recursion"),
        ("cube(len([for (i = [0 : 1e9]) i]));", "."),
    ],
)
def test_what_reads_elsewhere_or_is_not_whole_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        render_scad(source(tmp_path, text), limits=SHORT)


def test_endless_work_ends(tmp_path: Path) -> None:
    text = "for (i = [0 : 3000]) rotate([i, 2 * i, 0]) translate([i / 50, 0, 0]) sphere(10, $fn = 100);"
    with pytest.raises(InputError, match=r"ended after|cannot render"):
        render_scad(source(tmp_path, text), limits=SHORT)


def test_memory_that_grows_is_stopped(tmp_path: Path) -> None:
    text = 'function grow(s, n) = n == 0 ? s : grow(str(s, s), n - 1); cube(len(grow("grow", %d)));'
    assert len(render_scad(source(tmp_path, text % 10), limits=SHORT).corners) == 12  # 4 kB are allowed
    with pytest.raises(InputError, match=r"bad_alloc|length_error|ended after"):
        render_scad(source(tmp_path, text % 40), limits=SHORT)


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    source(tmp_path / "outside", "cube(99);", "secret.scad")
    path = source(tmp_path / "design", "cube(1); include <link.scad>\n")
    (path.parent / "link.scad").symlink_to(tmp_path / "outside" / "secret.scad")
    with pytest.raises(InputError, match="an't open include file"):
        render_scad(path)


def test_a_source_elsewhere_is_refused(tmp_path: Path) -> None:
    path = source(tmp_path / "one", "cube(1);")
    (tmp_path / "two").mkdir()
    with pytest.raises(InputError, match="does not lie in the design's folder"):
        render_scad(path, folder=tmp_path / "two")


def test_a_folder_with_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_FILES", 2)
    for name in ("a.scad", "b.scad", "c.scad"):
        source(tmp_path, "cube(1);", name)
    with pytest.raises(LimitError, match="more than 2 files"):
        render_scad(tmp_path / "a.scad")
