"""From what a coordinator answers to the errors that its own rooms raise: what went wrong, where, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx

from coordinator.service.refusals import (
    ChangedError,
    ForbiddenError,
    ReusedKeyError,
    StaleError,
    TooManyError,
    UnauthenticatedError,
    UnknownError,
    UnsettledError,
)
from core.errors import FabcommonsError, InputError, LimitError, MissingToolError, PlanError, StateError

__all__ = ["AwayError", "error_of", "retry_after_s"]

_KINDS: Final[Mapping[str, type[FabcommonsError]]] = {
    "unauthenticated": UnauthenticatedError,
    "forbidden": ForbiddenError,
    "unknown": UnknownError,
    "stale": StaleError,
    "changed": ChangedError,
    "licence": UnsettledError,
    "state": StateError,
    "no-plan": PlanError,
    "key-reused": ReusedKeyError,
    "too-large": LimitError,
    "input": InputError,
    "missing-tool": MissingToolError,
    "method": InputError,
    "media": InputError,
}


class AwayError(FabcommonsError):
    """The coordinator cannot be reached, or what answers is none; it may be there later."""


def error_of(answer: httpx.Response) -> FabcommonsError:
    """The error that an answer tells of.

    Args:
        answer: read to its end, of a status that is no success.
    """
    document = _problem(answer)
    if document is None:
        return AwayError(f"what answers is no coordinator (status {answer.status_code})", where=_host(answer))
    code, where, hint = str(document.get("code")), _text(document.get("where")), _text(document.get("hint"))
    what = str(document["detail"])
    if where is not None:  # the detail is the whole sentence, place and hint included
        what = what.removeprefix(f"{where}: ")
    if hint is not None:
        what = what.removesuffix(f" ({hint})")
    if code == "too-many":
        return TooManyError(what, wait_s=retry_after_s(answer) or 1.0)
    return _KINDS.get(code, FabcommonsError)(what, where=where, hint=hint)


def retry_after_s(answer: httpx.Response) -> float | None:
    """How long an answer asks to wait (RFC 9110, 10.2.3: a number of seconds), or None where it does not say."""
    stated = answer.headers.get("retry-after", "")
    return float(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 7 else None


def _problem(answer: httpx.Response) -> Mapping[str, object] | None:
    try:
        document = answer.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) and "code" in document and "detail" in document else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _host(answer: httpx.Response) -> str:
    return str(answer.request.url.copy_with(path="/", query=None))
