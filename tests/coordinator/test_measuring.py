"""coordinator.plans.measuring: each content measured once for all commands, in processes where that pays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import pytest

from bom.graph import task_graph
from bom.reader import read_bill
from coordinator.computing import Computer, Elsewhere, computer_at
from coordinator.plans import measuring
from coordinator.plans.measuring import cache_folder, measure_elsewhere, measure_parts, measure_sent
from coordinator.plans.needs import Measurer
from core.errors import InputError
from designs.source import open_design
from geometry.content import Fault
from geometry.mesh import MeshFacts
from geometry.survey import survey

from .conftest import block_stl
from .test_computing import dask as dask


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    sizes = {"a.stl": 10, "b.stl": 20, "again.stl": 10}
    for name, size in sizes.items():
        (tmp_path / name).write_text(block_stl(size, 10, 10))
    return [tmp_path / name for name in sizes]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[list[Path]]:
    """The files of each survey that was made."""
    seen: list[list[Path]] = []

    def counting(paths: Iterable[Path], **options: Any) -> dict[Path, Any]:
        wanted = list(paths)
        seen.append(wanted)
        return survey(wanted, **options)

    monkeypatch.setattr(measuring, "survey", counting)
    return seen


def test_each_content_is_measured_once_and_kept(parts: list[Path], tmp_path: Path, counted: list[list[Path]]) -> None:
    gone = tmp_path / "gone.stl"
    first = measure_parts([*parts, gone], folder=tmp_path / "cache")
    assert list(first) == [*parts, gone]
    assert first[parts[2]] == first[parts[0]] != first[parts[1]]
    assert isinstance(first[gone], Fault)
    assert measure_parts(parts, folder=tmp_path / "cache") == {path: first[path] for path in parts}
    assert counted == [[parts[0], parts[1], gone], []]


def test_processes_give_the_same(parts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = measure_parts(parts, folder=tmp_path / "one")
    monkeypatch.setattr(measuring, "_POOL_BYTES", 0)
    assert measure_parts(parts, folder=tmp_path / "two") == alone


def test_a_folder_that_cannot_be_written_keeps_nothing_and_stops_nothing(parts: list[Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    found = measure_parts(parts, folder=tmp_path / "file" / "cache")
    assert all(isinstance(each, MeshFacts) for each in found.values())


def test_a_file_that_ends_its_process_is_told_apart_from_its_neighbours(
    parts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash = Fault("part-crashed", "the process that measured it and others ended", "measure it alone")

    def crashing(paths: Iterable[Path], *, executor: Executor | None = None, **_: Any) -> dict[Path, Any]:
        wanted = list(paths)
        together = len(wanted) > 1
        return {path: crash if together or path == parts[1] else survey([path])[path] for path in wanted}

    monkeypatch.setattr(measuring, "survey", crashing)
    found = measure_parts(parts[:2], folder=tmp_path / "cache")
    assert isinstance(found[parts[0]], MeshFacts)
    assert found[parts[1]] == crash


def test_a_plan_measures_all_its_parts_together(tmp_path: Path, counted: list[list[Path]]) -> None:
    (tmp_path / "bom.csv").write_text("Part,Qty,File\nFoot,4,foot.stl\nLid,1,lid.stl\nScrew M3,4,\n")
    for number, name in enumerate(("foot.stl", "lid.stl")):
        (tmp_path / name).write_text(block_stl(33.25 + number, 10, 10))
    with open_design(tmp_path) as design:
        graph = task_graph(read_bill(design))
        measurer = Measurer(design)
        measurer.survey(graph.order())
        extents = [measurer.need(task).shape.extents_mm for task in graph.order() if task.file]
    assert sorted(filter(None, extents)) == [(33.25, 10, 10), (34.25, 10, 10)]
    assert [len(each) for each in counted] == [2]


def test_where_measurements_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FABCOMMONS_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("FABCOMMONS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "fabcommons"


@pytest.fixture
def cluster(dask: str) -> Iterator[Computer]:
    computer = computer_at(dask)
    yield computer
    computer.close()


def test_a_cluster_measures_what_was_never_measured(
    cluster: Computer, parts: list[Path], tmp_path: Path, counted: list[list[Path]]
) -> None:
    here = measure_parts(parts, folder=tmp_path / "here")
    counted.clear()
    assert measure_elsewhere(parts, cluster, folder=tmp_path / "there") == 2, "two of the three are alike"
    assert measure_elsewhere(parts, cluster, folder=tmp_path / "there") == 0
    assert measure_parts(parts, folder=tmp_path / "there") == here
    assert counted == [[]], "nothing was measured by this process"


def test_what_cannot_be_measured_elsewhere_is_measured_here(
    cluster: Computer, parts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.stl"
    bad.write_text("no mesh")
    assert measure_elsewhere([bad, tmp_path / "gone.stl"], cluster, folder=tmp_path / "there") == 1, "a fault is a fact"
    assert isinstance(measure_parts([bad], folder=tmp_path / "there")[bad], Fault)
    monkeypatch.setattr(measuring, "_MOST_SENT_BYTES", 10)
    assert measure_elsewhere(parts, cluster, folder=tmp_path / "there") == 0, "too large to be sent"
    monkeypatch.undo()
    broken = Elsewhere(Broken, far=True)
    assert measure_elsewhere(parts, broken, folder=tmp_path / "there") == 0
    assert isinstance(measure_parts(parts, folder=tmp_path / "there")[parts[0]], MeshFacts)
    with pytest.raises(InputError, match="not what its hash says"):
        measure_sent(".stl", "0" * 64, b"solid")


class Broken:
    """A pool whose workers die."""

    def submit(self, limit_s: float, work: Callable[..., Any], /, *args: Any) -> Future[Any]:
        died: Future[Any] = Future()
        died.set_exception(BrokenExecutor("it died"))
        return died

    def is_broken(self, error: BaseException) -> bool:
        return isinstance(error, BrokenExecutor)

    def end(self) -> None:
        """Nothing is left of it."""
