"""What every noun of the client is made of: one answer, none, or a list a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote

from coordinator.client.caller import Caller
from coordinator.client.values import read
from core.errors import FabcommonsError

__all__ = ["NOTHING", "Calls", "segment"]

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
"""An object without entries, as a default."""

T = TypeVar("T")


def segment(value: object) -> str:
    """A value as one segment of a path; what it holds cannot lead elsewhere.

    Raises:
        FabcommonsError: it is empty or leads up, which no path of ours takes.
    """
    text = quote(str(value), safe="")
    if text in ("", ".", ".."):
        raise FabcommonsError(f"{str(value)!r} names nothing")
    return text


class Calls:
    """The requests of one noun."""

    def __init__(self, caller: Caller) -> None:
        """Args: caller: sends them."""
        self._caller = caller

    def _one(self, kind: type[T], method: str, path: str, **request: Any) -> T:
        return read(kind, self._caller.json(method, path, **request))

    def _any(self, kind: object, method: str, path: str, **request: Any) -> Any:
        """As `_one`, for what is no class: rows, unions."""
        return read(cast("type[Any]", kind), self._caller.json(method, path, **request))

    def _pages(
        self, kind: type[T], path: str, query: Mapping[str, Any], rows: int, after: str | None = None
    ) -> Iterator[T]:
        """Every item of a list, or those behind one; the next page is asked for when the one before is used up."""
        while True:
            page = self._caller.json("GET", path, query={**query, "after": after, "limit": rows})
            items, following = _page(page)
            for place, each in enumerate(items):
                yield read(kind, each, f"items[{place}]")
            if following is None:
                return
            after = following


def _page(page: Any) -> tuple[list[Any], str | None]:
    items = page.get("items") if isinstance(page, dict) else None
    if not isinstance(items, list):
        raise FabcommonsError("the coordinator answers with no page of a list")
    return items, page.get("next")
