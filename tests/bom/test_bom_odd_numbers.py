"""Numbers that are no numbers, in every place that a list has for one: each bill is read, none ends in a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from bom.graph import task_graph
from bom.reader import read_bill
from bom.substance import sheet_size_mm, thickness_mm
from designs.source import open_design

ODD = ("\u00b2", "9" * 5000, "1e999", "nan", "-1", "1/0", "\u0663", "1." + "1." * 3000, "R9-R1", "99999999999 m")
LISTS = {
    "bom.csv": "Level,Part,Qty,Thickness,Size\n1,box,1,,\n{0},plate,{0},{0},{0}\n2,bolt,3,,\n",
    "BOM.csv": "Part,Qty\na,1\n{0},2\nArm ({0}x),\nb,{0}\n",
    "bom.md": "# BOM\n\n- 2 x screw\n- {0} x nut\n- bolt x{0}\n- plate ({0}x)\n",
    "bom.txt": "Vitamins:\n 3 screw\n {0} nut\nPrinted:\n {0} a.stl\n 2 b.stl\nAssemblies:\n {0} main_assembly\n",
    "bom.yaml": "- name: a\n  quantity: '{0}'\n- name: b\n  quantity: 2\n",
    "bom.json": '[{{"name": "a", "quantity": "{0}"}}, {{"name": "b", "quantity": 2}}]',
    "bom.html": "<table><tr><th>Part<th colspan='{0}'>Qty</tr>"
    "<tr><td rowspan='{0}'>a<td>{0}</tr><tr><td>b<td>2</tr></table>",
    "main.sch": 'EESchema Schematic File Version 4\n$Comp\nL R R1\nF 0 "R1" H 1 2 50\nF {0} "x" H 1 2 50\n$EndComp\n',
}


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: str(odd)[:12])
@pytest.mark.parametrize("name", LISTS)
def test_a_number_that_is_none_is_read_as_text(name: str, odd: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(LISTS[name].format(odd), encoding="utf-8")
    with open_design(tmp_path) as design:
        bill = read_bill(design)
    if bill.lines and name != "main.sch":
        assert len(task_graph(bill)) > 1


@pytest.mark.parametrize(
    ("text", "thickness"), [("500 x 400 x 18 mm", 18), ("5000 x 4000 x 3000 mm", None), ("400 mm", None), ("6mm", 6)]
)
def test_what_is_thicker_than_any_sheet_is_no_thickness(text: str, thickness: float | None) -> None:
    assert thickness_mm(text) == thickness


def test_a_long_run_of_digits_is_no_size_and_found_so_at_once() -> None:
    assert sheet_size_mm("9" * 100_000) is None  # looking from each digit to the end would take minutes
