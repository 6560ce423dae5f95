"""`fabcommons login|logout|settings|doctor`, and what of the nouns takes more than one request."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coordinator.cli import design
from coordinator.cli.coordinators import CoordinatorOption, PlainHttpOption, TokenOption, asks
from coordinator.cli.options import JsonOption
from coordinator.commands.where import Where

__all__ = ["build_group", "event_group", "group", "job_group", "photo_group"]

group = typer.Typer()
build_group = typer.Typer(no_args_is_help=True)
event_group = typer.Typer(no_args_is_help=True)
job_group = typer.Typer(no_args_is_help=True)
photo_group = typer.Typer(no_args_is_help=True)
_SecondsOption = Annotated[float, typer.Option("--timeout", min=0.1, max=60, help="Seconds for each thing outside.")]


@group.command()
def login(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="You log in with [asked for].")] = None,
    coordinator: CoordinatorOption = None,
    token_in: Annotated[bool, typer.Option("--with-token", help="Read a token from standard input instead.")] = False,
    plain_http: PlainHttpOption = False,
) -> None:
    """Log in: a token is made and kept, readable by you only, and commands use it from then on."""
    from coordinator.commands import login as command

    command.log_in(coordinator, name, with_token=token_in, plain_http=plain_http)


@group.command()
def logout(coordinator: CoordinatorOption = None, plain_http: PlainHttpOption = False) -> None:
    """Make the token that login kept worthless, and forget it."""
    from coordinator.commands import login as command

    command.log_out(coordinator, plain_http=plain_http)


@group.command()
def settings(json: JsonOption = False) -> None:
    """Show every setting, its value and where that comes from; secrets are not shown."""
    from coordinator.commands import settings as command

    command.show(as_json=json)


@group.command()
def doctor(
    coordinator: CoordinatorOption = None,
    token: TokenOption = None,
    folder: Annotated[Path | None, typer.Option("--dir", metavar="FOLDER", help="Of a coordinator.")] = None,
    timeout_s: _SecondsOption = 5.0,
    json: JsonOption = False,
) -> None:
    """Say what is installed, reachable and wrong, and how to mend it. Status 1 where something is wrong."""
    from coordinator.commands import doctor as command

    raise typer.Exit(command.run(coordinator, token, folder, timeout_s, as_json=json))


@build_group.command("watch")
@asks(but=frozenset({"folder"}))
def watch(
    where: Where,
    build_id: Annotated[
        int, typer.Argument(metavar="BUILD", min=1, help="As `fabcommons build list` shows it.", show_default=False)
    ],
    json: JsonOption = False,
) -> None:
    """Watch a build until it is finished; each change as it happens."""
    from coordinator.commands import following

    following.watch(where, build_id, as_json=json)


@event_group.command("list")
@asks()
def list_events(
    where: Where,
    rows: Annotated[int, typer.Option("--rows", min=1, max=100_000, help="How many at most.")] = 50,
    after: Annotated[
        int | None, typer.Option("--after", min=0, help="Those behind this event, to go on page by page [the newest].")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List what happened last, the newest at the end; with --after ID, what followed that event."""
    from coordinator.commands import following

    following.show(where, rows, after, as_json=json)


@event_group.command("tail")
@asks()
def tail(
    where: Where,
    after: Annotated[int | None, typer.Option("--after", min=0, help="Behind this event [from now on].")] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="End after so many [never].")] = None,
    json: JsonOption = False,
) -> None:
    """Print events as they happen, each on a line; it goes on over lost lines until Ctrl-C."""
    from coordinator.commands import following

    following.tail(where, after, count, as_json=json)


@job_group.command("program")
@asks()
def program(
    where: Where,
    job_id: Annotated[
        str, typer.Argument(metavar="JOB", help="As `fabcommons job list` shows it.", show_default=False)
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="G-code.", show_default=False)],
    json: JsonOption = False,
) -> None:
    """Give a job the program that it waits for; it is checked as every program is, then the job is scheduled."""
    from coordinator.commands import sending

    sending.program(where, job_id, file, as_json=json)


@photo_group.command("add")
@asks()
def add_photo(
    where: Where,
    piece_id: Annotated[
        int, typer.Argument(metavar="PIECE", min=1, help="As `fabcommons piece list` shows it.", show_default=False)
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JPEG, PNG or WebP.", show_default=False)],
    caption: Annotated[str, typer.Option("--caption", help="What is to be seen, one line.")] = "",
    json: JsonOption = False,
) -> None:
    """Add a photo of a piece; where and when it was taken is not sent on to anybody."""
    from coordinator.commands import sending

    sending.photo(where, piece_id, file, caption, as_json=json)


@design.group.command("upload")
@asks()
def upload(
    where: Where,
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="A zip or tar of its folder.", show_default=False)],
    name: Annotated[str | None, typer.Option("--name", help="Where it has none itself.")] = None,
    json: JsonOption = False,
) -> None:
    """Import a design from an archive into a coordinator, in parts where it is large."""
    from coordinator.commands import sending

    sending.design(where, archive, name, as_json=json)
