"""One form of bytes for each JSON value, so that a signature holds wherever it is checked.

A part of the JSON Canonicalization Scheme (RFC 8785): keys in the order of their UTF-16 code units, no spaces, no
escapes that are not needed, UTF-8. Numbers are whole and exact in every language (up to 2^53); fractions are refused,
since they have more than one form.
"""

from __future__ import annotations

import json
from typing import Any, Final

from core.errors import InputError

__all__ = ["canonical", "parse"]

_MOST_DEPTH: Final = 20
_MOST_EXACT: Final = 2**53 - 1


def canonical(value: Any) -> bytes:
    """The bytes of a value.

    Raises:
        InputError: it holds a fraction, a number beyond 2^53, text that is no Unicode, or lies too deep.
    """
    try:
        return _text(value, 0).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError("text with half a character cannot be signed") from error


def parse(data: bytes, *, where: str) -> Any:
    """A value of bytes that came from elsewhere.

    Raises:
        InputError: they are no JSON, or a key stands twice in an object: readers would disagree.
    """
    try:
        return json.loads(data, object_pairs_hook=_once, parse_float=_no_fraction, parse_constant=_no_fraction)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no document: {str(error)[:200]}", where=where) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_fraction(text: str) -> Any:
    raise ValueError(f"{text[:20]} is no whole number")


def _text(value: Any, depth: int) -> str:
    if depth > _MOST_DEPTH:
        raise InputError(f"a document lies at most {_MOST_DEPTH} deep")
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) > _MOST_EXACT:
            raise InputError("a number in a document is at most 2^53 - 1")
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(_text(each, depth + 1) for each in value)}]"
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return (
            "{"
            + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_text(value[key], depth + 1)}" for key in keys)
            + "}"
        )
    raise InputError(
        f"{type(value).__name__} cannot be signed", hint="text, whole numbers, lists, objects with text keys"
    )
