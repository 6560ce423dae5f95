"""What is exported is JSON-LD in the published terms, and a fresh ledger that reads it comes to the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import RDF, Graph, URIRef

from commons.flows import documents
from commons.flows.actions import Action
from commons.flows.documents import CONTEXT, document, read_events, written
from commons.flows.events import RESERVED, Event, Measure, reversal
from commons.flows.ledger import Ledger
from commons.flows.terms import CLASSES, INDIVIDUALS, NAMESPACE, PROPERTIES
from core.errors import InputError, LimitError
from tests.commons.flows import START, histories

# rdflib's own parser of JSON-LD makes graphs in a way that rdflib warns of.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


def a_ledger() -> Ledger:
    made = Event(
        "event:1", Action.PRODUCE, START, "lab:north", "build:1", Measure.of("2.5", "piece"),
        resource="stock:a", specification="part:clip", kinds=("making",), process="job:7", state="pass",
        fulfils=("offer:1",), note='with "quotes" and <b>',
    )  # fmt: skip
    used = Event("event:2", Action.USE, START, "lab:north", effort=Measure.of(90, "s"), resource="machine:1")
    ledger = Ledger()
    ledger.take_in([made, used, reversal(used, "event:3", START)])
    return ledger


def changed(change: Callable[[Any], object]) -> bytes:
    said = json.loads(written(a_ledger()))
    change(said)
    return json.dumps(said).encode()


def event_of(said: Any) -> Any:
    return next(node for node in said["@graph"] if node["@id"] == "event:1")


@settings(max_examples=50)
@given(histories())
def test_a_fresh_ledger_that_reads_it_comes_to_the_same(history: list[Event]) -> None:
    ledger, fresh = Ledger(), Ledger()
    ledger.take_in(history)
    fresh.take_in(read_events(written(ledger).encode(), where="export.jsonld"))
    assert fresh.events == ledger.events
    assert fresh.balances() == ledger.balances()
    assert written(fresh) == written(ledger)


@settings(max_examples=25)
@given(histories())
def test_an_export_parses_as_json_ld_and_uses_only_published_terms(history: list[Event]) -> None:
    ledger = Ledger()
    ledger.take_in(history)
    graph = Graph().parse(data=written(ledger), format="json-ld")
    kinds = {subject: str(kind).removeprefix(NAMESPACE) for subject, kind in graph.subject_objects(RDF.type)}
    assert set(kinds.values()) <= CLASSES
    for subject, predicate, value in graph:
        if predicate != RDF.type:
            name = str(predicate)
            assert name.startswith(NAMESPACE), name
            assert kinds[subject] in PROPERTIES[name.removeprefix(NAMESPACE)], (kinds[subject], name)
        if str(value).startswith(NAMESPACE):
            assert str(value).removeprefix(NAMESPACE) in CLASSES | INDIVIDUALS
    found = graph.subjects(RDF.type, URIRef(NAMESPACE + "EconomicEvent"))
    assert {str(each) for each in found} == {each.id for each in ledger.events}


def test_what_is_said_of_an_event_is_found_in_the_graph() -> None:
    graph = Graph().parse(data=written(a_ledger()), format="json-ld")
    event = URIRef("event:1")
    said = {str(predicate).removeprefix(NAMESPACE): value for predicate, value in graph.predicate_objects(event)}
    assert said["action"] == URIRef(NAMESPACE + "produce")
    assert said["outputOf"] == URIRef("job:7")
    assert said["fulfills"] == URIRef("offer:1")
    assert str(said["hasPointInTime"]) == "2030-01-01T00:00:00Z"
    quantity = {str(p).removeprefix(NAMESPACE): value for p, value in graph.predicate_objects(said["resourceQuantity"])}
    assert quantity["hasNumericalValue"].toPython() * 2 == 5
    assert (URIRef("event:3"), URIRef(NAMESPACE + "corrects"), URIRef("event:2")) in graph


def test_names_cannot_be_taken_for_terms_of_the_context() -> None:
    assert {key.lower() for key in CONTEXT if key != "@vocab"} == RESERVED


def test_a_stock_in_two_units_has_no_single_quantity() -> None:
    ledger = Ledger()
    ledger.take_in(
        Event(f"event:{unit}", Action.RAISE, START, "lab:north", quantity=Measure.of(1, unit), resource="stock:a")
        for unit in ("kg", "g")
    )
    assert not [node for node in document(ledger)["@graph"] if node["@type"] == "EconomicResource"]
    assert len(ledger.stock("stock:a")) == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda said: said.update({"@context": "https://evil.example/context.jsonld"}), "context"),
        (lambda said: said["@context"].update({"provider": "https://evil.example/p"}), "context"),
        (lambda said: said.update({"@included": []}), "just @context and @graph"),
        (lambda said: said.update({"@graph": {}}), "just @context and @graph"),
        (lambda said: said["@graph"].append(7), r"@graph\[\d+\]: a node of type"),
        (lambda said: said["@graph"].append({"@type": "Person", "@id": "person:ada"}), "Person"),
        (lambda said: event_of(said).update({"action": "steal"}), "event:1: 'steal' is none"),
        (lambda said: event_of(said).update({"action": ["produce"]}), "none of the 19"),
        (lambda said: event_of(said).pop("hasPointInTime"), "hasPointInTime is missing"),
        (lambda said: event_of(said).update({"hasPointInTime": "2030-01-01T00:00:00"}), "no zone"),
        (lambda said: event_of(said).update({"hasPointInTime": "0001-01-01T00:00:00+14:00"}), "event:1"),
        (lambda said: event_of(said).update({"inputOf": "job:7"}), "other side"),
        (lambda said: event_of(said).update({"price": 7}), "'price' of an event is not known"),
        (lambda said: event_of(said).update({"note": 7}), "note is missing, or no text"),
        (lambda said: event_of(said).update({"note": "\ud800"}), "one line"),
        (lambda said: event_of(said).update({"fulfills": [["offer:1"]]}), "list of text"),
        (lambda said: event_of(said).update({"resourceQuantity": 7}), "is a Measure"),
        (lambda said: event_of(said)["resourceQuantity"].update({"hasNumericalValue": 10**400}), "quantity"),
        (lambda said: event_of(said)["resourceQuantity"].update({"hasNumericalValue": True}), "decimal number"),
        (lambda said: event_of(said)["resourceQuantity"].update({"hasNumericalValue": 1e99}), "no plain decimal"),
        (lambda said: event_of(said)["resourceQuantity"].update({"hasNumericalValue": "-2.5"}), "above zero"),
        (lambda said: event_of(said)["resourceQuantity"].update({"hasUnit": "om:gram"}), "unit"),
    ],
)
def test_what_is_no_such_document_is_refused_with_where_and_why(change: Callable[[Any], object], why: str) -> None:
    with pytest.raises(InputError, match=why) as caught:
        read_events(changed(change), where="theirs.jsonld")
    assert str(caught.value).startswith("theirs.jsonld")


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"\xff", b"{", b"[" * 100_000, b'{"@context": 1, "@context": 2}', b'{"@graph": NaN}', b"9" * 5000],
)
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"theirs.jsonld"):
        read_events(data, where="theirs.jsonld")


def test_what_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_NODES", 3)
    with pytest.raises(LimitError, match="3 nodes"):
        read_events(written(a_ledger()).encode(), where="theirs.jsonld")
    monkeypatch.setattr(documents, "MOST_BYTES", 100)
    with pytest.raises(LimitError, match="MiB"):
        read_events(written(a_ledger()).encode(), where="theirs.jsonld")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["@id", "@type", "action", "provider", "resourceQuantity", "fulfills", "hasPointInTime", "state"]
)


@given(KEYS, JSON)
def test_anything_in_any_place_is_read_or_refused(key: str, value: Any) -> None:
    data = changed(lambda said: event_of(said).update({key: value}))
    found = None
    with suppress(InputError):
        found = read_events(data, where="theirs.jsonld")
    assert found is None or {"event:2", "event:3"} <= {each.id for each in found}
