"""Log-in with an OpenID provider: the browser leaves, comes back, and is logged in; or a plain page says why not."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from coordinator.api.common import RowId
from coordinator.api.context import App, Who
from coordinator.api.cookies import from_elsewhere, is_secure, session_shown, show_session
from coordinator.api.provider import Provider
from coordinator.service.access import Actor
from coordinator.service.application import Application
from coordinator.service.membership.identities import Departure
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from coordinator.web.forms import LOCAL, Plain, back_to

__all__ = ["elsewhere_of", "identities_of", "router"]

router = APIRouter(include_in_schema=False)
_CALLBACK: Final = "/log-in/callback"
_GOOD_FOR_S: Final = 600
_Back = Annotated[str, Query(max_length=500, pattern=LOCAL)]
_Word = Annotated[str | None, Query(max_length=2000)]


@router.get("/log-in/elsewhere")
def leave(
    application: App, request: Request, back: _Back = "/", invitation: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """To the provider, to log in; with an invitation, to become a person here."""
    return _sent_off(application, request, application.identities.leave(back, invitation=invitation.strip()))


@router.get("/account/identities/link")
def link(application: App, request: Request, actor: Who) -> Response:
    """To the provider, to be known here by what it says; only from a page of ours, as it changes who may log in."""
    if from_elsewhere(request) is not False:
        raise ForbiddenError("a page of another site asked for this, or none of ours", where=request.url.path)
    return _sent_off(application, request, application.identities.leave("/account", actor=actor))


@router.get(_CALLBACK)
def come_back(
    application: App, request: Request, actor: Who, state: Annotated[str, Query(max_length=200)] = "",
    code: _Word = None, iss: _Word = None, error: _Word = None,
) -> Response:  # fmt: skip
    """From the provider: the journey is over whatever it says."""
    provider = _provider(request)
    journey = application.identities.arrive(state, request.cookies.get(_cookie(request)))
    provider.require_own_answer(iss)
    if error is not None or not code:
        said = error if error and error.isascii() and error.replace("_", "").isalpha() else "nothing"
        raise UnauthenticatedError(f"the provider let nobody in; it says {said[:40]}", hint="log in again")
    claims = provider.claims(code, journey, _redirect(application))
    begun = application.identities.log_in(journey, claims, actor, session_shown(request))
    answer = back_to(journey.back)
    show_session(request, answer, begun)
    answer.delete_cookie(_cookie(request), path="/", secure=is_secure(request), httponly=True, samesite="lax")
    return answer


@router.post("/account/identities/{identity_id}/unlink", response_class=RedirectResponse, status_code=303)
def unlink(application: App, actor: Who, identity_id: RowId, sent: Plain) -> Response:
    """Be known there no more."""
    application.identities.unlink(actor, identity_id)
    return back_to(sent.back)


def elsewhere_of(application: Application) -> str | None:
    """As people know the provider, for pages; None where there is none."""
    client = application.house.settings.openid
    return None if client is None else Provider(client, application.house.real).name


def identities_of(application: Application, actor: Actor) -> dict[str, Any]:
    """What the page of one's account shows of it."""
    return {"elsewhere": elsewhere_of(application), "identities": application.identities.mine(actor)}


def _sent_off(application: Application, request: Request, departure: Departure) -> Response:
    answer = RedirectResponse(_provider(request).address(departure, _redirect(application)), 303)
    answer.set_cookie(
        _cookie(request), departure.state, max_age=_GOOD_FOR_S, path="/", secure=is_secure(request), httponly=True,
        samesite="lax",
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _provider(request: Request) -> Provider:
    """The provider of this coordinator.

    Raises:
        UnknownError: it has none.
    """
    found: Provider | None = request.app.state.provider
    if found is None:
        raise UnknownError("this coordinator knows no other place to log in")
    return found


def _redirect(application: Application) -> str:
    return f"{application.house.settings.public_url}{_CALLBACK}"


def _cookie(request: Request) -> str:
    return "__Host-fabcommons-journey" if is_secure(request) else "fabcommons-journey"
