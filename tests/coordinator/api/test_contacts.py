"""Contacts are told to those who are in the same build, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from coordinator.schema.network import Role
from tests.coordinator.web.test_acts import joined

from .conftest import Web
from .test_http import problem

PRIVATE = ("door@north.example", "Back Lane 7", "ada@example.org")


@pytest.fixture
def made_in_the_north(web: Web) -> Web:
    """Ada's build, of which the north has the only job."""
    entry: dict[str, Any] = web.get("/labs/north", "north").json()["entry"]
    entry |= {"contact": {"email": "door@north.example"}, "address": {"street": "Back Lane 7"}}
    assert web.call("PUT", "/labs/north", "north", json=entry).status_code == 200
    web.town.order(web.town.upload("Foot,1,3D printing,PLA,foot.stl,"))
    return web


def test_those_in_a_build_see_each_other(made_in_the_north: Web) -> None:
    for who in ("ada", "north", "ste"):
        answer = made_in_the_north.get("/builds/1/contacts", who)
        assert answer.status_code == 200, who
        found = answer.json()
        assert found["builder"]["email"] == "ada@example.org"
        assert found["labs"] == [
            {"lab": "north", "name": "North", "contact": {"email": "door@north.example"},
             "address": {"street": "Back Lane 7"}}
        ]  # fmt: skip


def test_nobody_else_does(made_in_the_north: Web) -> None:
    web = made_in_the_north
    web.join("bob", Role.BUILDER)
    problem(web.get("/builds/1/contacts"), 401, "unauthenticated")
    problem(web.get("/builds/99/contacts", "ada"), 404, "unknown")
    for who in ("south", "des", "bob", "agent"):
        problem(web.get("/builds/1/contacts", who), 403, "forbidden")


def test_the_page_of_a_build_shows_them_to_the_same_people(made_in_the_north: Web) -> None:
    web = made_in_the_north
    inside, outside = joined(web, Role.OPERATOR, "north", name="nora"), joined(web, Role.OPERATOR, "south", name="sue")
    page = inside.get("/builds/1").text
    assert all(word in page for word in PRIVATE), page
    for stranger in (outside.get("/builds/1").text, web.get("/builds/1").text):
        assert not any(word in stranger for word in PRIVATE)
