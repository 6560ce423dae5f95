"""Makes commands of the client's methods: arguments, options and help come from their signatures and docstrings.

Nothing of the client is imported before one of its groups is asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import typer
import typer.main
from typer.core import TyperGroup

from coordinator.cli.coordinators import COORDINATOR_OPTIONS, exposed, where_of
from coordinator.cli.nouns import NOUNS, Verb
from coordinator.cli.options import MARKUP, JsonOption
from coordinator.cli.told import told_of
from core.errors import InputError

__all__ = ["noun_group"]

_COMMON: Final = {**COORDINATOR_OPTIONS, "json": (JsonOption, False)}
_ROWS: Final = Annotated[int, typer.Option("--rows", min=1, max=100_000, help="How many at most.")]
_FROM_CLIENT: Final = {"self"}


def noun_group(name: str) -> type[TyperGroup]:
    """The class of a group that has a noun's commands beside its own, made when they are asked for."""

    class Group(TyperGroup):
        """A noun."""

        def list_commands(self, ctx: Any) -> list[str]:
            """The group's own, and those of the noun."""
            return [*super().list_commands(ctx), *(each for each in NOUNS[name].verbs if each not in self.commands)]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            """As click asks."""
            own = super().get_command(ctx, cmd_name)
            if own is not None or cmd_name not in NOUNS[name].verbs:
                return own
            made = self.commands[cmd_name] = _command(cmd_name, NOUNS[name].verbs[cmd_name])
            return made

    return Group


def _command(name: str, verb: Verb) -> Any:
    from coordinator.client.client import Client

    method = getattr(Client, verb.method)
    hints = get_type_hints(method)
    listed = get_origin(hints["return"]) is not None and verb.columns != ()

    def run(**given: Any) -> None:
        from coordinator.commands import remote

        where = where_of(given)
        as_json, rows = given.pop("json"), given.pop("rows", None)
        asked = {each: _value(hints[each], each, value) for each, value in given.items()}
        try:
            remote.run(where, verb.method, asked, verb.columns, rows=rows, as_json=as_json)
        except InputError as error:
            raise InputError(error.what, where=typed.get(error.where or "", error.where), hint=error.hint) from None

    typed = {
        each.name: _metavar(each.name) if each.default is inspect.Parameter.empty else _flag(each.name)
        for each in inspect.signature(method).parameters.values()
    }
    parameters = [
        _parameter(each, hints[each.name], verb.method)
        for each in inspect.signature(method).parameters.values()
        if each.name not in _FROM_CLIENT
    ]
    common = {**_COMMON, **({"rows": (_ROWS, 1000)} if listed else {})}
    parameters += [
        inspect.Parameter(each, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for each, (kind, default) in common.items()
    ]
    return _made(exposed(run, parameters), name, (method.__doc__ or "").partition("\n")[0])


def _made(run: Callable[..., None], name: str, told: str) -> Any:
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=MARKUP)
    alone.command(name, help=told)(run)
    return typer.main.get_command(alone)


def _parameter(each: inspect.Parameter, hint: Any, method: str) -> inspect.Parameter:
    """A method's parameter as that of a command: what must be given is an argument, the rest are options."""
    kind, many = _plain_kind(hint)
    told = told_of(each.name, _without_none(hint), method)
    if each.default is inspect.Parameter.empty:
        shown: Any = Annotated[kind, typer.Argument(metavar=_metavar(each.name), help=told, show_default=False)]
        return inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, annotation=shown)
    flag = _flag(each.name)
    if kind is bool:
        flag = f"{flag}/--no-{flag[2:]}"
    option = typer.Option(flag, help=told, show_default=each.default not in (None, "", ()))
    default = None if many or each.default == () or isinstance(each.default, Mapping) else each.default
    annotation = kind if default is not None else kind | None
    return inspect.Parameter(
        each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[annotation, option]
    )


def _plain_kind(hint: Any) -> tuple[Any, bool]:
    """The type of a command's parameter, and whether it may be repeated."""
    hint = _without_none(hint)
    origin = get_origin(hint)
    if origin is Literal or hint in (str, int, float, bool):
        return hint, False
    if origin is not None and issubclass(origin, Sequence) and get_args(hint)[0] in (str, int):
        return list[get_args(hint)[0]], True  # type: ignore[misc] # known only now
    if origin is not None and issubclass(origin, Sequence) and get_origin(get_args(hint)[0]) is Literal:
        return list[str], True
    return str, False  # a moment, a file, a JSON value


def _value(hint: Any, name: str, given: Any) -> Any:
    """What was typed, as the method takes it."""
    from coordinator.commands import remote

    plain = _without_none(hint)
    origin = get_origin(plain)
    if given is None:
        return () if origin is not None and origin is not Literal and issubclass(origin, Sequence) else None
    if plain is datetime:
        return remote.moment(given, name)
    if origin is not None and origin is not Literal and issubclass(origin, Mapping):
        return remote.document(Path(given))
    if isinstance(given, str) and origin is not Literal and plain is not str:
        return remote.json_value(given, name, hint=told_of(name, plain))
    return given


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        real = [each for each in get_args(hint) if each is not NoneType]
        return real[0] if len(real) == 1 else Any
    return hint


def _flag(name: str) -> str:
    return f"--{name.rstrip('_').replace('_', '-').removesuffix('-id') or name}"


def _metavar(name: str) -> str:
    return "FILE" if name == "document" else name.removesuffix("_").upper()
