"""Options that say which coordinator is asked, and as whom; every command that asks one has the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from coordinator.commands.where import Where

__all__ = ["COORDINATOR_OPTIONS", "CoordinatorOption", "PlainHttpOption", "TokenOption", "asks", "exposed", "where_of"]

CoordinatorOption = Annotated[
    str | None, typer.Option("--coordinator", metavar="URL", help="Its address, such as https://fab.example.")
]
PlainHttpOption = Annotated[
    bool, typer.Option("--plain-http", help="Send the token without encryption, in a network that you trust.")
]
TokenOption = Annotated[str | None, typer.Option("--token", help="Yours; better in the environment, or by login.")]
_FolderOption = Annotated[
    Path | None, typer.Option("--dir", metavar="FOLDER", help="A coordinator's folder, which nobody serves.")
]
COORDINATOR_OPTIONS: Final[Mapping[str, tuple[Any, Any]]] = {
    "coordinator": (CoordinatorOption, None),
    "token": (TokenOption, None),
    "folder": (_FolderOption, None),
    "plain_http": (PlainHttpOption, False),
}
_Command: TypeAlias = Callable[..., None]


def where_of(given: dict[str, Any]) -> Where:
    """Takes out of what was given who is asked."""
    return Where(**{each: given.pop(each) for each in COORDINATOR_OPTIONS if each in given})


def exposed(run: _Command, parameters: list[inspect.Parameter]) -> _Command:
    """The function, as one that has these parameters: typer makes arguments and options of them."""
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # as inspect documents
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def asks(*, but: frozenset[str] = frozenset()) -> Callable[[_Command], _Command]:
    """A command that asks a coordinator: the options are put together for its first parameter, a `Where`.

    Args:
        but: which of `COORDINATOR_OPTIONS` it does not have.
    """
    kind = inspect.Parameter.KEYWORD_ONLY
    common = [
        inspect.Parameter(name, kind, default=default, annotation=option)
        for name, (option, default) in COORDINATOR_OPTIONS.items()
        if name not in but
    ]

    def decorate(command: _Command) -> _Command:
        def run(**given: Any) -> None:
            command(where_of(given), **given)

        _, *own = [each.replace(kind=kind) for each in inspect.signature(command, eval_str=True).parameters.values()]
        last = [each for each in own if each.name == "json"]
        run.__doc__ = command.__doc__
        return exposed(run, [*(each for each in own if each not in last), *common, *last])

    return decorate
