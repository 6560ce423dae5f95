"""Commands that ask a coordinator: the application of a town stands behind its address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coordinator.cli import app
from coordinator.client.caller import Caller, Patience
from coordinator.client.client import Client
from coordinator.client.embedded import AppTransport
from coordinator.settings import choose_file
from tests.coordinator.api.conftest import Web
from tests.coordinator.api.conftest import web as web
from tests.coordinator.service.conftest import bare as bare

ADDRESS = "http://localhost:8484"
Command = Callable[..., str]


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings, no tokens, no variables but what a test gives; the folder of the user's settings."""
    for name in ("COORDINATOR", "TOKEN", "SETTINGS", "DATABASE_URL", "PUBLIC_URL", "LABS", "REQUIRE_EXTERNAL"):
        monkeypatch.delenv(f"FABCOMMONS_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("coordinator.settings._SYSTEM", tmp_path / "etc" / "settings.toml")
    choose_file(None)
    return tmp_path / "config" / "fabcommons"


@pytest.fixture
def command(alone: Path) -> Command:
    """Runs a command and gives its output; what it raises is raised."""

    def run(*words: str, typed: str | None = None) -> str:
        ended = CliRunner().invoke(app, list(words), input=typed)
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    return run


@pytest.fixture
def served(web: Web, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A town at `ADDRESS`."""
    transport = AppTransport(web.app)

    @contextmanager
    def connect(
        address: str, token: str | None = None, *, plain_http: bool = False, patience: Patience | None = None
    ) -> Iterator[Client]:
        assert address == ADDRESS
        yield Client(Caller(address, token, transport=Kept(transport), patience=Patience(1)))

    class Here(Caller):
        def __init__(self, address: str, token: str | None = None, *, origin: str | None = None) -> None:
            super().__init__(address, token, transport=Kept(transport), origin=origin)

    monkeypatch.setattr("coordinator.commands.remote.connect", connect)
    monkeypatch.setattr("coordinator.commands.login.Caller", Here)
    yield web
    web.town.application.house.closing.set()
    transport.close()


class Kept(AppTransport):
    """The same transport for client after client; none of them ends it."""

    def __init__(self, inner: AppTransport) -> None:
        self.handle_request = inner.handle_request  # type: ignore[method-assign] # stands in for it

    def close(self) -> None:
        """It goes on."""
