"""What the command line says of itself: every argument and option is told, every text is used, a shell completes."""

from __future__ import annotations

import inspect
import io
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from rich.console import Console
from typer.testing import CliRunner

from coordinator.cli import app
from coordinator.cli.nouns import NOUNS
from coordinator.cli.words import BY_NAME, BY_PLACE
from coordinator.client.client import Client
from coordinator.commands import output


def commands(command: Any, path: tuple[str, ...], parent: Any = None) -> Iterator[tuple[str, Any]]:
    """Every command below one, itself too, with the words that call it."""
    context = command.context_class(command, parent=parent, info_name=path[-1])
    yield " ".join(path), command
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        yield from commands(command.get_command(context, name), (*path, name), context)


def test_every_argument_and_option_of_every_command_has_a_help() -> None:
    found = dict(commands(typer.main.get_command(app), ("fabcommons",)))
    assert len(found) > 150
    assert [name for name, each in found.items() if not (each.help or "").strip()] == []
    silent = [(name, each.opts) for name, command in found.items() for each in command.params if not each.help]
    assert silent == []


def test_every_text_is_said_somewhere() -> None:
    methods = {verb.method for noun in NOUNS.values() for verb in noun.verbs.values()}
    taken = {(method, name) for method in methods for name in inspect.signature(getattr(Client, method)).parameters}
    assert BY_PLACE.keys() <= taken
    names = {name for method, name in taken if (method, name) not in BY_PLACE}
    assert BY_NAME.keys() <= names


@pytest.mark.parametrize(
    ("typed", "shown"), [("fabcommons invi", "invitation"), ("fabcommons invitation rev", "revoke"),
                         ("fabcommons event list --ro", "--rows"), ("fabcommons offer list --state of", "offered")],
)  # fmt: skip
def test_a_shell_completes_what_is_typed(typed: str, shown: str) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1), "_FABCOMMONS_COMPLETE": "complete_bash"}
    ended = CliRunner().invoke(app, [], env=words, prog_name="fabcommons")
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.split() == [shown]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell: str) -> None:
    ended = CliRunner().invoke(app, [], env={"_FABCOMMONS_COMPLETE": f"source_{shell}"}, prog_name="fabcommons")
    assert ended.exit_code == 0, ended.output
    assert "_FABCOMMONS_COMPLETE" in ended.stdout


def test_long_work_is_shown_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal in (True, False):
        shown = Console(file=io.StringIO(), force_terminal=terminal, width=80)
        monkeypatch.setattr(output, "error_console", shown)
        with output.working("measuring [and] planning"):
            pass
        assert ("measuring [and] planning" in shown.file.getvalue()) is terminal  # type: ignore[attr-defined]
