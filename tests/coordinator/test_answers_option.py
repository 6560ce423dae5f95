"""`--answers FILE`: every command that reads a bill takes answers from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import typer.main

from coordinator import cli

from .conftest import block_stl

ANSWERS = 'fabcommons-answers: "1"\nanswers:\n  Foot: {quantity: "7", material: PETG}\n'


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)

    def call(*words: str, status: int = 0) -> str:
        monkeypatch.setattr("sys.argv", ["fabcommons", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        assert int(ended.value.code or 0) == status, captured.err
        return captured.out + captured.err

    return call


def commands_with_a_design() -> dict[str, click.Command]:
    found = {}
    group = typer.main.get_group(cli.app)
    for name, command in group.commands.items():
        inner = command.commands if hasattr(command, "commands") else {"": command}
        found |= {f"{name} {each}".strip(): inner[each] for each in inner}
    read_a_design = {"design", "before"}
    return {name: each for name, each in found.items() if read_a_design & {param.name for param in each.params}}


def test_every_command_that_reads_a_design_takes_answers() -> None:
    commands = commands_with_a_design()
    assert {"bom read", "design diff", "plan", "make"} <= set(commands)
    for name, command in commands.items():
        options = {spelling for param in command.params for spelling in param.opts}
        assert "--answers" in options, name


def test_answers_from_elsewhere_count_more_than_the_list(
    run: Callable[..., str], design: Callable[..., Path], labs: Path, tmp_path: Path
) -> None:
    folder = str(design("Foot,,FDM,,foot.stl,", "Nut,8,,,,Shop", foot__stl=block_stl(20, 20, 20)))
    other = tmp_path / "mine.yaml"
    other.write_text(ANSWERS)
    given = ("--answers", str(other))
    lines = json.loads(run("bom", "read", folder, "--json", *given))["lines"]
    assert [line["quantity"] for line in lines if line["name"] == "Foot"] == [7]
    assert lines[0]["provenance"]["quantity"]["file"] == "mine.yaml"
    assert "7" in run("bom", "why", folder, "Foot", *given)
    tasks = {task["id"]: task for task in json.loads(run("bom", "graph", folder, *given))["tasks"]}
    assert tasks["fabricate:foot"]["quantity"] == 7
    assert "quantity-missing" not in run("design", "check", folder, *given, status=2)
    assert "quantity-missing" in run("design", "check", folder, status=2)
    assert "amount = 7" in run("design", "manifest", folder, *given)
    assert "no part changed" in run("design", "diff", folder, folder, *given)
    assert "PETG is needed" not in run("plan", folder, "--labs", str(labs), "--seconds", "0.5")
    assert "PETG is needed" in run("plan", folder, "--labs", str(labs), "--seconds", "0.5", *given)


@pytest.mark.parametrize("content", [None, "answers: [", "\0\0"])
def test_answers_that_cannot_be_read_end_with_a_sentence(
    run: Callable[..., str], design: Callable[..., Path], tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "mine.yaml"
    if content is not None:
        file.write_text(content)
    told = run("bom", "read", str(design("Foot,4,FDM,PLA,,")), "--answers", str(file), status=2)
    assert "mine.yaml" in told
    assert "Traceback" not in told
