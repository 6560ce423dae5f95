"""A PostgreSQL of our own for tests: a cluster in a temporary folder, reached through a socket there."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

__all__ = ["fresh_databases", "require_postgresql"]


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


@contextmanager
def fresh_databases() -> Iterator[Callable[[], str]]:
    """Run a cluster; what is yielded makes a new database at each call and returns its address."""
    programs = require_postgresql()
    home = Path(tempfile.mkdtemp(prefix="fabpg-", dir="/tmp"))
    data, as_user = home / "data", _unprivileged(home)
    try:
        # durable for real: what tests of crashes rely on is the same fsync as in use
        setup = ["-D", str(data), "-A", "trust", "-U", "fab", "-E", "UTF8", "--locale=C", "--no-sync"]
        _run([*as_user, str(programs / "initdb"), *setup])
        options = f"-k {home} -c listen_addresses= -c max_connections=60 -c shared_buffers=16MB"
        start = ["-D", str(data), "-l", str(home / "log"), "-w", "-o", options, "start"]
        _run([*as_user, str(programs / "pg_ctl"), *start])
        try:
            yield lambda: _new_database(home)
        finally:
            _run([*as_user, str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _new_database(home: Path) -> str:
    name = f"t{secrets.token_hex(6)}"
    admin = create_engine(f"postgresql+psycopg://fab@/postgres?host={home}", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return f"postgresql://fab@/{name}?host={home}"


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
