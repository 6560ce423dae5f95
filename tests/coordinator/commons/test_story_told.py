"""docs/story.md tells what was played: every figure in it, every command that it has people type, every page."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import click
import pytest
import typer.main

from coordinator.cli import app
from coordinator.client.caller import Caller, Patience
from coordinator.client.client import Client
from coordinator.web.site import PAGES
from tests.coordinator.commands.conftest import Kept
from tests.coordinator.commands.conftest import alone as alone
from tests.coordinator.commands.conftest import command as command

from .story import INCOME_CENTS, STATIONS, Story

TEXT = (Path(__file__).parents[3] / "docs" / "story.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^fabcommons [^#\n]*", "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)), re.MULTILINE)
ASKING = ("quote build", "ledger list", "formula try", "distribution show", "credit accounts", "credit rounds",
          "ledger person", "offer list")  # fmt: skip


def euro(cents: int) -> str:
    return f"{cents / 100:,.2f}"


def rows(told: Story) -> Iterator[str]:
    """The table of the four formulas."""
    people = {key: name.capitalize() for name, key in told.stage.ids.items()}
    names = [each["name"] for each in told.trial["formulas"]]
    yield f"| who | {' | '.join(names)} |"
    for row in told.trial["rows"]:
        who = people.get(row["party"]["key"], row["party"]["label"])
        yield f"| {who} | {' | '.join(euro(each) for each in row['cents'])} |"


def test_every_figure_is_the_one_that_was_played(told: Story) -> None:
    stage = told.stage
    found = stage.all(f"/ledger?build_id={told.build}")
    machines_s = sum(Fraction(each["effort"]) for each in found if each["action"] == "use")
    hands_min = sum(Fraction(each["effort"]) for each in found if each["action"] == "work")
    grams = sum(Fraction(each["quantity"]) for each in found if each["action"] == "consume" and not each["corrects"])
    (shared,) = stage.get(f"/builds/{told.build}/shared-set-ups")
    left = {each["id"]: each["left"] for each in stage.all("/credit/obligations?state=owed", "ste")}
    wanted = [
        f"{told.runs} runs",
        f"{told.checks} checks",
        f"**{len(found):,} events**",
        f"{float(machines_s) / 3600:.0f} hours of machines",
        f"{float(hands_min) / 60:.0f} hours of work",
        f"{float(grams):.0f} g of filament",
        f"from {float(told.wrong['quantity']):g} g to {float(told.wrong['quantity']) + 10:g} g",
        f"{STATIONS} for {euro(INCOME_CENTS)} euro",
        f"{euro(shared['share_cents'])} euro each instead of {euro(shared['alone_cents'])}",
        f"Of {euro(told.round['owed'])} euro that they owed each other, {euro(told.round['struck'])} cancelled",
        f"{euro(left[1])} and {euro(left[2])} are left",
        told.asked["north"]["sentence"],
        told.asked["south, shelves"]["sentence"],
        *rows(told),
    ]
    told_text = " ".join(TEXT.split())  # where a line ends is no matter
    missing = [each for each in wanted if " ".join(each.split()) not in told_text]
    assert not missing, "\n".join(missing)


def parsed(line: str) -> list[str]:
    """The words of a command; it is one of ours, and takes every option that it is given."""
    words = shlex.split(line)[1:]
    found: click.Command = typer.main.get_command(app)
    context = click.Context(found, info_name="fabcommons")
    rest = list(words)
    while isinstance(found, click.Group):
        inner = found.get_command(context, rest[0])
        assert inner is not None, line
        context, found, rest = click.Context(inner, parent=context, info_name=rest[0]), inner, rest[1:]
    found.make_context(found.name, rest, parent=context.parent)
    return words


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_can_be_typed_so(line: str) -> None:
    assert parsed(line)


def test_commands_that_only_ask_answer(
    told: Story, command: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def connect(
        address: str, token: str | None = None, *, plain_http: bool = False, patience: Patience | None = None
    ) -> Iterator[Client]:
        yield Client(Caller(address, token, transport=Kept(told.stage.transport), patience=Patience(1)))

    monkeypatch.setattr("coordinator.commands.remote.connect", connect)
    at = ("--coordinator", "http://localhost:8484", "--token", told.stage.tokens["ada"])
    asked = [shlex.split(line)[1:] for line in COMMANDS if " ".join(shlex.split(line)[1:3]) in ASKING]
    assert len(asked) >= len(ASKING) - 2
    for words in asked:
        assert command(*words, *at).strip(), words


def test_every_page_that_is_named_is_there() -> None:
    pages = {re.sub(r"\{\w+\}", "ID", each) for each in PAGES}
    named = set(re.findall(r"`(/[^`?]*)[^`]*`", TEXT))
    assert named
    assert {re.sub(r"/(\d+|north)(?=/|$)", "/ID", each) for each in named} <= pages
