"""Real repositories: read without a traceback, and compared with hand-made truth."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bom.bill import Bill
from bom.document import bill_document
from bom.graph import task_graph
from bom.reader import read_bill
from designs.source import open_design

SHARED = Path(__file__).parents[2].parent / "shared"
DESIGNS = SHARED / "designs" / "data"
TRUTH = SHARED / "designs" / "truth"
FLOORS = {"fabricated_F1": 0.98, "purchased_F1": 0.97, "file": 0.97, "process": 0.95, "asked": 0.9}
WITHOUT_A_LIST = {"agrocircle", "boxfarm", "hangprinter", "lightm", "meditationbench", "prusa-i3"}

if not TRUTH.is_dir():
    pytest.skip("the shared designs are not beside this checkout", allow_module_level=True)


def read(name: str) -> Bill:
    with open_design(DESIGNS / name) as design:
        return read_bill(design)


@pytest.mark.parametrize("name", sorted(path.name for path in DESIGNS.iterdir() if path.is_dir()))
def test_every_design_is_read_or_says_why_not(name: str) -> None:
    bill = read(name)
    assert all(len(line.provenance) >= 2 for line in bill.lines)
    if bill.lines:
        assert bill.sources
        assert task_graph(bill, quantity=2).order()[-1].name == bill.design
    else:
        assert any(finding.code == "bom-missing" for finding in bill.findings)
        assert bill.questions
    if name in WITHOUT_A_LIST:
        assert bill.lines == ()


def test_the_truths_are_met(tmp_path: Path) -> None:
    for truth in sorted(TRUTH.glob("*.json")):
        (tmp_path / truth.name).write_text(json.dumps(bill_document(read(truth.stem))))
    scorer = SHARED / "tools" / "score_bom.py"
    output = subprocess.run(
        [sys.executable, scorer, TRUTH, tmp_path], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    figures = {key: float(value) for key, value in re.findall(r"(\w+)=([\d.]+)", output.splitlines()[-1])}
    assert figures.pop("unread") == 0
    assert {key: value for key, value in figures.items() if value < FLOORS[key]} == {}, output
    assert re.search(r"^mean of designs .* 0$", output, re.MULTILINE), output
