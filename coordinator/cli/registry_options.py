"""Options of the commands that read and write a labs file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["DEFAULT_LABS", "FormatOption", "IdOption", "JsonOption", "LabsOption"]

LabsOption = Annotated[Path, typer.Option("--labs", envvar="FABCOMMONS_LABS", help="The labs file (YAML).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
FormatOption = Annotated[str | None, typer.Option("--format", help="labs, okw, okw-plain, ohm or fablabs.")]
IdOption = Annotated[str | None, typer.Option("--id", help="Small letters, digits, hyphens [made of the name].")]
DEFAULT_LABS = Path("labs.yaml")
