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

from coordinator.device_cli import add_device_commands
from coordinator.estimate_cli import add_estimate_command
from coordinator.match_cli import add_match_command
from coordinator.registry_cli import add_lab_commands, add_machine_commands
from core.errors import FabcommonsError, MissingToolError
from firmware_bridge.twin.faults import Faults

__all__ = ["app", "main"]

app = typer.Typer(
    name="fabcommons",
    help="Coordinate open-hardware workshops: read a design, plan the work over many labs, drive the machines.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
bom_app = typer.Typer(help="Bills of materials.", no_args_is_help=True)
app.add_typer(bom_app, name="bom")
design_app = typer.Typer(help="For the designer: what to put right, answer and compare.", no_args_is_help=True)
app.add_typer(design_app, name="design")
gcode_app = typer.Typer(help="G-code programs.", no_args_is_help=True)
app.add_typer(gcode_app, name="gcode")
machine_app = typer.Typer(help="Machines: describe them, drive one by hand, simulate one.", no_args_is_help=True)
app.add_typer(machine_app, name="machine")
add_device_commands(machine_app)
add_machine_commands(machine_app)
lab_app = typer.Typer(help="Labs: describe them, read and write them in other formats.", no_args_is_help=True)
app.add_typer(lab_app, name="lab")
add_lab_commands(lab_app)
add_estimate_command(app)
add_match_command(app)

_COORDINATOR = (
    "alembic dateutil ezdxf license_expression lxml markdown_it networkx numpy ortools pydantic pypdf python_calamine"
    " scipy sqlalchemy svgelements trimesh"
)
_EXTRAS = dict.fromkeys(_COORDINATOR.split(), "coordinator")  # top-level module -> the extra that installs it

DesignArgument = Annotated[str, typer.Argument(metavar="DESIGN", help="A folder, a zip or tar file, a git repository.")]
RevisionOption = Annotated[str | None, typer.Option("--revision", help="Branch, tag or commit of a git repository.")]
LabsOption = Annotated[Path, typer.Option("--labs", help="The labs and their machines (YAML).")]
QuantityOption = Annotated[int, typer.Option("--quantity", "-n", min=1, max=10_000, help="How many of the design.")]
AnswersOption = Annotated[
    Path | None, typer.Option("--answers", metavar="FILE", help="Answers [fabcommons-answers.yaml in the design].")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
LeadOption = Annotated[
    float, typer.Option("--lead-days", min=0, max=365, help="Assumed days until a purchase arrives.")
]
SecondsOption = Annotated[float, typer.Option("--seconds", min=0.1, max=86400, help="How long to look for better.")]
SpeedOption = Annotated[float, typer.Option("--speed", min=1, max=1e5, help="How much faster virtual machines are.")]


@bom_app.command("read")
def bom_read(
    design: DesignArgument,
    revision: RevisionOption = None,
    answers: AnswersOption = None,
    json: JsonOption = False,
) -> None:
    """Read a design's bill of materials: what to make, what to buy, and what only the designer can say."""
    from coordinator.commands import bom

    bom.read(design, revision, answers, as_json=json)


@bom_app.command("graph")
def bom_graph(
    design: DesignArgument,
    revision: RevisionOption = None,
    quantity: QuantityOption = 1,
    form: Annotated[str, typer.Option("--format", help="json, graphml, mermaid or dot.")] = "json",
    answers: AnswersOption = None,
) -> None:
    """Write what has to be done to build a design, and what waits for what."""
    from coordinator.commands import graph

    graph.show(design, revision, form, answers, quantity=quantity)


@bom_app.command("why")
def bom_why(
    design: DesignArgument,
    part: Annotated[str, typer.Argument(metavar="PART", help="A part's key, its name or the beginning of it.")],
    revision: RevisionOption = None,
    quantity: QuantityOption = 1,
    answers: AnswersOption = None,
) -> None:
    """Show how a quantity came about: lines, rules, multiplications, answers, options left out."""
    from coordinator.commands import graph

    graph.why(design, revision, part, answers, quantity=quantity)


@gcode_app.command("inspect")
def gcode_inspect(
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


@design_app.command("check")
def design_check(
    design: DesignArgument,
    revision: RevisionOption = None,
    form: Annotated[str, typer.Option("--format", help="text, json, github or sarif.")] = "text",
    fix: Annotated[bool, typer.Option("--fix", help="Write a clean bom.csv and okh.toml beside the old.")] = False,
    answers: AnswersOption = None,
) -> None:
    """Check a design as a linter does. Ends with status 2 after errors, 1 after warnings, else 0."""
    from coordinator.commands import design as command

    raise typer.Exit(command.check(design, revision, form, answers, fix=fix))


@design_app.command("questions")
def design_questions(
    design: DesignArgument,
    revision: RevisionOption = None,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", metavar="ITEM=ANSWER", help="May be repeated.")
    ] = None,
    answers: AnswersOption = None,
    json: JsonOption = False,
) -> None:
    """Ask what only the designer knows, and store the answers for later readings."""
    from coordinator.commands import design as command

    command.questions(design, revision, answer or (), answers, as_json=json)


@design_app.command("diff")
def design_diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A design, as it was.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The other version or fork.")],
    before_revision: Annotated[str | None, typer.Option("--from", help="Branch, tag or commit of A.")] = None,
    after_revision: Annotated[str | None, typer.Option("--to", help="Branch, tag or commit of B.")] = None,
    answers: AnswersOption = None,
    json: JsonOption = False,
) -> None:
    """Show what changed between two designs, in parts: added, removed, renamed, other amounts, other files."""
    from coordinator.commands import design as command

    command.diff(before, after, (before_revision, after_revision), answers, as_json=json)


@design_app.command("manifest")
def design_manifest(
    design: DesignArgument,
    revision: RevisionOption = None,
    form: Annotated[str, typer.Option("--format", help="okh-losh or okh-v1.")] = "okh-losh",
    answers: AnswersOption = None,
) -> None:
    """Print an Open Know-How manifest filled with all that was read and derived."""
    from coordinator.commands import design as command

    command.manifest(design, revision, form, answers)


@app.command()
def plan(
    design: DesignArgument,
    labs: LabsOption,
    revision: RevisionOption = None,
    quantity: QuantityOption = 1,
    lead_days: LeadOption = 3.0,
    seconds: SecondsOption = 10.0,
    answers: AnswersOption = None,
    json: JsonOption = False,
) -> None:
    """Plan who could make what, where and when. Nothing is stored or started."""
    from coordinator.commands import plan as command

    command.show(
        design, labs, revision, answers,
        quantity=quantity, lead_days=lead_days, seconds=seconds, as_json=json,
    )  # fmt: skip


@app.command()
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
    answers: AnswersOption = None,
) -> None:
    """Make a design: plan it, offer the work to the labs, run the jobs, report what was built."""
    from coordinator.commands import make as command
    from coordinator.commands import plan as planning

    if dry_run:
        planning.show(
            design, labs, revision, answers, quantity=quantity, lead_days=lead_days, seconds=seconds, as_json=False
        )
        return
    command.make(
        design, labs, revision, answers,
        quantity=quantity, lead_days=lead_days, seconds=seconds, folder=folder, speed=speed, again=again,
    )  # fmt: skip


@app.command()
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


@app.command()
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
