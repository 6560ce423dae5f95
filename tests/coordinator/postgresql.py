"""A PostgreSQL of our own for tests: a cluster in a temporary folder, reached through a socket there; one a run."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from coordinator.store import Store

__all__ = ["Cluster", "cluster", "databases", "empty_databases", "require_postgresql"]
_CONNECTIONS = 100


def require_postgresql() -> Path:
    """The folder of PostgreSQL's programs; skips the test where there is none, or fails it where it must be there."""
    named = shutil.which("initdb")
    folders = [Path(named).parent] if named else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = next((folder for folder in folders if (folder / "initdb").exists()), None)
    if found is None:
        reason = "PostgreSQL is not installed (Debian: apt install postgresql)"
        if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@dataclass
class Cluster:
    """Makes databases and takes them away; that of today's schema is made once by its migrations, then copied."""

    home: Path
    _migrated: str = ""

    def empty(self) -> str:
        """The name of a new database with nothing in it."""
        return self._new("template0")

    def migrated(self) -> str:
        """The name of a new database of today's schema."""
        if not self._migrated:
            name = self.empty()
            Store(self.address(name)).close()
            self._migrated = name
        return self.copy(self._migrated)

    def copy(self, name: str) -> str:
        """The name of a new database that holds what this one holds, to which nobody may be connected."""
        return self._new(name)

    def address(self, name: str) -> str:
        """Where the coordinator finds a database."""
        return f"postgresql://fab@/{name}?host={self.home}"

    def drop(self, name: str) -> None:
        """Take a database away, whoever is still connected."""
        self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def _new(self, template: str) -> str:
        name = f"t{secrets.token_hex(6)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _do(self, statement: str) -> None:
        admin = create_engine(f"postgresql+psycopg://fab@/postgres?host={self.home}", isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(statement))
        admin.dispose()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A cluster that runs until the tests of this process end."""
    with _running() as made:
        yield made


@pytest.fixture(scope="module")
def databases(cluster: Cluster) -> Iterator[Callable[[], str]]:
    """Makes a database of today's schema at each call and returns its address; they end with the module."""
    with _dropped(cluster, cluster.migrated) as make:
        yield make


@pytest.fixture(scope="module")
def empty_databases(cluster: Cluster) -> Iterator[Callable[[], str]]:
    """The same, of databases with nothing in them."""
    with _dropped(cluster, cluster.empty) as make:
        yield make


@contextmanager
def _dropped(cluster: Cluster, new: Callable[[], str]) -> Iterator[Callable[[], str]]:
    names: list[str] = []

    def make() -> str:
        names.append(new())
        return cluster.address(names[-1])

    yield make
    for name in names:
        cluster.drop(name)


@contextmanager
def _running() -> Iterator[Cluster]:
    programs = require_postgresql()
    home = Path(tempfile.mkdtemp(prefix="fabpg-", dir="/tmp"))
    data, as_user = home / "data", _unprivileged(home)
    try:
        setup = ["-D", str(data), "-A", "trust", "-U", "fab", "-E", "UTF8", "--locale=C", "--no-sync"]
        _run([*as_user, str(programs / "initdb"), *setup])
        # a process that is killed loses nothing without fsync, only a computer that loses its power
        settings = ("listen_addresses=", "fsync=off", f"max_connections={_CONNECTIONS}", "shared_buffers=16MB")
        options = " ".join([f"-k {home}", *(f"-c {each}" for each in settings)])
        start = ["-D", str(data), "-l", str(home / "log"), "-w", "-o", options, "start"]
        _run([*as_user, str(programs / "pg_ctl"), *start])
        try:
            yield Cluster(home)
        finally:
            _run([*as_user, str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _unprivileged(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root: another user then owns the cluster."""
    if os.getuid() != 0:
        return []
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(home, user.pw_uid, user.pw_gid)
    return [shutil.which("setpriv") or "setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/", timeout=60)
