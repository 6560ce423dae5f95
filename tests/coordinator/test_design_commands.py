"""The designer's commands, as a person or a program calls them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from coordinator import cli
from coordinator.commands import design as commands

from .conftest import block_stl

Run = Callable[..., tuple[int, str, str]]
MIT = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and"
OKH = (
    'okhv = "2.4"\nname = "Lamp"\nrepo = "https://example.org/lamp"\nversion = "1"\nlicense = "MIT"\n'
    'licensor = "Ann"\nfunction = "Light"\nbom = "bom.csv"\n'
)
CLEAN = {"okh__toml": OKH, "LICENSE": MIT, "foot__stl": block_stl(20, 20, 20)}
FOOT = "Foot,4,FDM,PLA,foot.stl,"
NUT = "Nut,8,,,,Shop"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["fabcommons", "design", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


@pytest.mark.parametrize(
    ("rows", "files", "status", "code"),
    [
        ((FOOT, NUT), {}, 0, ""),
        (("Foot,4,FDM,,foot.stl,", NUT), {}, 0, "note material-missing"),
        (("Foot,,FDM,PLA,foot.stl,", NUT), {}, 1, "bom.csv:2: warning quantity-missing"),
        ((FOOT, NUT), {"foot__stl": ""}, 2, "foot.stl: error file-empty"),
    ],
)
def test_the_status_says_how_bad_it_is(
    run: Run, design: Callable[..., Path], rows: tuple[str, ...], files: dict[str, str], status: int, code: str
) -> None:
    ended, out, _ = run("check", str(design(*rows, **CLEAN | files)))
    assert ended == status
    assert code in out
    if not code:
        assert out == "0 errors, 0 warnings, 0 notes\n"


def test_programs_read_the_findings(run: Run, design: Callable[..., Path]) -> None:
    folder = design("Foot,,FDM,PLA,foot.stl,", NUT, **CLEAN)
    _, out, _ = run("check", str(folder), "--format", "json")
    assert json.loads(out)["summary"] == {"error": 0, "warning": 1, "note": 1}
    status, out, _ = run("check", "design", "--format", "github")
    assert (status, out.splitlines()[0].partition("::Foot")[0]) == (
        1,
        "::warning file=design/bom.csv,line=2,title=quantity-missing",
    )
    _, out, _ = run("check", str(folder), "--format", "sarif")
    location = json.loads(out)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "design/bom.csv"


def test_long_findings_stay_on_one_line(run: Run, design: Callable[..., Path]) -> None:
    name = "A part with a name " + "so long " * 20
    _, out, _ = run("check", str(design(f"{name},,FDM,PLA,foot.stl,", NUT, **CLEAN)), "--format", "github")
    assert all(line.startswith("::") for line in out.splitlines())


def test_fixes_are_written_and_told(run: Run, design: Callable[..., Path]) -> None:
    folder = design(FOOT, NUT)
    (folder / "foot.stl").write_text(block_stl(9, 9, 9))
    before = (folder / "bom.csv").read_text()
    _, _, err = run("check", str(folder), "--fix")
    assert "bom-clean.csv" in err
    assert "okh.toml" in err
    assert (folder / "bom.csv").read_text() == before
    _, _, err = run("check", str(folder), "--fix")
    assert "nothing to write" in err


@pytest.mark.parametrize("words", [("check", "x", "--format", "prose"), ("manifest", "x", "--format", "okw")])
def test_unknown_formats_are_refused(run: Run, words: tuple[str, ...]) -> None:
    status, out, err = run(*words)
    assert (status, out, len(err.strip().splitlines())) == (2, "", 1)
    assert "format" in err


def test_answers_are_kept_and_taken_up(run: Run, design: Callable[..., Path], labs: Path) -> None:
    folder = design("Foot,,FDM,,foot.stl,", NUT, **CLEAN)
    _, out, _ = run("questions", str(folder), "--json")
    assert {(each["item"], each["about"]) for each in json.loads(out)} == {
        ("Foot", "quantity"),
        ("material", "material"),
    }
    status, out, _ = run("questions", str(folder), "--answer", "Foot=4", "--answer", "material=PLA")
    assert (status, "0 questions are open" in out) == (0, True)
    assert (folder / "fabcommons-answers.yaml").is_file()
    assert run("check", str(folder))[0] == 0


@pytest.mark.parametrize("answer", ["Foot=plenty", "Wheel=4", "Foot", "Foot:files=gone.stl"])
def test_an_answer_that_fits_nothing_is_refused_and_not_kept(
    run: Run, design: Callable[..., Path], answer: str
) -> None:
    folder = design("Foot,,FDM,,foot.stl,", NUT, **CLEAN)
    status, out, err = run("questions", str(folder), "--answer", answer)
    assert (status, out, len(err.strip().splitlines())) == (2, "", 1)
    assert not (folder / "fabcommons-answers.yaml").exists()


def test_answers_may_lie_elsewhere(run: Run, design: Callable[..., Path], tmp_path: Path) -> None:
    folder, file = design("Foot,,FDM,PLA,foot.stl,", NUT, **CLEAN), tmp_path / "mine.yaml"
    assert run("questions", str(folder), "--answers", str(file), "--answer", "Foot=4")[0] == 0
    assert not (folder / "fabcommons-answers.yaml").exists()
    assert "Foot" not in run("questions", str(folder), "--answers", str(file))[1]
    file.write_text("answers: [")
    assert run("questions", str(folder), "--answers", str(file))[0] == 2


def test_a_person_at_a_terminal_is_asked(
    run: Run, design: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = design("Foot,,FDM,,foot.stl,", NUT, **CLEAN)
    said = iter(["plenty", "4", ""])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(commands.typer, "prompt", lambda *_, **__: next(said))
    status, out, _ = run("questions", str(folder))
    assert status == 0
    assert "'plenty' is not taken" in out
    assert "Foot" not in run("questions", str(folder), "--json")[1].replace("made of: Foot", "")
    assert next(said, None) is None


def test_a_difference_is_told_in_parts(run: Run, design: Callable[..., Path], tmp_path: Path) -> None:
    folder = design(FOOT, NUT, **CLEAN)
    old = folder.rename(tmp_path / "old")
    new = design(FOOT.replace("4", "6"), "Bolt,2,,,,Shop", **CLEAN | {"foot__stl": block_stl(9, 9, 9)})
    status, out, _ = run("diff", str(old), str(new))
    assert (status, out.splitlines()) == (
        0,
        [
            "~ part Foot: quantity 4 -> 6",
            "~ part Foot: the content of foot.stl changed",
            "+ part Bolt (2 piece)",
            "- part Nut (8 piece)",
            "4 changes",
        ],
    )
    assert run("diff", str(old), str(old))[1] == "no part changed\n"
    assert len(json.loads(run("diff", str(old), str(new), "--json")[1])["changes"]) == 4


def test_a_manifest_is_printed_in_either_form(run: Run, design: Callable[..., Path]) -> None:
    folder = design(FOOT, NUT, **CLEAN)
    assert run("manifest", str(folder))[1].startswith('okhv = "2.4"\nname = "Lamp"\n')
    assert run("manifest", str(folder), "--format", "okh-v1")[1].startswith("%Open Know-How Manifest 1.0\n---\n")


def test_reading_a_design_without_a_bill_lists_its_parts_and_asks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("stl/foot.stl", "cad/foot.step", "stl/arm.stl"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("solid part\nendsolid part\n")
    monkeypatch.setattr("sys.argv", ["fabcommons", "bom", "read", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert "  stl/foot.stl (also cad/foot.step)\n  stl/arm.stl\n" in out
    assert "? bill of materials: Which parts, and how many of each, make one product?" in out
    assert "no bill of materials found; 3 part files" in err
