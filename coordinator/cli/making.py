"""`fabcommons plan|make|toolpath|demo`: from a design to the thing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commons.licences.parties import Purpose
from coordinator.cli.options import (
    AnswersOption,
    DesignArgument,
    JsonOption,
    LabsOption,
    LeadOption,
    MemberOption,
    QuantityOption,
    RevisionOption,
    RunsOption,
    SecondsOption,
    SpeedOption,
    TrainedOption,
    VisitorOption,
)
from firmware_bridge.twin.faults import Faults

__all__ = ["group"]

group = typer.Typer()


@group.command()
def plan(
    design: DesignArgument,
    labs: LabsOption,
    revision: RevisionOption = None,
    quantity: QuantityOption = 1,
    lead_days: LeadOption = 3.0,
    seconds: SecondsOption = 10.0,
    answers: AnswersOption = None,
    runs: RunsOption = None,
    visitor: VisitorOption = False,
    member_of: MemberOption = None,
    trained: TrainedOption = None,
    json: JsonOption = False,
) -> None:
    """Plan who could make what, where and when. Nothing is stored or started."""
    from coordinator.commands import plan as command
    from coordinator.plans.visiting import Visit

    command.show(
        design, labs, revision, answers, runs, Visit(visitor, tuple(member_of or ()), tuple(trained or ())),
        quantity=quantity, lead_days=lead_days, seconds=seconds, as_json=json,
    )  # fmt: skip


@group.command()
def make(
    design: DesignArgument,
    labs: LabsOption,
    revision: RevisionOption = None,
    quantity: QuantityOption = 1,
    lead_days: LeadOption = 3.0,
    seconds: SecondsOption = 10.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Plan only; store and start nothing.")] = False,
    folder: Annotated[Path | None, typer.Option("--dir", help="Where the order is kept [.fabcommons/NAME].")] = None,
    speed: SpeedOption = 600.0,
    again: Annotated[bool, typer.Option("--again", help="Make a complete order once more.")] = False,
    wait: Annotated[
        float, typer.Option("--wait", min=0, metavar="MINUTES", help="For `machine arm` where nobody is asked [0].")
    ] = 0.0,
    answers: AnswersOption = None,
    runs: RunsOption = None,
    visitor: VisitorOption = False,
    member_of: MemberOption = None,
    trained: TrainedOption = None,
    purpose: Annotated[
        Purpose | None, typer.Option("--purpose", help="What it is for, which licences tell apart [not said].")
    ] = None,
    permitted: Annotated[
        str, typer.Option("--permitted", metavar="HOW", help="How what the licence asks is settled with the designer.")
    ] = "",
) -> None:
    """Make a design: plan it, offer the work to the labs, run the jobs, report what was built."""
    from coordinator.commands import make as command
    from coordinator.commands import plan as planning
    from coordinator.plans.visiting import Visit

    visit = Visit(visitor, tuple(member_of or ()), tuple(trained or ()))
    if dry_run:
        planning.show(
            design, labs, revision, answers, runs, visit,
            quantity=quantity, lead_days=lead_days, seconds=seconds, as_json=False,
        )  # fmt: skip
        return
    command.make(
        design, labs, revision, answers, runs, visit,
        quantity=quantity, lead_days=lead_days, seconds=seconds, folder=folder, speed=speed, again=again,
        wait_min=wait, purpose=purpose, permitted=permitted.strip(),
    )  # fmt: skip


@group.command()
def toolpath(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mesh, STEP, OpenSCAD source, DXF or SVG drawing.")],
    machine: Annotated[str, typer.Option("--machine", help="The id of a machine in the labs file.")],
    labs: LabsOption,
    out: Annotated[Path, typer.Option("--out", help="The folder for G-code, pictures and toolpath.json.")],
    material: Annotated[str | None, typer.Option("--material", help="What it is made of [the machine's only].")] = None,
    pieces: Annotated[int, typer.Option("--pieces", "-n", min=1, max=1000, help="How many.")] = 1,
    quality: Annotated[str, typer.Option("--quality", help="Printing: draft, standard, fine or strong.")] = "standard",
    supports: Annotated[bool, typer.Option("--supports", help="Printing: hold overhangs up.")] = False,
    millimetres: Annotated[bool, typer.Option("--millimetres", help="Printing: its numbers are mm, I looked.")] = False,
    slicer: Annotated[str | None, typer.Option("--slicer", help="Printing: prusa or cura [what is installed].")] = None,
    thickness: Annotated[float | None, typer.Option("--thickness", help="Cutting: mm of the sheet.")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Cutting: its size, 600x400 [the machine's].")] = None,
    layer: Annotated[
        list[str] | None, typer.Option("--layer", metavar="NAME=cut|engrave|ignore", help="Cutting: may be repeated.")
    ] = None,
    kerf: Annotated[float | None, typer.Option("--kerf", help="Cutting: mm [of the material].")] = None,
    json: JsonOption = False,
) -> None:
    """Make a machine's instructions from a part file: sliced, cut or rendered in a sandbox, checked, held in doubt."""
    from coordinator.commands import toolpath as command

    printing = command.PrintOptions(quality, supports, millimetres, slicer)
    cutting = command.CutOptions(thickness, sheet, tuple(layer or ()), kerf)
    command.make(
        file, labs, machine, out,
        material=material, pieces=pieces, printing=printing, cutting=cutting, as_json=json,
    )  # fmt: skip


@group.command()
def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Where the demo keeps its files.")] = Path(".fabcommons/demo"),
    keep: Annotated[bool, typer.Option("--keep", help="Leave the database for a look.")] = False,
    speed: SpeedOption = 600.0,
    faults: Annotated[
        str, typer.Option("--fault", help="Wire faults, such as corrupt=0.001; GRBL has no checksum, its jobs fail.")
    ] = "",
) -> None:
    """Make the example on virtual machines, from its repository to the as-built report, in less than a minute."""
    from coordinator.commands import demo as command

    command.run(folder, keep=keep, speed=speed, faults=Faults.parse(faults) if faults else None)
