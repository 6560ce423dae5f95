"""Reading a JSON object from a stranger: every field named, typed and bounded, every other one refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from math import isfinite
from typing import Any, TypeVar

from core.errors import InputError, LimitError
from scheduler.wording import listed

__all__ = ["MOST_ITEMS", "MOST_S", "MOST_WHOLE", "Fields", "read_at"]

MOST_S = 100 * 366 * 24 * 3600  # a hundred years, past which sums no longer fit a solver's integers
MOST_ITEMS = 1_000_000
MOST_WHOLE = 10**12

_T = TypeVar("_T")
_REQUIRED: Any = object()


class Fields:
    """One JSON object at one place.

    Args:
        value: what stands there.
        where: the place, as an error tells it.
        known: the keys it may have.

    Raises:
        InputError: it is no object, or has other keys.
    """

    def __init__(self, value: object, where: str, known: tuple[str, ...]) -> None:
        if not isinstance(value, Mapping):
            raise InputError("an object is expected here", where=where)
        others = sorted(str(key) for key in value if key not in known)
        if others:
            raise InputError(f"unknown key {listed(others)}", where=where, hint=f"known are {', '.join(known)}")
        self._value: Mapping[str, object] = value
        self._where = where

    def __contains__(self, key: str) -> bool:
        return self._value.get(key) is not None

    def text(self, key: str, default: str = _REQUIRED) -> str:
        """A string."""
        return self._read(key, default, str, "a text")

    def boolean(self, key: str, default: bool = _REQUIRED) -> bool:
        """True or false."""
        return self._read(key, default, bool, "true or false")

    def seconds(self, key: str, default: int = _REQUIRED) -> int:
        """A whole number of seconds, at most a hundred years either way."""
        return _bounded(self._read(key, default, int, "a whole number of seconds"), f"{self._where}.{key}")

    def whole(self, key: str, default: int = _REQUIRED) -> int:
        """A whole number, at most 1e12 either way."""
        value = self._read(key, default, int, "a whole number")
        if abs(value) > MOST_WHOLE:
            raise LimitError(f"{value} is not within 1e12", where=f"{self._where}.{key}")
        return value

    def number(self, key: str, default: float = _REQUIRED) -> float:
        """A finite number."""
        value = self._value.get(key)
        if value is None and default is not _REQUIRED:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise InputError(f"{value!r} is not a number", where=f"{self._where}.{key}")
        return float(value)

    def moment(self, key: str) -> datetime:
        """An ISO 8601 date and time."""
        text = self.text(key)
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise InputError(
                f"{text!r} is not an ISO 8601 date and time",
                where=f"{self._where}.{key}",
                hint="2026-03-02T08:00:00+00:00",
            ) from None

    def inner(self, key: str, read: Callable[[object, str], _T]) -> _T:
        """Whatever `read` makes of a field that must be there."""
        if key not in self:
            raise InputError(f"{key} is missing", where=self._where)
        return read_at(read, self._value[key], f"{self._where}.{key}")

    def each(self, key: str, read: Callable[[object, str], _T]) -> tuple[_T, ...]:
        """A list, empty when missing, with `read` made of each item and its place."""
        return tuple(read_at(read, item, where) for item, where in self._items(key))

    def _items(self, key: str) -> Iterator[tuple[object, str]]:
        items = self._value.get(key)
        if items is None:
            return
        where = f"{self._where}.{key}"
        if not isinstance(items, list):
            raise InputError("a list is expected here", where=where)
        if len(items) > MOST_ITEMS:
            raise LimitError(f"{len(items)} items are more than {MOST_ITEMS}", where=where)
        for position, item in enumerate(items):
            yield item, f"{where}[{position}]"

    def _read(self, key: str, default: _T, kind: type[_T], name: str) -> _T:
        value = self._value.get(key)
        if value is None:
            if default is _REQUIRED:
                raise InputError(f"{key} is missing", where=self._where)
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InputError(f"{value!r} is not {name}", where=f"{self._where}.{key}")
        return value


def read_at(read: Callable[[object, str], _T], value: object, where: str) -> _T:
    """What `read` makes of the value; an error that does not tell the place in the document is told it."""
    try:
        return read(value, where)
    except InputError as error:
        if error.where is not None and error.where.startswith(where):
            raise
        place = where if error.where is None else f"{where}: {error.where}"
        raise type(error)(error.what, where=place, hint=error.hint) from None


def _bounded(seconds: int, where: str) -> int:
    if abs(seconds) > MOST_S:
        raise LimitError(f"{seconds} s are more than a hundred years", where=where)
    return seconds
