"""`fabcommons gcode ...`: programs of machines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coordinator.cli.options import JsonOption

__all__ = ["group"]

group = typer.Typer(help="G-code programs.", no_args_is_help=True)


@group.command("inspect")
def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A G-code file of any slicer or CAM program.")],
    machine: Annotated[
        str | None, typer.Option("--machine", help="A model (Prusa MK3S), a machine's id in --labs, or LABS.yaml:ID.")
    ] = None,
    labs: Annotated[Path | None, typer.Option("--labs", help="Labs in which the machine's id is looked for.")] = None,
    dialect: Annotated[str | None, typer.Option("--dialect", help="marlin, klipper, reprap or grbl [guessed].")] = None,
    json: JsonOption = False,
) -> None:
    """Time a program and tell what it does: bounds, filament, heat, layers, and whether a machine may be sent it."""
    from coordinator.commands import gcode

    gcode.inspect(file, machine, labs, dialect, as_json=json)
