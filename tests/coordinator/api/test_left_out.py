"""One object of a plate is left out while it is printed: a coordinator, an agent and its machine, each a process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.twin.log import jobs, read_log
from gcode.program import read_program
from gcode.words import parse_line
from tests.coordinator.conftest import block_stl

from .test_processes import printers
from .test_processes import world as world
from .test_steering import ended
from .world import World

pytestmark = pytest.mark.timeout(400)  # many processes on a busy computer
LAYERS = 20
SIDES = {0: 4, 1: 120, 2: 4}  # moves of an object in a layer: the one that is left out is nearly all of the work
AREAS = {0: (20.0, 60.0), 1: (80.0, 120.0), 2: (140.0, 180.0)}  # mm along X


def plate_program() -> str:
    """Three objects beside each other, layer by layer, as slicers mark them."""
    lines, fed = [], 0.0
    for layer in range(LAYERS):
        lines.append(f"G1 Z{0.2 * (layer + 1):.2f} F600")
        for number, (low, high) in AREAS.items():
            lines += [f"M486 S{number}", f"G0 X{low:g} Y{20 + layer:g} F6000"]
            for side in range(SIDES[number]):
                fed += 0.2
                lines.append(f"G1 X{high if side % 2 == 0 else low:g} Y{20 + side % 40:g} E{fed:.2f} F1200")
            lines.append("M486 S-1")
    return "\n".join(
        ["G28", "G90", "M82", "M104 S200", "M486 T3", "G92 E0", *lines, "M104 S0", "M140 S0", "M107", "M84"]
    )


def plate(folder: Path) -> dict[str, Any]:
    """A design of three alike parts that one run makes, and the lab in the north."""
    how = printers(folder)
    design: Path = how["design"]
    for path in [*design.glob("*.stl"), *design.glob("*.gcode")]:
        path.unlink()
    (design / "bom.csv").write_text("Part,Qty,Process,Material,File\nFoot,3,3D printing,PLA,foot.stl\n")
    (design / "foot.stl").write_text(block_stl(40, 60, 4))
    (design / "foot_x3.gcode").write_text(plate_program())
    return {"design": design, "labs": {"labs": how["labs"]["labs"][:1]}}


def fed_at(records: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, float]]:
    """Where filament was fed while the nozzle moved: number of the record, and X of the move's end."""
    x, fed = 0.0, 0.0
    for number, record in enumerate(records):
        line = str(record.get("line", ""))
        if not line.startswith(("G0 ", "G1 ", "G92 ")):
            continue
        words = parse_line(line).words
        more, fed = (words.get("E") or fed) - fed, words.get("E") or (0.0 if line.startswith("G92") else fed)
        if record.get("skipped") or line.startswith("G92"):
            continue
        x = words.get("X") or x
        if more > 0:
            yield number, x


def areas_of(found: Sequence[float]) -> set[int]:
    return {number for number, (low, high) in AREAS.items() if any(low <= x <= high for x in found)}


def test_an_object_is_left_out_and_the_others_are_made(world: Any, tmp_path: Path) -> None:
    one: World = world(**plate(tmp_path), speed="60")
    build = one.order()

    def printing() -> dict[str, Any] | None:
        jobs = one.get(f"/jobs?build_id={build}&state=running")["items"]
        return next((each for each in jobs if (each["progress"] or {}).get("lines_done", 0) > 150), None)

    one.until(lambda: one.act(build) and printing(), "the first layer is being printed")
    job = printing()
    assert job is not None
    assert [each["label"] for each in one.get(f"/jobs/{job['id']}/objects")] == ["0", "1", "2"]
    asked = one.post(f"/machines/{job['machine']}/requests", job["lab"], kind="cancel object", object="1")
    answer = ended(one, job["machine"], asked["id"])
    assert answer["state"] == "done", answer
    one.until(lambda: one.get(f"/jobs/{job['id']}")["state"] == "made", "the plate is printed to its end")
    states = {each["number"]: each["state"] for each in one.get(f"/jobs/{job['id']}")["pieces"]}
    assert states == {1: "made", 2: "scrapped", 3: "made"}
    (event,) = [each for each in one.events() if each["kind"] == "piece.scrapped"]
    assert "had object 1 left out" in event["why"]
    prove_left_out(
        tmp_path / job["lab"] / "machines" / f"{job['machine']}.log", job["id"], one.design / "foot_x3.gcode"
    )

    def again() -> list[int]:
        one.act(build)
        jobs = one.get(f"/jobs?build_id={build}")["items"]
        return [len(each["pieces"]) for each in jobs if each["task"] == "Foot" and each["id"] != job["id"]]

    one.until(again, "the one that was left out is made again")
    assert again() == [1]


def prove_left_out(log: Path, job_id: str, program: Path) -> None:
    """By what the machine executed: from the moment on when it was told, nothing was laid where the object stood."""
    (made,) = [each for each in jobs(log) if each.job_id == job_id]
    assert made.executed(read_program(program).lines), "all else was sent once and in order"
    records = read_log(log)
    begin, end = (
        next(number for number, each in enumerate(records) if each.get("line") == f"M117 {job_id} {mark}")
        for mark in ("start", "end")
    )
    told = next(number for number, each in enumerate(records) if each.get("line") == "M486 P1")
    assert begin < told < end
    fed = [(number, x) for number, x in fed_at(records) if begin < number < end]
    assert areas_of([x for number, x in fed if number < told]) >= {0, 1}, "it was in the midst of it"
    assert areas_of([x for number, x in fed if number > told]) == {0, 2}
    assert any(each.get("skipped") for each in records[told:end])
    assert not any(each.get("skipped") for each in records[:told])
