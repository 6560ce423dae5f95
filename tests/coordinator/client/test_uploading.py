"""Files that the client sends: whole or in parts, over lost lines, with progress."""

from __future__ import annotations

import zipfile
from pathlib import Path

import httpx
import pytest

from coordinator.client import uploading
from coordinator.client.problems import AwayError
from core.errors import InputError
from tests.coordinator.conftest import block_stl, print_program

from .conftest import Desk


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "lamp.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("lamp/bom.csv", "Part,Qty\nScrew,4\n")
        packed.writestr("lamp/noise.txt", "x" * 5000)
    return path


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "WHOLE_BYTES", 10)
    monkeypatch.setattr(uploading, "_PART_BYTES", 1000)


def test_a_small_design_goes_in_one_request(desk: Desk, archive: Path) -> None:
    desk.transport.after = [httpx.ReadError("cut")]
    assert desk.client("ada").upload_design(archive).name == "lamp"
    assert [each.method for each in desk.transport.seen] == ["POST", "POST"]
    assert len({each.headers["Idempotency-Key"] for each in desk.transport.seen}) == 1


@pytest.mark.usefixtures("small_parts")
def test_a_large_one_goes_in_parts_over_lost_lines(desk: Desk, archive: Path) -> None:
    told: list[tuple[int, int]] = []
    size = archive.stat().st_size
    desk.transport.before = [None, None, httpx.ReadError("cut")]  # begin, a part, a part that never arrives
    desk.transport.after = [None, None, None, httpx.ReadError("cut")]  # and one whose answer is lost
    client = desk.client("ada")
    assert client.upload_design(archive, progress=lambda done, of: told.append((done, of))).name == "lamp"
    assert told[-1] == (size, size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert "HEAD" in [each.method for each in desk.transport.seen]
    assert len(desk.pauses) == 2
    assert client.list_uploads() == ()


@pytest.mark.usefixtures("small_parts")
def test_who_stays_away_is_given_up(desk: Desk, archive: Path) -> None:
    desk.transport.before = [None, *(httpx.ReadError("cut") for _ in range(20))]
    with pytest.raises(AwayError):
        desk.client("ada").upload_design(archive)


@pytest.mark.usefixtures("small_parts")
def test_a_file_that_becomes_shorter_is_said(desk: Desk, archive: Path) -> None:
    def cut(_done: int, _of: int) -> None:
        archive.write_bytes(b"x")

    with pytest.raises(InputError, match="shorter meanwhile"):
        desk.client("ada").upload_design(archive, progress=cut)


def test_a_file_that_is_not_there_is_said(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        desk.client("ada").upload_design(tmp_path / "none.zip")


@pytest.mark.usefixtures("small_parts")
def test_a_program_goes_the_same_way(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coordinator.service.planning.planner.with_toolpaths", lambda plan, *_: plan)
    town = desk.web.town
    town.order(town.upload("Foot,2,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 20)))
    program = tmp_path / "foot.gcode"
    program.write_text(print_program(), encoding="utf-8")
    north = desk.client("north")
    (job,) = north.list_jobs(state="waiting for toolpath")
    assert north.give_program(job.id, program).state == "scheduled"
    assert north.read_job(job.id).program == "foot.gcode"
