"""The cookie of a browser that is logged in, and who may make it act.

A browser sends the cookie whichever page asked it to. So what changes something with the cookie must come from a page
of ours: the browser itself says so (`Sec-Fetch-Site`, W3C Fetch Metadata), or names the page's origin (RFC 6454).
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from coordinator.service.membership.sessions import NewSession
from coordinator.service.refusals import ForbiddenError

__all__ = [
    "address_of",
    "drop_session",
    "from_elsewhere",
    "is_secure",
    "require_no_stranger",
    "require_own_page",
    "session_shown",
    "show_session",
]

_HARMLESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def session_shown(request: Request) -> str | None:
    """The session that the browser shows, or None."""
    return request.cookies.get(_name(request))


def show_session(request: Request, response: Response, begun: NewSession) -> None:
    """Have the browser show a session from now on; scripts cannot read it, other sites' forms do not carry it."""
    response.set_cookie(
        _name(request), begun.text, expires=begun.expires_at, path="/", secure=is_secure(request), httponly=True,
        samesite="lax",
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"


def drop_session(request: Request, response: Response) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(_name(request), path="/", secure=is_secure(request), httponly=True, samesite="lax")


def require_own_page(request: Request) -> None:
    """Refuse a change that a browser was told to make by a page that is none of ours, or that names no page.

    Raises:
        ForbiddenError: it was.
    """
    if request.method not in _HARMLESS and from_elsewhere(request) is not False:
        raise ForbiddenError(
            "a page of another site asked for this, or none of ours", where=request.url.path,
            hint="programs show a token, and no cookie",
        )  # fmt: skip


def require_no_stranger(request: Request) -> None:
    """Refuse to log a browser in for another site: what its owner then does would be in an attacker's name.

    Raises:
        ForbiddenError: a page of another site asked.
    """
    if from_elsewhere(request):
        raise ForbiddenError("a page of another site asked for this", where=request.url.path)


def address_of(request: Request) -> str:
    """The address that asks, by which guesses are counted."""
    return request.client.host if request.client is not None else "unknown"


def from_elsewhere(request: Request) -> bool | None:
    """Whether a page of another site asked for this; None where nothing tells, as of a program."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site != "same-origin"
    origin = request.headers.get("origin")
    if origin is None:
        return None
    public: str | None = request.app.state.public_url
    if public is not None:
        return origin.rstrip("/") != public
    return urlsplit(origin).netloc != request.headers.get("host")


def is_secure(request: Request) -> bool:
    """Whether the browser reaches us over TLS, which a proxy may have taken off."""
    return (request.app.state.public_url or str(request.url)).startswith("https://")


def _name(request: Request) -> str:
    """`__Host-` keeps other hosts of the domain from planting one (RFC 6265bis, 4.1.3.2); it takes TLS."""
    return "__Host-fabcommons" if is_secure(request) else "fabcommons"
