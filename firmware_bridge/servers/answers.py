"""Values out of JSON that a server sent: what is missing or of another kind is empty, never an exception."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["mapping", "number", "text"]


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(values: dict[str, Any], key: str) -> str:
    """The string under a key, or ""."""
    value = values.get(key)
    return value if isinstance(value, str) else ""


def number(values: dict[str, Any], key: str) -> float | None:
    """The finite number under a key, or None."""
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
