"""`fabcommons licence`: what a licence asks, without any server."""

from __future__ import annotations

from typing import Annotated

import typer

from commons.licences.parties import Maker, Purpose
from coordinator.cli.options import JsonOption

__all__ = ["group"]

group = typer.Typer()


@group.command()
def licence(
    expression: Annotated[
        str, typer.Argument(metavar="EXPRESSION", help='SPDX: CERN-OHL-S-2.0, "PPL OR MIT"; none where none is stated.')
    ],
    maker: Annotated[Maker | None, typer.Option("--maker", help="Who makes it [not said].")] = None,
    purpose: Annotated[Purpose | None, typer.Option("--purpose", help="What for [not said].")] = None,
    changed: Annotated[bool, typer.Option("--changed", help="The design was changed.")] = False,
    ordered: Annotated[bool, typer.Option("--ordered", help="Somebody else has ordered it, and gets it.")] = False,
    json: JsonOption = False,
) -> None:
    """Say what a licence asks of a maker for a purpose: a sentence, and the clauses behind it. No legal advice.

    Ends with status 2 where it may not be made, 1 where somebody is to be asked first, else 0.
    """
    from coordinator.commands import licence as command

    raise typer.Exit(command.advise_on(expression, maker, purpose, changed=changed, ordered=ordered, as_json=json))
