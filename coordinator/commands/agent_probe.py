"""`fabcommons agent probe`: finds machines, writes their entries of the labs document. Needs the base install only."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer
import yaml

from agent.probing import Found, ask_port, ask_server, serial_places, servers_at, user_of
from coordinator.commands.output import print_json, say, warn
from core.errors import InputError

__all__ = ["Entry", "entry_of", "run"]

_HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Entry:
    """A machine as the labs document has it, as far as it is known.

    Attributes:
        machine: the entry.
        missing: what a person has to add, in words.
    """

    machine: dict[str, Any]
    missing: tuple[str, ...]


def run(
    places: Sequence[str], *, sure: bool, near: bool, key: str, key_variable: str, out: Path | None, as_json: bool
) -> None:
    """Find machines and print their entries.

    Args:
        places: serial ports, hosts and addresses; none: all serial ports.
        sure: open ports without asking.
        near: ask this computer's usual ports for print servers too.
        key: for print servers.
        key_variable: how entries name the variable that holds it.
        out: a new file for the entries, or None.
        as_json: print JSON.

    Raises:
        InputError: a place is none, or the file is there already.
    """
    if out is not None and out.exists():
        raise InputError("the file is there already", where=str(out), hint="name a new one")
    ports = [each for each in places if each.startswith("/")]
    hosts = [each for each in places if not each.startswith("/")] + ([_HERE] if near else [])
    addresses = [address for host in hosts for address in servers_at(host)]
    if not places and not near:
        ports = [each.path for each in serial_places()]
        for place in serial_places():
            warn(f"{place.path}: {place.about or 'nothing is known of it yet'}")
    found = [_ask(port, sure=sure) for port in ports]
    found += asyncio.run(_ask_servers(addresses, key))
    entries = _entries([each for each in found if each.driver is not None], key_variable if key else "")
    _tell(found, entries, as_json=as_json)
    if out is not None:
        out.write_text(_document(entries), encoding="utf-8")


def _ask(port: str, *, sure: bool) -> Found:
    """Ask a port, unless somebody uses it, or the person does not want it to be opened."""
    user = user_of(port)
    if user is not None:
        return Found(port, reason=f"{user} has it open, so it is left alone")
    if not sure:
        if not sys.stdin.isatty():
            return Found(port, reason="opening it may reset its board: say --yes, or ask at a terminal")
        if not typer.confirm(
            f"Opening {port} resets most boards. Is its machine idle, and may it be opened?", err=True
        ):
            return Found(port, reason="it was not to be opened")
    return asyncio.run(ask_port(port))


async def _ask_servers(addresses: Sequence[str], key: str) -> list[Found]:
    return list(await asyncio.gather(*(ask_server(each, key) for each in addresses)))


def _entries(found: Sequence[Found], key_variable: str) -> list[Entry]:
    taken: set[str] = set()
    entries = []
    for each in found:
        entry = entry_of(each, key_variable)
        name, number = entry.machine["id"], 2
        while entry.machine["id"] in taken:
            entry.machine["id"] = f"{name}-{number}"
            number += 1
        taken.add(entry.machine["id"])
        entries.append(entry)
    return entries


def entry_of(found: Found, key_variable: str = "") -> Entry:
    """The entry of a machine that was found; its model where the library knows the name that it states.

    Args:
        found: what answered.
        key_variable: named in entries of print servers, unless empty.
    """
    name = found.name or found.version
    connection: dict[str, Any] = {"driver": found.driver}
    if found.baud is not None:
        connection |= {"port": found.place, "baud": found.baud}
    else:
        connection["address"] = found.place
        if key_variable:
            connection["key_variable"] = key_variable
    machine: dict[str, Any] = {"id": _id_of(name or str(found.driver)), "name": name[:100] or str(found.driver)}
    model = _model_of(found)
    if model is not None:
        return Entry(machine | {"model": model, "connection": connection}, ())
    return Entry(machine | {"connection": connection}, ("model, or processes, materials and envelope_mm",))


def _model_of(found: Found) -> str | None:
    """The one model of the library that goes by the stated name; a name that leaves it open is no match."""
    if found.baud is None:  # a print server states its own name
        return None
    try:
        from machines.library import library
    except ModuleNotFoundError as error:  # an agent's small computer has no library of models
        warn(f"models are not looked up: {error.name} is missing, which the coordinator extra installs")
        return None
    model = library().find(found.name) if found.name else None
    return model.id if model is not None else None


def _id_of(name: str) -> str:
    """A name as an id: small letters, digits and hyphens."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:36].strip("-")
    return plain or "machine"


def _tell(found: Sequence[Found], entries: Sequence[Entry], *, as_json: bool) -> None:
    if as_json:
        machines = [{"entry": each.machine, "missing": list(each.missing)} for each in entries]
        print_json({"found": [asdict(each) for each in found], "machines": machines})
        return
    for each in found:
        if each.driver is None:
            warn(f"{each.place}: {each.reason}")
        else:
            warn(f"{each.place}: {each.driver} {each.version} {each.name}".rstrip())
    if entries:
        say(_document(entries).rstrip())
    else:
        warn("no machine was found; is it plugged in and on?")


def _document(entries: Sequence[Entry]) -> str:
    """YAML for the `machines` of a lab; what is missing stands beside it as a comment."""
    lines = ["machines:"]
    for each in entries:
        text = yaml.safe_dump([each.machine], sort_keys=False, allow_unicode=True)
        lines += [f"  {line}" for line in text.splitlines()]
        lines += [f"    # say what it is: {missing}" for missing in each.missing]
    return "\n".join(lines) + "\n"
