"""A plan's prints get their programs where they can be had; what is doubtful waits, and says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coordinator.computing import Computer, Elsewhere, computer_at
from coordinator.plans import toolpaths as module
from coordinator.plans.opening import open_all
from coordinator.plans.planning import BuildPlan, plan_build
from coordinator.plans.programs import refusal
from coordinator.plans.slicing import SliceOrder, slice_sent
from coordinator.plans.toolpaths import with_toolpaths
from coordinator.plans.work import Candidate, form_lots
from core.errors import InputError, MissingToolError
from core.hashes import sha256_of_bytes
from machines.network import read_network
from machines.toolpaths.cache import ToolpathCache
from machines.toolpaths.slicer import Slicer
from tests.machines.toolpaths.conftest import prusa as prusa
from tests.machines.toolpaths.conftest import sandbox as sandbox

from .conftest import block_stl, print_program
from .test_computing import dask as dask

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
Make = Callable[..., Path]


def planned(folder: Path, labs: Path, cache: Path, computer: Computer | None = None) -> tuple[BuildPlan, BuildPlan]:
    """The plan before and after."""
    with open_all(str(folder), None, labs, 1) as opened:
        workload = form_lots(opened.design, opened.graph, opened.network)
        plan = plan_build(workload, opened.graph, opened.network, NOW, lead_days=1, seconds=1)
        return plan, with_toolpaths(plan, opened.design, ToolpathCache(cache), computer)


def chosen(plan: BuildPlan, name: str) -> list[Candidate]:
    found = [plan.candidate(lot) for lot in plan.workload.lots if lot.task.name == name]
    return [each for each in found if each is not None]


def test_a_print_without_a_program_gets_one(prusa: Slicer, design: Make, labs: Path, tmp_path: Path) -> None:
    folder = design("Foot,2,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 2))
    before, after = planned(folder, labs, tmp_path / "cache")
    assert [each.program for each in chosen(before, "Foot")] == [None]
    (candidate,) = chosen(after, "Foot")
    assert candidate.program is not None
    assert candidate.program.pieces == 2
    assert candidate.program.path == "foot_x2.gcode"
    assert refusal(candidate.program, candidate.machine) is None
    assert after.plan == before.plan
    assert after.workload.findings == before.workload.findings


def test_a_program_that_the_design_brings_stays(design: Make, labs: Path, tmp_path: Path) -> None:
    files = {"foot__stl": block_stl(20, 20, 2), "foot__gcode": print_program()}
    before, after = planned(design("Foot,1,3D printing,PLA,foot.stl,", **files), labs, tmp_path / "cache")
    assert after is before
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("stl", "material", "code", "why"),
    [
        (
            "\n".join(block_stl(20, 20, 2).split("facet normal")[:-1]) + "\nendsolid",
            "PLA",
            "slice-held",
            "the mesh leaks",
        ),
        (block_stl(2, 2, 2), "PLA", "slice-held", "are the numbers of the file inches"),
    ],
)
def test_what_is_doubtful_waits_and_says_why(
    prusa: Slicer, design: Make, labs: Path, tmp_path: Path, stl: str, material: str, code: str, why: str
) -> None:
    folder = design(f"Foot,1,3D printing,{material},foot.stl,", foot__stl=stl)
    _, after = planned(folder, labs, tmp_path / "cache")
    assert all(each.program is None for each in chosen(after, "Foot"))
    (finding,) = [each for each in after.workload.findings if each.code == code]
    assert why in finding.message
    assert finding.file == "foot.stl"


def test_without_a_slicer_it_says_so_and_goes_on(
    design: Make, labs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Slicer:
        raise MissingToolError("the program prusa-slicer is not installed", hint="apt-get install prusa-slicer")

    monkeypatch.setattr(module, "find_slicer", missing)
    folder = design("Foot,1,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 2))
    before, after = planned(folder, labs, tmp_path / "cache")
    assert [each.code for each in after.workload.findings[len(before.workload.findings) :]] == ["no-slicer"]
    assert chosen(after, "Foot")[0].program is None


def test_alike_lots_are_sliced_once(
    prusa: Slicer, design: Make, labs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    plain = Slicer.slice
    monkeypatch.setattr(Slicer, "slice", lambda *words: (calls.append(1), plain(*words))[1])
    folder = design("Plate,4,3D printing,PLA,plate.stl,", plate__stl=block_stl(150, 150, 0.6))
    _, after = planned(folder, labs, tmp_path / "cache")
    programs = [each.program for each in chosen(after, "Plate")]
    assert len(programs) == 4
    assert None not in programs
    assert len(calls) == 1


@pytest.fixture
def cluster(dask: str) -> Iterator[Computer]:
    computer = computer_at(dask)
    yield computer
    computer.close()


def test_a_worker_of_a_cluster_slices_what_is_sent_to_it(
    prusa: Slicer, cluster: Computer, design: Make, labs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = design("Foot,2,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 2))
    _, here = planned(folder, labs, tmp_path / "cache")
    with monkeypatch.context() as patch:  # nothing is sliced by this process any more
        patch.setattr(module, "find_slicer", lambda: pytest.fail("sliced here"))
        _, there = planned(folder, labs, tmp_path / "other cache", cluster)
    programs = [chosen(each, "Foot")[0].program for each in (here, there)]
    assert programs[0] is not None
    assert programs[1] is not None
    assert programs[1].location.is_relative_to(tmp_path / "other cache")
    one, other = (each.facts for each in programs if each is not None)
    assert other.layer_heights_mm == one.layer_heights_mm
    assert other.work_bounds_mm == one.work_bounds_mm
    # which of two equally near islands comes first depends on the slicer's threads
    assert other.filament_mm == pytest.approx(one.filament_mm, rel=0.02)
    assert there.workload.findings == here.workload.findings


def test_what_is_doubtful_waits_and_says_why_from_a_cluster_too(
    prusa: Slicer, cluster: Computer, design: Make, labs: Path, tmp_path: Path
) -> None:
    rows = ("Foot,2,3D printing,PLA,foot.stl,", "Cap,1,3D printing,PLA,cap.stl,")
    leaks = "\n".join(block_stl(20, 20, 2).split("facet normal")[:-1]) + "\nendsolid"
    folder = design(*rows, foot__stl=leaks, cap__stl=block_stl(20, 20, 2))
    _, after = planned(folder, labs, tmp_path / "cache", cluster)
    assert all(each.program is None for each in chosen(after, "Foot"))
    assert all(each.program is not None for each in chosen(after, "Cap"))
    (finding,) = [each for each in after.workload.findings if each.code == "slice-held"]
    assert "the mesh leaks" in finding.message
    assert finding.file == "foot.stl"


def test_what_comes_damaged_is_refused(labs: Path) -> None:
    machine = next(each for each in read_network(labs).machines if "fdm" in each.processes)
    data = block_stl(20, 20, 2).encode()
    with pytest.raises(InputError, match="not what its hash says"):
        slice_sent(SliceOrder("foot.stl", sha256_of_bytes(b"other"), data, 1, machine, "pla"))
    with pytest.raises(InputError, match="plain name"):
        SliceOrder("../foot.stl", sha256_of_bytes(data), data, 1, machine, "pla")


def test_a_part_that_is_too_large_to_send_says_so(
    design: Make, labs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_SENT_BYTES", 100)
    folder = design("Foot,2,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 2))
    far = Elsewhere(lambda: pytest.fail("sent"), far=True)
    _, after = planned(folder, labs, tmp_path / "cache", far)
    assert [each.code for each in after.workload.findings if each.code.startswith("slice")] == ["slice-refused"]
