"""The command `fabcommons`.

Commands import what they need when they run: help is instant, and the base install (a lab's agent) can start this
module without the coordinator's packages.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from coordinator.cli import (
    asking,
    bom,
    design,
    estimate,
    gcode,
    keeping,
    lab,
    ledger,
    licence,
    machine,
    making,
    match,
    neighbour,
    schedule,
    serving,
    token,
)
from coordinator.cli.nouns import NOUNS
from coordinator.cli.options import MARKUP
from coordinator.cli.remote import noun_group
from coordinator.settings import SECTIONS, choose_file, defaults
from core.errors import FabcommonsError, MissingToolError

__all__ = ["app", "main"]

app = typer.Typer(
    name="fabcommons",
    help="Coordinate open-hardware workshops: read a design, plan the work over many labs, drive the machines.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=MARKUP,
    pretty_exceptions_enable=False,
)
for _module in (making, match, estimate, licence, serving, keeping, asking):
    app.add_typer(_module.group)  # without a name: its commands stand beside the groups
for _name, _group in {
    "agent": serving.agent_group,
    "bom": bom.group,
    "design": design.group,
    "gcode": gcode.group,
    "lab": lab.group,
    "machine": machine.group,
    "schedule": schedule.group,
    "token": token.group,
}.items():
    app.add_typer(_group, name=_name, cls=noun_group(_name) if _name in NOUNS else None)
_PANEL = "At a coordinator (docs/commands.md)"
_OWN = {
    "build": asking.build_group,
    "event": asking.event_group,
    "job": asking.job_group,
    "ledger": ledger.group,
    "neighbour": neighbour.group,
    "photo": asking.photo_group,
}
for _name, _noun in NOUNS.items():
    if _noun.help:  # the others stand above
        app.add_typer(
            _OWN.get(_name) or typer.Typer(), name=_name, help=_noun.help, cls=noun_group(_name), rich_help_panel=_PANEL
        )


@app.callback()
def settle(
    context: typer.Context,
    settings: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="Settings (TOML) instead of your own.")
    ] = None,
) -> None:
    """Coordinate open-hardware workshops: read a design, plan the work over many labs, drive the machines."""
    choose_file(settings)
    if context.invoked_subcommand in SECTIONS:
        context.default_map = defaults(context.invoked_subcommand)


_COORDINATOR = (
    "alembic dateutil ezdxf fastapi license_expression lxml markdown_it networkx numpy ortools psycopg pydantic pypdf"
    " python_calamine scipy sqlalchemy svgelements trimesh uvicorn"
)
# Top-level module -> the extra that installs it.
_EXTRAS = dict.fromkeys(_COORDINATOR.split(), "coordinator") | {"aiomqtt": "mqtt"}


def main() -> None:
    """Run the command; errors that a user can understand end in one sentence and their exit status."""
    try:
        app()
    except FabcommonsError as error:
        _fail(error)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        _fail(MissingToolError(f"this command needs the {extra} extra", hint=f"pip install 'fabcommons[{extra}]'"))


def _fail(error: FabcommonsError) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True, emoji=False).print(f"fabcommons: {error}", markup=False)
    sys.exit(error.exit_status)
