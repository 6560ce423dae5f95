"""The main job, end to end, as a stranger runs it: in processes, and killed."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from firmware_bridge.twin.process import find_twin

SPEED = "2000"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


proof, GOOD = load("proof").proof, load("proof").GOOD


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "demo"
    for link in (tmp_path / "demo" / "machines").glob("*.tty"):
        twin = find_twin(link)
        if twin is not None:
            twin.stop()


def demo(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "coordinator", "demo", "--dir", str(folder), "--speed", SPEED, *more]


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, stdin=subprocess.DEVNULL)


def made_once(report: dict[str, Any]) -> None:
    """Every part of the bill that is made has as many good pieces as the bill asks for (a plate may make more)."""
    good: dict[str, int] = {}
    for piece in report["pieces"]:
        good[piece["name"]] = good.get(piece["name"], 0) + (piece["outcome"] in GOOD)
    assert report["complete"]
    assert (good["Foot"], good["Cable clip"], good["Lamp bar"], good["Side panel"]) == (4, 4, 1, 2)


def test_the_demo_makes_the_whole_thing_and_proves_it(folder: Path) -> None:
    ended = run(demo(folder, "--fault", "corrupt=0.001"))
    assert ended.returncode == 0, ended.stderr
    report = proof(folder, whole_wires=False)
    made_once(report)
    assert not (folder / "fabcommons.db").exists()
    page = (folder / "schedule.html").read_text()
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in page
    for words in ("is complete", str(folder / "as-built.json"), str(folder / "schedule.html")):
        assert words in ended.stdout.replace("\n", "")
    for piece in report["pieces"]:
        assert piece["start"] < piece["end"]
        assert len(piece["file_sha256"] or "0" * 64) == 64
    assert not [link for link in (folder / "machines").glob("*.tty") if find_twin(link)], "virtual machines were left"


def test_killed_at_random_moments_it_still_ends_complete(folder: Path) -> None:
    moments = random.Random(20)
    killed = 0
    for _ in range(5):
        process = subprocess.Popen(
            demo(folder, "--keep"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=moments.uniform(1.0, 6.0))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
    ended = run(demo(folder, "--keep"))
    assert ended.returncode == 0, ended.stderr
    assert killed
    made_once(proof(folder))


def test_two_demos_in_one_folder_do_not_meet(folder: Path) -> None:
    first = subprocess.Popen(demo(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (folder / "fabcommons.db").exists() and time.monotonic() < deadline and first.poll() is None:
        time.sleep(0.02)
    second = run(demo(folder))
    first.wait(timeout=240)
    assert second.returncode != 0
    assert "another fabcommons works in this folder" in second.stderr
    made_once(json.loads((folder / "as-built.json").read_text()))
