"""Settings: what comes first, what is refused, what is shown; and that the document says the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from coordinator.cli import app
from coordinator.settings import SECTIONS, current, defaults, known_settings
from core.errors import InputError

from .conftest import Command

DOCS = Path(__file__).parents[3] / "docs"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def own(alone: Path) -> Path:
    return alone / "settings.toml"


def test_the_command_line_beats_the_environment_beats_the_file(
    own: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr("coordinator.commands.serve.run", lambda how, _labs, _heap: seen.append(how))
    write(tmp_path / "etc" / "settings.toml", '[serve]\ndir = "/srv/fab"\nport = 1\nlease = 10\n')
    write(own, '[serve]\nport = 2\nhost = "::1"\n')
    run = CliRunner()
    assert run.invoke(app, ["serve"]).exit_code == 0, run.invoke(app, ["serve"]).output
    monkeypatch.setenv("FABCOMMONS_SERVE_PORT", "3")
    run.invoke(app, ["serve"])
    run.invoke(app, ["serve", "--port", "4", "--dir", "here"])
    run.invoke(app, ["--settings", str(write(tmp_path / "x.toml", "[serve]\nlease = 5\n")), "serve"])
    assert [each.port for each in seen] == [2, 3, 4, 3]
    assert [str(each.folder) for each in seen] == ["/srv/fab", "/srv/fab", "here", "/srv/fab"]
    assert [each.settings.lease_s for each in seen] == [10, 10, 10, 5]
    assert [each.host for each in seen] == ["::1", "::1", "::1", "127.0.0.1"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[serve]\nprot = 1\n", r"\[serve\] prot is no setting .did you mean port"),
        ("[server]\nport = 1\n", r"\[server\] is no setting .did you mean serve"),
        ("[serve]\nport = 70000\n", r"\[serve\] port is 0 to 65535, not 70000"),
        ('[serve]\nport = "x"\n', r"\[serve\] port is a whole number"),
        ("[serve]\nport = 1.5\n", r"\[serve\] port is a whole number"),
        ("[serve]\nport = true\n", r"\[serve\] port is a whole number"),
        ("[serve]\nlease = 0\n", r"\[serve\] lease is 1 to 3600"),
        ("[serve]\nlease = nan\n", r"\[serve\] lease is a number"),
        ('[serve]\nlocal_designs = "maybe"\n', r"\[serve\] local_designs is a yes or no"),
        ("[agent]\nmachine = [1]\n", r"\[agent\] machine is a texts"),
        ("serve = 1\n", "serve is a section"),
        ("[serve\n", "no TOML"),
        ("[serve]\n" + "x" * 2**20, "larger"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(own: Path, text: str, what: str) -> None:
    write(own, text)
    with pytest.raises(InputError, match=what) as refused:
        defaults("serve")
    assert str(own) in str(refused.value)


def test_a_variable_is_held_to_the_same_bounds(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABCOMMONS_SERVE_PORT", "99999")
    with pytest.raises(InputError, match=r"FABCOMMONS_SERVE_PORT: \[serve\] port is 0 to 65535"):
        defaults("serve")
    monkeypatch.setenv("FABCOMMONS_SERVE_PORT", "80")
    monkeypatch.setenv("FABCOMMONS_AGENT_MACHINE", "a,b")
    monkeypatch.setenv("FABCOMMONS_SERVE_LOCAL_DESIGNS", "yes")
    assert defaults("serve")["serve"] == {"port": 80, "local_designs": True}
    assert defaults("agent")["agent"] == {"machines": ["a", "b"]}


def test_a_named_file_must_be_there(alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABCOMMONS_SETTINGS", str(tmp_path / "none.toml"))
    with pytest.raises(InputError, match="no such file"):
        current("client")


def test_each_is_shown_with_its_source_and_secrets_are_not(
    own: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(own, '[client]\ntoken = "fab_hush"\n[serve]\ndatabase_url = "postgresql://fab:hush@host/fab"\n')
    monkeypatch.setenv("FABCOMMONS_COORDINATOR", "https://fab.example")
    monkeypatch.setenv("FABCOMMONS_TOKNE", "hush")
    said = command("settings")
    assert "hush" not in said
    rows = {(each["section"], each["key"]): each for each in json.loads(command("settings", "--json"))}
    assert rows["client", "token"] | {"source": str(own), "value": "(set)"} == rows["client", "token"]
    assert rows["serve", "database_url"]["value"] == "postgresql://fab:...@host/fab"
    assert rows["client", "coordinator"]["source"] == "FABCOMMONS_COORDINATOR"
    assert rows["serve", "port"] | {"source": "default", "value": 8484} == rows["serve", "port"]
    assert "did you mean FABCOMMONS_TOKEN" in CliRunner().invoke(app, ["settings"]).output


def test_the_document_lists_them_all() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    told = {}
    for line in text.splitlines():
        cells = [each.strip() for each in line.strip("|").split("|")]
        found = re.fullmatch(r"`\[(\w+)\] (\w+)`", cells[0]) if line.startswith("| `[") else None
        if found:
            told[found[1], found[2]] = (cells[1].strip("`"), cells[2])
    bounds = {
        (each.section, each.key): (
            each.variable,
            each.kind if each.least is None else f"{each.kind}, {each.least:g} to {each.most:g}",
        )
        for each in known_settings()
    }
    assert told == bounds


def test_no_two_share_a_variable_but_those_of_the_client() -> None:
    names = [each.variable for each in known_settings() if each.section in SECTIONS]
    assert len(names) == len(set(names))
