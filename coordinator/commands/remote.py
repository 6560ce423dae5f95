"""What the commands of a coordinator's nouns do: find it, ask it, print what it says. Needs the base install only."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from coordinator.client.caller import Patience
from coordinator.client.client import Client, connect, open_folder
from coordinator.client.values import plain
from coordinator.commands.output import console, print_json, say, warn, working
from coordinator.commands.tokens import only_address, token_for
from coordinator.commands.where import Where
from coordinator.settings import current
from core.errors import InputError, LimitError
from machines.yaml_text import parse_yaml

__all__ = ["asked", "document", "json_value", "moment", "run", "show"]

_MOST_BYTES = 4 * 2**20
_MOST_CELL = 60
_PATIENCE = Patience(tries=3, first_s=0.3, longest_s=20.0)  # somebody sits before it


@contextmanager
def asked(where: Where) -> Iterator[Client]:
    """A client of the coordinator that is meant.

    Raises:
        InputError: none is named anywhere, or it cannot be asked so.
        StateError: another process works in the folder.
    """
    settings = current("client")
    token = where.token or settings.get("token")
    folder = where.folder
    if folder is None and where.coordinator is None and "coordinator" not in settings and "dir" in settings:
        folder = Path(str(settings["dir"]))
    if folder is not None:
        places = {key: current("serve").get(key) for key in ("database_url", "files_url")}
        with open_folder(folder, token, **places) as client:
            yield client
        return
    address = where.coordinator or settings.get("coordinator") or only_address()
    if address is None:
        hint = "fabcommons login, --coordinator URL, --dir FOLDER, FABCOMMONS_COORDINATOR, or [client] in the settings"
        raise InputError("no coordinator is named", hint=hint)
    plain_http = where.plain_http or bool(settings.get("plain_http", False))
    with connect(address, token or token_for(address), plain_http=plain_http, patience=_PATIENCE) as client:
        yield client


def run(
    where: Where, method: str, given: Mapping[str, Any], columns: Sequence[str], *, rows: int | None, as_json: bool
) -> None:
    """Ask one thing and print the answer.

    Args:
        where: which coordinator.
        method: of the client.
        given: to the method.
        columns: of a table; none to show an answer field by field.
        rows: of a list, at most.
        as_json: print JSON.

    Raises:
        FabcommonsError: the coordinator refuses, or cannot be reached.
    """
    more = False
    with asked(where) as client, working("asking the coordinator"):
        found = getattr(client, method)(**given)
        if rows is not None:
            listed = list(islice(iter(found), rows + 1))
            found, more = listed[:rows], len(listed) > rows
    if more:
        warn(f"There are more than {rows}: --rows shows more.")
    if as_json:
        print_json(plain(found))
    elif found is None and method.startswith("read_"):
        say("nothing")
    else:
        show(found, columns)


def show(found: Any, columns: Sequence[str] = ()) -> None:
    """Print an answer for people."""
    if isinstance(found, str):
        say(found.rstrip("\n"))
    elif found is None:
        say("done")
    elif isinstance(found, list | tuple):
        _show_rows(found, columns)
    else:
        _show_fields(plain(found))


def moment(text: str, name: str) -> datetime:
    """A moment as people type it; without an offset it is one of this computer's zone.

    Raises:
        InputError: it is none.
    """
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        hint = "write 2030-02-01T12:00+01:00"
        raise InputError(f"{text!r} is no moment", where=f"--{name.replace('_', '-')}", hint=hint) from None


def json_value(text: str, name: str, *, hint: str | None = None) -> Any:
    """A JSON value as an option gives it; `hint` says what one looks like.

    Raises:
        InputError: it is none.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{text[:60]!r} is no JSON", where=name, hint=hint) from None


def document(path: Path) -> Any:
    """A document of a file, JSON or YAML.

    Raises:
        InputError: it cannot be read.
        LimitError: it is too large.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LimitError(f"the file is larger than {_MOST_BYTES:,} bytes", where=str(path))
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("the file is not UTF-8 text", where=str(path)) from None
    found = parse_yaml(text, where=str(path), most_aliases=0)  # JSON is YAML
    if not isinstance(found, dict):
        raise InputError("the file holds no document of keys and values", where=str(path))
    return plain(found)


def _show_rows(rows: Sequence[Any], columns: Sequence[str]) -> None:
    documents = [plain(each) if dataclasses.is_dataclass(each) else {"value": each} for each in rows]
    if not documents:
        say("nothing")
        return
    names = [each for each in columns if each in documents[0]] or list(documents[0])[:5]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for each in documents:
        table.add_row(*(Text(_cell(each.get(name))) for name in names))
    console.print(table)


def _show_fields(fields: Any) -> None:
    if not isinstance(fields, dict):
        print_json(fields)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    below = {name: value for name, value in fields.items() if _is_nested(value)}
    for name, value in fields.items():
        if name not in below:
            table.add_row(Text(name.replace("_", " ")), Text(_cell(value, most=10_000)))
    console.print(table)
    for name, value in below.items():
        console.print(Text(f"\n{name.replace('_', ' ')}", style="bold"))
        for number, row in enumerate(value if isinstance(value, list) else [value]):
            console.print(Text(("" if number == 0 else "\n") + "\n".join(_lines(row, "  "))))


def _is_nested(value: Any) -> bool:
    """Whether it is a thing with fields, or a list of such, which goes below the others, a line a field."""
    return bool(value) and (isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict | list)))


def _lines(value: Any, indent: str) -> Iterator[str]:
    """The fields of a thing that say something; what has fields itself is indented."""
    for name, each in value.items() if isinstance(value, dict) else ((None, value),):
        if each in (None, "", [], {}):
            continue
        key = "-" if name is None else f"{str(name).replace('_', ' ')}:"
        if _is_nested(each):
            yield indent + key
            for row in each if isinstance(each, list) else [each]:
                yield from _lines(row, indent + "  ")
        else:
            yield f"{indent}{key} {_cell(each, most=10_000)}"


def _cell(value: Any, *, most: int = _MOST_CELL) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(_cell(each) for each in value)
    text = str(value)
    if len(text) > 18 and text[4:5] == "-" and text[10:11] == "T":
        text = text[:16].replace("T", " ") + (" UTC" if text.endswith(("+00:00", "Z")) else "")
    return text if len(text) <= most else f"{text[: most - 1]}…"
