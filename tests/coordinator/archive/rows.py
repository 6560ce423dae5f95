"""Databases full of rows of any kind, made from the tables as they are."""

from __future__ import annotations

import random
import string
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Enum, Table, insert

from coordinator.archive.exporting import tables_of
from coordinator.archive.rows import kind_of
from coordinator.schema.builds import Base
from coordinator.store import Store

__all__ = ["fill", "fill_tables"]

_START = datetime(2030, 1, 1)  # noqa: DTZ001 (as the database keeps it)
_ODD = (
    "",
    "ü 漢字 🏭",
    "line\nbreak",
    '"quoted"',
    "<b>&",
    "../../etc/passwd",
    "'; DROP TABLE jobs; --",
    "\u2028",
    "NaN",
)


def fill(store: Store, rows: int, seed: int) -> None:
    """Put about so many rows into every table; what they say is at random, what they refer to is there."""
    with store.engine.begin() as connection:
        fill_tables(connection, rows, seed)


def fill_tables(connection: Connection, rows: int, seed: int) -> None:
    """The same, in whatever schema there is."""
    dice = random.Random(seed)
    keys: dict[str, list[dict[str, Any]]] = {}
    for table in tables_of(connection):
        keys[table.name] = []
        taken: set[tuple[Any, ...]] = set()
        for _ in range(rows):
            row = _row(table, dice, keys)
            if row is not None and _fits(table, row, taken):
                connection.execute(insert(table), row)
                keys[table.name].append(row)


def _fits(table: Table, row: dict[str, Any], taken: set[tuple[Any, ...]]) -> bool:
    """Whether no unique key of the row is taken."""
    groups = [tuple(table.primary_key.columns.keys())]
    groups += [
        tuple(each.columns.keys())
        for each in table.constraints
        if each.__visit_name__ == "unique_constraint"  # type: ignore[attr-defined] # of every schema item
    ]
    wanted = {(group, *(str(row[name]) for name in group)) for group in groups}
    if wanted & taken:
        return False
    taken |= wanted
    return True


def _row(table: Table, dice: random.Random, keys: dict[str, list[dict[str, Any]]]) -> dict[str, Any] | None:
    row: dict[str, Any] = {}
    for column in table.columns:
        link = next(iter(column.foreign_keys), None)
        if link is not None:
            known = keys[link.column.table.name]
            if not known and not column.nullable:
                return None
            row[column.name] = dice.choice(known)[link.column.name] if known and dice.random() < 0.8 else None
            if row[column.name] is None and not column.nullable:
                row[column.name] = known[0][link.column.name]
        elif column.nullable and dice.random() < 0.3:
            row[column.name] = None
        else:
            row[column.name] = _value(column, dice)
    return row


def _value(column: Column[Any], dice: random.Random) -> Any:
    kind = kind_of(column)
    words = _words(column)
    if words:
        return dice.choice(words)
    if kind == "text":
        longest = column.type.length or 300  # type: ignore[attr-defined] # of a text
        text = "".join(dice.choices(string.ascii_letters + "äß漢", k=dice.randint(0, longest)))
        return text if column.primary_key or dice.random() < 0.6 else dice.choice(_ODD)[:longest]
    return {
        "boolean": lambda: dice.random() < 0.5,
        "integer": lambda: dice.randint(0, 2**31 - 1),
        "number": lambda: dice.choice([0.0, 1 / 3, 1e300, -2.5, 5e-324]),
        "moment": lambda: _START + timedelta(microseconds=dice.randint(0, 10**15)),
        "document": lambda: {"": [1, 2.5, None, True, dice.choice(_ODD)], "deep": {"ü": dice.random()}},
    }[kind]()


def _words(column: Column[Any]) -> list[str]:
    """The words that a column may hold, where today's tables say so."""
    table = Base.metadata.tables.get(column.table.name)
    known = table.columns.get(column.name) if table is not None else None
    if known is None or not isinstance(known.type, Enum) or known.type.enum_class is None:
        return []
    return [each.value for each in known.type.enum_class]
