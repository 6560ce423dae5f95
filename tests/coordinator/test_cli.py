"""The command line: bad input is one clear sentence and status 2, and leaves nothing behind."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from coordinator import cli

from .conftest import block_stl

Fabcommons = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fabcommons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fabcommons:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["fabcommons", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert list(scratch.iterdir()) == [], "a temporary folder was left behind"
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


def zip_of(path: Path, **members: bytes) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return str(path)


def bad_designs(folder: Path) -> dict[str, tuple[str, str]]:
    """Name -> a design that cannot be used, and words of the sentence."""
    (folder / "empty").mkdir()
    (folder / "prose").mkdir()
    (folder / "prose" / "bom.csv").write_text("You will need some wood and a lot of patience, as we all do.\n")
    (folder / "file.txt").write_text("no design")
    escaping = folder / "escaping.zip"
    with zipfile.ZipFile(escaping, "w") as archive:
        archive.writestr("../../evil.csv", "Part,Qty\nScrew,1\n")
    return {
        "missing": (str(folder / "absent"), "absent"),
        "empty": (str(folder / "empty"), "empty"),
        "prose": (str(folder / "prose"), "no bill of materials found"),
        "not a design": (str(folder / "file.txt"), "file.txt"),
        "escaping zip": (str(escaping), "escaping.zip"),
        "bomb": (zip_of(folder / "bomb.zip", zeros=bytes(300_000_000)), "bomb.zip"),
    }


@pytest.mark.parametrize("name", ["missing", "empty", "not a design", "escaping zip", "bomb"])
@pytest.mark.parametrize("command", ["bom", "plan", "make"])
def test_bad_designs(fabcommons: Fabcommons, tmp_path: Path, labs: Path, name: str, command: str) -> None:
    design, words = bad_designs(tmp_path)[name]
    arguments = ("bom", "read", design) if command == "bom" else (command, design, "--labs", str(labs))
    status, out, err = fabcommons(*arguments)
    assert status == 2
    assert out == ""
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert list((tmp_path / "work").iterdir()) == []
    assert not (tmp_path / "evil.csv").exists()


def test_a_bill_of_prose_is_no_bill(fabcommons: Fabcommons, tmp_path: Path, labs: Path) -> None:
    design, words = bad_designs(tmp_path)["prose"]
    status, _, err = fabcommons("make", design, "--labs", str(labs))
    assert status == 2
    assert words in err
    status, out, err = fabcommons("bom", "read", design)
    assert status == 2
    assert "? bill of materials: Which parts" in out
    assert words in err
    status, out, err = fabcommons("bom", "read", design, "--json")
    assert (status, json.loads(out)["lines"]) == (2, [])
    assert words in err


def test_a_broken_labs_file(fabcommons: Fabcommons, tmp_path: Path, design: Callable[..., Path]) -> None:
    folder = design("Screw,4,,,,Shop")
    (tmp_path / "broken.yaml").write_text("labs: [{id: north,\n")
    status, _, err = fabcommons("plan", str(folder), "--labs", str(tmp_path / "broken.yaml"))
    assert (status, len(err.strip().splitlines())) == (2, 1)
    assert "broken.yaml" in err


def test_a_broken_manifest_is_a_finding_and_the_rest_goes_on(
    fabcommons: Fabcommons, design: Callable[..., Path]
) -> None:
    folder = design("Screw,4,,,,Shop", okh__yml="title: Lamp\nlicense: {hardware: [\n")
    status, out, _ = fabcommons("bom", "read", str(folder))
    assert status == 0
    assert "okh.yml" in out
    assert "Screw" in out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "0 bytes"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 5\n", "LFS"),
    ],
)
def test_a_bad_part_file_is_a_finding_about_that_file(
    fabcommons: Fabcommons, design: Callable[..., Path], labs: Path, content: str, words: str
) -> None:
    rows = ("Foot,1,3D printing,PLA,foot.stl,", "Lid,1,3D printing,PLA,lid.stl,")
    folder = design(*rows, foot__stl=content, lid__stl=block_stl(20, 20, 20))
    status, out, _ = fabcommons("bom", "read", str(folder))
    assert status == 0
    assert "foot.stl" in out
    assert words.casefold() in out.casefold()
    status, out, _ = fabcommons("plan", str(folder), "--labs", str(labs), "--json")
    assert status == 0
    plan = json.loads(out)
    assert {run["name"]: run["verdict"] for run in plan["runs"] if run["kind"] == "fabricate"} == {
        "Foot": "unknown",
        "Lid": "yes",
    }


def test_words_of_strangers_are_never_markup(fabcommons: Fabcommons, design: Callable[..., Path], labs: Path) -> None:
    folder = design('"[red]Foot[/red] [link=x]",1,3D printing,PLA,,', "[/],2,,,,Shop")
    status, out, _ = fabcommons("bom", "read", str(folder))
    assert status == 0
    assert "[red]" in out
    status, out, _ = fabcommons("plan", str(folder), "--labs", str(labs))
    assert status == 0
    assert "[red]" in out


def test_an_unknown_option_is_refused(fabcommons: Fabcommons) -> None:
    status, _, err = fabcommons("plan", "--sideways")
    assert status == 2
    assert "sideways" in err


@pytest.mark.parametrize(
    ("command", "told"), [(("agent",), "[all of the lab]"), (("build", "cancel"), "[they run to their end]")]
)
def test_what_stands_in_brackets_is_not_lost_from_help(
    fabcommons: Fabcommons, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], told: str
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert told in fabcommons(*command, "--help")[1]
