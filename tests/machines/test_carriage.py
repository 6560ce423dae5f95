"""What labs ask for sending things: read, refused, written again; and which price holds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from machines.carriage import Carriage, Reach, carriage_to
from machines.exchange.document import labs_document
from machines.lab import Network
from machines.network import network_of

DAY = date(2030, 1, 7)
LAB = """
labs:
  - id: north
    name: North
    timezone: Europe/Berlin
    opening_hours: {daily: "09:00-17:00"}
    currency: EUR
    carriage:
"""


def read(*prices: str, currency: bool = True) -> Network:
    text = LAB + "".join(f"      - {{{each}}}\n" for each in prices)
    document = yaml.safe_load(text if currency else text.replace("    currency: EUR\n", ""))
    return network_of(document, where="x")


def test_prices_are_read_and_written_again() -> None:
    said = (
        "to: country, per_parcel: 4.5, per_kg: 0.8, parcel_kg: 20",
        "to: country, per_parcel: 5, since: 2030-01-01",
        "pick_up_only: true",
    )
    network = read(*said)
    assert network.labs[0].carriage == (
        Carriage(Reach.COUNTRY, 4.5, 0.8, 20), Carriage(Reach.COUNTRY, 5, since=date(2030, 1, 1)),
        Carriage(pick_up_only=True),
    )  # fmt: skip
    again = labs_document(network)
    assert network_of(again, where="x") == network
    assert again["labs"][0]["carriage"][1] == {"to": "country", "per_parcel": 5, "since": "2030-01-01"}
    assert network.labs[0].public().carriage == network.labs[0].carriage, "prices are for everybody"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("to: country", "has a price by parcel or by kg"),
        ("per_kg: 1, pick_up_only: true", "has a price by parcel or by kg"),
        ("per_kg: -1", "per_kg"),
        ("per_kg: 1, parcel_kg: 0", "parcel_kg"),
        ("per_kg: 1, to: moon", "to"),
        ("per_kg: 1, since: 5", "a day is expected here"),
    ],
)
def test_what_says_nothing_sound_is_refused(said: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read(said)


def test_two_prices_for_the_same_and_prices_in_no_currency_are_refused() -> None:
    with pytest.raises(InputError, match="from the same day"):
        read("per_kg: 1", "per_kg: 2")
    with pytest.raises(InputError, match="no currency"):
        read("per_kg: 1", currency=False)
    assert read("pick_up_only: true", currency=False).labs[0].carriage


def test_the_price_that_began_last_holds_and_of_two_the_narrower() -> None:
    wide, home = Carriage(per_kg=1.0), Carriage(Reach.COUNTRY, per_kg=0.5)
    later, to_come = Carriage(per_kg=2.0, since=DAY), Carriage(per_kg=9.0, since=DAY + timedelta(days=1))
    assert carriage_to([wide, home], DAY, home=True) == home
    assert carriage_to([wide, home], DAY, home=False) == wide
    assert carriage_to([wide, home, later, to_come], DAY, home=True) == later
    assert carriage_to([home], DAY, home=None) is None
    assert carriage_to([home], DAY, home=False) is None


@given(st.floats(0, 1000), st.floats(0.1, 100))
def test_parcels_are_enough_and_not_one_too_many(mass_kg: float, most_kg: float) -> None:
    parcels = Carriage(per_parcel=1.0, parcel_kg=most_kg).parcels(mass_kg)
    assert parcels * most_kg >= mass_kg * (1 - 1e-6)
    assert parcels == 1 or (parcels - 1) * most_kg < mass_kg
