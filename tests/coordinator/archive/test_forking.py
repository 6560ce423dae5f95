"""A network is forked by one command: it has a name, keys and a ledger of its own, and says where it came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commons.federation.documents import DocumentKind
from coordinator.cli import main
from coordinator.files import FileStore
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER, Application
from coordinator.service.clock import RealClock
from coordinator.service.flows.exchange import Form
from coordinator.service.flows.work import Declared
from coordinator.service.house import Call, House
from coordinator.service.membership.choices import NetworkView
from coordinator.store import Store
from core.errors import InputError

Run = Callable[..., int]


def opened(folder: Path) -> Application:
    store, clock = Store(folder / "fabcommons.db"), RealClock()
    return Application(House(store, FileStore(folder / "files"), clock, clock))


def closed(application: Application) -> None:
    application.close()
    application.house.store.close()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def typed(*words: object) -> int:
        monkeypatch.setattr("sys.argv", ["fabcommons", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return typed


@pytest.fixture
def north(tmp_path: Path) -> tuple[Path, str, str]:
    """A network that has signed something and in which ada has worked; its folder, its key and ada."""
    application = opened(tmp_path / "north")
    code = application.invitations.make(KEEPER, Role.BUILDER, "").code
    ada = application.tokens.actor(application.invitations.accept(code, "Ada", None).token)
    application.choices.put(Call(KEEPER), NetworkView(name="North bank"))
    application.federation.publishing.publish(Call(KEEPER))
    application.work.declare(Call(ada), Declared("care", 30))
    key = application.federation.publishing.own().key
    closed(application)
    assert key is not None
    return tmp_path / "north", key, ada.id


def test_a_fork_is_another_network_and_says_so(north: tuple[Path, str, str], tmp_path: Path, run: Run) -> None:
    folder, key, ada = north
    assert run("export", tmp_path / "out", "--dir", folder) == 0
    assert run("import", tmp_path / "out", "--dir", tmp_path / "south", "--fork", "South bank") == 0
    old, new = opened(folder), opened(tmp_path / "south")
    own = new.federation.publishing.own()
    assert (own.name, own.key, own.documents) == ("South bank", None, 0)
    assert own.forked_from is not None
    assert (own.forked_from.name, own.forked_from.key) == ("North bank", key)
    assert old.federation.publishing.own().forked_from is None
    signed = new.federation.publishing.publish(Call(KEEPER))
    assert signed.key not in (None, key)
    (mine,), (theirs,) = new.flows.events().items, old.flows.events().items
    assert mine.id == theirs.id.replace(old.flows.names().prefix, new.flows.names().prefix) != theirs.id
    assert [(each.action, each.quantity) for each in new.summaries.of_person(ada).gave] == [("work", "30")]
    with pytest.raises(InputError, match="before the fork"):
        new.exchange.take_in(Call(KEEPER), old.exchange.written(Form.VALUEFLOWS).encode(), "north")
    assert len(new.flows.events().items) == 1
    closed(old)
    closed(new)


def test_a_fork_of_a_fork_keeps_both(north: tuple[Path, str, str], tmp_path: Path, run: Run) -> None:
    folder = north[0]
    for name in ("South bank", "East bank"):
        assert run("export", tmp_path / f"out of {folder.name}", "--dir", folder) == 0
        source, folder = tmp_path / f"out of {folder.name}", tmp_path / name.split()[0]
        assert run("import", source, "--dir", folder, "--fork", name) == 0
    east = opened(folder)
    own = east.federation.publishing.own()
    assert own.forked_from is not None
    assert (own.name, own.forked_from.name) == ("East bank", "South bank")
    assert [each.kind for each in east.log.after(0, 999)].count("network.forked") == 2
    closed(east)


@pytest.mark.parametrize(
    ("options", "name", "what"),
    [
        ((), "north bank", "is called North bank"),
        ((), " ", "1 to 100 letters"),
        (("--secrets",), "South bank", "holds secrets"),
    ],
)
def test_what_is_no_fork_is_refused_and_leaves_nothing(
    north: tuple[Path, str, str], tmp_path: Path, run: Run, capsys: Any, options: tuple[str, ...], name: str, what: str
) -> None:
    assert run("export", tmp_path / "out", "--dir", north[0], *options) == 0
    assert run("import", tmp_path / "out", "--dir", tmp_path / "south", "--fork", name) == 2
    assert what in capsys.readouterr().err
    assert not (tmp_path / "south" / "fabcommons.db").exists()


def test_without_the_option_it_is_the_same_network(north: tuple[Path, str, str], tmp_path: Path, run: Run) -> None:
    assert run("export", tmp_path / "out", "--dir", north[0]) == 0
    assert run("import", tmp_path / "out", "--dir", tmp_path / "moved") == 0
    moved = opened(tmp_path / "moved")
    own = moved.federation.publishing.own()
    assert (own.name, own.forked_from) == ("North bank", None)
    assert DocumentKind.DESIGN in own.kinds
    closed(moved)
