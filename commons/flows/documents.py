"""Events as JSON-LD in the terms of ValueFlows 1.0, and back.

A document carries its own context; no context is ever fetched, and of strangers only this one is read. What a document
says of stocks is for people: a reader works it out from the events.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final

from commons.flows.actions import RULES, Action, Side
from commons.flows.events import Event, Measure, decimal_text
from commons.flows.ledger import Ledger
from commons.flows.terms import NAMESPACE
from core.errors import InputError, LimitError

__all__ = ["CONTEXT", "MOST_BYTES", "MOST_NODES", "document", "event_node", "event_of", "read_events", "written"]

MOST_BYTES: Final = 64 * 1024 * 1024  # some 150,000 events
MOST_NODES: Final = 500_000

_OM: Final = "http://www.ontology-of-units-of-measure.org/resource/om-2/"
_OM_UNITS: Final = {"h": "hour", "min": "minute-Time", "s": "second-Time", "g": "gram", "kg": "kilogram", "m": "metre"}
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_IRIS: Final = (
    "provider", "receiver", "resourceInventoriedAs", "toResourceInventoriedAs", "resourceConformsTo", "inputOf",
    "outputOf", "corrects", "fulfills", "hasUnit",
)  # fmt: skip
CONTEXT: Final[Mapping[str, Any]] = {
    "@vocab": NAMESPACE,
    "vf": NAMESPACE,
    "xsd": _XSD,
    "unit": "urn:fabcommons:unit:",
    "action": {"@type": "@vocab"},
    "hasNumericalValue": {"@type": "xsd:decimal"},
    "hasPointInTime": {"@type": "xsd:dateTimeStamp"},
    "omUnitIdentifier": {"@type": "xsd:anyURI"},
    **{name: {"@type": "@id"} for name in _IRIS},
}
_TEXTS: Final = {  # property -> attribute of an event
    "provider": "provider",
    "receiver": "receiver",
    "resourceInventoriedAs": "resource",
    "toResourceInventoriedAs": "to_resource",
    "resourceConformsTo": "specification",
    "inputOf": "process",
    "outputOf": "process",
    "state": "state",
    "corrects": "corrects",
    "note": "note",
}
_LISTS: Final = {"resourceClassifiedAs": "kinds", "fulfills": "fulfils"}
_MEASURES: Final = {"resourceQuantity": "quantity", "effortQuantity": "effort"}
_KEYS: Final = {"@id", "@type", "action", "hasPointInTime", *_TEXTS, *_LISTS, *_MEASURES}
_BESIDE: Final = frozenset({"Agent", "EconomicResource", "Process", "ResourceSpecification"})


def document(ledger: Ledger) -> dict[str, Any]:
    """All events of a ledger, the units that they are in, and what the stocks come to, as a JSON-LD document."""
    events = ledger.events
    units = sorted({measure.unit for event in events for measure in (event.quantity, event.effort) if measure})
    graph = [*map(_unit_node, units), *_stock_nodes(ledger), *_named_nodes(events), *map(event_node, events)]
    return {"@context": dict(CONTEXT), "@graph": graph}


def written(ledger: Ledger) -> str:
    """The document as text: the same for the same events."""
    return json.dumps(document(ledger), ensure_ascii=False, indent=1) + "\n"


def _unit_node(unit: str) -> dict[str, Any]:
    node = {"@id": f"unit:{unit}", "@type": "Unit", "label": unit, "symbol": unit}
    return node | ({"omUnitIdentifier": _OM + _OM_UNITS[unit]} if unit in _OM_UNITS else {})


def _stock_nodes(ledger: Ledger) -> list[dict[str, Any]]:
    """Stocks in one unit; one that is counted in several has no single quantity that the vocabulary could say."""
    nodes: dict[str, list[dict[str, Any]]] = {}
    for (resource, unit), stock in ledger.balances().stocks.items():
        sums = {"accountingQuantity": stock.accounting, "onhandQuantity": stock.onhand}
        said = {key: _measure_node(value, unit) for key, value in sums.items()}
        nodes.setdefault(resource, []).append({"@id": resource, "@type": "EconomicResource", **said})
    return [found[0] for found in nodes.values() if len(found) == 1]


def _named_nodes(events: Iterable[Event]) -> list[dict[str, Any]]:
    names: dict[str, set[str | None]] = {"Agent": set(), "Process": set(), "ResourceSpecification": set()}
    for event in events:
        names["Agent"] |= {event.provider, event.receiver}
        names["Process"].add(event.process)
        names["ResourceSpecification"].add(event.specification)
    return [{"@id": name, "@type": kind} for kind, found in names.items() for name in sorted(found - {None}, key=str)]


def _measure_node(value: Fraction, unit: str) -> dict[str, Any]:
    return {"@type": "Measure", "hasNumericalValue": decimal_text(value), "hasUnit": f"unit:{unit}"}


def event_node(event: Event) -> dict[str, Any]:
    """An event as a node of a document; `event_of` reads it back."""
    node: dict[str, Any] = {"@id": event.id, "@type": "EconomicEvent", "action": str(event.action)}
    node["hasPointInTime"] = event.at.isoformat().replace("+00:00", "Z")
    other = "inputOf" if RULES[event.action].side is not Side.INPUT else "outputOf"
    for key, name in _TEXTS.items():
        if key != other and (said := getattr(event, name)):
            node[key] = said
    for key, name in _LISTS.items():
        if several := getattr(event, name):
            node[key] = list(several)
    for key, name in _MEASURES.items():
        if (measure := getattr(event, name)) is not None:
            node[key] = _measure_node(measure.value, measure.unit)
    return node


def read_events(data: bytes, *, where: str) -> list[Event]:
    """The events of a document that came from anywhere.

    Args:
        data: its bytes, UTF-8.
        where: it came from, for errors.

    Raises:
        InputError: it is no such document, or a node breaks a rule: which one, and why. Nothing of it is used then.
        LimitError: it is too large.
    """
    nodes = _nodes(data, where)
    events = []
    for at, node in enumerate(nodes):
        place = f"{where}, @graph[{at}]"
        kind = node.get("@type") if isinstance(node, dict) else None
        if kind == "EconomicEvent":
            try:
                events.append(event_of(node))
            except (ValueError, OverflowError) as error:
                raise InputError(str(error), where=f"{place} {str(node.get('@id', ''))[:60]}".rstrip()) from error
        elif not isinstance(kind, str) or (kind not in _BESIDE and kind != "Unit"):
            raise InputError(f"a node of type {str(kind)[:40]!r} is not known here", where=place)
    return events


def _nodes(data: bytes, where: str) -> list[Any]:
    if len(data) > MOST_BYTES:
        raise LimitError(f"a document has at most {MOST_BYTES // 2**20} MiB", where=where)
    try:
        said = json.loads(data.decode(), object_pairs_hook=_once, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON: {str(error)[:200]}", where=where) from error
    if not isinstance(said, dict) or set(said) != {"@context", "@graph"} or not isinstance(said["@graph"], list):
        raise InputError("a document has just @context and @graph", where=where)
    if said["@context"] != CONTEXT:
        hint = "contexts are not fetched; write the document with the context that fabcommons exports"
        raise InputError("this context is not known here", where=f"{where}, @context", hint=hint)
    if len(said["@graph"]) > MOST_NODES:
        raise LimitError(f"a document has at most {MOST_NODES} nodes", where=where)
    return said["@graph"]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def event_of(node: Mapping[str, Any]) -> Event:
    """The event of a node.

    Raises:
        ValueError: the node breaks a rule.
    """
    if unknown := sorted(set(node) - _KEYS):
        raise ValueError(f"{unknown[0][:40]!r} of an event is not known here")
    said: dict[str, Any] = {"id": _text(node, "@id"), "action": _action(node), "at": _moment(node)}
    said |= {name: _text(node, key) for key, name in _TEXTS.items() if key in node}
    side = RULES[said["action"]].side
    if ("inputOf" in node and side is not Side.INPUT) or ("outputOf" in node and side is Side.INPUT):
        raise ValueError(f"{said['action']} stands on the other side of a process")
    for key, name in _LISTS.items():
        if key in node:
            several = node[key] if isinstance(node[key], list) else [node[key]]
            if not all(isinstance(each, str) for each in several):
                raise ValueError(f"{key} is a list of text")
            said[name] = tuple(several)
    said |= {name: _measure(node, key) for key, name in _MEASURES.items() if key in node}
    return Event(**said)


def _text(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} is missing, or no text")
    return value


def _action(node: Mapping[str, Any]) -> Action:
    try:
        return Action(_text(node, "action"))
    except ValueError as error:
        raise ValueError(f"{str(node.get('action'))[:40]!r} is none of the {len(Action)} actions") from error


def _moment(node: Mapping[str, Any]) -> datetime:
    at = datetime.fromisoformat(_text(node, "hasPointInTime"))
    if at.tzinfo is None:
        raise ValueError("hasPointInTime has no zone")
    return at.astimezone(UTC)


def _measure(node: Mapping[str, Any], key: str) -> Measure:
    said = node[key]
    if not isinstance(said, dict) or set(said) != {"@type", "hasNumericalValue", "hasUnit"}:
        raise ValueError(f"{key} is a Measure with hasNumericalValue and hasUnit")
    value, unit = said["hasNumericalValue"], _text(said, "hasUnit")
    if said["@type"] != "Measure" or isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{key} is a Measure of a decimal number")
    if not unit.startswith("unit:"):
        raise ValueError(f"the unit {unit[:40]!r} is not known here")
    return Measure.of(value, unit.removeprefix("unit:"))
