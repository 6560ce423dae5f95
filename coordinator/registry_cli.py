"""`fabcommons lab ...` and `fabcommons machine add|list|show|models`: the registry of labs and machines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["add_lab_commands", "add_machine_commands"]

LabsOption = Annotated[Path, typer.Option("--labs", envvar="FABCOMMONS_LABS", help="The labs file (YAML).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
FormatOption = Annotated[str | None, typer.Option("--format", help="labs, okw, okw-plain, ohm or fablabs.")]
IdOption = Annotated[str | None, typer.Option("--id", help="Small letters, digits, hyphens [made of the name].")]
_LABS = Path("labs.yaml")


def add_lab_commands(app: typer.Typer) -> None:
    """Add the commands to the group `lab`."""
    app.command("add")(_lab_add)
    app.command("list")(_lab_list)
    app.command("show")(_lab_show)
    app.command("import")(_lab_import)
    app.command("export")(_lab_export)


def add_machine_commands(app: typer.Typer) -> None:
    """Add the commands to the group `machine`."""
    app.command("add")(_machine_add)
    app.command("list")(_machine_list)
    app.command("show")(_machine_show)
    app.command("models")(_machine_models)


def _lab_add(
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
    labs: LabsOption = _LABS,
    json: JsonOption = False,
) -> None:
    """Add a lab to the labs file, which is made where there is none; what stands in it stays as it is."""
    from coordinator.commands import lab

    wishes = lab.Wishes(name, timezone, tuple(hours or ()), lab_id, place, city, accepts, tuple(language or ()))
    lab.add(labs, wishes, as_json=json)


def _lab_list(labs: LabsOption = _LABS, json: JsonOption = False) -> None:
    """List the labs of a file."""
    from coordinator.commands import lab

    lab.show_all(labs, as_json=json)


def _lab_show(
    lab_id: Annotated[str, typer.Argument(metavar="LAB", help="Its id.")],
    labs: LabsOption = _LABS,
    json: JsonOption = False,
) -> None:
    """Show all that a lab says of itself, and when it is open in the next two weeks."""
    from coordinator.commands import lab

    lab.show(labs, lab_id, as_json=json)


def _lab_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON or YAML.")],
    form: FormatOption = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="For labs whose time zone cannot be told from where they are.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be added.")] = False,
    labs: LabsOption = _LABS,
    json: JsonOption = False,
) -> None:
    """Add labs from Open Know-Where, Open Hardware Manager JSON or a fablabs.io list; say what is not taken up."""
    from coordinator.commands import lab

    lab.take_in(labs, file, form, timezone, dry_run=dry_run, as_json=json)


def _lab_export(
    lab_ids: Annotated[list[str] | None, typer.Argument(metavar="[LAB]...", help="Ids [all].")] = None,
    form: Annotated[str, typer.Option("--format", help="labs, okw, okw-plain, ohm or fablabs.")] = "okw",
    out: Annotated[Path | None, typer.Option("--out", help="A .json or .yaml file [standard output].")] = None,
    private: Annotated[bool, typer.Option("--private", help="With what the lab does not disclose.")] = False,
    labs: LabsOption = _LABS,
    json: JsonOption = False,
) -> None:
    """Write labs in another format, and say on standard error what it cannot carry."""
    from coordinator.commands import lab

    lab.give_out(labs, tuple(lab_ids or ()), form, out, private=private, as_json=json)


def _machine_add(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="A model of the library, or with --process any name.")],
    lab: Annotated[str, typer.Option("--lab", help="The id of its lab.")],
    machine_id: IdOption = None,
    process: Annotated[list[str] | None, typer.Option("--process", help="What it does; may be repeated.")] = None,
    material: Annotated[list[str] | None, typer.Option("--material", help="What it works; may be repeated.")] = None,
    envelope: Annotated[str | None, typer.Option("--envelope", metavar="X,Y,Z", help="Millimetres.")] = None,
    nozzle: Annotated[list[float] | None, typer.Option("--nozzle", help="Diameter in mm; may be repeated.")] = None,
    driver: Annotated[
        str | None, typer.Option("--driver", help="marlin, grbl, octoprint, moonraker, prusalink or hands.")
    ] = None,
    port: Annotated[str | None, typer.Option("--port", help="A serial device, or virtual.")] = None,
    address: Annotated[str | None, typer.Option("--address", metavar="URL", help="Of its print server.")] = None,
    key_variable: Annotated[
        str | None, typer.Option("--key-variable", metavar="NAME", help="Environment variable with the server's key.")
    ] = None,
    unattended: Annotated[bool, typer.Option("--unattended", help="A run may go on in a closed lab.")] = False,
    labs: LabsOption = _LABS,
    json: JsonOption = False,
) -> None:
    """Add a machine to a lab of the labs file; what stands in the file stays as it is."""
    from coordinator.commands import machine

    way = {"driver": driver, "port": port, "address": address, "key_variable": key_variable}
    said = machine.Wishes(
        name, machine_id, tuple(process or ()), tuple(material or ()), envelope, tuple(nozzle or ()), unattended,
        {key: value for key, value in way.items() if value},
    )  # fmt: skip
    machine.add(labs, lab, said, as_json=json)


def _machine_list(
    lab: Annotated[str | None, typer.Option("--lab", help="Only of this lab.")] = None,
    labs: LabsOption = _LABS,
    json: JsonOption = False,
) -> None:
    """List the machines of a labs file."""
    from coordinator.commands import machine

    machine.show_all(labs, lab, as_json=json)


def _machine_show(
    machine_id: Annotated[str, typer.Argument(metavar="MACHINE", help="Its id, or a model of the library.")],
    labs: LabsOption = _LABS,
    json: JsonOption = False,
) -> None:
    """Show a machine of the labs file with where each value comes from, or a model of the library."""
    from coordinator.commands import machine

    machine.show(labs, machine_id, as_json=json)


def _machine_models(
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="A name, or a part of one.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="filament_printers, lasers, ...")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="The page docs/models.md.")] = False,
    json: JsonOption = False,
) -> None:
    """List the library of machine models."""
    from coordinator.commands import machine

    machine.show_models(text, kind, markdown=markdown, as_json=json)
