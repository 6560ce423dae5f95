"""A network as the labs document that says it: what `machines.network.network_of` reads, the other way round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from machines.carriage import Carriage
from machines.hours import WEEKDAYS
from machines.lab import FirstArticle, Lab, Network, OpeningHours, PrivateFact
from machines.library import FILLED, Model, library
from machines.machine import AfterAlarm, Connection, Driver, Machine
from machines.period import Period
from machines.stock import Stock

__all__ = ["hours_document", "lab_document", "labs_document", "machine_document"]

_BAUD = 115200
_MACHINE_KEYS = (  # attributes that stand in the document as they are, in its order
    "processes", "materials", "thickness_mm", "envelope_mm", "bed_mm", "feed_through", "reach_mm", "margin_mm",
    "nozzles_mm", "tools_mm", "tolerance_mm", "power_w", "axes", "unattended", "mode", "confirm", "allow",
    "set_up_min", "take_off_min", "changeover_min", "certificates", "access", "training", "hourly_cost", "energy_w",
)  # fmt: skip


def labs_document(network: Network) -> dict[str, Any]:
    """The document of a whole network."""
    document: dict[str, Any] = {"labs": [lab_document(lab) for lab in network.labs]}
    if network.stated_transport:
        ways = sorted((sorted(pair), minutes) for pair, minutes in network.stated_transport.items())
        document["transport"] = [{"between": pair, "minutes": _number(minutes)} for pair, minutes in ways]
    return document


def lab_document(lab: Lab) -> dict[str, Any]:
    """What one lab says; keys that say nothing are left out."""
    document: dict[str, Any] = {"id": lab.id, "name": lab.name, "timezone": lab.zone}
    place = _stated(lab.place, ("latitude", "longitude", "city")) if lab.place else None
    values = {
        "place": place,
        "address": _stated(lab.address, ("street", "postcode", "region", "country")),
        "contact": _stated(lab.contact, ("name", "email", "phone")),
        "website": lab.website,
        "public": [str(each) for each in PrivateFact if each in lab.disclosed],
        "languages": list(lab.languages),
        "currency": lab.currency,
        "access": str(lab.access) if lab.access else None,
        "maker": str(lab.maker) if lab.maker else None,
    }
    document |= {key: value for key, value in values.items() if value}
    document["opening_hours"] = hours_document(lab.opening_hours)
    document["policy"] = _policy(lab)
    lists = {
        "closures": [_period(each) for each in lab.closures],
        "special_openings": [_period(each) for each in lab.special_openings],
        "people": [_person(each.id, each.training) for each in lab.people],
        "stock": [_stock(each) for each in lab.stock],
        "carriage": [_carriage(each) for each in lab.carriage],
        "machines": [machine_document(each) for each in lab.machines],
    }
    return document | {key: value for key, value in lists.items() if value}


def _policy(lab: Lab) -> dict[str, Any]:
    """What a lab does with work; what is usual is left out."""
    document: dict[str, Any] = {"accepts": str(lab.policy)}
    if lab.unattended_starts:
        document["unattended_starts"] = True
    if lab.first_article is not FirstArticle.NEW:
        document["first_article"] = str(lab.first_article)
    return document


def machine_document(machine: Machine) -> dict[str, Any]:
    """What a lab says of one machine; what comes from its model is left to the model."""
    model = library()[machine.model] if machine.model else None
    document: dict[str, Any] = {"id": machine.id}
    if model is not None:
        document["model"] = model.id
    if "name" not in machine.from_model:
        document["name"] = machine.name
    for key in _MACHINE_KEYS:
        value = _plain(getattr(machine, key))
        if key not in machine.from_model and (value not in (None, [], {}, 0, False) or _silences(machine, model, key)):
            document[key] = value
    if machine.confirm == ():
        document["confirm"] = []  # nothing is confirmed, which is not the same as nothing said
    for key in ("motion", "limits"):
        if parts := _parts(machine, model, key):
            document[key] = parts
    if machine.maintenance:
        document["maintenance"] = [_period(each) for each in machine.maintenance]
    if connection := _connection(machine.connection):
        document["connection"] = connection
    return document


def _silences(machine: Machine, model: Model | None, key: str) -> bool:
    """Whether the lab takes back what its model says."""
    if model is None or key not in FILLED or not getattr(model, key):
        return False
    own_space = "envelope_mm" not in machine.from_model  # then the model's reach is not taken anyway
    return not (key == "reach_mm" and own_space)


def hours_document(hours: OpeningHours) -> dict[str, str | list[str]]:
    """Weekly hours as people write them: neighbouring days with the same hours in one line."""
    document: dict[str, str | list[str]] = {}
    for _, days in groupby(range(7), key=lambda day: hours.get(day, ())):
        run = list(days)
        spans = [f"{start:%H:%M}-{end:%H:%M}" for start, end in hours.get(run[0], ())]
        if spans:
            name = "daily" if len(run) == 7 else WEEKDAYS[run[0]] + (f"-{WEEKDAYS[run[-1]]}" if len(run) > 1 else "")
            document[name] = spans[0] if len(spans) == 1 else spans
    return document


def _parts(machine: Machine, model: Model | None, key: str) -> dict[str, Any]:
    """The limits or the motion that the lab states itself."""
    own, published = getattr(machine, key), getattr(model, key) if model is not None else None
    parts = {}
    for each in fields(own):
        value = getattr(own, each.name)
        silenced = published is not None and getattr(published, each.name) is not None
        if f"{key}.{each.name}" not in machine.from_model and (value is not None or silenced):
            parts[each.name] = _number(value)
    return parts


def _connection(connection: Connection) -> dict[str, Any]:
    document = _stated(connection, ("driver", "port", "baud", "address", "key_variable"))
    if connection.baud == _BAUD:
        del document["baud"]
    if connection.after_alarm is not AfterAlarm.ASK:
        document["after_alarm"] = str(connection.after_alarm)
    return {} if document == {"driver": str(Driver.HANDS)} else document


def _period(period: Period) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if period.whole_days:
        first, last = period.start.date(), period.end.date() - timedelta(days=1)
        document = {"day": str(first)} if first == last else {"first_day": str(first), "last_day": str(last)}
    else:
        document = {"start": _wall(period.start), "end": _wall(period.end)}
    if period.rule is not None:
        document["rrule"] = period.rule
    if period.except_on:
        document["exdate"] = [str(day) for day in period.except_on]
    if period.why is not None:
        document["why"] = period.why
    return document


def _wall(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if not moment.second else f"{moment:%Y-%m-%d %H:%M:%S}"


def _person(person_id: str, training: tuple[str, ...]) -> dict[str, Any]:
    return {"id": person_id} | ({"training": list(training)} if training else {})


def _stock(stock: Stock) -> dict[str, Any]:
    document = {"material": stock.material, "form": str(stock.form), "amount": _number(stock.amount)}
    document["unit"] = str(stock.unit)
    return document | _stated(stock, ("colour", "thickness_mm", "size_mm", "unit_cost"))


def _carriage(price: Carriage) -> dict[str, Any]:
    document = {"to": str(price.to)} | _stated(price, ("per_parcel", "per_kg", "parcel_kg"))
    if price.since is not None:
        document["since"] = str(price.since)
    return document | ({"pick_up_only": True} if price.pick_up_only else {})


def _stated(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return dict(_each_stated(value, names)) if value is not None else {}


def _each_stated(value: object, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in names:
        if (found := getattr(value, name)) is not None:
            yield name, _plain(found)


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return str(value)
    return _number(value)


def _number(value: Any) -> Any:
    """A whole number without its decimal point, as people write it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
