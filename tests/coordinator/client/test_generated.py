"""The generated client is what the routes say now."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from coordinator.api.app import PREFIX, create_app
from coordinator.client.caller import API
from coordinator.client.client import Client
from coordinator.client.generate import COMMAND, TARGET, generated
from coordinator.client.operations import BY_HAND, method_text, operations_of
from coordinator.client.schema_types import annotation, dataclass_text
from core.errors import InputError
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import bare as bare


def test_it_is_current() -> None:
    written = {each.name: each.read_text(encoding="utf-8") for each in TARGET.glob("*.py")}
    wanted = generated()
    stale = sorted(name for name in wanted.keys() | written.keys() if wanted.get(name) != written.get(name))
    assert not stale, f"routes have changed: run {COMMAND}"


def test_every_operation_is_a_method_or_is_written_by_hand(bare: Town) -> None:
    assert API == PREFIX
    document = create_app(bare.application).openapi()
    ids = {each["operationId"] for path in document["paths"].values() for each in path.values()}
    missing = {each for each in ids if not hasattr(Client, each)}
    assert missing <= set(BY_HAND), missing
    assert set(BY_HAND) <= ids


def test_every_method_says_what_it_does() -> None:
    for name, method in inspect.getmembers(Client, inspect.isfunction):
        assert name.startswith("_") or (method.__doc__ or "").strip(), name


@pytest.mark.parametrize(
    ("schema", "answered", "asked"),
    [
        ({"type": "integer"}, "int", "int"),
        ({"type": "string", "format": "date-time"}, "datetime", "datetime"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "str | None", "str | None"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Foot"}}, "tuple[Foot, ...]", "Sequence[Foot]"),
        (
            {"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}]},
            "tuple[float, str]",
            "tuple[float, str]",
        ),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "dict[str, int]", "Mapping[str, int]"),
        ({"enum": ["a", 'b"']}, 'Literal["a", "b\\""]', 'Literal["a", "b\\""]'),
        ({}, "Any", "Any"),
    ],
)
def test_schemas_become_annotations(schema: dict[str, Any], answered: str, asked: str) -> None:
    assert annotation(schema) == answered
    assert annotation(schema, given=True) == asked


def test_what_a_stranger_writes_in_a_description_stays_text() -> None:
    told = 'A """ and \\ and a very long sentence that goes on. ' + "More of it is to come. " * 8
    text = dataclass_text(
        "Foot", {"description": told, "properties": {"from": {"type": "string"}}, "required": ["from"]}
    )
    names: dict[str, Any] = {}
    exec("from __future__ import annotations\nfrom dataclasses import dataclass\n" + text, names)  # noqa: S102 (it must be Python)
    assert list(inspect.signature(names["Foot"]).parameters) == ["from_"]


def test_a_body_that_no_method_can_send_is_refused() -> None:
    operation = {"operationId": "sing", "tags": ["x"], "responses": {}, "requestBody": {"content": {"audio/ogg": {}}}}
    document = {"paths": {"/api/v1/x": {"post": operation}}, "components": {"schemas": {}}}
    with pytest.raises(InputError, match="audio/ogg"):
        operations_of(document, "/api/v1")


def test_a_body_must_not_take_the_name_of_a_path() -> None:
    body = {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "integer"}}}}}
    place = {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}
    operation = {
        "operationId": "put",
        "tags": ["x"],
        "responses": {},
        "parameters": [place],
        "requestBody": {"content": body},
    }
    document = {"paths": {"/api/v1/x/{id}": {"put": operation}}, "components": {"schemas": {}}}
    with pytest.raises(InputError, match="id in its path"):
        method_text(operations_of(document, "/api/v1")[0])
