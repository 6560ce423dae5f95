"""`fabcommons bom graph` and `fabcommons bom why`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import networkx as nx
import pytest

from coordinator import cli


@pytest.fixture
def design(tmp_path: Path) -> str:
    folder = tmp_path / "stool"
    folder.mkdir()
    (folder / "bom.csv").write_text('Part,Qty,Process\nSeat,1,"laser cut, sand"\nA very long-winded leg,4,FDM\n')
    return str(folder)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["fabcommons", "bom", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


def test_the_graph_is_written_in_every_format(run, design: str) -> None:  # type: ignore[no-untyped-def]
    status, out, _ = run("graph", design, "--quantity", "2")
    assert status == 0
    assert {task["id"]: task["quantity"] for task in json.loads(out)["tasks"]}["finish:seat-grinding"] == 2
    assert len(nx.read_graphml(io.BytesIO(run("graph", design, "--format", "graphml")[1].encode()))) == 4
    assert run("graph", design, "--format", "mermaid")[1].startswith("flowchart LR\n")
    assert run("graph", design, "--format", "dot")[1].startswith("digraph tasks {\n")
    status, out, err = run("graph", design, "--format", "png")
    assert (status, out) == (2, "")
    assert "known are json, graphml, mermaid, dot" in err


def test_why_follows_one_number(run, design: str) -> None:  # type: ignore[no-untyped-def]
    status, out, _ = run("why", design, "seat", "-n", "3")
    assert status == 0
    assert "3 = 1 for one product x 3 products" in out
    assert "bom.csv:2" in out
    status, out, err = run("why", design, "saet")
    assert (status, out) == (2, "")
    assert "did you mean Seat (seat)?" in err


def test_long_lines_are_not_broken(run, design: str, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("COLUMNS", "20")
    assert "4 x A very long-winded leg to make" in run("why", design, "a very")[1]


def test_a_design_without_a_bill_says_so(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "README.md").write_text("# Nothing\n")
    for words in (("graph", str(tmp_path)), ("why", str(tmp_path), "leg")):
        status, out, err = run(*words)
        assert (status, out) == (2, "")
        assert "no bill of materials found" in err
