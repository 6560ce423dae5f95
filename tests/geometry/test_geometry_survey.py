"""geometry.survey and geometry.cache: each content measured once, whatever happens to the folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import pytest
import trimesh

from geometry import survey as survey_module
from geometry.cache import FactCache
from geometry.content import Fault
from geometry.drawing import DrawingFacts
from geometry.mesh import MeshFacts
from geometry.survey import survey

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>A</text><path d="M0 0H9" stroke="red"/></svg>'


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    box, again, line, bad, gone = (tmp_path / name for name in ("a.stl", "b.STL", "c.svg", "d.stl", "e.stl"))
    box.write_bytes(trimesh.creation.box(extents=(30, 20, 10)).export(file_type="stl"))
    again.write_bytes(box.read_bytes())
    line.write_text(SVG)
    bad.write_bytes(b"solid x\nendsolid x")
    return [box, again, line, bad, gone]


def kinds(outcomes: dict[Path, object]) -> list[type]:
    return [type(outcome) for outcome in outcomes.values()]


KINDS = [MeshFacts, MeshFacts, DrawingFacts, Fault, Fault]


def test_facts_and_faults_in_the_order_given(parts: list[Path]) -> None:
    outcomes = survey([*parts, parts[0]])
    assert list(outcomes) == parts
    assert kinds(outcomes) == KINDS
    codes = [outcome.code for outcome in outcomes.values() if isinstance(outcome, Fault)]
    assert codes == ["mesh-empty", "file-unreadable"]


def test_processes_measure_the_same(parts: list[Path], tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert survey(parts, executor=pool, cache=FactCache(tmp_path / "cache")) == survey(parts)
    assert len(list((tmp_path / "cache").rglob("*.json"))) == 3


def test_what_is_cached_is_not_measured_again(
    parts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = FactCache(tmp_path / "cache")
    measured: list[Path] = []
    real = survey_module.measure_part

    def counting(path: Path) -> MeshFacts | DrawingFacts:
        measured.append(path)
        return real(path)

    monkeypatch.setattr("geometry.survey.measure_part", counting)
    first = survey(parts, cache=cache)
    assert [path.name for path in measured] == ["a.stl", "c.svg", "d.stl"]  # b.STL has the content of a.stl
    assert survey(parts, cache=cache) == first
    assert len(measured) == 3
    assert not list((tmp_path / "cache").rglob("tmp*"))


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "null",
        '{"kind": "MeshFacts"}',
        '{"kind": "MeshFacts", "extents_mm": [1, 2]}',
        '{"kind": "Fault", "code": "a", "message": "b", "fix": "c", "more": 1}',
        '{"kind": "str"}',
        "[" * 100_000,
    ],
)
def test_damaged_entries_are_ignored_and_written_anew(parts: list[Path], tmp_path: Path, damage: str) -> None:
    cache = FactCache(tmp_path / "cache")
    survey(parts[:1], cache=cache)
    entry = next((tmp_path / "cache").rglob("*.json"))
    sound = json.loads(entry.read_text())
    entry.write_text(damage)
    assert kinds(survey(parts[:1], cache=cache)) == [MeshFacts]
    assert json.loads(entry.read_text()) == sound


def test_what_may_be_otherwise_next_time_is_not_kept(tmp_path: Path) -> None:
    cache = FactCache(tmp_path / "cache")
    cache.put("ab", Fault("step-not-installed", "no reader"))
    cache.put("cd", Fault("mesh-empty", "no facets"))
    assert cache.get("ab") is None
    assert cache.get("cd") == Fault("mesh-empty", "no facets")


class Failing(Executor):
    """Accepts work and loses it."""

    def submit(self, fn: Callable[..., object], /, *args: object, **kwargs: object) -> Future[object]:  # type: ignore[override]
        future: Future[object] = Future()
        future.set_exception(BrokenProcessPool())
        return future


def test_a_process_that_ends_is_a_fault_of_its_files_only(parts: list[Path]) -> None:
    outcomes = survey(parts[:2], executor=Failing())
    assert [getattr(outcome, "code", None) for outcome in outcomes.values()] == ["part-crashed"] * 2


def test_a_pool_that_is_broken_already_is_done_without(parts: list[Path]) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert isinstance(pool.submit(os._exit, 1).exception(), BrokenProcessPool)
        assert kinds(survey(parts, executor=pool)) == KINDS
