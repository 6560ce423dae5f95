"""The doctor: what is good, what is wrong and how it is mended; it never waits for ever."""

from __future__ import annotations

import json
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from typer.testing import CliRunner

from coordinator.checkup import Check, State
from coordinator.checkup.beside import look_beside
from coordinator.checkup.here import look_here
from coordinator.checkup.reach import look_there
from coordinator.cli import app
from coordinator.client.embedded import AppTransport
from coordinator.settings import known_settings
from coordinator.shared_files import SharedFiles
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


def beside(**serving: str) -> Check:
    (found,) = look_beside(serving, 5.0)
    return found


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_nothing_is_said_of_what_is_not_named() -> None:
    assert list(look_beside({"host": "127.0.0.1", "compute_url": "", "mail_url": None}, 5.0)) == []


def test_a_cluster_that_is_there_gone_or_no_address(listening: socket.socket) -> None:
    host, port = listening.getsockname()
    assert beside(compute_url=f"dask://{host}:{port}").state is State.GOOD
    listening.close()
    assert "cannot be reached" in beside(compute_url=f"dask://{host}:{port}").found
    for bad in ("spark://x:1", "dask://x", "dask://x:port"):
        assert beside(compute_url=bad).mend == "write dask://host:8786"


def test_a_store_of_files_that_is_there_mute_or_no_address(
    tmp_path: Path, listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    SharedFiles(tmp_path / "one", f"file://{tmp_path}/bucket").keep([b"G28"])
    assert beside(files_url=f"file://{tmp_path}/bucket").found.endswith("holds 1 files")
    assert beside(files_url="ftp://x/y").state is State.WRONG
    hung = threading.Event()
    monkeypatch.setattr("coordinator.shared_files.SharedFiles.digests", lambda _: [str(hung.wait())])
    (found,) = look_beside({"files_url": "memory://bucket/x"}, 0.05)
    hung.set()
    assert "does not answer within 0.05 s" in found.found


def test_a_mail_server_that_answers_refuses_or_is_no_address(listening: socket.socket) -> None:
    def answer() -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as asked:
            connection.sendall(b"220 here\r\n")
            for line in asked:
                connection.sendall(b"535 no\r\n" if line.startswith((b"AUTH", b"dQ==", b"cA==")) else _greeting(line))

    url = "smtp+plain://{}127.0.0.1:" + str(listening.getsockname()[1]) + "?from=fab@example.org"
    for who, state in (("", State.GOOD), ("u:p@", State.WRONG)):
        server = threading.Thread(target=answer)
        server.start()
        found = beside(mail_url=url.format(who))
        server.join()
        assert found.state is state, found
        assert "u:p" not in found.found
    assert "smtp://" in beside(mail_url="mail://x").mend


def _greeting(line: bytes) -> bytes:
    return b"250-here\r\n250 AUTH PLAIN LOGIN\r\n" if line.lower().startswith(b"ehlo") else b"221 bye\r\n"


def test_a_provider_that_is_another_than_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(document: object) -> None:
        found = httpx.Response(200, json=document, request=httpx.Request("GET", "https://id.example"))
        monkeypatch.setattr("coordinator.checkup.beside.httpx.get", lambda *_, **__: found)

    monkeypatch.delenv("FABCOMMONS_OPENID_SECRET", raising=False)
    answers({"issuer": "https://id.example/"})
    assert "calls itself https://id.example/" in beside(openid_issuer="https://id.example").found
    answers({"issuer": "https://id.example"})
    assert beside(openid_issuer="https://id.example").state is State.NOTE, "no secret is set"
    monkeypatch.setenv("FABCOMMONS_OPENID_SECRET", "s")
    assert beside(openid_issuer="https://id.example").state is State.GOOD
    answers([1])
    assert beside(openid_issuer="https://id.example").state is State.WRONG


def test_an_address_for_browsers_is_encrypted_or_here() -> None:
    assert beside(public_url="https://fab.example").state is State.GOOD
    assert beside(public_url="http://localhost:8484").state is State.GOOD
    assert beside(public_url="http://fab.example").state is State.NOTE
    assert beside(public_url="fab.example").state is State.WRONG


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[serve]\nmail_url = "smtp://u:p@host?from=a@b"\n', True),
        ('[agent]\npage_password = "x"\n', True),
        ('[client]\ntoken = "fab_1"\n', True),
        ('[serve]\ndatabase_url = "postgresql://fab:secret@db/x"\n', True),
        ('[serve]\ndatabase_url = "postgresql://fab@db/x"\n', False),
        ('[serve]\nmail_url = "smtp+plain://host?from=a@b"\n', False),
    ],
)
def test_a_file_with_a_secret_is_for_its_owner_only(alone: Path, text: str, told: bool) -> None:
    alone.mkdir(parents=True)
    path = alone / "settings.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    told_of = [each for each in look_here(None, 0.2) if "others may read" in each.found]
    assert bool(told_of) is told
    path.chmod(0o600)
    assert not [each for each in look_here(None, 0.2) if "others may read" in each.found]


def test_every_address_that_serve_takes_is_looked_at() -> None:
    """A new setting that names something elsewhere is to be looked at too."""
    named = {
        each.key for each in known_settings() if each.section == "serve" and each.key.endswith(("_url", "_issuer"))
    }
    looked = {key for key in named if key == "database_url" or list(look_beside({key: "nonsense"}, 0.05))}
    assert looked == named
