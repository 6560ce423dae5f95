"""What is too much is refused with a sentence, and what is looked for is found whatever else stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.candidates import find_candidates
from bom.grids import Grid, Row, read_delimited
from bom.htmltables import read_html_tables
from bom.reader import read_bill
from bom.tables import read_table
from bom.words import words
from core.errors import LimitError
from designs.source import open_design

_COUNTING_TABLE = re.compile(  # the plain way to say it, slow where it fails
    rf"(?:^[^\n]{{0,500}}?\||<t[hd]\b)[^\n]{{0,300}}\b(?:{'|'.join(sorted(words('quantity_words')))})\b",
    re.IGNORECASE | re.MULTILINE,
)


def test_a_list_of_nothing_but_headers_is_refused_and_told(tmp_path: Path) -> None:
    (tmp_path / "bom.csv").write_text("Part,Qty,Qty X axis,Qty Y axis\nbolt,2,1,1\n" * 1_100)
    with open_design(tmp_path) as design:
        bill = read_bill(design)
    told = [each.message for each in bill.findings if each.code == "bom-unreadable"]
    assert len(told) == 1
    assert "more than 1,000 header rows" in told[0]
    assert not bill.lines


def test_as_many_headers_as_pages_are_read() -> None:
    grid = read_delimited("Part,Qty,Notes\nbolt,2,steel\n" * 900)
    assert grid is not None
    assert len(read_table(grid, "bom.csv")) == 900


@pytest.mark.parametrize(
    "row", ["<tr><td rowspan=900 colspan=900>a", "<tr><td>a<td>1<td>2<td>3", "<table><tr><td colspan=1000>b"]
)
def test_tables_of_too_many_cells_are_refused(row: str) -> None:
    with pytest.raises(LimitError, match="more than 250,000 cells"):
        read_html_tables("<table>" + row * 60_000 if "<table>" not in row else row * 199 + row[7:] * 1_000)


def test_blank_lines_without_end_are_no_list(tmp_path: Path) -> None:
    (tmp_path / "bom.csv").write_text("\n" * 300_000)  # a search that starts anew at each of them would not end
    with open_design(tmp_path) as design:
        assert not read_bill(design).lines


def test_rows_below_one_too_long_for_a_header_are_read() -> None:
    rows = (Row("1", ("x" * 100_000, "y")), Row("2", ("Part", "Qty")), Row("3", ("bolt", "2")))
    assert [each.name for each in read_table(Grid("", rows), "bom.csv")] == ["bolt"]


@given(
    st.lists(
        st.sampled_from(["|", "<td>", "<th", "qty", " Qty ", "quantity", "\n", "a ", "x" * 290, "-" * 150]), max_size=14
    )
)
def test_a_page_is_promising_when_a_table_counts(tmp_path_factory: pytest.TempPathFactory, pieces: list[str]) -> None:
    text = "".join(pieces) or "a"
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.md").write_text(text)
    with open_design(folder) as design:
        found = find_candidates(design)
    assert bool(found) == bool(_COUNTING_TABLE.search(text))


def test_lines_behind_the_last_that_is_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "BOM.md").write_text("- 4 x bolt\n- 2 x nut\n- 1 x motor\n" + "\n" * 30_000 + "- 1 x lost\n")
    with open_design(tmp_path) as design:
        bill = read_bill(design)
    assert len(bill.lines) == 3
    assert ["line 25,000" in each.message for each in bill.findings if each.code == "bom-cut"] == [True]


def test_a_table_of_more_rows_than_any_list_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bom.csv").write_text("Part,Qty\n" + "bolt,1\n" * 120_001)
    with open_design(tmp_path) as design:
        bill = read_bill(design)
    assert not bill.lines
    assert any("more than 120,000 rows" in each.message for each in bill.findings)
