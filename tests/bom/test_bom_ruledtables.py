"""Tables of reStructuredText and of plain text that is laid out in columns."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.bill import Bill
from bom.markdown import Table, read_blocks
from bom.ruledtables import read_ruled_table

Read = Callable[[Mapping[str, str | bytes]], Bill]

GRID = """
+--------------+-----+-----------+
| Part         | Qty | Note      |
+==============+=====+===========+
| Base of the  | 1   | base.stl  |
| lamp         |     |           |
+--------------+-----+-----------+
| Screw        | 6   |           |
+--------------+-----+-----------+
"""
SIMPLE = """
===================  ====
Part                 Qty
===================  ====
Base of the lamp     1
Screw                6
===================  ====
"""
PLAIN = """
Qty  Part                 Notes
---  -------------------  ---------
1    Base of the lamp     base.stl
6    Screw
"""
LISTED = """
.. list-table:: Parts
   :header-rows: 1
   :widths: 40 20

   * - Part
     - Qty
   * - Base of
       the lamp
     - 1
   * - Screw
     - 6
"""
DELIMITED = """
.. csv-table::
   :header: "Part", "Qty"

   "Base of the lamp", 1
   Screw, "6"
"""


@pytest.mark.parametrize("table", [GRID, SIMPLE, PLAIN, LISTED, DELIMITED])
@pytest.mark.parametrize("name", ["bom.rst", "bom.txt"])
def test_each_form_reads_the_same(read: Read, table: str, name: str) -> None:
    bill = read({name: f"Parts\n=====\n{table}\nMore text.\n"})
    assert [(line.name, line.quantity) for line in bill.lines] == [("Base of the lamp", 1), ("Screw", 6)]


def test_places_are_lines_of_the_file() -> None:
    tables = [block for block in read_blocks(SIMPLE) if isinstance(block, Table)]
    assert [row.place for row in tables[0].grid.rows] == ["3", "5", "6"]


def test_a_long_name_is_not_cut_in_two(read: Read) -> None:
    text = "Part        Qty\n----------  ---\nScrew of M3 x 10   6\nNut         2\n"
    assert next((line.name, line.quantity) for line in read({"bom.txt": text}).lines) == ("Screw of M3 x 10", 6)


@pytest.mark.parametrize("text", ["Title\n=====", "a\n---\nb", "--- | ---", "- - -", "+", ".. note:: x", "== a ==", ""])
def test_other_rules_are_no_tables(text: str) -> None:
    lines = text.split("\n")
    assert all(read_ruled_table(lines, at) is None for at in range(len(lines)))


@given(st.text(alphabet="+-=| *.:ab1\n", max_size=300))
def test_nothing_breaks_the_reader_and_every_step_goes_on(text: str) -> None:
    lines = text.split("\n")
    for at in range(len(lines)):
        found = read_ruled_table(lines, at)
        assert found is None or at < found[1] <= len(lines)


@pytest.mark.parametrize("line", ["-- --", "+--+", ".. list-table::", " .. csv-table::", "a  b\n-- --", "   * - a"])
def test_a_long_page_costs_no_more_than_its_length(line: str) -> None:
    lines = "\n".join([line] * 20_000).split("\n")
    at = steps = 0
    while at < len(lines):
        found = read_ruled_table(lines, at)
        at, steps = found[1] if found else at + 1, steps + 1
    assert steps <= len(lines)
