"""What it costs to send what a plan implies, by what the labs that send it ask; what is not known says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from coordinator.service.costing.legs import Leg, Legs
from coordinator.service.costing.lines import Kind, Line, cents_of
from machines.carriage import Carriage, Reach, carriage_to
from machines.lab import Lab, Network

__all__ = ["carriage_lines"]

_MOST_NAMED: Final = 3
_REACHES: Final = {Reach.COUNTRY: "within its country", Reach.ELSEWHERE: "to other countries", Reach.ANYWHERE: ""}


def carriage_lines(found: Legs, network: Network, at: datetime) -> list[Line]:
    """A line for each way, and one for what of it could not be weighed where weight is paid for.

    Args:
        found: the ways.
        network: labs with their prices.
        at: whose prices count.
    """
    lines = [line for leg in found.legs for line in _lines(leg, network, at)]
    if found.unclear:
        lines.append(Line(Kind.TRANSPORT, _names(dict.fromkeys(found.unclear, "")), "which piece goes where is open"))
    return lines


def _lines(leg: Leg, network: Network, at: datetime) -> Iterator[Line]:
    sender = network.lab(leg.from_lab)
    receiver = network.lab(leg.to_lab) if leg.to_lab is not None else None
    way = f"from {sender.name} to {receiver.name if receiver is not None else 'who ordered it'}"
    price = _price(sender, receiver, at)
    if isinstance(price, str):
        yield Line(Kind.TRANSPORT, way, price, lab=sender.id)
        return
    parcels, currency = price.parcels(leg.kg), str(sender.currency)
    by_weight = price.per_kg is not None or price.parcel_kg is not None
    weighed = by_weight and leg.kg > 0
    amount = cents_of(parcels * (price.per_parcel or 0.0) + leg.kg * (price.per_kg or 0.0))
    if price.per_parcel is not None or weighed:
        what = f"{parcels} parcel{'' if parcels == 1 else 's'}{f' of {_kg(leg.kg)}' if weighed else ''} {way}"
        source = _source(price, sender) + ("" if receiver is not None else "; nothing where it is fetched")
        yield Line.of(Kind.TRANSPORT, what, source, amount, currency, lab=sender.id)
    if by_weight and leg.unweighed:
        reasons = dict.fromkeys(leg.unweighed.values())
        why = f"what it weighs is not known: {'; '.join(reasons)}"
        yield Line(Kind.TRANSPORT, f"weight of {_names(leg.unweighed)} {way}", why, lab=sender.id)


def _price(sender: Lab, receiver: Lab | None, at: datetime) -> Carriage | str:
    """What the sender asks, or in words why that is not known."""
    if not sender.carriage:
        return f"{sender.name} states no price of carriage"
    country = _country(sender)
    there = _country(receiver) if receiver is not None else None
    home = None if country is None or there is None else country == there
    day = at.astimezone(ZoneInfo(sender.zone)).date()
    found = carriage_to(sender.carriage, day, home=home)
    if found is None:
        lacks = "and it is not known in which country that is" if home is None else "to there"
        return f"{sender.name} states no price of carriage {lacks}"
    return found if not found.pick_up_only else f"{sender.name} sends nothing there: it is picked up"


def _country(lab: Lab) -> str | None:
    return lab.address.country if lab.address is not None else None


def _source(price: Carriage, sender: Lab) -> str:
    asked = [
        f"{amount:.2f} {sender.currency} a {unit}"
        for amount, unit in ((price.per_parcel, "parcel"), (price.per_kg, "kg"))
        if amount is not None
    ]
    most = f", parcels up to {price.parcel_kg:g} kg" if price.parcel_kg is not None else ""
    reach = f" {_REACHES[price.to]}" if _REACHES[price.to] else ""
    since = f", since {price.since}" if price.since is not None else ""
    return f"{' and '.join(asked)}{reach}{most}, from {sender.name}'s entry{since}"


def _names(unweighed: Mapping[str, str]) -> str:
    names = list(unweighed)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _kg(kg: float) -> str:
    return f"{kg:.2f} kg" if kg >= 1 else f"{max(1.0, 1000 * kg):.0f} g"
