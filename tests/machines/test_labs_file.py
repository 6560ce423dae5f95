"""Adding to a labs file: what people wrote stays as it is, and a file is never lost or broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import InputError, StateError
from machines import labs_file
from machines.labs_file import add_labs, add_machine
from machines.network import read_network

LAB: dict[str, Any] = {
    "id": "new",
    "name": "New: a lab",
    "timezone": "UTC",
    "opening_hours": {"mon-fri": "09:00-17:00"},
}
MACHINE: dict[str, Any] = {
    "id": "new-printer",
    "model": "prusa-mk3s",
    "connection": {"driver": "marlin", "port": "virtual"},
}
PLAIN = """# Our labs.
labs:
  # the first
  - id: north   # on the hill
    name: "North"
    timezone: UTC
    opening_hours: {daily: "08:00-18:00"}
    machines:
      - id: bench
        name: Bench
        processes: [assembly]   # by hand
        # more benches may come

  - id: south
    name: >
      South
    timezone: UTC
    opening_hours:
      daily: "08:00-18:00"

# ways
transport:
  - {between: [north, south], minutes: 30}
# the end"""
SHAPES = {
    "plain": PLAIN,
    "windows": PLAIN.replace("\n", "\r\n"),
    "flow": "labs: [{id: north, name: N, timezone: UTC, opening_hours: {}, machines: []},\n"
    "  {id: south, name: S, timezone: UTC, opening_hours: {}}]  # all\n",
    "no indent": "labs:\n- id: north\n  name: N\n  timezone: UTC\n  opening_hours: {}\n"
    "- id: south\n  name: S\n  timezone: UTC\n  opening_hours: {}\n",
    "empty machines": "labs:\n  - {id: south, name: S, timezone: UTC, opening_hours: {}}\n"
    "  - id: north\n    machines: []  # none yet\n    name: N\n    timezone: UTC\n    opening_hours: {}\n",
}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "labs.yaml"
    path.write_bytes(text.encode())
    return path


def is_kept(before: str, after: str) -> bool:
    """Whether every line that people wrote is still there, in order."""
    rest = iter(line.rstrip("\r\n") for line in after.splitlines(keepends=True))
    return all(line.rstrip("\r\n") in rest for line in before.splitlines(keepends=True))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_lab_is_added_and_the_rest_stays(tmp_path: Path, shape: str) -> None:
    path = written(tmp_path, SHAPES[shape])
    before = read_network(path)
    network = add_labs(path, [LAB])
    assert read_network(path) == network
    assert network.labs[:-1] == before.labs
    assert network.labs[-1].name == "New: a lab"
    assert network.stated_transport == before.stated_transport
    if shape != "flow":
        assert is_kept(SHAPES[shape], path.read_bytes().decode())
    assert [each.name for each in tmp_path.iterdir()] == ["labs.yaml"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("lab", ["north", "south"])
def test_a_machine_is_added_and_the_rest_stays(tmp_path: Path, shape: str, lab: str) -> None:
    path = written(tmp_path, SHAPES[shape])
    before = read_network(path)
    network = add_machine(path, lab, MACHINE)
    assert read_network(path) == network
    assert network.lab(lab).machines[-1].model == "prusa-mk3s"
    assert network.lab(lab).machines[:-1] == before.lab(lab).machines
    if shape in ("plain", "windows", "no indent"):
        assert is_kept(SHAPES[shape], path.read_bytes().decode())
    add_machine(path, lab, MACHINE | {"id": "another"})
    assert len(read_network(path).machines) == len(before.machines) + 2


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    path = tmp_path / "labs.yaml"
    assert add_labs(path, [LAB]) == read_network(path)


def test_a_link_stays_a_link_and_its_mode_stays(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    path.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    add_labs(link, [LAB])
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert len(read_network(path).labs) == 3


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (LAB | {"id": "north"}, "lab 'north' is there already"),
        (LAB | {"timezone": "Mars/Olympus"}, "is no time zone"),
        (LAB | {"colour": "red"}, "this key is not known"),
    ],
)
def test_a_bad_lab_leaves_the_file_as_it_was(tmp_path: Path, entry: dict[str, Any], words: str) -> None:
    path = written(tmp_path, PLAIN)
    with pytest.raises(InputError, match=words):
        add_labs(path, [entry])
    assert path.read_text() == PLAIN
    assert [each.name for each in tmp_path.iterdir()] == ["labs.yaml"]


def test_a_bad_machine_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    with pytest.raises(InputError, match="no lab 'east'"):
        add_machine(path, "east", MACHINE)
    with pytest.raises(InputError, match="machine 'bench' is there already"):
        add_machine(path, "south", MACHINE | {"id": "bench"})
    with pytest.raises(InputError, match="cannot be read"):
        add_machine(tmp_path / "absent.yaml", "south", MACHINE)
    assert path.read_text() == PLAIN


def test_what_somebody_else_wrote_meanwhile_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, PLAIN)
    into = labs_file._into

    def slow(*parts: Any) -> str:
        path.write_text(PLAIN + "\n# a note\n")
        return into(*parts)

    monkeypatch.setattr(labs_file, "_into", slow)
    with pytest.raises(StateError, match="somebody else"):
        add_labs(path, [LAB])
    assert path.read_text().endswith("# a note\n")


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, PLAIN)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(labs_file.os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        add_labs(path, [LAB])
    assert path.read_text() == PLAIN
    assert [each.name for each in tmp_path.iterdir()] == ["labs.yaml"]
