"""What is said of each argument and option that a command has from the client: by its name, else by its type."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

__all__ = ["told_of"]

_MOMENT: Final = "such as 2030-02-01T12:00+01:00"
_BY_NAME: Final[Mapping[str, str]] = {
    "accept": "yes, or no to reject it.",
    "anyway": "Though work is in the way, which is then planned anew.",
    "bought": "Bought parts",
    "build_id": "Of this build.",
    "document": "A file (JSON or YAML).",
    "due_at": f"By when, {_MOMENT}.",
    "job_id": "As `fabcommons job list` shows it.",
    "key": "Asked again with the same key, it happens once.",
    "lab": "Of this lab.",
    "lot_id": "As `fabcommons build tasks ID --json` shows it.",
    "machine": "As `fabcommons network machines` shows it.",
    "machine_id": "As `fabcommons network machines` shows it.",
    "made": "Whether its pieces are good.",
    "state": "In this state.",
    "tasks": "Of its kit, as `fabcommons kit show JOB` numbers them; may be repeated [all that is here].",
    "until": f"Until when, {_MOMENT}.",
    "why": "The reason, one sentence.",
}
_EXAMPLES: Final[Mapping[Any, Any]] = {int: 1, float: 1.0, str: "TEXT", bool: True, datetime: "2030-02-01T12:00+01:00"}


def told_of(name: str, hint: Any) -> str | None:
    """What is said of one.

    Args:
        name: of the method's parameter.
        hint: its type, without None.

    Returns:
        A sentence; for what is typed as JSON an example of it; None where name and type say all there is to say.
    """
    by_name = _BY_NAME.get(name)
    inner = get_args(hint)[0] if _is_list(hint) else None
    if dataclasses.is_dataclass(inner) or dataclasses.is_dataclass(hint):
        example = json.dumps(_example(hint), ensure_ascii=False)
        return f"{(by_name or 'JSON').rstrip('.')}, such as {example}."
    if by_name is not None:
        return by_name
    if hint in (datetime, date):
        return f"When, {_MOMENT}."
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
