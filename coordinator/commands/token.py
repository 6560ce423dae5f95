"""`fabcommons token`: at a coordinator elsewhere. Needs the base install only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
from rich.table import Table
from rich.text import Text

from agent.client import checked_address
from coordinator.commands.output import console, print_json, say
from core.errors import FabcommonsError, InputError

__all__ = ["accept", "invite", "make", "revoke", "show"]

_TIMEOUT_S = 15.0


def accept(coordinator: str, code: str, name: str, email: str | None, *, as_json: bool) -> None:
    """Accept an invitation and print the token.

    Raises:
        InputError: the coordinator refuses. (As for every function here.)
        FabcommonsError: it cannot be reached.
    """
    body = {"code": code, "name": name, "email": email}
    _print_secret(_call(coordinator, "POST", "/invitations/accept", None, body), "token", as_json=as_json)


def invite(coordinator: str, token: str, role: str, lab: str, *, as_json: bool) -> None:
    """Invite somebody and print the code."""
    answer = _call(coordinator, "POST", "/invitations", token, {"role": role, "lab": lab})
    _print_secret(answer, "code", as_json=as_json)


def make(
    coordinator: str, token: str, label: str, scopes: Sequence[str], agent_of: str, days: float | None, *, as_json: bool
) -> None:
    """Make a further token and print it."""
    body = {"label": label, "scopes": list(scopes), "agent_of": agent_of, "days": days}
    _print_secret(_call(coordinator, "POST", "/tokens", token, body), "token", as_json=as_json)


def show(coordinator: str, token: str, *, as_json: bool) -> None:
    """Print the tokens of who asks."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = _call(coordinator, "GET", f"/tokens?limit=200{after}", token)
        found += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    if as_json:
        print_json(found)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "of", "scopes", "label", "state"):
        table.add_column(heading, overflow="fold")
    for each in found:
        state = "revoked" if each["revoked"] else f"until {each['expires_at']}" if each["expires_at"] else "good"
        cells = (each["id"], each["holder"], " ".join(each["scopes"]), each["label"], state)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def revoke(coordinator: str, token: str, token_id: str) -> None:
    """Make a token worthless."""
    _call(coordinator, "DELETE", f"/tokens/{token_id}", token)
    say(f"token {token_id} is worthless now")


def _print_secret(answer: dict[str, Any], name: str, *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
    else:
        say(answer[name])


def _call(coordinator: str, method: str, path: str, token: str | None, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = checked_address(coordinator) + "/api/v1" + path
    try:
        answer = httpx.request(method, address, json=body, headers=headers, timeout=_TIMEOUT_S)
        document = answer.json()
    except httpx.HTTPError as error:
        raise FabcommonsError(f"the coordinator cannot be reached: {error}", where=coordinator) from None
    except ValueError:
        raise FabcommonsError("what answers is no coordinator", where=coordinator) from None
    if answer.is_success:
        return document
    raise InputError(str(document.get("detail", document)), where=coordinator)
