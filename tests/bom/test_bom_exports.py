"""bom.exports: every format is read back, whatever names strangers give their parts."""

import io
import json
import re
import time

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.bill import Assembly, Bill, BillLine, Make
from bom.exports import GraphFormat, export_graph, graph_document
from bom.graph import Flow, TaskGraph, task_graph

BILL = Bill(
    "lamp",
    (
        BillLine("shelf", "shelf", 2, make=Make.FABRICATE, process="laser_cutting", steps=("grinding", "inspection"),
                 thickness_mm=4, material="plywood", files=("a.dxf",), assembly="head"),
        BillLine("cord", "cord", 0.5, "m", make=Make.PURCHASE),
        BillLine("jig", "jig", 1, make=Make.FABRICATE, process="additive", tool=True),
    ),
    (Assembly("head"),),
)  # fmt: skip
HOSTILE = st.text(min_size=1, max_size=30).filter(str.strip) | st.sampled_from(
    [
        '"; evil [label="x"]; "',
        "a\\",
        '\\"]; }',
        'x"] --> y["z',
        "</data></node>",
        "a & b < c",
        "]]>",
        "%%{init: {}}%%",
        "line\nbreak",
        "#quot;",
        'click t0 "javascript:alert(1)"',
    ]
)


def named(names: list[str]) -> TaskGraph:
    lines = [
        BillLine(f"k{n}", name, n + 1, make=Make.PURCHASE, assembly=name if n % 2 else None)
        for n, name in enumerate(names)
    ]
    return task_graph(Bill("x", tuple(lines)))


def dot_parsed(text: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """Labels by node, and edges with theirs; anything that is not of the form that is written fails."""
    string = r'"((?:[^"\\\n]|\\["\\])*)"'
    lines = text.split("\n")[:-1]
    assert (lines[0], lines[1].strip(), lines[-1]) == ("digraph tasks {", "rankdir=LR;", "}")
    nodes, edges = {}, []
    for line in lines[2:-1]:
        if node := re.fullmatch(rf"    (t\d+) \[label={string}, shape=\w+\];", line):
            nodes[node[1]] = re.sub(r"\\(.)", r"\1", node[2])
        else:
            edge = re.fullmatch(rf"    (t\d+) -> (t\d+) \[label={string}(?:, style=dashed)?\];", line)
            assert edge, line
            edges.append((edge[1], edge[2], edge[3]))
    return nodes, edges


def mermaid_parsed(text: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    lines = text.split("\n")[:-1]
    assert lines[0] == "flowchart LR"
    nodes, edges = {}, []
    for line in lines[1:]:
        if node := re.fullmatch(r'    (t\d+)(?:\[|\(\[|\{\{|\[/|\{)"([^"\n]*)"(?:\]|\]\)|\}\}|/\]|\})', line):
            nodes[node[1]] = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), node[2])
        else:
            edge = re.fullmatch(r'    (t\d+) (?:-->|-\.->)\|"([^"\n]*)"\| (t\d+)', line)
            assert edge, line
            edges.append((edge[1], edge[3], edge[2]))
    return nodes, edges


def test_the_document_says_all_there_is_to_know() -> None:
    document = graph_document(task_graph(BILL, quantity=3))
    assert document["schema"] == "fabcommons-task-graph/1"
    assert document["final"] == "assemble:product"
    tasks = {task["id"]: task for task in document["tasks"]}
    assert tasks["fabricate:shelf"] == {
        "id": "fabricate:shelf", "kind": "fabricate", "name": "shelf", "quantity": 6, "unit": "piece",
        "quantity_known": True, "process": "laser_cutting", "material": "plywood", "thickness_mm": 4, "file": "a.dxf",
        "alternatives": [], "tolerance_mm": None, "feature_mm": None, "settings": {},
        "assembly": "head", "tool": False, "lines": [{"key": "shelf", "per_product": 2}],
    }  # fmt: skip
    assert tasks["purchase:cord"]["quantity"] == 1.5
    assert {"before": "fabricate:jig", "after": "assemble:product", "flow": "use", "quantity": 0} in document["edges"]
    place = {task["id"]: at for at, task in enumerate(document["tasks"])}
    assert all(place[edge["before"]] < place[edge["after"]] for edge in document["edges"])
    assert json.loads(export_graph(task_graph(BILL, quantity=3), GraphFormat.JSON)) == document


def test_graphml_is_read_back_with_its_types() -> None:
    graph = task_graph(BILL, quantity=3)
    read = nx.read_graphml(io.BytesIO(export_graph(graph, GraphFormat.GRAPHML).encode()))
    assert set(read.nodes) == set(graph.graph.nodes)
    shelf = read.nodes["finish:shelf-grinding"]
    assert (shelf["quantity"], shelf["thickness_mm"], shelf["tool"], shelf["kind"]) == (6.0, 4.0, False, "finish")
    assert "material" not in read.nodes["purchase:cord"]
    assert {(a, b): data["quantity"] for a, b, data in read.edges(data=True)} == {
        (a, b): data["quantity"] for a, b, data in graph.graph.edges(data=True)
    }
    assert read.edges["fabricate:jig", "assemble:product"]["flow"] == Flow.USE
    assert read.graph["final"] == "assemble:product"


@pytest.mark.parametrize("parse", [mermaid_parsed, dot_parsed])
def test_flowcharts_show_amounts_processes_and_tools(parse) -> None:  # type: ignore[no-untyped-def]
    form = GraphFormat.MERMAID if parse is mermaid_parsed else GraphFormat.DOT
    text = export_graph(task_graph(BILL, quantity=3), form)
    nodes, edges = parse(text)
    labels = set(nodes.values())
    assert {"6 x shelf", "6 x shelf (grinding)", "6 x shelf (inspection)", "1.5 m cord", "1 x jig (tool)"} < labels
    assert {(nodes[a], nodes[b], label) for a, b, label in edges} >= {
        ("6 x shelf", "6 x shelf (grinding)", "6 x"),
        ("1 x jig (tool)", "3 x lamp", "used"),
    }
    assert ("-.->" if form is GraphFormat.MERMAID else "style=dashed") in text


@given(st.lists(HOSTILE, min_size=1, max_size=6))
def test_no_name_breaks_out_of_any_format(names: list[str]) -> None:
    graph = named(names)
    tasks = graph.order()
    read = nx.read_graphml(io.BytesIO(export_graph(graph, GraphFormat.GRAPHML).encode("utf-8")))
    assert len(read) == len(graph)
    assert read.number_of_edges() == graph.graph.number_of_edges()
    for form, parse in ((GraphFormat.MERMAID, mermaid_parsed), (GraphFormat.DOT, dot_parsed)):
        nodes, edges = parse(export_graph(graph, form))
        assert len(edges) == graph.graph.number_of_edges()
        blank = re.compile(r"[\x00-\x1f\x7f]+")
        assert [blank.sub(" ", text) for text in nodes.values()] == [
            blank.sub(" ", f"{task.quantity:g} x {task.name}") for task in tasks
        ]


@pytest.mark.parametrize("form", list(GraphFormat))
def test_ten_thousand_tasks_are_written_quickly(form: GraphFormat) -> None:
    lines = tuple(BillLine(f"p{n}", f"part {n}", 1, make=Make.PURCHASE, assembly=f"s{n % 40}") for n in range(10_000))
    graph = task_graph(Bill("big", lines))
    start = time.process_time()
    assert export_graph(graph, form) == export_graph(graph, form)
    assert time.process_time() - start < 6
