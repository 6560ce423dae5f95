"""`fabcommons neighbour pack|take`: a stick instead of a line; the other commands of the noun stand in `nouns`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coordinator.cli.coordinators import asks
from coordinator.cli.options import JsonOption
from coordinator.commands.where import Where

__all__ = ["group"]

group = typer.Typer(no_args_is_help=True)


@group.command("pack")
@asks()
def pack(
    where: Where,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new zip file.", show_default=False)],
    json: JsonOption = False,
) -> None:
    """Write all that this network publishes, and its designs, into a file for a stick; for stewards."""
    from coordinator.commands import sending

    sending.packed(where, file, as_json=json)


@group.command("take")
@asks()
def take(
    where: Where,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As another network packed it.", show_default=False)],
    json: JsonOption = False,
) -> None:
    """Take in what another network has packed: what its key signs, and nothing else; for stewards."""
    from coordinator.commands import sending

    sending.stick(where, file, as_json=json)
