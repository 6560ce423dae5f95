"""`fabcommons ledger export` and `import`: files of economic events, out of a coordinator and into one."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from coordinator.cli.options import JsonOption
from coordinator.cli.remote import CoordinatorOption, FolderOption, PlainHttpOption, TokenOption

__all__ = ["group"]

group = typer.Typer(no_args_is_help=True)


class _Form(StrEnum):
    VALUEFLOWS = "valueflows"
    BEANCOUNT = "beancount"


@group.command("export")
def export(
    target: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Written there.", show_default=False)],
    form: Annotated[
        _Form, typer.Option("--format", help="JSON-LD of ValueFlows, or plain-text accounting.")
    ] = _Form.VALUEFLOWS,
    build_id: Annotated[int | None, typer.Option("--build", min=1, help="Only of this build [the whole].")] = None,
    coordinator: CoordinatorOption = None,
    token: TokenOption = None,
    folder: FolderOption = None,
    plain_http: PlainHttpOption = False,
    json: JsonOption = False,
) -> None:
    """Write the ledger into a file: the same events give the same bytes."""
    from coordinator.commands import ledger

    where = ledger.Where(coordinator, token, folder, plain_http)
    ledger.write(where, target, form.value, build_id, as_json=json)


@group.command("import")
def take_in(
    document: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSON-LD that `export` has written elsewhere.", show_default=False)
    ],
    source: Annotated[str | None, typer.Option("--source", help="Where it is from [the file's name].")] = None,
    coordinator: CoordinatorOption = None,
    token: TokenOption = None,
    folder: FolderOption = None,
    plain_http: PlainHttpOption = False,
    json: JsonOption = False,
) -> None:
    """Take in the economic events of another coordinator, all of them or none; for stewards."""
    from coordinator.commands import ledger

    ledger.take_in(ledger.Where(coordinator, token, folder, plain_http), document, source, as_json=json)
