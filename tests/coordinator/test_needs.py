"""What a task asks of a machine: its file measured, its later steps planned behind its first one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bom.graph import Task, TaskKind
from coordinator.plans.needs import Measurer
from coordinator.plans.opening import open_all
from coordinator.plans.plan_document import plan_document
from coordinator.plans.planning import plan_build
from coordinator.plans.work import form_lots
from designs.source import open_design

from .conftest import LABS, block_stl, print_program

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="100mm" viewBox="0 0 100 100"><text>A</text>'
    '<path d="M0 0H60V40H0Z" stroke="red" fill="none"/><circle cx="30" cy="20" r="5" stroke="red" fill="none"/></svg>'
)


def test_a_sheet_part_is_as_large_and_takes_as_long_as_its_contours(tmp_path: Path) -> None:
    (tmp_path / "panel.svg").write_text(SVG)
    with open_design(tmp_path) as design:
        measurer = Measurer(design)
        task = Task("t", TaskKind.FABRICATE, "panel", 1, process="laser_cutting", thickness_mm=3, file="panel.svg")
        need = measurer.need(task)
    assert need.requirement.extents_mm == pytest.approx((60, 40, 3))
    assert need.shape.cut_length_mm == pytest.approx(200 + 31.4, abs=0.1)
    assert need.shape.pierce_count == 2
    assert [each.message for each in measurer.findings] == ["not counted as cut: texts (1)"]


def test_what_cannot_be_measured_says_why(tmp_path: Path) -> None:
    (tmp_path / "part.step").write_text("ISO-10303-21;\nnonsense\nEND-ISO-10303-21;\n")
    (tmp_path / "part.fcstd").write_text("PK")
    with open_design(tmp_path) as design:
        measurer = Measurer(design)
        for file, why in (("part.step", "the solid cannot be read"), ("part.fcstd", "not measured yet")):
            need = measurer.need(Task("t", TaskKind.FABRICATE, "part", 1, file=file))
            assert need.requirement.extents_mm is None
            assert why in (need.requirement.why_unmeasured or "")
    assert [each.code for each in measurer.findings] == ["solid-unreadable"]


def test_later_steps_are_planned_behind_the_first_with_their_own_process(
    design: Callable[..., Path], tmp_path: Path
) -> None:
    labs = tmp_path / "labs.yaml"
    bench = "processes: [assembly, manual_cutting]"
    labs.write_text(LABS.replace(bench, "processes: [assembly, manual_cutting, grinding, inspection]"))
    row = 'Foot,2,"FDM, sand, inspect",PLA,foot.stl,'
    folder = design(row, foot__stl=block_stl(30, 30, 30), foot__gcode=print_program())
    with open_all(str(folder), None, labs, 1) as opened:
        workload = form_lots(opened.design, opened.graph, opened.network)
        document = plan_document(plan_build(workload, opened.graph, opened.network, NOW, lead_days=1, seconds=2))
    runs = {run["kind"]: run for run in sorted(document["runs"], key=lambda run: run["start"])}
    assert not document["unplaceable"]
    assert runs["fabricate"]["machine"] == "north-printer"
    assert "bench" in runs["finish"]["machine"]
    assert "bench" in runs["inspect"]["machine"]
    ends = [runs[kind]["end"] for kind in ("fabricate", "finish", "inspect")]
    assert ends == sorted(ends)
    assert runs["finish"]["start"] >= runs["fabricate"]["end"]
    assert runs["assemble"]["start"] >= runs["inspect"]["end"]


def test_a_sheet_without_a_file_has_the_size_that_its_name_states(tmp_path: Path) -> None:
    (tmp_path / "bom.csv").write_text("Part,Qty\nMDF sheet 489mm x 385mm x 12mm,1\n")
    task = Task("fabricate:side", TaskKind.FABRICATE, "MDF sheet 489mm x 385mm x 12mm", 2.0, process="sheet_cutting")
    with open_design(str(tmp_path)) as design:
        sheet = Measurer(design).need(task).requirement
        other = Measurer(design).need(replace(task, process="fdm")).requirement
    assert (sheet.extents_mm, sheet.quantity) == ((489, 385, 12), 2)
    assert other.extents_mm is None
