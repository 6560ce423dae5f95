"""Errors over HTTP, as problem documents (RFC 9457), each with a code that programs can rely on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

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
from core.misfits import in_words

__all__ = ["CODES", "MEDIA_TYPE", "PROBLEM_RESPONSES", "Code", "Problem", "add_problems", "problem"]

MEDIA_TYPE: Final = "application/problem+json"
_MOST_PLACES = 20
_PARTS: Final = frozenset({"body", "query", "path", "header", "cookie"})


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of problem."""

    name: str
    status: int
    title: str


CODES: Final[Mapping[type[Exception], Code]] = {
    UnauthenticatedError: Code("unauthenticated", 401, "A valid token is needed"),
    ForbiddenError: Code("forbidden", 403, "Who asks may not do this"),
    UnknownError: Code("unknown", 404, "There is no such thing"),
    StaleError: Code("stale", 409, "The lease of this attempt is no longer the agent's own"),
    ChangedError: Code("changed", 412, "It is no longer as the caller saw it"),
    UnsettledError: Code("licence", 409, "The licence is to be settled first"),
    StateError: Code("state", 409, "The step is not allowed in the present state"),
    PlanError: Code("no-plan", 409, "No plan is possible"),
    ReusedKeyError: Code("key-reused", 422, "The idempotency key was used for another request"),
    TooManyError: Code("too-many", 429, "Too many requests in a short time"),
    LimitError: Code("too-large", 413, "What was sent is too large, too deep or too many"),
    InputError: Code("input", 422, "What was sent cannot be used"),
    MissingToolError: Code("missing-tool", 503, "The coordinator lacks a program that this needs"),
}
"""From errors to codes, the special before the general."""
TOO_MANY: Final = CODES[TooManyError]
METHOD: Final = Code("method", 405, "There is no such method here")
MEDIA: Final = Code("media", 415, "This media type is not understood here")
INTERNAL: Final = Code("internal", 500, "The coordinator met an error of its own")
_BY_STATUS: Final = {404: CODES[UnknownError], 405: METHOD, 415: MEDIA}


class Problem(BaseModel):
    """What went wrong (RFC 9457). `code` is stable, `detail` is for people."""

    type: str = Field(examples=["urn:fabcommons:problem:state"])
    title: str = Field(examples=["The step is not allowed in the present state"])
    status: int = Field(examples=[409])
    code: str = Field(examples=["state"])
    detail: str = Field(examples=["offer 7: this offer is declined and cannot become accepted"])
    where: str | None = Field(default=None, examples=["offer 7"])
    hint: str | None = None


_SCHEMA = {"schema": {"$ref": "#/components/schemas/Problem"}}
PROBLEM_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"description": "A problem of the request", "content": {MEDIA_TYPE: _SCHEMA}},
    "5XX": {"description": "A problem of the coordinator", "content": {MEDIA_TYPE: _SCHEMA}},
}
"""What any route may answer."""


def problem(
    code: Code, detail: str, *, where: str | None = None, hint: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:  # fmt: skip
    """An answer that says what went wrong."""
    document = Problem(
        type=f"urn:fabcommons:problem:{code.name}", title=code.title, status=code.status, code=code.name,
        detail=detail, where=where, hint=hint,
    )  # fmt: skip
    content = document.model_dump(mode="json")
    return JSONResponse(content, code.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def add_problems(app: FastAPI) -> None:
    """Turn every error of the application into a problem document."""
    app.add_exception_handler(FabcommonsError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_program)


async def _of_ours(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FabcommonsError)  # noqa: S101 - registered for these only
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), INTERNAL)
    headers = {"WWW-Authenticate": "Bearer"} if code.status == 401 else {}
    if isinstance(error, TooManyError):
        headers["Retry-After"] = str(int(error.wait_s) + 1)
    return problem(code, _plain(str(error)) or "", where=_plain(error.where), hint=_plain(error.hint), headers=headers)


async def _of_validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for these only
    found = error.errors()
    told = [f"{_place(each['loc'])}: {in_words(each['type'], each['msg'], each.get('ctx') or {})}" for each in found]
    more = f" (and {len(told) - _MOST_PLACES} more)" if len(told) > _MOST_PLACES else ""
    where = _plain(_place(found[0]["loc"])) if len(found) == 1 else None
    return problem(CODES[InputError], _plain("; ".join(told[:_MOST_PLACES]) + more) or "", where=where)


def _place(loc: Sequence[int | str]) -> str:
    """Where in a request a value stands, without the part of it that all bodies, forms and paths have."""
    parts = [str(each) for each in loc]
    return ".".join(parts[1:] if parts[0] in _PARTS and len(parts) > 1 and not parts[1].isdecimal() else parts)


async def _of_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these only
    code = _BY_STATUS.get(error.status_code, Code("input", error.status_code, "What was sent cannot be used"))
    return problem(code, str(error.detail), headers=error.headers)


async def _of_program(_: Request, __: Exception) -> JSONResponse:
    """The server logs the traceback; nobody outside sees it."""
    return problem(INTERNAL, "the log of the coordinator has more")


def _plain(text: str | None) -> str | None:
    """Text that any JSON encoder takes: half a character that came in is a question mark."""
    return None if text is None else text.encode("utf-8", "replace").decode()
