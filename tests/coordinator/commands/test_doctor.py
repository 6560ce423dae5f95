"""The doctor: what is good, what is wrong and how it is mended; it never waits for ever."""

from __future__ import annotations

import json
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from typer.testing import CliRunner

from coordinator.checkup import Check, State
from coordinator.checkup.here import look_here
from coordinator.checkup.reach import look_there
from coordinator.cli import app
from coordinator.client.embedded import AppTransport
from tests.coordinator.api.conftest import Web

from .conftest import ADDRESS

BASE_ONLY = "alembic ezdxf fastapi lxml networkx numpy ortools pydantic scipy sqlalchemy starlette uvicorn"


def by_name(checks: Iterator[Check]) -> dict[str, Check]:
    return {each.what: each for each in checks}


def test_it_needs_the_base_install_only() -> None:
    code = (
        f"import sys, coordinator.commands.doctor\nprint([name for name in {BASE_ONLY.split()} if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "[]"


def test_it_prints_and_ends_with_1_where_something_is_wrong(alone: Path) -> None:
    good = CliRunner().invoke(app, ["doctor", "--json"])
    assert {"fabcommons", "git", "disk", "settings", "coordinator"} <= {
        each["what"] for each in json.loads(good.stdout)
    }
    alone.mkdir(parents=True)
    (alone / "settings.toml").write_text("[serve]\nprot = 1\n", encoding="utf-8")
    bad = CliRunner().invoke(app, ["doctor"])
    assert bad.exit_code == 1
    assert "did you mean port" in bad.stdout
    assert "things are wrong" in bad.stdout


def test_programs_that_are_missing_broken_or_mute(alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "#!/bin/sh\necho 'OpenSCAD 1.2'\n"
    for name, text in {"git": "#!/bin/sh\nsleep 60\n", "bwrap": "no program", "openscad": said}.items():
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/nowhere")
    monkeypatch.setattr("coordinator.checkup.here.subprocess.run", _without_waiting(subprocess.run))
    found = by_name(look_here(None, 0.3))
    assert (found["git"].state, found["bubblewrap"].state) == (State.WRONG, State.WRONG)
    assert "does not answer" in found["git"].found
    assert found["OpenSCAD"].found.endswith("OpenSCAD 1.2")
    assert (found["slicer"].state, found["slicer"].mend) == (State.NOTE, "apt install prusa-slicer")


def _without_waiting(run: Callable[..., object]) -> Callable[..., object]:
    """The program that sleeps runs into its limit at once."""

    def instead(command: list[str], **options: object) -> object:
        if command[0].endswith("git"):
            raise subprocess.TimeoutExpired(command, 0.3)
        return run(command, **options)

    return instead


def test_a_database_that_is_whole_damaged_or_none(alone: Path, tmp_path: Path) -> None:
    assert by_name(look_here(tmp_path, 1.0))["database"].state is State.NOTE
    path = tmp_path / "fabcommons.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE alembic_version (version_num TEXT)")
        made.execute("INSERT INTO alembic_version VALUES ('0010')")
    made.close()
    assert by_name(look_here(tmp_path, 1.0))["database"].found.endswith("schema 0010")
    path.write_bytes(b"this is none" * 100)
    assert by_name(look_here(tmp_path, 1.0))["database"].state is State.WRONG


def test_a_database_server_that_is_not_there(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABCOMMONS_DATABASE_URL", "postgresql://fab:hush@127.0.0.1:9/fab")
    found = by_name(look_here(None, 1.0))["database"]
    assert found.state is State.WRONG
    assert "hush" not in found.found


def test_a_full_disk_and_a_port_that_may_not_be_opened(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [SimpleNamespace(device=str(port))])
    monkeypatch.setattr("coordinator.checkup.here.os.access", lambda path, mode: False)
    monkeypatch.setattr("coordinator.checkup.here.shutil.disk_usage", lambda place: SimpleNamespace(free=10))
    found = by_name(look_here(None, 1.0))
    assert found["disk"].state is State.WRONG
    assert "usermod -aG" in found["serial ports"].mend


def test_a_coordinator_that_is_well(alone: Path, web: Web) -> None:
    with AppTransport(web.app) as transport:
        found = by_name(look_there(ADDRESS, web.tokens["ada"], 5.0, transport=transport))
        web.town.application.house.closing.set()
    assert {name: each.state for name, each in found.items() if each.state is State.WRONG} == {}
    assert "builder" in found["token"].found
    assert found["events"].found == "come as they happen"


HEALTH = {"status": "ok", "version": "0.1.0", "simulated": False, "last_event": 0}


def test_a_proxy_that_holds_events_back_and_a_clock_that_is_off(alone: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            raise httpx.ReadTimeout("held back")
        if request.url.path.endswith("/me"):
            return httpx.Response(401, json={})
        return httpx.Response(200, json=HEALTH, headers={"Date": "Sat, 01 Jan 2000 00:00:00 GMT"})

    found = by_name(look_there("http://fab.example", "fab_x", 0.5, transport=httpx.MockTransport(answer)))
    wrong = {name for name, each in found.items() if each.state is State.WRONG}
    assert wrong >= {"events", "clock", "token", "encryption"}
    assert "buffering" in found["events"].mend


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (httpx.ConnectError("refused"), "cannot be reached"),
        (httpx.ReadTimeout("slow"), "cannot be reached"),
        (httpx.Response(200, text="<html>"), "cannot be reached"),
        (httpx.Response(502, text="bad gateway"), "no coordinator"),
        (httpx.Response(200, json=[]), "no coordinator"),
    ],
)
def test_what_is_no_coordinator_is_said(alone: Path, answer: httpx.Response | Exception, what: str) -> None:
    def reply(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    (found,) = look_there("https://fab.example", None, 0.5, transport=httpx.MockTransport(reply))
    assert found.state is State.WRONG
    assert what in found.found


def test_a_certificate_that_is_not_good_is_said(alone: Path) -> None:
    def reply(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("tls") from ssl.SSLCertVerificationError("expired")

    (found,) = look_there("https://fab.example", None, 0.5, transport=httpx.MockTransport(reply))
    assert "TLS" in found.found
    assert "certificate" in found.mend


def test_an_address_that_is_none_is_said(alone: Path) -> None:
    (found,) = look_there("not an address", None, 0.5)
    assert found.state is State.WRONG
