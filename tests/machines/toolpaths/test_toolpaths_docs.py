"""The document names what the code does, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main

from coordinator.cli import app
from geometry.drawing import DRAWING_SUFFIXES
from machines.toolpaths import part_mesh
from machines.toolpaths.openscad import SCAD_SUFFIX

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "toolpaths.md").read_text(encoding="utf-8")
SOURCES = [*(ROOT / "machines" / "toolpaths").glob("*.py"), ROOT / "coordinator" / "commands" / "toolpath.py"]


def test_every_code_of_a_hold_is_described_and_no_other() -> None:
    used = {code for path in SOURCES for code in re.findall(r'Hold\(\s*"([a-z-]+)"', path.read_text(encoding="utf-8"))}
    table = TEXT.partition("| code | why |\n|---|---|\n")[2].partition("\n\n")[0]
    described = {code for row in table.splitlines() for code in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    assert used
    assert described == used


def test_every_kind_of_file_is_named() -> None:
    for suffix in part_mesh.PART_MESH_SUFFIXES | DRAWING_SUFFIXES | {SCAD_SUFFIX}:
        assert f"`{suffix}`" in TEXT, suffix


def test_every_option_is_named() -> None:
    command = typer.main.get_command(app).commands["toolpath"]  # type: ignore[attr-defined]
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--"):
                assert option in TEXT, option


def test_figures_are_those_of_the_code() -> None:
    assert f"under {part_mesh._SMALL_MM:g} mm" in TEXT
    assert f"{100 * part_mesh._OVERLAP:g} %" in TEXT
