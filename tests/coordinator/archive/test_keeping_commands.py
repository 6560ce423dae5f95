"""`fabcommons backup|restore|export|import` as they are typed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from coordinator.cli import main
from coordinator.files import FileStore
from coordinator.service.application import Application
from coordinator.service.clock import RealClock
from coordinator.service.house import House
from coordinator.store import Store

from .rows import fill


@pytest.fixture
def net(tmp_path: Path) -> Path:
    folder = tmp_path / "net"
    store = Store(folder / "fabcommons.db")
    fill(store, 3, 5)
    store.close()
    FileStore(folder / "files").keep([b"G28\n"])
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr("sys.argv", ["fabcommons", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_backup_is_put_back(
    net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target, new = tmp_path / "night.zip", tmp_path / "new"
    assert run(monkeypatch, "backup", target, "--dir", net) == 0
    assert "keep it as you keep the coordinator" in capsys.readouterr().err
    assert target.stat().st_mode & 0o077 == 0
    assert run(monkeypatch, "restore", target, "--dir", new, "--json") == 0
    with sqlite3.connect(net / "fabcommons.db") as kept:
        tokens = kept.execute("SELECT count(*) FROM tokens").fetchone()[0]
    assert json.loads(capsys.readouterr().out)["rows"]["tokens"] == tokens > 0
    assert run(monkeypatch, "restore", target, "--dir", new) == 2
    assert "there is a coordinator here already" in capsys.readouterr().err
    assert run(monkeypatch, "import", target, "--dir", tmp_path / "other") == 2
    assert "use fabcommons restore" in capsys.readouterr().err
    assert FileStore(new / "files").digests() == FileStore(net / "files").digests()


def test_after_an_import_without_tokens_somebody_can_come_in(
    net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target, new = tmp_path / "out", tmp_path / "new"
    assert run(monkeypatch, "export", target, "--dir", net) == 0
    assert "tokens" in capsys.readouterr().out
    assert run(monkeypatch, "restore", target, "--dir", new) == 2
    assert "use fabcommons import" in capsys.readouterr().err
    assert run(monkeypatch, "import", target, "--dir", new) == 0
    code = capsys.readouterr().out.split()[-1]
    store, clock = Store(new / "fabcommons.db"), RealClock()
    application = Application(House(store, FileStore(new / "files"), clock, clock))
    token = application.invitations.accept(code, "Ada", None)
    assert [str(each) for each in token.scopes] == ["steward"]
    store.close()


def test_what_cannot_be_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "backup", tmp_path / "x", "--dir", tmp_path / "none") == 2
    assert "no database of a coordinator here" in capsys.readouterr().err
    (tmp_path / "x.zip").write_bytes(b"PK")
    assert run(monkeypatch, "restore", tmp_path / "x.zip", "--dir", tmp_path / "new") == 2
    assert "it is no archive" in capsys.readouterr().err
