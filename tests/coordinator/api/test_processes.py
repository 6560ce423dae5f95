"""The whole thing as it is used: a coordinator, two agents and their machines, each a process, and killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.coordinator.conftest import LICENCE, block_stl, print_program

from .world import World, good

pytestmark = pytest.mark.timeout(400)  # many processes on a busy computer
MakeWorld = Callable[..., World]
WANTED = {"Foot": 4, "Cable clip": 4, "Lamp bar": 1, "Side panel": 2}
LABS = ("north", "south")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MakeWorld]:
    made: list[World] = []

    def make(**how: Any) -> World:
        made.append(World(tmp_path, **how))
        made[0].serve()
        made[0].settle()
        for lab in made[0].labs["labs"]:
            made[0].agent(lab["id"])
        return made[0]

    yield make
    for each in made:
        each.close()


def printers(tmp_path: Path) -> dict[str, Any]:
    """A design of four prints, and two labs with a printer and a bench each, open day and night."""
    folder = tmp_path / "lamp"
    folder.mkdir()
    rows = ["Part,Qty,Process,Material,File"]
    for name in ("Foot", "Arm", "Cap", "Knob"):
        rows.append(f"{name},1,3D printing,PLA,{name}.stl")
        (folder / f"{name}.stl").write_text(block_stl(20, 20, 10 + len(rows)))
        lines = print_program().splitlines()
        (folder / f"{name}.gcode").write_text(
            "\n".join([*lines[:5], *lines[5:-4] * 12, f"G4 P{len(rows)}", *lines[-4:]])
        )
    (folder / "bom.csv").write_text("\n".join(rows) + "\n")
    (folder / "LICENSE").write_text(f"SPDX-License-Identifier: {LICENCE}\n")
    labs = [
        {
            "id": lab,
            "name": lab,
            "timezone": "UTC",
            "opening_hours": {"daily": "00:00-24:00"},
            "policy": {"accepts": "automatically"},
            "machines": [
                {
                    "id": f"{lab}-printer", "name": "Printer", "processes": ["fdm"], "materials": ["pla"],
                    "unattended": True, "envelope_mm": [220, 220, 250],
                    "connection": {"driver": "marlin", "port": "virtual"}, "limits": {"nozzle_c": 240, "bed_c": 90},
                },
                {"id": f"{lab}-bench", "name": "Bench", "processes": ["assembly"]},
            ],
        }
        for lab in LABS
    ]  # fmt: skip
    return {"design": folder, "labs": {"labs": labs, "transport": [{"between": list(LABS), "minutes": 10}]}}


def starts(world: World) -> Counter[str]:
    """How often each job was let start; heard of again after lost contact is no start."""
    events = [event for event in world.events() if event["kind"] == "job.running"]
    return Counter(event["subject"] for event in events if event["data"]["before"] != "lost contact")


def test_the_example_lives_from_its_order_to_its_report_with_two_agents(world: MakeWorld) -> None:
    one = world()
    report = one.finished(one.order())
    assert report["complete"]
    assert {name: good(report)[name] for name in WANTED} == WANTED
    assert set(starts(one).values()) == {1}
    events = one.events()
    assert [event["id"] for event in events] == sorted({event["id"] for event in events})
    assert len({event["who"] for event in events if event["kind"] == "job.dispatched"}) == 2, "both agents worked"


def test_killed_in_the_middle_nothing_is_lost_and_nothing_made_twice(world: MakeWorld, tmp_path: Path) -> None:
    """The coordinator, then an agent, die without a word while jobs run, and come back."""
    one = world(**printers(tmp_path), speed="40")
    build = one.order()

    running: list[dict[str, Any]] = []

    def runs() -> bool:
        one.act(build)
        jobs = one.get(f"/jobs?build_id={build}")["items"]
        running[:] = [job for job in jobs if job["state"] == "running" and not job["by_hand"]]
        return bool(running)

    one.until(runs, "a job runs")
    one.kill("serve")
    one.serve()
    one.until(runs, "a job runs")
    victim = running[0]
    one.kill(f"agent {victim['lab']}")
    one.agent(victim["lab"])
    report = one.finished(build)
    assert good(report) == dict.fromkeys(("Foot", "Arm", "Cap", "Knob", "station"), 1)
    assert set(starts(one).values()) == {1}
    assert one.get(f"/jobs/{victim['id']}")["state"] in ("made", "scrapped")
    ruled = [event for event in one.events() if event["kind"] == "job.scrapped"]
    assert all(event["who"].startswith("p-") for event in ruled), "only people rule"
