"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

__all__ = [
    "MARKUP",
    "AnswersOption",
    "DesignArgument",
    "JsonOption",
    "LabsOption",
    "LeadOption",
    "MemberOption",
    "QuantityOption",
    "RevisionOption",
    "RunsOption",
    "SecondsOption",
    "SpeedOption",
    "TrainedOption",
    "VisitorOption",
]

MARKUP: Final = "markdown"
"""How texts of help are read: as Typer's own markup what stands in brackets, such as [all], would vanish as a style."""
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
RunsOption = Annotated[
    Path | None, typer.Option("--runs", metavar="DIR", help="An order's, or with orders: their runs teach durations.")
]
SecondsOption = Annotated[float, typer.Option("--seconds", min=0.1, max=86400, help="How long to look for better.")]
SpeedOption = Annotated[float, typer.Option("--speed", min=1, max=1e5, help="How much faster virtual machines are.")]
VisitorOption = Annotated[
    bool, typer.Option("--visitor", help="You run the machines yourself: what labs allow and ask of visitors counts.")
]
MemberOption = Annotated[
    list[str] | None, typer.Option("--member-of", metavar="LAB", help="As --visitor; may be repeated.")
]
TrainedOption = Annotated[
    list[str] | None, typer.Option("--trained", metavar="SKILL", help="As --visitor; may be repeated.")
]
