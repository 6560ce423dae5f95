"""`fabcommons ledger export` and `import`: files of economic events, out of a coordinator and into one."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from coordinator.cli.coordinators import asks
from coordinator.cli.options import JsonOption
from coordinator.commands.where import Where

__all__ = ["group"]

group = typer.Typer(no_args_is_help=True)


class _Form(StrEnum):
    VALUEFLOWS = "valueflows"
    BEANCOUNT = "beancount"


@group.command("export")
@asks()
def export(
    where: Where,
    target: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Written there.", show_default=False)],
    form: Annotated[
        _Form, typer.Option("--format", help="JSON-LD of ValueFlows, or plain-text accounting.")
    ] = _Form.VALUEFLOWS,
    build_id: Annotated[int | None, typer.Option("--build", min=1, help="Only of this build [the whole].")] = None,
    json: JsonOption = False,
) -> None:
    """Write the ledger into a file: the same events give the same bytes."""
    from coordinator.commands import ledger

    ledger.write(where, target, form.value, build_id, as_json=json)


@group.command("import")
@asks()
def take_in(
    where: Where,
    document: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSON-LD that `export` has written elsewhere.", show_default=False)
    ],
    source: Annotated[str | None, typer.Option("--source", help="Where it is from [the file's name].")] = None,
    json: JsonOption = False,
) -> None:
    """Take in the economic events of another coordinator, all of them or none; for stewards."""
    from coordinator.commands import ledger

    ledger.take_in(where, document, source, as_json=json)
