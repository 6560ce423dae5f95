"""`fabcommons token`: who may act at a coordinator. Needs the base install only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from rich.table import Table
from rich.text import Text

from coordinator.client.values import plain
from coordinator.commands.output import console, print_json, say
from coordinator.commands.remote import asked
from coordinator.commands.where import Where

__all__ = ["accept", "invite", "make", "revoke", "show"]


def accept(where: Where, code: str, name: str, email: str | None, *, as_json: bool) -> None:
    """Accept an invitation and print the token.

    Raises:
        FabcommonsError: the coordinator refuses, or cannot be reached. (As for every function here.)
    """
    with asked(where) as client:
        _print_secret(client.accept_invitation(code, name, email=email), "token", as_json=as_json)


def invite(where: Where, role: str, lab: str, *, as_json: bool) -> None:
    """Invite somebody and print the code."""
    with asked(where) as client:
        _print_secret(client.invite(cast("Any", role), lab=lab), "code", as_json=as_json)


def make(where: Where, label: str, scopes: Sequence[str], agent_of: str, days: float | None, *, as_json: bool) -> None:
    """Make a further token and print it."""
    with asked(where) as client:
        made = client.make_token(label, scopes=cast("Any", scopes), agent_of=agent_of, days=days)
    _print_secret(made, "token", as_json=as_json)


def show(where: Where, *, as_json: bool) -> None:
    """Print the tokens of who asks."""
    with asked(where) as client:
        found = list(client.list_tokens())
    if as_json:
        print_json(plain(found))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "of", "scopes", "label", "state"):
        table.add_column(heading, overflow="fold")
    for each in found:
        state = (
            "revoked" if each.revoked else f"until {each.expires_at:%Y-%m-%d %H:%M} UTC" if each.expires_at else "good"
        )
        cells = (each.id, each.holder, " ".join(each.scopes), each.label, state)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def revoke(where: Where, token_id: str) -> None:
    """Make a token worthless."""
    with asked(where) as client:
        client.revoke_token(token_id)
    say(f"token {token_id} is worthless now")


def _print_secret(answer: Any, name: str, *, as_json: bool) -> None:
    if as_json:
        print_json(plain(answer))
    else:
        say(getattr(answer, name))
