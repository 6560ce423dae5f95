"""How people come in and go: log-in, log-out, joining by invitation or by oneself, one's own account, the language."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import StringConstraints

from coordinator.api.common import FullName
from coordinator.api.context import App, Who
from coordinator.api.cookies import (
    address_of,
    drop_session,
    is_secure,
    require_no_stranger,
    session_shown,
    show_session,
)
from coordinator.schema.account import SignUp
from coordinator.schema.network import Role
from coordinator.service.access import Actor, Right
from coordinator.service.application import Application
from coordinator.service.membership.sessions import NewSession
from coordinator.service.membership.tokens import TokenView
from coordinator.web.alerts import alerts_of_account
from coordinator.web.elsewhere import elsewhere_of, identities_of
from coordinator.web.forms import Plain, Sent, back_to
from coordinator.web.languages import COOKIE, LANGUAGES
from coordinator.web.page import Page, Shown

__all__ = ["account", "join", "log_in_page", "router"]

router = APIRouter(include_in_schema=False)
_YEAR_S: Final = 365 * 24 * 3600
_Typed = Annotated[str, StringConstraints(min_length=1, max_length=256)]
_Login = Annotated[str, StringConstraints(min_length=3, max_length=254)]


class LogInSent(Sent):
    """Who comes back."""

    login: _Login
    password: _Typed


class JoinSent(LogInSent):
    """Who comes for the first time; the code is of an invitation, or empty where the network is open."""

    name: FullName
    code: Annotated[str, StringConstraints(max_length=200)] = ""


class PasswordSent(LogInSent):
    """A new password; `old` is the present one."""

    old: Annotated[str, StringConstraints(max_length=256)] = ""


class LanguageSent(Sent):
    """The language that somebody reads."""

    language: Annotated[str, StringConstraints(pattern=f"^({'|'.join(LANGUAGES)})$")]


def log_in_page(application: App, actor: Who, back: Annotated[str, Query(max_length=500)] = "/") -> Page:
    """Where people say who they are."""
    facts = {"back": back, "network": application.choices.now(), "elsewhere": elsewhere_of(application)}
    return Page(application, actor, lambda: Shown("log-in", facts))


def join(application: App, actor: Who, code: Annotated[str, Query(max_length=200)] = "") -> Page:
    """Where an invitation leads."""
    network = application.choices.now()
    facts = {"code": code, "network": network, "open": network.sign_up is SignUp.OPEN}
    facts |= {"elsewhere": elsewhere_of(application)}
    return Page(application, actor, lambda: Shown("join", facts))


def account(application: App, actor: Who) -> Page:
    """Who I am here."""

    def show() -> Shown:
        facts: dict[str, Any] = {"account": application.accounts.of(actor), "lacking": _lacking(application, actor)}
        facts["person"] = application.people.one(actor, actor.id)
        return Shown("account", facts | alerts_of_account(application, actor) | identities_of(application, actor))

    return Page(application, actor, show)


def _lacking(application: Application, actor: Actor) -> list[tuple[TokenView, list[Role]]]:
    """The tokens of who reads that do not reach a role which came later, and which."""
    roles = {each.role for each in actor.grants}
    now = application.house.real.now()
    mine = [
        each for each in application.tokens.mine(actor, limit=200).items
        if each.holder == actor.id and not each.revoked and (each.expires_at is None or each.expires_at > now)
    ]  # fmt: skip
    return [(each, sorted(roles - set(each.scopes))) for each in mine if roles - set(each.scopes)]


@router.post("/log-in", response_class=RedirectResponse, status_code=303)
def log_in(application: App, request: Request, sent: Annotated[LogInSent, Form()]) -> Response:
    """Begin a session."""
    require_no_stranger(request)
    begun = application.accounts.log_in(sent.login, sent.password, address_of(request), session_shown(request))
    return _inside(request, begun, sent.back)


@router.post("/join", response_class=RedirectResponse, status_code=303)
def joined(application: App, request: Request, sent: Annotated[JoinSent, Form()]) -> Response:
    """Become a person of the network, with a password."""
    require_no_stranger(request)
    if sent.code:
        begun = application.accounts.join(sent.code.strip(), sent.name, sent.login, sent.password, address_of(request))
    else:
        begun = application.accounts.sign_up(sent.name, None, sent.login, sent.password, address_of(request))
    return _inside(request, begun, _first_page(application, begun) if sent.back == "/" else sent.back)


@router.post("/account/password", response_class=RedirectResponse, status_code=303)
def set_password(application: App, request: Request, actor: Who, sent: Annotated[PasswordSent, Form()]) -> Response:
    """Change a password, or set the first one."""
    begun = application.accounts.set_password(actor, sent.login, sent.password, sent.old or None, address_of(request))
    return _inside(request, begun, sent.back)


@router.post("/language", response_class=RedirectResponse, status_code=303)
def choose_language(request: Request, sent: Annotated[LanguageSent, Form()]) -> Response:
    """Read the pages in a language from now on, in this browser."""
    require_no_stranger(request)
    answer = back_to(sent.back)
    answer.set_cookie(
        COOKIE, sent.language, max_age=_YEAR_S, path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )
    return answer


@router.post("/log-out", response_class=RedirectResponse, status_code=303)
def log_out(application: App, request: Request, actor: Who, sent: Plain) -> Response:  # noqa: ARG001 (asking who it is refuses other sites)
    """End the session."""
    shown = session_shown(request)
    if shown is not None:
        application.sessions.end(shown)
    answer = back_to(sent.back)
    drop_session(request, answer)
    return answer


def _first_page(application: Application, begun: NewSession) -> str:
    """What somebody new has to do with: an operator the lab, a first steward the first steps, others the board."""
    actor = application.sessions.actor(begun.text)
    lab = next((each.lab for each in sorted(actor.grants, key=str) if each.role is Role.OPERATOR), None)
    if lab:
        return f"/labs/{lab}"
    return "/begin" if actor.may(Right.ADD_LAB) and not application.labs.all(actor, limit=1).items else "/"


def _inside(request: Request, begun: NewSession, back: str) -> Response:
    answer = back_to(back)
    show_session(request, answer, begun)
    return answer
