"""`fabcommons match`: three questions, told apart by what is given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coordinator.cli.options import AnswersOption, MemberOption, QuantityOption, TrainedOption, VisitorOption
from core.errors import InputError

__all__ = ["group"]

_WHAT = "NEED and MACHINES (JSON or YAML); with --labs a design; with --lab designs, or folders full of them."
group = typer.Typer()


@group.command("match")
def match(
    what: Annotated[list[str], typer.Argument(metavar="NEED MACHINES | DESIGN...", help=_WHAT)],
    labs: Annotated[Path | None, typer.Option("--labs", help="The labs and their machines (YAML).")] = None,
    lab: Annotated[str | None, typer.Option("--lab", help="Ask what this lab of --labs can make.")] = None,
    revision: Annotated[str | None, typer.Option("--revision", help="Branch, tag or commit of a repository.")] = None,
    answers: AnswersOption = None,
    quantity: QuantityOption = 1,
    visitor: VisitorOption = False,
    member_of: MemberOption = None,
    trained: TrainedOption = None,
    every: Annotated[bool, typer.Option("--all", help="Show machines of other processes too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Say which machine can make what, why not, and what would have to change. docs/matching.md tells the rules."""
    from coordinator.commands import match as command
    from coordinator.plans.visiting import Visit

    visit = Visit(visitor, tuple(member_of or ()), tuple(trained or ()))
    if lab is not None:
        if labs is None:
            raise InputError("--lab names a lab of a file of labs", hint="add --labs LABS.yaml")
        command.lab_can_make(lab, labs, what, visit, as_json=json)
    elif labs is not None:
        if len(what) != 1:
            raise InputError("--labs takes one design", hint="with --lab LAB as well it takes several")
        command.design_by_labs(
            what[0], labs, revision, answers, visit, quantity=quantity, every=every, as_json=json
        )  # fmt: skip
    elif len(what) == 2:
        command.need_by_machines(Path(what[0]), Path(what[1]), every=every, as_json=json)
    else:
        raise InputError("a need and machines are two files", hint="or name a design and --labs LABS.yaml")
