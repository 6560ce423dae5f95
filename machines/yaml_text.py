"""YAML that strangers wrote, read with limits.

The quick loader walks nested lists by recursion in C, without a guard: thousands of brackets end the process. An alias
costs nothing in the text and everything when it is followed. So the flat stream of events is looked at first.
"""

from __future__ import annotations

from typing import Any

import yaml

from core.errors import InputError, LimitError

__all__ = ["LOADER", "parse_yaml"]

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as quick where PyYAML was built with libyaml
_DEEPEST = 50


def parse_yaml(text: str, *, where: str, most_aliases: int) -> Any:
    """The one document of a text, as values.

    Args:
        text: YAML.
        where: the file, for errors.
        most_aliases: how often an anchor may be referred to.

    Raises:
        InputError: it is not YAML, the line is named; or it is nested deeper than 50, or has too many aliases.
    """
    try:
        _look(text, where, most_aliases)
        return yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader, quick or not
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        spot = f"{where}:{mark.line + 1}" if mark else where
        raise InputError(f"not YAML: {getattr(error, 'problem', None) or 'cannot be parsed'}", where=spot) from None
    except (ValueError, RecursionError) as error:  # a date that does not exist, a slow loader that went too deep
        what = str(error) or "it is nested too deep"
        raise InputError(f"not YAML that can be used: {what}", where=where) from None


def _look(text: str, where: str, most_aliases: int) -> None:
    """Refuse what would cost too much to load."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > _DEEPEST:
            raise LimitError(f"not YAML that can be used: nested deeper than {_DEEPEST}", where=where)
        if aliases > most_aliases:
            raise LimitError(f"there are more than {most_aliases} aliases of anchors", where=where)
