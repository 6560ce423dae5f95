"""This computer: versions, extras, programs, settings, disk, database, serial ports."""

from __future__ import annotations

import grp
import importlib.util
import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from coordinator.checkup import Check, State
from coordinator.checkup.beside import look_beside
from coordinator.commands.tokens import tokens_path
from coordinator.settings import current, files, strange_variables
from core.errors import FabcommonsError

__all__ = ["look_here"]

_PYTHONS: Final = ((3, 11), (3, 14))
_EXTRAS: Final = {
    "coordinator": (("sqlalchemy", "fastapi", "numpy", "ortools", "shapely"), "serving, planning and reading designs"),
    "step": (("cascadio",), "STEP files"),
    "mqtt": (("aiomqtt",), "telling a broker of machines"),
    "scale": (("distributed",), "Dask"),
}
_PROGRAMS: Final = {
    "git": ((("git", "--version"),), "fetching designs", "apt install git"),
    "bubblewrap": ((("bwrap", "--version"),), "slicing and OpenSCAD in a sandbox", "apt install bubblewrap"),
    "slicer": (
        (("prusa-slicer", "--help"), ("PrusaSlicer", "--help"), ("slic3r", "--version")),
        "G-code for parts without", "apt install prusa-slicer",
    ),
    "OpenSCAD": ((("openscad", "--version"),), "designs in OpenSCAD", "apt install openscad"),
    "PostgreSQL client": ((("psql", "--version"),), "looking into its database", "apt install postgresql-client"),
}  # fmt: skip
_VERSION: Final = re.compile(r"^[A-Za-z\w .()-]{2,40}\b\d+\.\d+")
_SECRETS: Final = re.compile(r"(?m)^\s*(\w*(token|password|secret)\w*\s*=|\w+_url\s*=.*://[^/\s:\"']+:[^@\s]+@)")
_LOW_BYTES: Final = 2**30


def look_here(folder: Path | None, timeout_s: float) -> Iterator[Check]:
    """Everything about this computer.

    Args:
        folder: of a coordinator, or None for that of the settings.
        timeout_s: for each program and for the database.
    """
    yield _installed()
    for extra, (modules, use) in _EXTRAS.items():
        yield _extra(extra, modules, use)
    for name, (commands, use, mend) in _PROGRAMS.items():
        yield _program(name, commands, use, mend, timeout_s)
    yield from _settings()
    try:
        serving = current("serve")
    except FabcommonsError:
        serving = {}  # said above
    place = folder or (Path(str(serving["dir"])) if "dir" in serving else None)
    yield _disk(place or Path.cwd())
    if place is not None:
        yield _database_file(place, timeout_s)
    if "database_url" in serving:
        yield _database_server(str(serving["database_url"]), timeout_s)
    yield from look_beside(serving, timeout_s)
    yield _ports()


def _installed() -> Check:
    python = f"Python {platform.python_version()}"
    try:
        found = f"fabcommons {version('fabcommons')}, {python}"
    except PackageNotFoundError:
        return Check(
            "fabcommons", State.WRONG, "runs from a folder and is not installed", "run ./dev, or pip install ."
        )
    low, high = _PYTHONS
    if not low <= sys.version_info[:2] < high:
        return Check("fabcommons", State.WRONG, found, "install Python 3.11, 3.12 or 3.13")
    return Check("fabcommons", State.GOOD, found)


def _extra(name: str, modules: Sequence[str], use: str) -> Check:
    missing = [each for each in modules if importlib.util.find_spec(each) is None]
    if not missing:
        return Check(f"extra {name}", State.GOOD, "installed")
    mend = f"pip install 'fabcommons[{name}]'"
    if len(missing) < len(modules):
        return Check(f"extra {name}", State.WRONG, f"half installed: {', '.join(missing)} is missing", mend)
    return Check(f"extra {name}", State.NOTE, f"not installed; it is for {use}", mend)


def _program(name: str, commands: Sequence[Sequence[str]], use: str, mend: str, timeout_s: float) -> Check:
    for command in commands:
        path = shutil.which(command[0])
        if path is None:
            continue
        try:
            said = subprocess.run(
                [path, *command[1:]], capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired:
            return Check(name, State.WRONG, f"{path} does not answer within {timeout_s:g} s", mend)
        except OSError as error:
            return Check(name, State.WRONG, f"{path} cannot be run: {error.strerror}", mend)
        lines = (said.stdout + said.stderr).decode("utf-8", "replace").splitlines()
        told = next((each.strip() for each in lines if _VERSION.search(each)), "")
        return Check(name, State.GOOD, f"{path}: {told[:60]}" if told else path)
    return Check(name, State.NOTE, f"not there; it is for {use}", mend)


def _settings() -> Iterator[Check]:
    try:
        there = files()
        current("client")
    except FabcommonsError as error:
        yield Check("settings", State.WRONG, str(error), "mend the file, or name another with --settings")
        return
    yield Check("settings", State.GOOD, ", ".join(str(each) for each in there) or "no file")
    for name, near in strange_variables():
        yield Check("environment", State.NOTE, f"{name} is no setting", f"did you mean {near}?" if near else "unset it")
    for path in (*there, tokens_path()):
        if path.is_file() and path.stat().st_mode & 0o077 and (path == tokens_path() or _tells(path)):
            yield Check("settings", State.WRONG, f"others may read what is secret in {path}", f"chmod 600 {path}")


def _tells(path: Path) -> bool:
    """Whether a file of settings holds a token, a password, or an address with one."""
    return _SECRETS.search(path.read_text(encoding="utf-8", errors="replace")) is not None


def _disk(place: Path) -> Check:
    there = place.resolve()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    found = f"{free / 2**30:.1f} GiB free at {there}"
    if free < _LOW_BYTES:
        return Check("disk", State.WRONG, found, "make room: a coordinator stops taking files, an agent its programs")
    return Check("disk", State.GOOD, found)


def _database_file(folder: Path, timeout_s: float) -> Check:
    path = folder / "fabcommons.db"
    if not path.is_file():
        return Check("database", State.NOTE, f"{path} is not there", "fabcommons serve makes it")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=timeout_s)
        try:
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            (damage,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except (sqlite3.Error, TypeError) as error:
        return Check("database", State.WRONG, f"{path} cannot be read: {error}", "restore a backup")
    if damage != "ok":
        return Check("database", State.WRONG, f"{path} is damaged: {damage}", "restore a backup")
    return Check("database", State.GOOD, f"{path} has schema {revision}")


def _database_server(address: str, timeout_s: float) -> Check:
    try:
        import psycopg
    except ModuleNotFoundError:
        return Check("database", State.WRONG, "its driver is not installed", "pip install 'fabcommons[coordinator]'")
    plain = address.replace("postgresql+psycopg://", "postgresql://")
    try:
        with psycopg.connect(plain, connect_timeout=max(1, round(timeout_s))) as connection:
            row = connection.execute("SHOW server_version").fetchone()
    except psycopg.Error as error:
        said = str(error).strip().splitlines()
        return Check(
            "database", State.WRONG, said[0][:200] if said else "no answer", "is it running, and may you log in?"
        )
    return Check("database", State.GOOD, f"PostgreSQL {row[0] if row else '?'}")


def _ports() -> Check:
    from serial.tools.list_ports import comports

    ports = sorted(each.device for each in comports())
    if not ports:
        return Check("serial ports", State.NOTE, "none; a machine that hangs on one is off or not plugged in")
    closed = [each for each in ports if not os.access(each, os.R_OK | os.W_OK)]
    if closed:
        return Check("serial ports", State.WRONG, f"{', '.join(closed)} may not be opened", _group_hint(closed[0]))
    return Check("serial ports", State.GOOD, ", ".join(ports))


def _group_hint(port: str) -> str:
    try:
        group = grp.getgrgid(Path(port).stat().st_gid).gr_name
    except (OSError, KeyError):
        group = "dialout"
    return f"sudo usermod -aG {group} $USER, then log in again; for a service SupplementaryGroups={group}"
