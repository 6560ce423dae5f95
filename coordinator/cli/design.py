"""`fabcommons design ...`: for the designer."""

from __future__ import annotations

from typing import Annotated

import typer

from coordinator.cli.options import AnswersOption, DesignArgument, JsonOption, RevisionOption

__all__ = ["group"]

group = typer.Typer(help="For the designer: what to put right, answer and compare.", no_args_is_help=True)


@group.command("check")
def check(
    design: DesignArgument,
    revision: RevisionOption = None,
    form: Annotated[str, typer.Option("--format", help="text, json, github or sarif.")] = "text",
    fix: Annotated[bool, typer.Option("--fix", help="Write a clean bom.csv and okh.toml beside the old.")] = False,
    answers: AnswersOption = None,
) -> None:
    """Check a design as a linter does. Ends with status 2 after errors, 1 after warnings, else 0."""
    from coordinator.commands import design as command

    raise typer.Exit(command.check(design, revision, form, answers, fix=fix))


@group.command("questions")
def questions(
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


@group.command("diff")
def diff(
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


@group.command("licence")
def licence(
    design: DesignArgument, revision: RevisionOption = None, answers: AnswersOption = None, json: JsonOption = False
) -> None:
    """Show the licences of a design with its parts, and which do not go together; then it ends with status 1."""
    from coordinator.commands import licence as command

    raise typer.Exit(command.of_design(design, revision, answers, as_json=json))


@group.command("manifest")
def manifest(
    design: DesignArgument,
    revision: RevisionOption = None,
    form: Annotated[str, typer.Option("--format", help="okh-losh or okh-v1.")] = "okh-losh",
    answers: AnswersOption = None,
) -> None:
    """Print an Open Know-How manifest filled with all that was read and derived."""
    from coordinator.commands import design as command

    command.manifest(design, revision, form, answers)
