"""`fabcommons lab ...`: the registry of labs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coordinator.cli.registry_options import DEFAULT_LABS, FormatOption, IdOption, JsonOption, LabsOption
from core.makers import Maker

__all__ = ["group"]

group = typer.Typer(help="Labs: describe them, read and write them in other formats.", no_args_is_help=True)


@group.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call the lab.")],
    timezone: Annotated[str, typer.Option("--timezone", help="IANA name: Europe/Madrid.")],
    hours: Annotated[
        list[str] | None, typer.Option("--hours", metavar="DAYS=SPAN", help="mon-fri=09:00-18:00; may be repeated.")
    ] = None,
    lab_id: IdOption = None,
    place: Annotated[str | None, typer.Option("--place", metavar="LAT,LON", help="Degrees.")] = None,
    city: Annotated[str | None, typer.Option("--city", help="With --place.")] = None,
    accepts: Annotated[str, typer.Option("--accepts", help="Offers: automatically, or asks.")] = "asks",
    language: Annotated[list[str] | None, typer.Option("--language", help="es, pt-BR ...; may be repeated.")] = None,
    maker: Annotated[Maker | None, typer.Option("--maker", help="What licences tell apart [not said].")] = None,
    labs: LabsOption = DEFAULT_LABS,
    json: JsonOption = False,
) -> None:
    """Add a lab to the labs file, which is made where there is none; what stands in it stays as it is."""
    from coordinator.commands import lab

    wishes = lab.Wishes(name, timezone, tuple(hours or ()), lab_id, place, city, accepts, tuple(language or ()), maker)
    lab.add(labs, wishes, as_json=json)


@group.command("list")
def list_all(labs: LabsOption = DEFAULT_LABS, json: JsonOption = False) -> None:
    """List the labs of a file."""
    from coordinator.commands import lab

    lab.show_all(labs, as_json=json)


@group.command("show")
def show(
    lab_id: Annotated[str, typer.Argument(metavar="LAB", help="Its id.")],
    labs: LabsOption = DEFAULT_LABS,
    json: JsonOption = False,
) -> None:
    """Show all that a lab says of itself, and when it is open in the next two weeks."""
    from coordinator.commands import lab

    lab.show(labs, lab_id, as_json=json)


@group.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON or YAML.")],
    form: FormatOption = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="For labs whose time zone cannot be told from where they are.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be added.")] = False,
    labs: LabsOption = DEFAULT_LABS,
    json: JsonOption = False,
) -> None:
    """Add labs from Open Know-Where, Open Hardware Manager JSON or a fablabs.io list; say what is not taken up."""
    from coordinator.commands import lab

    lab.take_in(labs, file, form, timezone, dry_run=dry_run, as_json=json)


@group.command("export")
def give_out(
    lab_ids: Annotated[list[str] | None, typer.Argument(metavar="[LAB]...", help="Ids [all].")] = None,
    form: Annotated[str, typer.Option("--format", help="labs, okw, okw-plain, ohm or fablabs.")] = "okw",
    out: Annotated[Path | None, typer.Option("--out", help="A .json or .yaml file [standard output].")] = None,
    private: Annotated[bool, typer.Option("--private", help="With what the lab does not disclose.")] = False,
    labs: LabsOption = DEFAULT_LABS,
    json: JsonOption = False,
) -> None:
    """Write labs in another format, and say on standard error what it cannot carry."""
    from coordinator.commands import lab

    lab.give_out(labs, tuple(lab_ids or ()), form, out, private=private, as_json=json)
