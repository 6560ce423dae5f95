"""What a workbook hides is read and marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest

from bom.bill import Bill
from bom.hidden import Hidden, hidden_parts

from .test_bom_robustness import cell, ods, ods_row, workbook

Read = Callable[[Mapping[str, str | bytes]], Bill]
ROWS = (("Part", "Qty", "Price"), ("Leg", 4, 1.5), ("Old leg", 4, 2.5), ("Top", 1, 3))


def told(bill: Bill) -> list[str]:
    return [each.message for each in bill.findings if each.code == "sheet-hidden"]


def hide(book: openpyxl.Workbook) -> None:
    book.worksheets[0].row_dimensions[3].hidden = True
    book.worksheets[0].column_dimensions["C"].hidden = True


def test_hidden_rows_and_columns_are_read_and_marked(read: Read) -> None:
    bill = read({"bom.xlsx": workbook(*ROWS, change=hide)})
    notes = {line.name: line.notes for line in bill.lines}
    assert notes == {"Leg": None, "Old leg": "stands in a hidden row", "Top": None}
    assert told(bill) == [
        "rows 3 of the sheet Sheet in bom.xlsx are hidden; they were read like the others",
        "columns of the sheet Sheet in bom.xlsx are hidden and were read like the others: Price",
    ]


def test_a_list_on_a_hidden_sheet_is_read_only_where_none_is_visible(read: Read) -> None:
    def away(book: openpyxl.Workbook) -> None:
        book.create_sheet("Notes").append(["see the other sheet"])
        book.worksheets[0].sheet_state = "hidden"

    bill = read({"bom.xlsx": workbook(*ROWS, change=away)})
    assert [line.name for line in bill.lines] == ["Leg", "Old leg", "Top"]
    assert told(bill) == ["the sheet Sheet of bom.xlsx is hidden and holds a list; it was read"]

    def also(book: openpyxl.Workbook) -> None:
        sheet = book.create_sheet("Now")
        for row in (("Part", "Qty"), ("Wing", 2), ("Tail", 1)):
            sheet.append(row)
        book.worksheets[0].sheet_state = "veryHidden"

    bill = read({"bom.xlsx": workbook(*ROWS, change=also)})
    assert [line.name for line in bill.lines] == ["Wing", "Tail"]
    assert told(bill) == ["the sheet Sheet of bom.xlsx is hidden and holds a list; it was not read"]


def test_a_sheet_without_a_list_is_told(read: Read) -> None:
    def more(book: openpyxl.Workbook) -> None:
        book.create_sheet("Calculation").append([1, 2, 3])

    bill = read({"bom.xlsx": workbook(*ROWS, change=more)})
    assert ["Calculation" in each.message for each in bill.findings if each.code == "sheet-unread"] == [True]


def test_hidden_rows_of_an_opendocument_workbook(read: Read) -> None:
    rows = (
        ods_row(cell("Part"), cell("Qty")),
        ods_row(cell("Leg"), cell("4")),
        ods_row(cell("Old leg"), cell("4"), more="table:visibility='collapse'"),
        ods_row(cell("Top"), cell("1")),
    )
    bill = read({"bom.ods": ods(f"<table:table table:name='List'>{''.join(rows)}</table:table>")})
    assert [(line.name, line.notes) for line in bill.lines][1] == ("Old leg", "stands in a hidden row")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("<table:table-row table:number-rows-repeated='9'/><table:table-row table:visibility='filter'/>", {10}),
        ("<table:table-row table:number-rows-repeated='3' table:visibility='collapse'/>", {1, 2, 3}),
    ],
)
def test_repeated_rows_count(tmp_path: Path, rows: str, expected: set[int]) -> None:
    path = tmp_path / "bom.ods"
    columns = "<table:table-column/><table:table-column table:visibility='collapse'/>"
    path.write_bytes(ods(f"<table:table table:name='A &amp; B'>{columns}{rows}</table:table>"))
    assert hidden_parts(path) == {"A & B": Hidden(frozenset(expected), frozenset({1}))}
