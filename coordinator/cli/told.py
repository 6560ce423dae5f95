"""What is said of each argument and option that a command has from the client: by its name, else by its type."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from coordinator.cli.words import BY_NAME, BY_PLACE, MOMENT

__all__ = ["told_of"]

_EXAMPLES: Final[Mapping[Any, Any]] = {int: 1, float: 1.0, str: "TEXT", bool: True, datetime: "2030-02-01T12:00+01:00"}


def told_of(name: str, hint: Any, method: str = "") -> str | None:
    """What is said of one.

    Args:
        name: of the method's parameter.
        hint: its type, without None.
        method: of the client, where a name says something else than elsewhere.

    Returns:
        A sentence; for what is typed as JSON an example of it; None where name and type say all there is to say.
    """
    by_name = BY_PLACE.get((method, name)) or BY_NAME.get(name)
    inner = get_args(hint)[0] if _is_list(hint) else None
    if dataclasses.is_dataclass(inner) or dataclasses.is_dataclass(hint):
        example = json.dumps(_example(hint), ensure_ascii=False)
        return f"{(by_name or 'JSON').rstrip('.')}, such as {example}."
    if by_name is not None:
        return by_name
    if hint in (datetime, date):
        return f"When, {MOMENT}."
    if inner is not None:
        return "May be repeated."
    return None


def _is_list(hint: Any) -> bool:
    origin = get_origin(hint)
    return isinstance(origin, type) and issubclass(origin, Sequence)


def _example(hint: Any) -> Any:
    """A value of a type, as JSON; what may be left out of an object is there too."""
    if dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return {each.name: _example(hints[each.name]) for each in dataclasses.fields(hint)}
    if _is_list(hint):
        return [_example(get_args(hint)[0])]
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    kinds = [each for each in get_args(hint) if each is not NoneType]
    if kinds and hint not in _EXAMPLES:
        return _example(kinds[0])
    return _EXAMPLES.get(hint)
