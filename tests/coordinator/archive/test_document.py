"""docs/export.md says what an archive is, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main
from alembic.config import Config
from alembic.script import ScriptDirectory

import coordinator.service.application
from coordinator.archive.manifest import Manifest
from coordinator.archive.nouns import CARE, Care
from coordinator.archive.reading import MOST_BYTES, MOST_LINE_BYTES
from coordinator.archive.rows import KINDS, kind_of
from coordinator.cli import app
from coordinator.schema.builds import Base
from tests.coordinator.test_upgrade import MIGRATIONS

__all__ = ["coordinator"]  # imported for its tables

TEXT = (Path(__file__).parents[3] / "docs" / "export.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first heading is this."""
    table = TEXT[TEXT.index(f"| {heading} |") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_every_key_of_the_manifest_is_told() -> None:
    assert [row[0].strip("`") for row in rows("key")] == list(Manifest.model_fields)


def test_every_kind_of_value_is_told() -> None:
    assert {row[0] for row in rows("values")} == {kind for kind, _ in KINDS}


def test_every_table_and_column_is_told() -> None:
    told = {}
    for table, care, columns in rows("table"):
        told[table.strip("`")] = (care, set(columns.split(", ")))
    there = {}
    for table in Base.metadata.tables.values():
        if CARE[table.name] is Care.NEVER:
            continue
        columns = set()
        for column in table.columns:
            link = next(iter(column.foreign_keys), None)
            of = f" of {link.column.table.name}" if link is not None else ""
            columns.add(f"`{column.name}` {kind_of(column)}{'?' if column.nullable else ''}{of}")
        there[table.name] = (str(CARE[table.name]), columns)
    assert told == there
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    newest = ScriptDirectory.from_config(config).get_current_head()
    assert f"The tables of schema {newest}." in TEXT


def test_the_sizes_and_commands_that_are_told_hold() -> None:
    assert MOST_LINE_BYTES == 64 * 2**20
    assert MOST_BYTES == 64 * 2**30
    group = typer.main.get_command(app)
    for name in ("backup", "restore", "export", "import"):
        assert f"fabcommons {name}" in TEXT
        for parameter in group.commands[name].params:  # type: ignore[attr-defined] # of a group
            for option in (each for each in parameter.opts if each.startswith("--")):
                assert option in ("--help", "--json") or f"`{option}`" in TEXT, option
    assert set(re.findall(r"`(--[a-z-]+)`", TEXT)) >= {"--personal", "--secrets", "--most-gib"}
