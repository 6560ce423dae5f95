"""The ledger goes out and in: the published terms, the same balances elsewhere, and nobody speaks for others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from rdflib import RDF, Graph

from commons.accounts import beancount
from commons.flows.documents import read_events, written
from commons.flows.events import reversal
from commons.flows.ledger import Ledger
from commons.flows.terms import CLASSES, INDIVIDUALS, NAMESPACE, PROPERTIES
from coordinator.files import FileStore
from coordinator.schema.network import Role
from coordinator.service.access import VISITOR
from coordinator.service.application import KEEPER, Application
from coordinator.service.flows.exchange import Form
from coordinator.service.flows.names import Kind
from coordinator.service.flows.work import Declared
from coordinator.service.house import Call, House, Settings
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from coordinator.store import Store
from core.errors import InputError
from tests.commons.accounting import balances
from tests.coordinator.conftest import LABS
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.test_stock import load, order_foot, spool
from tests.coordinator.service.test_whole_life import printed

# rdflib's own parser of JSON-LD makes graphs in a way that rdflib warns of.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.fixture
def busy(town: Town) -> Town:
    """Something was printed, somebody worked, and one entry was wrong."""
    item = spool(town, 500)
    order_foot(town)
    load(town, item)
    printed(town, town.agent("north"))
    work = town.application.work
    work.declare(Call(town.people["ada"]), Declared("design", 45, build_id=1))
    wrong = work.declare(Call(town.people["ada"]), Declared("care", 999, note='said "twice"'))
    work.correct(Call(town.people["ste"]), wrong.number, "that was somebody else")
    return town


@pytest.fixture
def elsewhere(town: Town, tmp_path: Path) -> Town:
    """Another network, with a steward."""
    house = town.application.house
    store = Store(tmp_path / "other.db")
    other = House(store, FileStore(tmp_path / "other"), house.clock, house.real, Settings())
    made = Town(Application(other), town.clock, town.real, tmp_path)
    made.application.labs.put(Call(KEEPER), yaml.safe_load(LABS))
    made.join("ste", Role.STEWARD)
    made.join("ada", Role.BUILDER)
    return made


def taken(town: Town, text: str, source: str = "north.jsonld") -> Any:
    return town.application.exchange.take_in(Call(town.people["ste"]), text.encode(), source)


def test_what_is_exported_uses_only_published_terms(busy: Town) -> None:
    text = busy.application.exchange.written(Form.VALUEFLOWS)
    graph = Graph().parse(data=text, format="json-ld")
    kinds = {subject: str(kind).removeprefix(NAMESPACE) for subject, kind in graph.subject_objects(RDF.type)}
    assert set(kinds.values()) <= CLASSES
    events = 0
    for subject, predicate, value in graph:
        if predicate != RDF.type:
            assert kinds[subject] in PROPERTIES[str(predicate).removeprefix(NAMESPACE)], (kinds[subject], predicate)
        if str(value).startswith(NAMESPACE):
            assert str(value).removeprefix(NAMESPACE) in CLASSES | INDIVIDUALS
        events += predicate == RDF.type and kinds[subject] == "EconomicEvent"
    assert events == len(busy.application.flows.ledger().events) > 6


def test_a_fresh_coordinator_that_imports_it_has_the_same_balances(busy: Town, elsewhere: Town) -> None:
    ours = busy.application.flows.ledger()
    text = busy.application.exchange.written(Form.VALUEFLOWS)
    found = taken(elsewhere, text)
    assert (found.new, found.known, found.set_aside, found.waiting) == (len(ours.events), 0, 0, 0)
    theirs = elsewhere.application.flows.ledger()
    assert theirs.balances() == ours.balances()
    assert beancount.written(theirs) == beancount.written(ours)
    assert (taken(elsewhere, text).new, taken(elsewhere, text).known) == (0, len(ours.events))
    assert {each.source for each in elsewhere.application.flows.events().items} == {"north.jsonld"}
    assert {each.source for each in busy.application.flows.events().items} == {""}
    assert elsewhere.application.flows.given(build_ids=[1]).contributions == ()
    assert taken(busy, text).new == 0, "who reads what it wrote itself learns nothing"


def test_the_order_of_imports_does_not_matter(busy: Town, elsewhere: Town) -> None:
    events = list(busy.application.flows.ledger().events)
    for each in [*reversed(events)]:
        one = Ledger()
        one.take_in([each])
        taken(elsewhere, written(one), "one by one")
    assert elsewhere.application.flows.ledger().balances() == busy.application.flows.ledger().balances()


def test_the_accounts_balance_and_say_what_the_ledger_says(busy: Town) -> None:
    text = busy.application.exchange.written(Form.BEANCOUNT)
    found = balances(text)
    assert len(found) > 6
    assert "Flows of the network" in text
    assert balances(busy.application.exchange.written(Form.BEANCOUNT, 1)).keys() < found.keys()
    of_build = read_events(busy.application.exchange.written(Form.VALUEFLOWS, 1).encode(), where="build")
    assert of_build
    assert set(of_build) < set(busy.application.flows.ledger().events)
    with pytest.raises(UnknownError):
        busy.application.exchange.written(Form.BEANCOUNT, 99)


def test_only_stewards_import(busy: Town, elsewhere: Town) -> None:
    data = busy.application.exchange.written(Form.VALUEFLOWS).encode()
    for actor, error in ((VISITOR, UnauthenticatedError), (elsewhere.people["ada"], ForbiddenError)):
        with pytest.raises(error):
            elsewhere.application.exchange.take_in(Call(actor), data, "x")
    with pytest.raises(InputError, match="where it is from"):
        elsewhere.application.exchange.take_in(Call(elsewhere.people["ste"]), data, " ")


def refused(town: Town, text: str, why: str) -> None:
    """Nothing of a document is taken in."""
    before = town.application.flows.ledger().events
    with pytest.raises(InputError, match=why):
        taken(town, text)
    assert town.application.flows.ledger().events == before


def test_a_document_with_one_bad_event_is_refused_whole_with_where_and_why(busy: Town, elsewhere: Town) -> None:
    said = json.loads(busy.application.exchange.written(Form.VALUEFLOWS))
    last = next(node for node in reversed(said["@graph"]) if node["@type"] == "EconomicEvent")
    last["action"] = "steal"
    with pytest.raises(InputError) as caught:
        taken(elsewhere, json.dumps(said))
    assert "@graph[" in str(caught.value)
    assert "'steal' is none of the 19 actions" in str(caught.value)
    assert elsewhere.application.flows.ledger().events == ()
    refused(elsewhere, "[]", "just @context and @graph")


def test_nobody_elsewhere_says_what_happened_here_or_takes_it_back(busy: Town, elsewhere: Town) -> None:
    ours = busy.application.flows.ledger()
    names = busy.application.flows.names()
    forged = Ledger()
    used = next(each for each in ours.standing if each.action == "use")
    forged.take_in([reversal(used, f"{elsewhere.application.flows.names().of(Kind.CORRECTION, 1)}#back", used.at)])
    refused(busy, written(forged), "takes back what happened here")
    text = busy.application.exchange.written(Form.VALUEFLOWS)
    refused(busy, text.replace(f"{used.id}", f"{names.of(Kind.JOB, 'J-none')}#use"), "is not known here")
    refused(busy, text.replace("600", "6000"), "another event has this id")


def test_a_name_is_the_same_for_ever_and_says_what_it_is_of(busy: Town, elsewhere: Town) -> None:
    names = busy.application.flows.names()
    assert names == busy.application.flows.names()
    assert names != elsewhere.application.flows.names()
    for key in ("north", "7", "a b/ä%#", "x" * 400):
        name = names.of(Kind.VENDOR, key)
        assert len(name) < 250
        assert "#" not in name
        kind, read = names.read(name) or (None, "")
        assert kind is Kind.VENDOR
        assert read == key or len(key) > 100
        assert elsewhere.application.flows.names().read(name) is None
    assert names.of(Kind.VENDOR, "x" * 400) != names.of(Kind.VENDOR, "x" * 401)
    assert names.read(names.whole) is None
