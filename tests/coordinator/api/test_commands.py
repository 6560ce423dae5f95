"""`fabcommons token` and `fabcommons serve` as commands: what they print, and how they end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from coordinator.api.server import Serving, listening
from coordinator.cli import app
from coordinator.client.caller import Caller
from coordinator.client.client import Client
from coordinator.service.refusals import ForbiddenError
from core.errors import FabcommonsError, InputError

from .conftest import Web

BASE_ONLY = "alembic ezdxf fastapi lxml networkx numpy ortools psycopg pydantic scipy sqlalchemy starlette uvicorn"


@pytest.fixture
def command(web: Web, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a token command against the app: `command("list", who="ada") -> output`."""

    def send(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().removeprefix("/api/v1")
        answer = web.call(request.method, path, headers=dict(request.headers), content=request.read())
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    transport = httpx.MockTransport(send)

    def connect(address: str, token: str | None, **_: Any) -> Client:
        return Client(Caller(address, token, transport=transport))

    monkeypatch.setattr("coordinator.commands.remote.connect", connect)

    def run(*words: str, who: str | None = None) -> str:
        more = ["--coordinator", "http://localhost", *(["--token", web.tokens[who]] if who else [])]
        ended = CliRunner().invoke(app, ["token", *words, *more])
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return ended.output

    return run


def test_tokens_come_by_invitation_are_listed_and_revoked(web: Web, command: Any) -> None:
    code = command("invite", "--role", "operator", "--lab", "north", who="ste").strip()
    made = json.loads(command("accept", code, "--name", "Nora", "--json"))
    web.tokens["nora"] = made["token"]
    box = json.loads(command("make", "--label", "box", "--agent-of", "north", "--json", who="nora"))
    listed = json.loads(command("list", "--json", who="nora"))
    assert {each["id"] for each in listed} == {made["id"], box["id"]}
    assert box["token"] not in command("list", who="nora")
    assert box["id"] in command("revoke", box["id"], who="nora")
    web.tokens["box"] = box["token"]
    assert web.get("/agent/machines", "box").status_code == 401


def test_what_the_coordinator_refuses_is_said_in_one_sentence(web: Web, command: Any) -> None:
    with pytest.raises(ForbiddenError, match="may not"):
        command("invite", "--role", "steward", who="ada")
    with pytest.raises(FabcommonsError, match="no invitation code"):
        command("accept", "inv_made-up", "--name", "Eve")


def test_a_coordinator_that_is_not_there_is_said_in_one_sentence() -> None:
    ended = CliRunner().invoke(app, ["token", "list", "--coordinator", "http://127.0.0.1:9", "--token", "x"])
    assert isinstance(ended.exception, FabcommonsError)
    assert "cannot be reached" in str(ended.exception)


def test_an_agent_needs_the_base_install_only() -> None:
    """Nothing that only the coordinator installs is loaded for the agent and for tokens."""
    code = (
        "import sys, coordinator.cli, coordinator.commands.agent, coordinator.commands.token\n"
        f"print([name for name in {BASE_ONLY.split()} if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.strip() == "[]"


def test_an_answer_is_sent_at_once(tmp_path: Path) -> None:
    """Each connection has Nagle's algorithm off: with it, every answer waits for a delayed acknowledgement."""
    with listening(Serving(tmp_path, port=0)) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_told_to_end_it_ends_in_good_order(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "coordinator", "serve", "--dir", str(tmp_path / "d"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(4)]
        assert said[0].startswith("fabcommons serves at http://127.0.0.1:")
        assert "inv_" in said[1]
        assert "/join?code=inv_" in said[2]
        assert said[3].strip().startswith("or: fabcommons token accept inv_")
        second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
        os.kill(process.pid, signal.SIGTERM)
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (0, "")
    assert second.returncode == 1
    assert "another fabcommons works in this folder" in second.stderr
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == ["fabcommons.db", "fabcommons.lock"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--port", "1", "--host", "192.0.2.1"], "cannot listen"),
        (["--database-url", "mysql://x/y"], "mysql database is not supported"),
        (["--labs", "missing.yaml"], "cannot be read"),
    ],
)
def test_what_cannot_be_served_is_said_and_ends_with_2(tmp_path: Path, words: list[str], what: str) -> None:
    ended = CliRunner().invoke(app, ["serve", "--dir", str(tmp_path / "d"), "--port", "0", *words])
    assert isinstance(ended.exception, InputError)
    assert what in str(ended.exception)
