"""`fabcommons login` and `logout`: a token of one's own, kept for one coordinator."""

from __future__ import annotations

import socket
import sys

import typer

from agent.client import checked_address
from coordinator.client.caller import Caller
from coordinator.client.client import Client
from coordinator.commands.output import say
from coordinator.commands.tokens import forget_token, keep_token, only_address, token_for, tokens_path
from coordinator.settings import current
from core.errors import FabcommonsError, InputError

__all__ = ["log_in", "log_out"]

_MOST_CHARACTERS = 300


def log_in(coordinator: str | None, name: str | None, *, with_token: bool, plain_http: bool) -> None:
    """Make a token by name and password, or read one, and keep it.

    Raises:
        InputError: no coordinator is named, or the token would be legible on the way.
        FabcommonsError: the coordinator refuses, or cannot be reached.
    """
    address = _address(coordinator, plain_http=plain_http)
    token = sys.stdin.readline(_MOST_CHARACTERS).strip() if with_token else _made(address, name)
    with Client(Caller(address, token)) as client:
        me = client.read_me()
    keep_token(address, token)
    roles = ", ".join(f"{each.role}{f' of {each.lab}' if each.lab else ''}" for each in me.grants) or "no role"
    say(f"You are {me.id} ({roles}) at {address}; the token is kept in {tokens_path()}.")


def log_out(coordinator: str | None, *, plain_http: bool) -> None:
    """Make the kept token worthless and forget it; it is forgotten too where the coordinator is away.

    Raises:
        InputError: no coordinator is named, or no token is kept for it.
    """
    address = _address(coordinator, plain_http=plain_http)
    token = token_for(address)
    if token is None:
        raise InputError("nobody is logged in there from here", where=address)
    try:
        with Client(Caller(address, token)) as client:
            client.revoke_token(token.split("_")[1] if token.count("_") >= 2 else token)
        say(f"The token for {address} is worthless now, and forgotten.")
    except FabcommonsError as error:
        say(f"The token for {address} is forgotten; it could not be made worthless: {error}")
    forget_token(address)


def _address(coordinator: str | None, *, plain_http: bool) -> str:
    found = coordinator or current("client").get("coordinator") or only_address()
    if found is None:
        raise InputError("no coordinator is named", hint="--coordinator URL, or FABCOMMONS_COORDINATOR")
    return checked_address(found, plain_http=plain_http or bool(current("client").get("plain_http", False)))


def _made(address: str, name: str | None) -> str:
    """A token of all roles of the person, by a session that ends with this."""
    login = name or typer.prompt("Name", err=True)
    password = typer.prompt("Password", hide_input=True, err=True)
    with Client(Caller(address, origin=address)) as client:
        client.log_in(login, password)
        roles = sorted({each.role for each in client.read_me().grants}) or ["visitor"]
        token = client.make_token(f"log-in from {socket.gethostname()}"[:100], scopes=roles).token
        client.log_out()
    return token
