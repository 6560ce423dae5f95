"""The store: its schema is what the tables say, and what a transaction ended with is on the disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from coordinator.events import record
from coordinator.schema.builds import Base, EventRow
from coordinator.store import Store
from core.errors import StateError


def test_the_migrations_make_the_schema_of_the_tables(tmp_path: Path) -> None:
    store = Store(tmp_path / "x.db")
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    store.close()


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "x.db")
    now = datetime(2030, 1, 1, tzinfo=UTC)
    with pytest.raises(ZeroDivisionError), store.transaction() as session:
        record(session, now, "job.made", "job 1")
        session.flush()
        raise ZeroDivisionError
    with store.transaction() as session:
        record(session, now, "job.made", "job 2", who="printer", why="done", lines=3)
    store.close()
    again = Store(tmp_path / "x.db")
    with again.transaction() as session:
        rows = session.query(EventRow).all()
        assert [(row.subject, row.who, row.data) for row in rows] == [("job 2", "printer", {"lines": 3})]
    again.close()


def test_moments_come_back_in_utc(tmp_path: Path) -> None:
    store = Store(tmp_path / "x.db")
    local = datetime(2030, 1, 1, 12, tzinfo=timezone(timedelta(hours=5)))
    with store.transaction() as session:
        record(session, local, "a.b", "c")
    with store.transaction() as session:
        assert session.query(EventRow).one().at == datetime(2030, 1, 1, 7, tzinfo=UTC)
    store.close()


def test_foreign_keys_hold(tmp_path: Path) -> None:
    store = Store(tmp_path / "x.db")
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.execute(text("INSERT INTO task_edges (before_id, after_id) VALUES (1, 2)"))
    store.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StateError, match=r"x\.db: the database cannot be opened"):
        Store(tmp_path / "x.db")


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "x.db")
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StateError, match="cannot be upgraded"):
        Store(tmp_path / "x.db")


def test_a_schema_change_happens_whole_or_not_at_all(tmp_path: Path) -> None:
    store = Store(tmp_path / "x.db")
    with pytest.raises(ZeroDivisionError), store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise ZeroDivisionError
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'half'")).scalar() == 0
    store.close()


def test_what_a_thread_reads_in_a_moment_is_read_once_and_anew_after_its_own_change(tmp_path: Path) -> None:
    store, other = Store(tmp_path / "x.db"), Store(tmp_path / "x.db")
    now = datetime(2030, 1, 1, tzinfo=UTC)

    def note(where: Store, subject: str) -> None:
        with where.transaction() as session:
            record(session, now, "a.b", subject)

    def known() -> list[str]:
        with store.reading() as session:
            return list(session.scalars(select(EventRow.subject).order_by(EventRow.id)))

    note(store, "first")
    with store.moment():
        assert known() == ["first"]
        note(other, "second")
        assert known() == ["first"]
        with store.reading() as one, store.reading() as two:
            assert one is two
        note(store, "third")
        assert known() == ["first", "second", "third"]
    note(other, "fourth")
    assert len(known()) == 4
    other.close()
    store.close()
