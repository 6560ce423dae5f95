"""`/session`, `/account` and `/network`: log-in with a browser, passwords, sign-up, and what holds for all."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, Email, FullName, PersonId
from coordinator.api.context import App, Asked, Who
from coordinator.api.cookies import address_of, drop_session, require_no_stranger, session_shown, show_session
from coordinator.schema.account import SignUp
from coordinator.schema.network import Role
from coordinator.service.house import View
from coordinator.service.membership.accounts import AccountView, NewReset
from coordinator.service.membership.choices import NetworkView
from coordinator.service.membership.sessions import NewSession

__all__ = ["router"]

router = APIRouter()
Service = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,20}$")]
_Typed = Annotated[str, StringConstraints(min_length=1, max_length=256)]
_Login = Annotated[str, StringConstraints(min_length=3, max_length=254)]


class LogIn(Body):
    """A log-in name, however it is written, and the password."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"login": "ada@example.org", "password": "..."}]})
    login: _Login
    password: _Typed


class SigningUp(LogIn):
    """Who joins an open network. Name and address are shown to that person and to stewards only."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"login": "ada", "password": "...", "name": "Ada", "email": None}]}
    )
    name: FullName
    email: Email | None = None


class NewPassword(LogIn):
    """The log-in name and password from now on; `old` is the present password, where there is one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"login": "ada", "password": "...", "old": "..."}]})
    old: _Typed | None = None


class PasswordByCode(LogIn):
    """A log-in name and password, by a code of a steward."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "rst_...", "login": "ada", "password": "..."}]})
    code: str = Field(max_length=200)


class Choosing(Body):
    """What holds in this network."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Labs of the bay", "sign_up": "open", "newcomer_role": "builder"}]}
    )
    name: FullName
    sign_up: SignUp
    newcomer_role: Role | None = None
    alert_services: list[Service] | None = Field(default=None, max_length=40)
    link_by_email: bool = False


class LoggedIn(View):
    """Who is logged in. The session itself is in the cookie, which scripts cannot read."""

    person_id: str


class LoggedOut(View):
    """That this browser is logged out."""

    logged_out: bool = True


@router.post("/session", tags=["accounts"], status_code=201)
def log_in(application: App, request: Request, response: Response, body: LogIn) -> LoggedIn:
    """Log in: the browser gets a cookie, good for a week. Programs show tokens instead."""
    require_no_stranger(request)
    begun = application.accounts.log_in(body.login, body.password, address_of(request), session_shown(request))
    return _logged_in(request, response, begun)


@router.delete("/session", tags=["accounts"])
def log_out(application: App, request: Request, response: Response, actor: Who) -> LoggedOut:  # noqa: ARG001 (asking who it is refuses other sites)
    """Log this browser out."""
    shown = session_shown(request)
    if shown is not None:
        application.sessions.end(shown)
    drop_session(request, response)
    return LoggedOut()


@router.get("/account", tags=["accounts"])
def read_account(application: App, actor: Who) -> AccountView:
    """With what you log in, and where you are logged in."""
    return application.accounts.of(actor)


@router.post("/account", tags=["accounts"], status_code=201)
def sign_up(application: App, request: Request, response: Response, body: SigningUp) -> LoggedIn:
    """Join, where the stewards have opened the network; you are logged in then."""
    require_no_stranger(request)
    begun = application.accounts.sign_up(body.name, body.email, body.login, body.password, address_of(request))
    return _logged_in(request, response, begun)


@router.put("/account/password", tags=["accounts"])
def set_password(application: App, request: Request, response: Response, actor: Who, body: NewPassword) -> LoggedIn:
    """Set a first password, or change it; you are logged out everywhere else."""
    begun = application.accounts.set_password(actor, body.login, body.password, body.old, address_of(request))
    return _logged_in(request, response, begun)


@router.post("/account/password/reset", tags=["accounts"])
def reset_password(application: App, request: Request, response: Response, body: PasswordByCode) -> LoggedIn:
    """Set a password with a code that a steward has given you, good once; you are logged out everywhere else."""
    require_no_stranger(request)
    begun = application.accounts.reset(body.code, body.login, body.password)
    return _logged_in(request, response, begun)


@router.delete("/account/sessions", tags=["accounts"])
def log_out_everywhere(application: App, request: Request, response: Response, actor: Who) -> LoggedOut:
    """Log out everywhere. Tokens stay good."""
    application.sessions.end_all(actor)
    drop_session(request, response)
    return LoggedOut()


@router.post("/people/{person_id}/password-reset", tags=["people"], status_code=201)
def offer_reset(application: App, actor: Who, person_id: PersonId) -> NewReset:
    """A code with which a person sets a password, good once and for a day; for stewards, who hand it over."""
    return application.accounts.offer_reset(actor, person_id)


@router.get("/network", tags=["network"])
def read_network(application: App) -> NetworkView:
    """The name of this network, and how people come in."""
    return application.choices.now()


@router.put("/network", tags=["network"])
def choose(application: App, call: Asked, body: Choosing) -> NetworkView:
    """Name this network, and open or close its sign-up; for stewards."""
    return application.choices.put(call, NetworkView(**body.model_dump()))


def _logged_in(request: Request, response: Response, begun: NewSession) -> LoggedIn:
    show_session(request, response, begun)
    return LoggedIn(person_id=begun.person_id)
