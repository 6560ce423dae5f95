"""Logging in keeps a token that nobody else can read, and commands use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coordinator.commands.tokens import forget_token, keep_token, only_address, token_for, tokens_path
from coordinator.service.refusals import UnauthenticatedError
from core.errors import InputError
from tests.coordinator.api.conftest import Web

from .conftest import ADDRESS, Command

GOOD = "correct horse battery"


def test_by_name_and_password(served: Web, command: Command) -> None:
    served.call("PUT", "/account/password", "ada", json={"login": "ada", "password": GOOD})
    with pytest.raises(UnauthenticatedError):
        command("login", "ada", "--coordinator", ADDRESS, typed="wrong wrong wrong\n")
    assert token_for(ADDRESS) is None
    assert "builder" in command("login", "ada", "--coordinator", ADDRESS, typed=f"{GOOD}\n")
    assert tokens_path().stat().st_mode & 0o777 == 0o600
    assert GOOD not in tokens_path().read_text(encoding="utf-8")
    me = json.loads(command("person", "me", "--json", "--coordinator", ADDRESS))
    assert me["id"] == served.town.people["ada"].id
    assert json.loads(command("person", "me", "--json")) == me  # who is logged in at one place need not name it
    token = token_for(ADDRESS)
    assert "worthless" in command("logout")
    assert token_for(ADDRESS) is None
    served.tokens["gone"] = str(token)
    assert served.get("/me", "gone").status_code == 401


def test_by_token(served: Web, command: Command) -> None:
    command("login", "--with-token", "--coordinator", ADDRESS, typed=served.tokens["north"] + "\n")
    assert token_for(ADDRESS) == served.tokens["north"]
    with pytest.raises(UnauthenticatedError):
        command("login", "--with-token", "--coordinator", ADDRESS, typed="fab_none\n")
    assert token_for(ADDRESS) == served.tokens["north"]


def test_a_token_does_not_go_over_an_open_network(command: Command) -> None:
    with pytest.raises(InputError, match="legible"):
        command("login", "ada", "--coordinator", "http://fab.example", typed=f"{GOOD}\n")


def test_tokens_are_kept_apart(alone: Path) -> None:
    keep_token("https://a.example", "one")
    keep_token("https://b.example/", "two")
    assert (token_for("https://a.example/"), token_for("https://b.example")) == ("one", "two")
    assert forget_token("https://a.example")
    assert not forget_token("https://a.example")
    assert (token_for("https://a.example"), token_for("https://b.example")) == (None, "two")
    assert [each.name for each in alone.iterdir()] == ["tokens.json"]


def test_of_several_places_one_is_to_be_named(alone: Path) -> None:
    assert only_address() is None
    keep_token("https://a.example", "one")
    assert only_address() == "https://a.example"
    keep_token("https://b.example", "two")
    with pytest.raises(InputError, match=r"one of https://a\.example, https://b\.example"):
        only_address()


def test_a_file_that_others_may_read_or_that_is_damaged_is_refused(alone: Path) -> None:
    keep_token("https://a.example", "one")
    tokens_path().chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        token_for("https://a.example")
    tokens_path().chmod(0o600)
    for text in ("{", "[]", '{"a": 1}'):
        tokens_path().write_text(text, encoding="utf-8")
        with pytest.raises(InputError):
            token_for("https://a.example")
