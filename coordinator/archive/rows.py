"""Rows of a table as JSON lines, and back; the same on every database."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, collate, select, types
from sqlalchemy.schema import Column, Table

from core.errors import InputError

__all__ = ["KINDS", "decoder", "kind_of", "lines_of"]

_BATCH: Final = 500
KINDS: Final = (
    ("boolean", types.Boolean),
    ("moment", types.DateTime),
    ("document", types.JSON),
    ("integer", types.Integer),
    ("number", types.Float),
    ("text", types.String),
    ("bytes", types.LargeBinary),
)
"""What docs/export.md calls a column's values, and the type of the column."""


def kind_of(column: Column[Any]) -> str:
    """What a column holds, as `KINDS` names it; a decorated type is what it is stored as."""
    stored = column.type.impl if isinstance(column.type, types.TypeDecorator) else column.type
    for kind, each in KINDS:
        if isinstance(stored, each):
            return kind
    raise TypeError(f"an archive cannot hold {column.table.name}.{column.name}, a {column.type}")


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """All rows of a table in the order of its primary key, a JSON object a line.

    Args:
        connection: in a transaction that sees one moment.
        table: as it was found in the database.
    """
    writers = [(column.name, _WRITERS.get(kind_of(column), _as_it_is)) for column in table.columns]
    for row in connection.execution_options(yield_per=_BATCH).execute(_in_order(connection, table)):
        pairs = zip(writers, row, strict=True)
        document = {name: None if value is None else write(value) for (name, write), value in pairs}
        yield json.dumps(document, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def decoder(table: Table) -> Callable[[bytes, str], dict[str, Any]]:
    """What reads a line of a table: takes the line and where it stands, returns the row.

    It raises InputError where the line is no JSON object, lacks or adds a column, or a value is not of its column's
    kind.
    """
    readers = {column.name: (_READERS[kind_of(column)], bool(column.nullable)) for column in table.columns}

    def read(line: bytes, where: str) -> dict[str, Any]:
        document = _document(line, where)
        if document.keys() != readers.keys():
            odd = min(document.keys() ^ readers.keys())
            raise InputError(f"{odd[:80]!r} is {'unknown' if odd in document else 'missing'}", where=where)
        row = {}
        for name, (reader, nullable) in readers.items():
            value = document[name]
            try:
                row[name] = None if value is None and nullable else reader(value)
            except (ValueError, TypeError, OverflowError):
                raise InputError(f"{name} is not what its column holds", where=where) from None
        return row

    return read


def _in_order(connection: Connection, table: Table) -> Select[Any]:
    """Texts in the order of their bytes, whatever language the database sorts by."""
    postgresql = connection.dialect.name == "postgresql"
    keys = [collate(key, "C") if postgresql and kind_of(key) == "text" else key for key in table.primary_key.columns]
    return select(table).order_by(*keys)


def _document(line: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise InputError("the line is no JSON", where=where) from None
    if not isinstance(found, dict):
        raise InputError("the line is no JSON object", where=where)
    return found


def _no_number(text: str) -> float:
    raise ValueError(text)


def _as_it_is(value: Any) -> Any:
    return value


def _write_moment(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _read_boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _read_moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.utcoffset() is None:
        raise ValueError
    return moment.astimezone(UTC).replace(tzinfo=None)


def _read_integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
        raise TypeError
    return value


def _read_number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise TypeError
    return float(value)


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # half a surrogate pair is no text
    return value


def _read_bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError from None


_WRITERS: Final[dict[str, Callable[[Any], Any]]] = {
    "moment": _write_moment,
    "number": float,
    "bytes": lambda value: base64.b64encode(value).decode(),
}
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "boolean": _read_boolean,
    "moment": _read_moment,
    "document": _as_it_is,
    "integer": _read_integer,
    "number": _read_number,
    "text": _read_text,
    "bytes": _read_bytes,
}
