"""The formats by name: reading any of them, and writing with the losses said.

| name | what it is |
|---|---|
| labs | our labs file (`docs/labs.md`) |
| okw | Open Know-Where facilities, with our extension |
| okw-plain | Open Know-Where facilities in the standard's fields alone |
| ohm | the Open Hardware Manager's JSON, with our extension |
| fablabs | the list of labs of fablabs.io |
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import InputError, LimitError
from machines.exchange import fablabs
from machines.exchange.document import lab_document, labs_document
from machines.exchange.notes import Note, Reading, Writing, differences, gathered
from machines.exchange.okw import DIALECTS, EXTENSION, facility, with_extension
from machines.exchange.okw_reading import FacilityReader
from machines.exchange.shapes import mapping
from machines.lab import Connection, Driver, Lab, Network, PrivateFact
from machines.network import network_of
from machines.yaml_text import parse_yaml

__all__ = ["FORMATS", "read_document", "read_labs", "write_labs"]

FORMATS = ("labs", "okw", "okw-plain", "ohm", "fablabs")
_MAX_BYTES = 50_000_000
_MOST_LABS = 10_000
_LISTS = ("labs", "facilities", "items", "results", "manufacturing_facilities")  # keys under which lists of labs stand


def read_document(path: Path) -> Any:
    """A JSON or YAML file, as values.

    Raises:
        InputError: it cannot be read, is too large, or is neither.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise LimitError(f"the file is larger than {_MAX_BYTES // 1_000_000} MB", where=str(path))
        written = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("the file is not UTF-8 text", where=str(path)) from None
    if written.lstrip()[:1] not in ("{", "["):
        return parse_yaml(written, where=str(path), most_aliases=0)
    try:
        return json.loads(written)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", where=f"{path}:{error.lineno}") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, a list thousands deep
        raise InputError("not JSON that can be used", where=str(path)) from None


def read_labs(
    document: Any, *, where: str, form: str | None = None, zone: str | None = None, keep_ports: bool = False
) -> Reading:
    """What a foreign document says, as our labs document.

    Args:
        document: in JSON values.
        where: the file, for errors.
        form: one of `FORMATS`, or None to tell it by its keys.
        zone: IANA name for labs whose time zone is not known otherwise.
        keep_ports: whether ports and print servers that it names are ours; else they are left out.

    Raises:
        InputError: no lab can be read from it, or the format is not known.
    """
    form = form or _form_of(document)
    if form == "labs":
        return _reading(network_of(document, where=where), (), keep_ports)
    if form not in FORMATS:
        raise InputError(f"{form!r} is no format of labs", where=where, hint=f"known are {', '.join(FORMATS)}")
    reader = fablabs.FablabsReader(zone) if form == "fablabs" else FacilityReader(zone)
    entries = _entries(document)
    if len(entries) > _MOST_LABS:
        raise LimitError(f"there are {len(entries)} labs, more than {_MOST_LABS}", where=where)
    labs = [lab for each in entries if (lab := reader.read(each)) is not None]
    if not labs:
        why = f"; {reader.notes[0].where}: {reader.notes[0].what}" if reader.notes else ""
        raise InputError(f"no lab can be read from it as {form}{why}", where=where, hint="see --format")
    return _reading(network_of({"labs": labs}, where=where), gathered(reader.notes), keep_ports)


def _reading(network: Network, notes: tuple[Note, ...], keep_ports: bool) -> Reading:
    """The reading, without ports and print servers where they are somebody else's: a key of ours must not go there."""
    ways = {each.id: each.connection for each in network.machines}
    foreign = {name for name, way in ways.items() if (way.port or way.address) and not way.virtual}
    if foreign and not keep_ports:
        hands = Connection(Driver.HANDS)
        labs = []
        for lab in network.labs:
            machines = (replace(each, connection=hands) if each.id in foreign else each for each in lab.machines)
            labs.append(replace(lab, machines=tuple(machines)))
        network = replace(network, labs=tuple(labs))
        left_out = tuple(
            Note(f"machine {each}", "its port is left out: it is no port of this computer") for each in sorted(foreign)
        )
        notes = (*notes, *left_out)
    return Reading(labs_document(network), notes)


def write_labs(labs: Iterable[Lab], form: str, *, private: bool = False) -> Writing:
    """Labs in another format, and what a reader of it does not learn.

    Args:
        labs: in order.
        form: one of `FORMATS`.
        private: whether private facts are written too; else they are left out, which is a loss that is said.

    Raises:
        InputError: the format is not known.
    """
    if form not in FORMATS:
        raise InputError(f"{form!r} is no format of labs", hint=f"known are {', '.join(FORMATS)}")
    chosen = tuple(labs)
    shown = chosen if private else tuple(lab.public() for lab in chosen)
    withheld = () if private else tuple(note for lab in chosen for note in _withheld(lab))
    if form == "labs":
        return Writing(labs_document(Network(shown)), withheld)
    written = [_write(lab, form) for lab in shown]
    losses = [note for lab, each in zip(shown, written, strict=True) for note in _losses(lab, each, form)]
    document = written[0] if len(written) == 1 and form != "fablabs" else written
    return Writing(document, (*withheld, *losses))


def _write(lab: Lab, form: str) -> dict[str, Any]:
    if form == "fablabs":
        return fablabs.entry(lab)
    if form == "okw-plain":
        return facility(lab, DIALECTS["okw"])
    return with_extension(lab, DIALECTS[form])


def _losses(lab: Lab, written: Mapping[str, Any], form: str) -> Iterator[Note]:
    """What is lost, found by reading back what was written."""
    reader = fablabs.FablabsReader(lab.zone) if form == "fablabs" else FacilityReader(lab.zone)
    back = reader.read(written) or {}
    if back:
        back = lab_document(network_of({"labs": [back]}, where=lab.id).labs[0])
    said = lab_document(lab)
    if form == "fablabs":  # machines become six capabilities
        machines = said.pop("machines", ())
        yield from (
            Note(f"lab {lab.id}, machine {each['id']}", "all but its capability is left out") for each in machines
        )
    yield from differences(said, back, f"lab {lab.id}")


def _withheld(lab: Lab) -> Iterator[Note]:
    """Private facts that `Lab.public` leaves out."""
    blurred = lab.public().place != lab.place
    facts = (
        (PrivateFact.CONTACT, lab.contact is not None, ""),
        (PrivateFact.ADDRESS, lab.address is not None, ""),
        (PrivateFact.ADDRESS, blurred, ": the place is written to a hundredth of a degree"),
        (PrivateFact.PEOPLE, bool(lab.people), ""),
    )
    if lab.public().machines != lab.machines:
        yield Note(f"lab {lab.id}", "how its machines are reached is private and left out")
    for fact, there, how in facts:
        if there and fact not in lab.disclosed:
            yield Note(f"lab {lab.id}", f"{fact} is private and left out{how}")


def _entries(document: Any) -> list[Mapping[str, Any]]:
    if isinstance(document, Mapping):
        inside = next((document[key] for key in _LISTS if isinstance(document.get(key), list)), [document])
        return [mapping(each) for each in inside]
    return [mapping(each) for each in document] if isinstance(document, list) else []


def _form_of(document: Any) -> str:
    """The format that the keys of the first lab speak of."""
    first = next(iter(_entries(document)), {})
    if "timezone" in first and "opening_hours" in first:
        return "labs"
    if "slug" in first or "kind_name" in first or "capabilities" in first:
        return "fablabs"
    if EXTENSION in first or "facility_status" in first or "equipment" in first or "location" in first:
        return "okw"
    return "labs"
