"""SPDX expressions as trees (SPDX specification 3.0, annex B)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import license_expression

__all__ = ["identifiers", "parsed"]

_MOST_CHARS: Final = 400
_PARSER_ERRORS: Final = (  # the parser underneath trips over "()" in ways of its own
    license_expression.ExpressionError,
    AssertionError,
    AttributeError,
    IndexError,
    TypeError,
)


def parsed(expression: str | None) -> Any:
    """The tree of an expression; what cannot be parsed stands for a licence of that name.

    Args:
        expression: of strangers; None or "" where no licence is stated.

    Returns:
        A node with `operator` ("AND", "OR") and `args`, or a leaf whose string is its identifier.
    """
    text = (expression or "").strip()
    if not text or len(text) > _MOST_CHARS:
        return text[:_MOST_CHARS]
    try:
        return license_expression.Licensing().parse(text)
    except _PARSER_ERRORS:
        return text


def identifiers(expression: str | None) -> Iterator[str]:
    """The identifiers of an expression, from left to right."""
    waiting = [parsed(expression)]
    while waiting:
        tree = waiting.pop()
        if getattr(tree, "operator", ""):
            waiting.extend(reversed(tree.args))
        elif str(tree or ""):
            yield str(tree)
