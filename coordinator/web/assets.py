"""What pages load beside themselves: style and scripts of our own, under addresses that change with their content."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from coordinator.charts.gantt_style import CHART_STYLE
from coordinator.service.refusals import UnknownError

__all__ = ["address_of", "router"]

_KINDS: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_MADE: Final = {"chart.css": CHART_STYLE}
router = APIRouter()


def address_of(name: str) -> str:
    """Where an asset is served.

    Raises:
        UnknownError: there is no such asset.
    """
    return f"/assets/{_digest(name)}/{name}"


@router.get("/assets/{digest}/{name}", include_in_schema=False)
def asset(request: Request, digest: str, name: str) -> Response:
    """An asset; under its own digest it may be kept for ever."""
    body, packed = _asset(name)
    headers = {
        "Cache-Control": _FOR_EVER if digest == _digest(name) else "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = packed
    return Response(body, media_type=_KINDS[name.rpartition(".")[2]], headers=headers)


@cache
def _names() -> frozenset[str]:
    return frozenset(each.name for each in (files("coordinator.web") / "static").iterdir()) | _MADE.keys()


def _asset(name: str) -> tuple[bytes, bytes]:
    if name not in _names():
        raise UnknownError(f"there is no asset {name[:60]!r}")
    return _packed(name)


@cache
def _packed(name: str) -> tuple[bytes, bytes]:
    made = _MADE.get(name)
    body = made.encode() if made is not None else (files("coordinator.web") / "static" / name).read_bytes()
    return body, gzip.compress(body, mtime=0)


def _digest(name: str) -> str:
    return hashlib.sha256(_asset(name)[0]).hexdigest()[:12]
