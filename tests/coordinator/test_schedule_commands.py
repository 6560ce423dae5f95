"""`fabcommons schedule`, from files to files."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from coordinator.cli import app
from coordinator.commands.schedule import read_event
from core.errors import InputError
from scheduler.events import Declined, MachineDown, Nothing
from scheduler.fjs import read_fjs

FJS = """2 3 2
2  2 1 5 2 4  1 3 6
2  1 2 3  2 1 4 3 7
"""


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["schedule", *map(str, arguments)])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.fjs"
    path.write_text(FJS)
    return path


def test_a_job_shop_is_solved_judged_explained_and_drawn(shop: Path, tmp_path: Path) -> None:
    plan, svg = tmp_path / "plan.json", tmp_path / "plan.svg"
    result = _run("solve", shop, "--seconds", 60, "--workers", 1, "--out", plan, "--svg", svg)
    assert result.exit_code == 0, result.output
    assert "optimal" in result.output
    document = json.loads(plan.read_text())
    assert document["makespan_s"] == document["lower_bound_s"] == 11
    assert ET.fromstring(svg.read_text()).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 (our own)
    assert _run("validate", shop, plan).exit_code == 0
    told = _run("explain", shop, plan, "j0.1").output
    assert "right after task j0.0" in told
    document["placements"][0]["machine"] = "m2"
    plan.write_text(json.dumps(document))
    broken = _run("validate", shop, plan)
    assert broken.exit_code == 1
    assert "which is not one of its options" in broken.output
    assert isinstance(_run("explain", shop, plan, "j0.1").exception, InputError)


def test_an_event_gives_a_new_problem_and_a_plan_that_keeps_it(shop: Path, tmp_path: Path) -> None:
    plan, new_plan, new_problem = (tmp_path / f"{name}.json" for name in ("plan", "new", "problem"))
    _run("solve", shop, "--seconds", 2, "--out", plan)
    down = next(each for each in json.loads(plan.read_text())["placements"] if each["task"] == "j1.1")["machine"]
    result = _run(
        "repair", shop, plan, "--event", f"down:{down}:3:4", "--now", 2, "--out", new_plan, "--problem", new_problem
    )
    assert result.exit_code == 0, result.output
    assert _run("validate", new_problem, new_plan).exit_code == 0
    assert json.loads(_run("repair", shop, plan, "--event", "new", "--json").output)["moved"] == []


def test_the_json_of_a_plan_is_printed(shop: Path) -> None:
    document = json.loads(_run("solve", shop, "--seconds", 1, "--json").output)
    assert document["terms"]["makespan_s"] == 11


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the first line"),
        ("2 3\n1 1 1 5\n", "2 jobs are announced"),
        ("1 3\n1 1 x 5\n", "whole number"),
        ("1 3\n2 1 1 5\n", "operation 2 lacks"),
        ("1 3\n1 1 4 5\n", "not from 1 to 3"),
    ],
)
def test_a_job_shop_that_is_none_is_refused(text: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read_fjs(text)


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    for name, content in (("a.json", b"{"), ("b.json", b"[" * 100_000), ("c.json", b"\xff\xfe"), ("d.json", b"{}")):
        (tmp_path / name).write_bytes(content)
        assert isinstance(_run("solve", tmp_path / name).exception, InputError)
    assert isinstance(_run("solve", tmp_path / "none.json").exception, InputError)


def test_events_are_read() -> None:
    assert read_event("down:m1:5:9") == MachineDown("m1", 5, 9)
    assert read_event("declined:t1:m1") == Declined("t1", "m1")
    assert read_event("new") == Nothing()
    for text in ("down:m1", "down:m1:x:9", "quake", ""):
        with pytest.raises(InputError):
            read_event(text)
