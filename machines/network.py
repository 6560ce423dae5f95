"""Reading labs and machines from a YAML file: what the words of `machines.labs_document` mean.

The format is described in `docs/labs.md`; `examples/labs.yaml` is one. Unknown keys are errors that name the key, so
that a typing slip never becomes a silent default.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, TypeGuard
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from core.errors import InputError
from core.misfits import in_words
from core.trees import materials
from machines.carriage import Carriage
from machines.hours import parse_opening_hours, period_of
from machines.lab import Lab, Network, Place
from machines.labs_document import CarriageDocument, Document, LabDocument, LabsDocument, StockDocument
from machines.machine_reading import machine_of
from machines.people import Address, Contact, Person
from machines.stock import Stock
from machines.yaml_text import parse_yaml

__all__ = ["MOST_ALIASES", "network_of", "parse_opening_hours", "read_network"]

_MAX_BYTES = 5_000_000
MOST_ALIASES = 100
"""How often a labs file may refer to its anchors."""
_MOST_TOLD = 8


def read_network(path: Path) -> Network:
    """Read labs, machines and transport.

    Raises:
        InputError: the file is missing, no YAML, or says something impossible; the place is named.
    """
    return network_of(_load(path), where=str(path))


def network_of(document: Any, *, where: str) -> Network:
    """Labs, machines and transport of a labs document that is already parsed (YAML or JSON).

    Raises:
        InputError: it says something impossible; the place is named.
    """
    try:
        parsed = LabsDocument.model_validate(document)
    except ValidationError as error:
        listed = error.errors(include_url=False, include_input=False)
        told = [
            f"{_place_in_words(document, each['loc'])}: {in_words(each['type'], each['msg'], each.get('ctx', {}))}"
            for each in listed
        ]
        more = f" (and {len(told) - _MOST_TOLD} more)" if len(told) > _MOST_TOLD else ""
        hint = "docs/labs.md describes the format"
        raise InputError("; ".join(told[:_MOST_TOLD]) + more, where=where, hint=hint) from None
    labs = tuple(_lab(lab, f"{where}: lab {lab.id}") for lab in parsed.labs)
    _refuse_duplicates([lab.id for lab in labs], "lab", where)
    _refuse_duplicates([machine.id for lab in labs for machine in lab.machines], "machine", where)
    known = {lab.id for lab in labs}
    _refuse_duplicates([" and ".join(sorted(way.between)) for way in parsed.transport], "the way between", where)
    for way in parsed.transport:
        if way.between[0] == way.between[1]:
            raise InputError(f"transport from {way.between[0]!r} to itself", where=where)
        if strangers := set(way.between) - known:
            raise InputError(f"transport names the unknown lab {sorted(strangers)[0]!r}", where=where)
    return Network(labs, {frozenset(way.between): way.minutes for way in parsed.transport})


def _load(path: Path) -> Any:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"the file is larger than {_MAX_BYTES // 1_000_000} MB", where=str(path))
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"the labs file cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("the labs file is not UTF-8 text", where=str(path)) from None
    return parse_yaml(text, where=str(path), most_aliases=MOST_ALIASES)


def _place_in_words(document: Any, loc: tuple[int | str, ...]) -> str:
    """Where an error stands: ``labs[north].machines[printer].envelope``, by ids where the document has them."""
    words, at = "", document
    for part in loc:
        known = (isinstance(at, dict) and part in at) or (
            isinstance(at, list) and isinstance(part, int) and part < len(at)
        )
        at = at[part] if known else None
        if isinstance(part, int):
            words += f"[{at.get('id', part) if isinstance(at, dict) else part}]"
        else:
            words += f".{part}" if words else part
    return words or "the document"


def _lab(lab: LabDocument, where: str) -> Lab:
    try:
        ZoneInfo(lab.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "write one such as Europe/Berlin"
        raise InputError(f"{lab.timezone!r} is no time zone", where=where, hint=hint) from None
    try:
        place = Place(lab.place.latitude, lab.place.longitude, lab.place.city) if lab.place else None
    except ValueError as error:
        raise InputError(str(error), where=where) from None
    _refuse_duplicates([person.id for person in lab.people], "person", where)
    return Lab(
        id=lab.id,
        name=lab.name,
        zone=lab.timezone,
        opening_hours=parse_opening_hours(lab.opening_hours, where=where),
        policy=lab.policy.accepts,
        machines=tuple(machine_of(machine, lab.id, f"{where}, machine {machine.id}") for machine in lab.machines),
        place=place,
        closures=tuple(period_of(each, where=f"{where}, closures") for each in lab.closures),
        special_openings=tuple(period_of(each, where=f"{where}, special_openings") for each in lab.special_openings),
        access=lab.access,
        languages=tuple(lab.languages),
        currency=lab.currency,
        contact=Contact(**lab.contact.model_dump()) if _says(lab.contact) else None,
        address=Address(**lab.address.model_dump()) if _says(lab.address) else None,
        disclosed=frozenset(lab.public),
        people=tuple(Person(person.id, tuple(person.training)) for person in lab.people),
        stock=tuple(_stock(each, f"{where}, stock") for each in lab.stock),
        website=lab.website,
        unattended_starts=lab.policy.unattended_starts,
        first_article=lab.policy.first_article,
        maker=lab.maker,
        carriage=_carriage(lab, where),
    )


def _says(part: Document | None) -> TypeGuard[Document]:
    """Whether a part is there and says anything."""
    return part is not None and any(value is not None for value in part.model_dump().values())


def _stock(stock: StockDocument, where: str) -> Stock:
    return Stock(**{**stock.model_dump(), "material": materials().require(stock.material, where=where).id})


def _carriage(lab: LabDocument, where: str) -> tuple[Carriage, ...]:
    twice = Counter((each.to, each.since) for each in lab.carriage)
    if any(times > 1 for times in twice.values()):
        raise InputError("two prices of carriage hold for the same from the same day", where=f"{where}, carriage")
    if lab.currency is None and any(not each.pick_up_only for each in lab.carriage):
        hint = "state the lab's currency: EUR"
        raise InputError("prices of carriage have no currency", where=f"{where}, carriage", hint=hint)
    return tuple(_price(each, f"{where}, carriage") for each in lab.carriage)


def _price(price: CarriageDocument, where: str) -> Carriage:
    try:
        return Carriage(**price.model_dump())
    except ValueError as error:
        raise InputError(str(error), where=where) from None


def _refuse_duplicates(ids: list[str], what: str, where: str) -> None:
    for each, times in Counter(ids).items():
        if times > 1:
            raise InputError(f"{what} {each!r} stands twice", where=where)
