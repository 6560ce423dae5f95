"""A task graph written for other programs: JSON (docs/task-graph.md), GraphML, Mermaid, DOT.

Names come from strangers: every format gets them escaped, and ids of our own where its ids are not free text.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

import networkx as nx

from bom.graph import Flow, Task, TaskGraph, TaskKind

__all__ = ["GraphFormat", "export_graph", "graph_document"]

_SCHEMA = "fabcommons-task-graph/1"
_SHAPES = {  # Mermaid's brackets and DOT's shape of each kind
    TaskKind.FABRICATE: ("[", "]", "box"),
    TaskKind.PURCHASE: ("([", "])", "ellipse"),
    TaskKind.ASSEMBLE: ("{{", "}}", "hexagon"),
    TaskKind.FINISH: ("[/", "/]", "parallelogram"),
    TaskKind.INSPECT: ("{", "}", "diamond"),
}
_PLAIN = re.compile(r"[\w .,:()+-]", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # not in XML 1.0, 2.2


class GraphFormat(StrEnum):
    """How a task graph is written."""

    JSON = "json"
    GRAPHML = "graphml"
    MERMAID = "mermaid"
    DOT = "dot"


def export_graph(graph: TaskGraph, form: GraphFormat) -> str:
    """The graph as text that ends in a line break; the same for the same graph."""
    return _WRITERS[form](graph)


def graph_document(graph: TaskGraph) -> dict[str, Any]:
    """The graph as plain data; `docs/task-graph.md` describes it."""
    tasks = graph.order()
    return {
        "schema": _SCHEMA,
        "final": graph.final,
        "tasks": [{**_facts(task), "lines": _lines(graph, task)} for task in tasks],
        "edges": [
            {"before": before.id, "after": after.id, "flow": data["flow"].value, "quantity": _number(data["quantity"])}
            for before, after, data in _edges(graph, tasks)
        ],
    }


def _json(graph: TaskGraph) -> str:
    return json.dumps(graph_document(graph), indent=2, ensure_ascii=False) + "\n"


def _graphml(graph: TaskGraph) -> str:
    """GraphML 1.0 as networkx writes it: typed attributes; what is not known is absent."""
    plain: nx.DiGraph[str] = nx.DiGraph(final=graph.final, schema=_SCHEMA)
    tasks = graph.order()
    for task in tasks:
        told = {
            **_facts(task),
            "alternatives": ", ".join(task.alternatives) or None,
            "settings": task.settings.text or None,
        }
        facts = {key: _writable(value) for key, value in told.items() if key != "id" and value is not None}
        plain.add_node(_writable(task.id), **{**facts, "quantity": float(task.quantity)})
    for before, after, data in _edges(graph, tasks):
        plain.add_edge(_writable(before.id), _writable(after.id), quantity=data["quantity"], flow=data["flow"].value)
    written = io.BytesIO()
    nx.write_graphml(plain, written, named_key_ids=True)
    return written.getvalue().decode("utf-8").rstrip() + "\n"


def _mermaid(graph: TaskGraph) -> str:
    """A Mermaid flowchart; texts are quoted, and every sign that is not plain is an entity code."""
    tasks = graph.order()
    ids = {task.id: f"t{number}" for number, task in enumerate(tasks)}
    lines = ["flowchart LR"]
    for task in tasks:
        opening, closing, _ = _SHAPES[task.kind]
        lines.append(f'    {ids[task.id]}{opening}"{_entities(_label(task))}"{closing}')
    for before, after, data in _edges(graph, tasks):
        arrow = "-.->" if data["flow"] is Flow.USE else "-->"
        lines.append(f'    {ids[before.id]} {arrow}|"{_entities(_amount(data, before))}"| {ids[after.id]}')
    return "\n".join(lines) + "\n"


def _dot(graph: TaskGraph) -> str:
    """Graphviz DOT; labels are quoted strings, in which only the quote and the backslash mean something."""
    tasks = graph.order()
    ids = {task.id: f"t{number}" for number, task in enumerate(tasks)}
    nodes = [f"    {ids[each.id]} [label={_quoted(_label(each))}, shape={_SHAPES[each.kind][2]}];" for each in tasks]
    edges = []
    for before, after, data in _edges(graph, tasks):
        style = ", style=dashed" if data["flow"] is Flow.USE else ""
        edges.append(f"    {ids[before.id]} -> {ids[after.id]} [label={_quoted(_amount(data, before))}{style}];")
    return "\n".join(["digraph tasks {", "    rankdir=LR;", *nodes, *edges, "}"]) + "\n"


_WRITERS: dict[GraphFormat, Callable[[TaskGraph], str]] = {
    GraphFormat.JSON: _json,
    GraphFormat.GRAPHML: _graphml,
    GraphFormat.MERMAID: _mermaid,
    GraphFormat.DOT: _dot,
}


def _facts(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "kind": task.kind.value,
        "name": task.name,
        "quantity": _number(task.quantity),
        "unit": task.unit,
        "quantity_known": task.quantity_known,
        "process": task.process,
        "material": task.material,
        "thickness_mm": task.thickness_mm,
        "alternatives": list(task.alternatives),
        "tolerance_mm": task.tolerance_mm,
        "feature_mm": task.feature_mm,
        "settings": task.settings.document(),
        "file": task.file,
        "assembly": task.assembly,
        "tool": task.tool,
    }


def _lines(graph: TaskGraph, task: Task) -> list[dict[str, Any]]:
    return [{"key": each.line, "per_product": _number(each.per_product)} for each in graph.shares(task.id)]


def _edges(graph: TaskGraph, tasks: tuple[Task, ...]) -> Iterator[tuple[Task, Task, dict[str, Any]]]:
    """All edges: in the order of the tasks, then of the ids of those that wait."""
    for task in tasks:
        for after, data in sorted(graph.graph.adj[task.id].items()):
            yield task, graph.task(after), data


def _label(task: Task) -> str:
    """Amount and name; the process of a further step; whether it is a tool."""
    further = task.kind in (TaskKind.FINISH, TaskKind.INSPECT) and task.process
    notes = [*([further.replace("_", " ")] if further else []), *(["tool"] if task.tool else [])]
    behind = f" ({', '.join(notes)})" if notes else ""
    return f"{task.quantity:g}{_unit(task)} {task.name}{behind}"


def _amount(data: dict[str, Any], before: Task) -> str:
    return "used" if data["flow"] is Flow.USE else f"{data['quantity']:g}{_unit(before)}"


def _unit(task: Task) -> str:
    return " x" if task.unit == "piece" else f" {task.unit}"


def _number(value: float) -> float | int:
    """Whole amounts without a decimal point."""
    return int(value) if value == int(value) else value


def _writable(value: Any) -> Any:
    """Texts without the signs that XML cannot hold."""
    return _UNWRITABLE.sub("\ufffd", value) if isinstance(value, str) else value


def _entities(text: str) -> str:
    return "".join(sign if _PLAIN.fullmatch(sign) or ord(sign) > 0xA0 else f"#{ord(sign)};" for sign in text)


def _quoted(text: str) -> str:
    escaped = _CONTROLS.sub(" ", text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
