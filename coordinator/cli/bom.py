"""`fabcommons bom ...`: bills of materials."""

from __future__ import annotations

from typing import Annotated

import typer

from coordinator.cli.options import AnswersOption, DesignArgument, JsonOption, QuantityOption, RevisionOption

__all__ = ["group"]

group = typer.Typer(help="Bills of materials.", no_args_is_help=True)


@group.command("read")
def read(
    design: DesignArgument,
    revision: RevisionOption = None,
    answers: AnswersOption = None,
    json: JsonOption = False,
) -> None:
    """Read a design's bill of materials: what to make, what to buy, and what only the designer can say."""
    from coordinator.commands import bom

    bom.read(design, revision, answers, as_json=json)


@group.command("graph")
def graph(
    design: DesignArgument,
    revision: RevisionOption = None,
    quantity: QuantityOption = 1,
    form: Annotated[str, typer.Option("--format", help="json, graphml, mermaid or dot.")] = "json",
    answers: AnswersOption = None,
) -> None:
    """Write what has to be done to build a design, and what waits for what."""
    from coordinator.commands import graph

    graph.show(design, revision, form, answers, quantity=quantity)


@group.command("why")
def why(
    design: DesignArgument,
    part: Annotated[str, typer.Argument(metavar="PART", help="A part's key, its name or the beginning of it.")],
    revision: RevisionOption = None,
    quantity: QuantityOption = 1,
    answers: AnswersOption = None,
) -> None:
    """Show how a quantity came about: lines, rules, multiplications, answers, options left out."""
    from coordinator.commands import graph

    graph.why(design, revision, part, answers, quantity=quantity)
