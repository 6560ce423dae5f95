"""JSON documents as the dataclasses of `coordinator.client.nouns`, and back.

A coordinator that is newer than this client may say more: keys that are not known are passed over, words of an
enumeration that are not known are kept as they come. What is missing or of another kind is an error that names it.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from core.errors import FabcommonsError

__all__ = ["plain", "read"]

T = TypeVar("T")
_HINT = "client and coordinator may be of different versions"


def read(kind: type[T], document: Any, where: str = "answer") -> T:
    """A value of a kind, as an annotation names it.

    Args:
        kind: a dataclass, or a type of which its fields are made.
        document: JSON.
        where: it stands, for the error.

    Raises:
        FabcommonsError: the document is none of this kind.
    """
    return cast("T", _read(kind, document, where))


def plain(value: Any) -> Any:
    """A value as JSON documents are made of: dataclasses as objects, moments as text (RFC 3339)."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {_key(each.name): plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(each) for each in value]
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, document: Any, where: str) -> Any:
    origin = get_origin(kind)
    if kind is Any:
        return document
    if origin is Literal:
        return _expected(document, str | int | bool, where)
    if origin in (Union, types.UnionType):
        return _read_one_of(get_args(kind), document, where)
    if origin is tuple:
        return _read_row(get_args(kind), document, where)
    if origin is dict:
        pairs = _expected(document, dict, where)
        return {name: _read(get_args(kind)[1], each, f"{where}.{name}") for name, each in pairs.items()}
    if dataclasses.is_dataclass(kind):
        return _read_fields(cast("type", kind), document, where)
    return _read_simple(kind, document, where)


def _read_simple(kind: Any, document: Any, where: str) -> Any:
    if kind in (datetime, date):
        try:
            return kind.fromisoformat(_expected(document, str, where))
        except ValueError:
            raise _unlike(where, "a moment") from None
    if kind is float and isinstance(document, int) and not isinstance(document, bool):
        return float(document)
    if kind is int and isinstance(document, bool):
        raise _unlike(where, "int")
    return _expected(document, kind, where)


def _read_one_of(kinds: Sequence[Any], document: Any, where: str) -> Any:
    if document is None and types.NoneType in kinds:
        return None
    real = [each for each in kinds if each is not types.NoneType]
    for each in real[:-1]:
        try:
            return _read(each, document, where)
        except FabcommonsError:
            continue
    return _read(real[-1], document, where)


def _read_row(kinds: tuple[Any, ...], document: Any, where: str) -> tuple[Any, ...]:
    cells = _expected(document, list, where)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(cells)
    if len(kinds) != len(cells):
        raise _unlike(where, f"{len(kinds)} values")
    return tuple(
        _read(kind, each, f"{where}[{place}]") for place, (kind, each) in enumerate(zip(kinds, cells, strict=True))
    )


def _read_fields(kind: type, document: Any, where: str) -> Any:
    given = _expected(document, dict, where)
    hints, values = _hints(kind), {}
    for each in dataclasses.fields(kind):
        key = _key(each.name)
        if key in given:
            values[each.name] = _read(hints[each.name], given[key], f"{where}.{key}")
        elif each.default is dataclasses.MISSING:
            raise FabcommonsError(f"the coordinator says no {key}", where=where, hint=_HINT)
    return kind(**values)


def _key(name: str) -> str:
    """Names that Python keeps for itself have a line behind them here."""
    return name.removesuffix("_")


def _expected(document: Any, kind: Any, where: str) -> Any:
    if not isinstance(document, kind):
        raise _unlike(where, getattr(kind, "__name__", str(kind)))
    return document


def _unlike(where: str, kind: str) -> FabcommonsError:
    return FabcommonsError(f"the coordinator says something else than {kind} here", where=where, hint=_HINT)
