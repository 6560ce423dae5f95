"""No lost line: what stands in a list is a line, excluded with why, a heading, or a finding that names its place."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bom.bill import Bill
from bom.grids import Row
from bom.headers import find_columns
from bom.reader import read_bill
from bom.words import kind_of
from core.provenance import Severity
from designs.source import open_design

Read = Callable[[Mapping[str, str | bytes]], Bill]
HEAD = ["Part", "Qty", "Price", "Notes"]
GOOD = [["Leg", "4", "1.20", ""], ["Top", "1", "", "oak"]]
WORDS = [
    *["", "", "Leg", "Motor mount", "Tools", "Total", "12.50", "0", "3", "-", "see page 3", "Printed parts:", "n/a"],
    *["x2", "Shipping", "http://example.org/x", "M3x10 screw", "Part", "Qty", "???", "Alternatives", "5 x nut", "$ 3"],
]
CELL = st.one_of(st.sampled_from(WORDS), st.text("abz 19.,:-|/", max_size=12).map(str.strip))
ROWS = st.lists(st.lists(CELL, min_size=4, max_size=4), min_size=1, max_size=12)


def as_csv(rows: list[list[str]]) -> tuple[str, bytes]:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return "bom.csv", text.getvalue().encode()


def as_xlsx(rows: list[list[str]]) -> tuple[str, bytes]:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append([cell or None for cell in row])
    file = io.BytesIO()
    book.save(file)
    return "bom.xlsx", file.getvalue()


def as_markdown(rows: list[list[str]]) -> tuple[str, bytes]:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "BOM.md", "\n".join([lines[0], "|---|---|---|---|", *lines[1:]]).encode()


def as_html(rows: list[list[str]]) -> tuple[str, bytes]:
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return "bom.html", ("<table>\n" + "\n".join(lines) + "\n</table>").encode()


FIRST_LINE = {as_csv: (1, 2), as_xlsx: (1, 2), as_markdown: (1, 3), as_html: (2, 3)}  # of the header, of the rows


def numbers(places: str) -> set[int]:
    """The rows that ``Sheet!3, 7-12`` names."""
    spans = re.findall(r"(\d+)(?:-(\d+))?(?=[, ]|$)", re.sub(r"\w+!", "", places))
    return {number for first, last in spans for number in range(int(first), int(last or first) + 1)}


def accounted(bill: Bill) -> set[int]:
    """The rows that lines, excluded lines and findings name."""
    said = [line.provenance["quantity"].place or "" for line in bill.lines]
    said += [each.provenance.place or "" for each in bill.excluded]
    said += [each.message.split(" of ")[0] for each in bill.findings if each.code == "row-unread"]
    return {number for places in said for number in numbers(places)}


def is_heading(row: list[str], bill: Bill) -> bool:
    """Whether the row is a header, or one text that says what follows, or one that the reader calls a title."""
    texts = [cell for cell in row if cell]
    told = " ".join(each.message for each in bill.findings if each.code == "bom-title-rows")
    titled = [text for text in texts if kind_of(text) is not None or " ".join(text.split()) in told]
    return find_columns(Row("1", tuple(row))) is not None or bool(titled)


@pytest.mark.parametrize("form", [as_csv, as_xlsx, as_markdown, as_html])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(rows=ROWS)
def test_no_row_of_any_table_is_lost(
    tmp_path: Path, form: Callable[[list[list[str]]], tuple[str, bytes]], rows: list[list[str]]
) -> None:
    everything = [*GOOD, *rows, GOOD[0]]
    name, content = form([HEAD, *everything])
    (tmp_path / name).write_bytes(content)
    with open_design(tmp_path) as design:
        bill = read_bill(design)
    known = accounted(bill)
    for number, row in enumerate(everything, start=FIRST_LINE[form][1]):
        if any(re.search(r"\S", cell) for cell in row) and not is_heading(row, bill):
            assert number in known, (number, row, bill.findings)


def test_a_row_with_an_amount_and_no_name_is_a_warning(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Supplier,Notes\nLeg,4,,\n,3,Shop,black\nTop,1,,\n,,,by hand\n,,there,by hand\n"})
    told = [(each.severity, each.place, each.message) for each in bill.findings if each.code == "row-unread"]
    assert [each[:2] for each in told] == [(Severity.WARNING, "3"), (Severity.NOTE, "5"), (Severity.NOTE, "6")]
    assert told[0][2] == "3 of bom.csv not read as a part: no cell of it names a part (3 | Shop | black)"


def test_sentences_among_list_items_are_told(read: Read) -> None:
    text = "## Parts list\n\n- 4 x screw\n- 2 x nut\n- You can use the ones from the old printer if you have them\n"
    found = [each for each in read({"README.md": text}).findings if each.code == "row-unread"]
    assert [(each.place, "old printer" in each.message) for each in found] == [("5", True)]


def test_a_table_without_a_header_beside_the_bill_is_told(read: Read) -> None:
    text = "# BOM\n\n|Part|Qty|\n|---|---|\n|Leg|4|\n|Top|1|\n\n|a|b|\n|---|---|\n|Rope|long|\n"
    (found,) = [each for each in read({"BOM.md": text}).findings if each.code == "row-unread"]
    assert "8, 10 of BOM.md" in found.message


def test_texts_in_a_list_of_data_are_lines_or_told(read: Read) -> None:
    mixed = {
        "parts": [{"name": "Leg", "qty": 4}, {"name": "Top", "qty": 1}, "4x M3 screw", "2x nut", "glue, see above"]
    }
    bill = read({"bom.json": json.dumps(mixed)})
    assert [(line.name, line.quantity) for line in bill.lines] == [
        ("Leg", 4), ("Top", 1), ("M3 screw", 4), ("nut", 2), ("glue, see above", None),
    ]  # fmt: skip
    bill = read({"bom.yaml": "printed:\n- 2x foot\n- 1x lid\nbought:\n- 4x screw M3\n"})
    assert [(line.name, line.make.value) for line in bill.lines] == [
        ("foot", "fabricate"),
        ("lid", "fabricate"),
        ("screw M3", "purchase"),
    ]


def test_a_count_that_is_no_number_is_an_unknown_amount(read: Read) -> None:
    body = [{"name": "lamp_assembly", "vitamins": {"screw: Screw M3": {"count": "some"}}, "printed": {"leg.stl": 2}}]
    lines = {line.name: line.quantity for line in read({"bom.json": json.dumps(body)}).lines}
    assert lines == {"Screw M3": None, "leg.stl": 2}


def test_a_sheet_of_a_circuit_that_is_absent_is_told(read: Read) -> None:
    sheet = '(sheet (property "Sheetname" "power") (property "Sheetfile" "power.kicad_sch"))'
    part = '(symbol (in_bom yes) (property "Reference" "R1") (property "Value" "10k") (property "Footprint" "R:0603"))'
    bill = read({"board.kicad_sch": f"(kicad_sch {sheet} {part})"})
    assert [line.name for line in bill.lines] == ["10k"]
    (found,) = [each for each in bill.findings if each.code == "circuit-sheet-missing"]
    assert (found.place, found.severity) == ("power.kicad_sch", Severity.WARNING)
