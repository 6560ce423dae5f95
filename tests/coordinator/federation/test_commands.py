"""Networks and mutual credit by commands: a design goes by stick between two coordinators, and is brought in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coordinator.client.caller import Caller, Patience
from coordinator.client.client import Client
from coordinator.client.embedded import AppTransport
from core.errors import InputError
from tests.coordinator.commands.conftest import Command
from tests.coordinator.commands.conftest import alone as alone
from tests.coordinator.commands.conftest import command as command

from .conftest import Network


@pytest.fixture
def served(north: Network, south: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two coordinators, at addresses of their own."""
    ways = {f"http://{each.web.town.folder.name}": AppTransport(each.web.app) for each in (north, south)}

    @contextmanager
    def connect(
        address: str, token: str | None = None, *, plain_http: bool = False, patience: Patience | None = None
    ) -> Iterator[Client]:
        yield Client(Caller(address, token, transport=ways[address], patience=patience))

    monkeypatch.setattr("coordinator.commands.remote.connect", connect)
    yield
    for each in ways.values():
        each.close()


def at(network: Network, who: str = "ste") -> tuple[str, ...]:
    address = f"http://{network.web.town.folder.name}"
    return ("--coordinator", address, "--plain-http", "--token", network.web.tokens[who])


@pytest.mark.usefixtures("served")
def test_a_design_goes_by_stick(command: Command, north: Network, south: Network, tmp_path: Path) -> None:
    stick = tmp_path / "stick.zip"
    assert "bytes" in command("neighbour", "pack", str(stick), *at(south))
    with pytest.raises(InputError, match="there already"):
        command("neighbour", "pack", str(stick), *at(south))
    with pytest.raises(InputError, match="cannot be written"):
        command("neighbour", "pack", str(tmp_path / "none" / "x.zip"), *at(south))
    own = json.loads(command("neighbour", "show", "--json", *at(south)))
    added = ("neighbour", "add", "", "--public-key", own["key"], "--name", "south", "--json")
    assert json.loads(command(*added, *at(north)))["confirmed_at"]
    told = json.loads(command("neighbour", "take", str(stick), "--json", *at(north)))
    assert (told["new"], told["archives"]) == (1, 1)
    (heard,) = json.loads(command("neighbour", "heard", "--kind", "design", "--json", *at(north)))
    brought = command("neighbour", "bring-in", str(heard["id"]), "--json", *at(north, "ada"))
    assert json.loads(brought)["name"] == "lamp"
    assert "south" in command("neighbour", "list", *at(north))
    command("neighbour", "leave", "south", *at(north))
    assert north.heard() == []
    stick.write_bytes(b"no stick")
    with pytest.raises(InputError, match="no zip"):
        command("neighbour", "take", str(stick), *at(north))


@pytest.mark.usefixtures("served")
def test_mutual_credit(command: Command, north: Network) -> None:
    command("credit", "choose", "true", "--unit", "hours", *at(north))
    ada, des = (json.loads(command("credit", "open", "--json", *at(north, who)))["id"] for who in ("ada", "des"))
    command("credit", "limit", str(ada), "5000", *at(north))
    paid = command("credit", "pay", str(ada), str(des), "1250", "--why", "clips", "--json", *at(north, "ada"))
    assert json.loads(paid)["amount"] == 1250
    listed = json.loads(command("credit", "accounts", "--json", *at(north)))
    assert [each["balance"] for each in listed] == [-1250, 1250]
    assert json.loads(command("credit", "netting", "--json", *at(north)))["struck"] == 0
