"""docs/agents.md says what agents take, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main

from agent.control import Act
from coordinator.cli import app
from coordinator.schema.request import RequestKind, RequestState
from coordinator.service.machinery.readings import BUSY_OUTSIDE, MOST_POINTS
from coordinator.service.machinery.requests import GOOD_FOR_S

TEXT = (Path(__file__).parents[2] / "docs" / "agents.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first heading is this."""
    table = TEXT[TEXT.index(f"| {heading} |") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def options(*names: str) -> set[str]:
    command = typer.main.get_command(app)
    for name in names:
        command = command.commands[name]  # type: ignore[attr-defined] # of a group
    return {each for parameter in command.params for each in parameter.opts if each.startswith("--")} - {"--help"}


def test_the_options_are_those_of_the_commands() -> None:
    assert {name for row in rows("option of `agent`") for name in re.findall(r"`(--[a-z-]+)`", row[0])} == options(
        "agent"
    )
    probing = TEXT[TEXT.index("## Finding machines") :]
    assert set(re.findall(r"--[a-z]+(?:-[a-z]+)*", probing.split("## Several")[0])) <= options("agent", "probe")


def test_what_may_be_asked_is_the_same_on_both_sides() -> None:
    kinds = [row[0].strip("`") for row in rows("kind")]
    assert kinds == [str(each) for each in RequestKind] == [str(each) for each in Act]
    for state in RequestState:
        assert f"*{state}*" in TEXT


def test_the_figures_hold() -> None:
    assert GOOD_FOR_S == 10
    assert "good for ten seconds" in TEXT.replace("\n", " ")
    assert f"{MOST_POINTS} points" in TEXT
    assert f"*{BUSY_OUTSIDE}*" in TEXT
