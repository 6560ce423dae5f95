"""What is taken out and brought in elsewhere is the same, on either database and between them."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from coordinator.archive.exporting import EVERYTHING, export, tables_of
from coordinator.archive.importing import import_archive
from coordinator.archive.manifest import Kind, Manifest
from coordinator.archive.nouns import CARE, Care, Scope, care_of
from coordinator.archive.reading import opened_archive
from coordinator.events import record
from coordinator.files import FileStore
from coordinator.schema.builds import Base, EventRow
from coordinator.store import Store
from core.errors import InputError, StateError
from tests.coordinator.test_upgrade import FIRST, migrated

from .rows import fill

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SCOPES = [Scope(), Scope(personal=True), Scope(secret=True), EVERYTHING]


def write(where: Path | str, files: FileStore, target: Path, scope: Scope = EVERYTHING) -> Manifest:
    return export(where, files, target, Kind.BACKUP, scope, NOW).manifest


def read(source: Path, where: Path | str, files: FileStore) -> dict[str, int]:
    with opened_archive(source) as archive:
        return import_archive(archive, where, files)


def filled(where: Path | str, files: FileStore, rows: int, seed: int) -> None:
    store = Store(where)
    fill(store, rows, seed)
    store.close()
    for number in range(rows):
        files.keep([f"file {number} ".encode() * number, b"\x00\xff"])


@settings(max_examples=8, deadline=None)
@given(
    rows=st.integers(0, 12),
    seed=st.integers(0, 2**32),
    scope=st.sampled_from(SCOPES),
    suffix=st.sampled_from(["", ".zip"]),
)
def test_a_round_trip_changes_nothing(rows: int, seed: int, scope: Scope, suffix: str) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        there, here = FileStore(folder / "there"), FileStore(folder / "here")
        filled(folder / "there.db", there, rows, seed)
        first = write(folder / "there.db", there, folder / f"first{suffix}", scope)
        counts = read(folder / f"first{suffix}", folder / "here.db", here)
        second = write(folder / "here.db", here, folder / f"second{suffix}", scope)
        assert set(second.members) - set(first.members) == set()
        assert second.members == first.members
        assert sum(counts.values()) > 0 or rows == 0
        if suffix:
            assert (folder / "first.zip").read_bytes() == (folder / "second.zip").read_bytes()


def test_the_same_through_postgresql_and_back(tmp_path: Path, empty_databases: Callable[[], str]) -> None:
    stores = [FileStore(tmp_path / name) for name in ("a", "b", "c", "d")]
    places: list[Path | str] = [tmp_path / "a.db", empty_databases(), empty_databases(), tmp_path / "d.db"]
    filled(places[0], stores[0], 30, 7)
    manifests = [write(places[0], stores[0], tmp_path / "0")]
    for step in range(1, 4):
        read(tmp_path / str(step - 1), places[step], stores[step])
        manifests.append(write(places[step], stores[step], tmp_path / str(step)))
    assert all(each.members == manifests[0].members for each in manifests)
    store = Store(places[2])
    with store.transaction() as session:
        newest = session.scalar(select(func.max(EventRow.id)))
        record(session, NOW, "a.b", "c")
        session.flush()
        assert session.scalar(select(func.max(EventRow.id))) == newest + 1, "ids go on behind those that came along"
    store.close()


def test_an_archive_of_an_earlier_schema_is_brought_to_todays(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    migrated(f"sqlite:///{old}", "0001", FIRST)
    manifest = write(old, FileStore(tmp_path / "none"), tmp_path / "archive")
    assert manifest.schema_revision == "0001"
    assert manifest.missing_files == ["ef"]
    with sqlite3.connect(old) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",), "left as it was"
    read(tmp_path / "archive", tmp_path / "new.db", FileStore(tmp_path / "files"))
    store = Store(tmp_path / "new.db")
    with store.reading() as session:
        assert session.scalars(select(EventRow.kind)).all() == ["build.opened"]
    store.close()


def test_a_backup_sees_one_moment_while_others_write(tmp_path: Path) -> None:
    """Two rows are always written together; no backup sees one without the other."""
    store, stop = Store(tmp_path / "x.db"), threading.Event()

    def write_on() -> None:
        while not stop.is_set():
            with store.transaction() as session:
                record(session, NOW, "a.first", "c")
                record(session, NOW, "a.second", "c")

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        for number in range(5):
            write(tmp_path / "x.db", FileStore(tmp_path / "files"), tmp_path / str(number))
    finally:
        stop.set()
        writer.join()
        store.close()
    for number in range(5):
        lines = [json.loads(line) for line in (tmp_path / str(number) / "events.jsonl").read_text().splitlines()]
        assert [each["id"] for each in lines] == list(range(1, len(lines) + 1))
        assert len(lines) % 2 == 0


def test_an_export_leaves_out_what_is_not_asked_for(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    filled(tmp_path / "x.db", files, 5, 1)
    written = {
        scope: write(tmp_path / "x.db", files, tmp_path / str(place), scope) for place, scope in enumerate(SCOPES)
    }
    for scope, manifest in written.items():
        for table, care in CARE.items():
            assert (table in manifest.tables) == (
                care is Care.OPEN
                or (care is Care.PERSONAL and scope.personal)
                or (care is Care.SECRET and scope.secret)
                or (care is Care.PASSING and scope.passing)
            )
            assert (table in manifest.tables) != (table in manifest.left_out)
    plain = b"".join(path.read_bytes() for path in (tmp_path / "0").glob("*.jsonl"))
    assert b"secret_sha256" not in plain


def test_every_table_has_its_care_and_what_is_open_needs_nothing_that_is_not() -> None:
    assert set(CARE) == set(Base.metadata.tables), "say in coordinator.archive.nouns how private a new table is"
    assert care_of("a_table_of_tomorrow") is Care.SECRET
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            if care_of(table.name) is Care.OPEN:
                assert care_of(key.column.table.name) is Care.OPEN, f"{table.name} would point to nothing"


def test_files_that_rows_name_and_that_are_gone_are_listed(tmp_path: Path) -> None:
    migrated(f"sqlite:///{tmp_path}/x.db", "0001", FIRST.replace("'ef'", f"'{'e' * 64}'"))
    manifest = write(tmp_path / "x.db", FileStore(tmp_path / "files"), tmp_path / "out")
    assert manifest.missing_files == ["e" * 64]


def test_a_file_that_has_rotted_is_named(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    Store(tmp_path / "x.db").close()
    digest = files.keep([b"program"])
    files.path(digest).write_bytes(b"progran")
    with pytest.raises(StateError, match=f"{digest}: the file is no longer what its name says"):
        write(tmp_path / "x.db", files, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} <= {"files", "x.db", "x.db-wal", "x.db-shm"}, (
        "nothing half-written"
    )


def test_a_place_that_is_used_is_refused(tmp_path: Path, databases: Callable[[], str]) -> None:
    files = FileStore(tmp_path / "files")
    filled(tmp_path / "x.db", files, 2, 1)
    write(tmp_path / "x.db", files, tmp_path / "out.zip")
    with pytest.raises(InputError, match="something of this name already"):
        write(tmp_path / "x.db", files, tmp_path / "out.zip")
    with pytest.raises(InputError, match="a coordinator here already"):
        read(tmp_path / "out.zip", tmp_path / "x.db", FileStore(tmp_path / "new"))
    with pytest.raises(InputError, match="files of a coordinator here already"):
        read(tmp_path / "out.zip", tmp_path / "y.db", files)
    address = databases()
    with pytest.raises(InputError, match="holds tables already"):
        read(tmp_path / "out.zip", address, FileStore(tmp_path / "newer"))


def test_what_is_no_database_of_a_coordinator_is_refused(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    with pytest.raises(InputError, match="no database of a coordinator here"):
        write(tmp_path / "none.db", files, tmp_path / "out")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE other (id INTEGER)")
    with pytest.raises(StateError, match="is no database of a coordinator"):
        write(tmp_path / "other.db", files, tmp_path / "out")
    (tmp_path / "text.db").write_text("no database at all" * 100)
    with pytest.raises(StateError, match="cannot be read"):
        write(tmp_path / "text.db", files, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_all_tables_of_the_schema_are_found(tmp_path: Path) -> None:
    store = Store(tmp_path / "x.db")
    with store.engine.connect() as connection:
        assert {table.name for table in tables_of(connection)} == set(Base.metadata.tables)
    store.close()
