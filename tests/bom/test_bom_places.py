"""Where the facts of a line come from, as `Places` keeps it."""

import pickle

import pytest

from bom.places import Places, origin_of
from core.provenance import Origin, Provenance


def some() -> Places:
    places = Places("bom.csv", "7")
    places.add("quantity", Origin.READ, "column QTY")
    places.put("files", Provenance(Origin.READ, "part manifest", "leg.toml"))
    places.add("make", Origin.GUESSED, "such things are bought")
    return places


def test_places_are_a_mapping_of_provenance() -> None:
    expected = {
        "quantity": Provenance(Origin.READ, "column QTY", "bom.csv", "7"),
        "files": Provenance(Origin.READ, "part manifest", "leg.toml"),
        "make": Provenance(Origin.GUESSED, "such things are bought", "bom.csv", "7"),
    }
    assert some() == expected
    assert expected == some()
    assert list(some().items()) == list(expected.items())
    assert repr(some()) == repr(expected)
    assert {**some(), "make": expected["files"]}["make"] is expected["files"]


def test_a_fact_that_nobody_knows_has_no_place() -> None:
    assert some().get("process") is None
    with pytest.raises(KeyError):
        some()["process"]


def test_places_go_to_other_processes() -> None:
    assert pickle.loads(pickle.dumps(some())) == some()  # noqa: S301 (its own pickle)


def test_how_a_fact_is_known_is_told_without_its_place() -> None:
    for known in (some(), dict(some())):
        assert [origin_of(known, fact) for fact in ("make", "files", "process")] == [Origin.GUESSED, Origin.READ, None]
