"""Values of a stranger's document: looked at before they are used, limited in size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["items", "mapping", "number", "text"]

_LONGEST = 200
_MOST = 10_000


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return {str(key): each for key, each in value.items()} if isinstance(value, Mapping) else {}


def items(value: Any) -> Iterator[Any]:
    """The members of a list, or the value alone where it is one; the first ten thousand."""
    members = value if isinstance(value, list) else [] if value is None else [value]
    yield from members[:_MOST]


def text(value: Any) -> str | None:
    """A line of text, cut at 200 signs; None where there is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = f"{value:g}"
    return " ".join(value.split())[:_LONGEST].strip() or None if isinstance(value, str) else None


def number(value: Any) -> float | None:
    """A finite number, also where it stands as text; else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
