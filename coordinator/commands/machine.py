"""`fabcommons machine add|list|show|models`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from coordinator.commands.lab import file_of_labs, lab_of
from coordinator.commands.output import console, print_json, say
from core.errors import InputError
from core.trees import materials, processes
from machines.exchange.document import machine_document
from machines.exchange.words import slug
from machines.labs_file import add_machine
from machines.library import Model, library
from machines.machine import Machine
from machines.models_page import models_page
from machines.network import read_network

__all__ = ["Wishes", "add", "show", "show_all", "show_models"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person says of a new machine, as written."""

    name: str
    machine_id: str | None
    processes: tuple[str, ...]
    materials: tuple[str, ...]
    envelope: str | None
    nozzles_mm: tuple[float, ...]
    unattended: bool
    connection: Mapping[str, str]

    def entry(self, taken: set[str]) -> dict[str, Any]:
        """The machine as the labs file says it.

        Raises:
            InputError: it is no model of the library and no process is stated, or the envelope cannot be read.
        """
        model = library().find(self.name) if self.processes else library().require(self.name, where="MODEL")
        entry: dict[str, Any] = {"id": self.machine_id or slug(model.id if model else self.name, taken, "machine")}
        entry |= {"model": model.id} if model else {"name": self.name}
        lists = {"processes": self.processes, "materials": self.materials, "nozzles_mm": self.nozzles_mm}
        entry |= {key: list(value) for key, value in lists.items() if value}
        if self.envelope is not None:
            entry["envelope_mm"] = self._lengths(self.envelope)
        if self.unattended:
            entry["unattended"] = True
        return entry | ({"connection": dict(self.connection)} if self.connection else {})

    @staticmethod
    def _lengths(written: str) -> list[float]:
        try:
            x, y, z = (float(part) for part in written.replace("x", ",").split(","))
        except ValueError:
            raise InputError(f"{written!r} is no envelope", where="--envelope", hint="write 250,210,210") from None
        return [x, y, z]


def add(path: Path, lab_id: str, wishes: Wishes, *, as_json: bool) -> None:
    """Add a machine to a lab of the file."""
    taken = {machine.id for machine in read_network(path).machines}
    entry = wishes.entry(taken)
    added = add_machine(path, lab_id, entry).machine(entry["id"])
    if as_json:
        print_json(_document(added))
        return
    of = f": {library()[added.model].title}" if added.model else ""
    say(f"{added.id} stands in lab {lab_id} of {path} now{of}")
    if added.from_model:
        say(f"from the library: {', '.join(added.from_model)}; what the file states wins")


def show_all(path: Path, lab_id: str | None, *, as_json: bool) -> None:
    """The machines of a file, or of one lab."""
    network = file_of_labs(path, "machines")
    machines = network.machines if lab_id is None else lab_of(network, lab_id, path).machines
    if as_json:
        print_json([_document(machine) for machine in machines])
        return
    table = _table("machine", "lab", "name", "does", "works", "envelope, mm", "driven by")
    for each in machines:
        _row(
            table, each.id, each.lab, each.name, _labels(processes(), each.processes),
            _labels(materials(), each.materials) or "unknown", _size(each), each.connection.driver,
        )  # fmt: skip
    console.print(table)


def show(path: Path, machine_id: str, *, as_json: bool) -> None:
    """A machine of the file, or a model of the library."""
    found = read_network(path).find(machine_id) if path.exists() else None
    if found is None:
        models = library().candidates(machine_id)
        if not models:
            there = f"no machine {machine_id!r}" if path.exists() else f"no machine {machine_id!r}, and no labs file"
            near = ", ".join(model.id for model in library().suggest(machine_id))
            if not near and not path.exists():
                file_of_labs(path, f"machine {machine_id}")
            raise InputError(there, where=str(path), hint=f"models of the library: {near}" if near else None)
        _show_models(models, as_json=as_json)
        return
    if as_json:
        print_json(_document(found))
        return
    table = _table("", "value", "from")
    stated = {"lab", *machine_document(found)}
    for key, value in _all_values(found):
        if key in found.from_model:
            basis = f"library: {found.model}"
        else:
            basis = "the labs file" if key.partition(".")[0] in stated else "not stated"
        _row(table, key, _shown(value), basis)
    console.print(table)


def show_models(text: str | None, kind: str | None, *, markdown: bool, as_json: bool) -> None:
    """Models of the library."""
    if markdown:
        console.file.write(models_page())
        return
    kinds = {model.kind for model in library()}
    if kind is not None and kind not in kinds:
        raise InputError(f"{kind!r} is no kind of model", where="--kind", hint=f"known are {', '.join(sorted(kinds))}")
    chosen = tuple(library())
    if text is not None:
        chosen = library().candidates(text) or library().suggest(text)
        if not chosen:
            raise InputError(f"no model goes by {text!r} or nearly so", where="TEXT")
    _show_models([model for model in chosen if kind in (None, model.kind)], as_json=as_json)


def _show_models(models: Iterable[Model], *, as_json: bool) -> None:
    if as_json:
        print_json([_model(model) for model in models])
        return
    table = _table("model", "id", "does", "envelope, mm")
    for each in models:
        _row(table, each.title, each.id, _labels(processes(), each.processes), _size(each))
    console.print(table)


def _model(model: Model) -> dict[str, Any]:
    return {key: value for key, value in asdict(model).items() if value not in (None, (), {}, [])}


def _document(machine: Machine) -> dict[str, Any]:
    """All that is known of a machine, and what of it comes from the library."""
    document = machine_document(machine) | {"lab": machine.lab}
    values = {key: value for key, value in _all_values(machine) if key in machine.from_model}
    return document | ({"from_model": values} if values else {})


def _all_values(machine: Machine) -> Iterable[tuple[str, Any]]:
    """Every value that is known, by its key in the labs file."""
    for key, value in asdict(machine).items():
        if key in ("limits", "motion", "connection"):
            yield from ((f"{key}.{part}", each) for part, each in value.items() if each is not None)
        elif key == "maintenance":
            yield from ((key, f"{each['start']} to {each['end']} {each['rule'] or ''}".rstrip()) for each in value)
        elif key != "from_model" and value not in (None, (), {}, ""):
            yield key, value


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_shown(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(each)}" for key, each in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)


def _labels(tree: Any, words: Iterable[str]) -> str:
    return ", ".join(tree[word].label for word in words)


def _size(of: Machine | Model) -> str:
    if of.envelope_mm is None and of.bed_mm is not None:
        return f"{of.bed_mm[0]:g} x {of.bed_mm[1]:g} (bed)"
    return " x ".join(f"{each:g}" for each in of.envelope_mm) if of.envelope_mm else "unknown"


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _row(table: Table, *cells: object) -> None:
    table.add_row(*(Text(str(cell)) for cell in cells))
