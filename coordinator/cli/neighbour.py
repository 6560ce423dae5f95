"""`fabcommons neighbour pack|take`: a stick instead of a line; the other commands of the noun stand in `nouns`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coordinator.cli.options import JsonOption
from coordinator.cli.remote import CoordinatorOption, FolderOption, PlainHttpOption, TokenOption

__all__ = ["group"]

group = typer.Typer(no_args_is_help=True)


@group.command("pack")
def pack(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new zip file.", show_default=False)],
    coordinator: CoordinatorOption = None,
    token: TokenOption = None,
    folder: FolderOption = None,
    plain_http: PlainHttpOption = False,
    json: JsonOption = False,
) -> None:
    """Write all that this network publishes, and its designs, into a file for a stick; for stewards."""
    from coordinator.commands import sending

    sending.packed(sending.Where(coordinator, token, folder, plain_http), file, as_json=json)


@group.command("take")
def take(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As another network packed it.", show_default=False)],
    coordinator: CoordinatorOption = None,
    token: TokenOption = None,
    folder: FolderOption = None,
    plain_http: PlainHttpOption = False,
    json: JsonOption = False,
) -> None:
    """Take in what another network has packed: what its key signs, and nothing else; for stewards."""
    from coordinator.commands import sending

    sending.stick(sending.Where(coordinator, token, folder, plain_http), file, as_json=json)
