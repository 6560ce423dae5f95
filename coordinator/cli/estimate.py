"""`fabcommons estimate` as the command line sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["group"]

group = typer.Typer()


@group.command("estimate")
def estimate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A part: a mesh, a solid or a drawing.")],
    machine: Annotated[
        str | None, typer.Option("--machine", help="A model (Prusa MK3S), a machine's id in --labs, or LABS.yaml:ID.")
    ] = None,
    labs: Annotated[Path | None, typer.Option("--labs", help="Labs in which the machine's id is looked for.")] = None,
    material: Annotated[str | None, typer.Option("--material", help="What it is made of.")] = None,
    quality: Annotated[str, typer.Option("--quality", help="draft, standard, fine or strong.")] = "standard",
    quantity: Annotated[int, typer.Option("--quantity", "-n", min=1, max=10_000, help="Pieces in one run.")] = 1,
    thickness: Annotated[
        float | None, typer.Option("--thickness", min=0.01, max=1000, help="Of the sheet, in mm.")
    ] = None,
    supports: Annotated[bool, typer.Option("--supports", help="Overhangs are held up.")] = False,
    jobs: Annotated[
        Path | None, typer.Option("--jobs", help="Jobs that the machine ran: CSV with estimated_s, real_s.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Say how long a part takes on a machine and what it uses, before it is sliced."""
    from coordinator.commands import estimate as command

    command.show(
        file, machine, labs, material, quality, jobs,
        quantity=quantity, thickness_mm=thickness, supports=supports, as_json=json,
    )  # fmt: skip
