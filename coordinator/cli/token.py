"""`fabcommons token`: tokens and invitations of a coordinator."""

from __future__ import annotations

from typing import Annotated

import typer

from coordinator.cli.coordinators import asks
from coordinator.cli.options import JsonOption
from coordinator.commands.where import Where

__all__ = ["group"]

group = typer.Typer(no_args_is_help=True, help="Tokens and invitations of a coordinator.")


@group.command("accept")
@asks(but=frozenset({"token"}))
def accept_invitation(
    where: Where,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Of the invitation.")],
    name: Annotated[str, typer.Option("--name", help="Yours; shown to you and to stewards only.")],
    email: Annotated[str | None, typer.Option("--email", help="Yours, as the name.")] = None,
    json: JsonOption = False,
) -> None:
    """Accept an invitation; prints your token, once."""
    from coordinator.commands import token as command

    command.accept(where, code, name, email, as_json=json)


@group.command("invite")
@asks()
def invite(
    where: Where,
    role: Annotated[str, typer.Option("--role", help="builder, designer, operator or steward.")],
    lab: Annotated[str, typer.Option("--lab", help="Of an operator.")] = "",
    json: JsonOption = False,
) -> None:
    """Invite somebody; prints the code, once."""
    from coordinator.commands import token as command

    command.invite(where, role, lab, as_json=json)


@group.command("make")
@asks()
def make_token(
    where: Where,
    label: Annotated[str, typer.Option("--label", help="What it is for.")],
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="A role that it reaches; may be repeated.")
    ] = None,
    agent_of: Annotated[str, typer.Option("--agent-of", help="For an agent of this lab instead.")] = "",
    days: Annotated[float | None, typer.Option("--days", min=0.01, max=3650, help="How long it is good.")] = None,
    json: JsonOption = False,
) -> None:
    """Make a further token, for yourself or for an agent; prints it, once."""
    from coordinator.commands import token as command

    command.make(where, label, scopes or [], agent_of, days, as_json=json)


@group.command("list")
@asks()
def list_tokens(
    where: Where,
    json: JsonOption = False,
) -> None:
    """List your tokens and those of your agents, without their secrets."""
    from coordinator.commands import token as command

    command.show(where, as_json=json)


@group.command("revoke")
@asks()
def revoke_token(
    where: Where,
    token_id: Annotated[str, typer.Argument(metavar="ID", help="Of the token, as list prints it.")],
) -> None:
    """Make a token worthless at once."""
    from coordinator.commands import token as command

    command.revoke(where, token_id)
