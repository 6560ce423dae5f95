"""Papers are drawn: text in any script, codes, labels in their places, travellers of any length."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.lib.units import mm

from coordinator.papers.codes import _dark
from coordinator.papers.content import SHEETS, Label, Sheet, Step, Traveller
from coordinator.papers.labels import label_sheet
from coordinator.papers.letters import Letters
from coordinator.papers.traveller import traveller_sheet

LABEL = Label("Fuß <b>&</b>", ("build 7, piece 3", "Source: https://example.org/rover"), "https://fab.example/pieces/3")
STEP = Step("Foot", "stl/foot.stl", "2", "FDM, PLA", "2 on Prusa, North, today 10:00", done=True)
TRAVELLER = Traveller(
    title="3 \u00d7 Lämp",
    facts=[("Licence", "CERN-OHL-S-2.0"), ("Source", "https://example.org/" + "x" * 200)],
    steps=[STEP, replace(STEP, what="Привет", file="", done=False)],
    bought=[("M3 screw", "40", False)],
    address="https://fab.example/builds/7",
    printed="2030-01-07 10:00 CET",
)


def pages(paper: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages]


@given(st.lists(st.integers(0, 1), max_size=60))
def test_dark_modules_are_all_drawn_and_no_others(row: list[int]) -> None:
    drawn = [0] * len(row)
    for start, length in _dark(row):
        assert length > 0
        drawn[start : start + length] = [1] * length
    assert drawn == row


@given(st.text(max_size=80))
def test_any_text_is_printed(text: str) -> None:
    letters = Letters()
    shown = "".join(run for _, run in letters.runs(text))
    assert not any(each in shown for each in "\n\r\t\0\x1b")
    label_sheet([Label(text, (text,), "https://fab.example/pieces/1")], SHEETS["62x29"])


def test_what_is_written_is_no_markup() -> None:
    (text,) = pages(label_sheet([LABEL], SHEETS["62x29"]))
    assert "Fuß <b>&</b>" in text
    assert "example.org/rover" in text.replace("\n", "")


def test_letters_without_a_font_are_boxes_and_said() -> None:
    paper = replace(TRAVELLER, steps=[replace(STEP, what="\U00013000\U00013001")])
    assert "letters that no font here has" in "".join(pages(traveller_sheet(paper)))
    assert "no font" not in "".join(pages(traveller_sheet(TRAVELLER)))


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=SHEETS)
def test_what_a_licence_demands_is_never_left_out(sheet: Sheet) -> None:
    """However long name and source are; other lines give way."""
    source = "Source: https://example.org/" + "abcdefghij" * 40 + "/end"
    label = replace(LABEL, title="Long name " * 40, notices=("Licence: CERN-OHL-S-2.0", source), lines=("x" * 200,) * 9)
    (text,) = pages(label_sheet([label], sheet))
    plain = text.replace("\n", "")
    assert "CERN-OHL-S-2.0" in plain
    assert source in plain
    assert "xxx" not in plain
    (short,) = pages(label_sheet([LABEL], sheet))
    assert "build 7, piece 3" in short


def test_labels_go_on_where_a_sheet_was_used() -> None:
    sheet = SHEETS["a4-24"]
    assert len(pages(label_sheet([LABEL] * 24, sheet))) == 1
    assert len(pages(label_sheet([LABEL] * 24, sheet, skip=1))) == 2
    with pytest.raises(ValueError, match="from 0 to 23"):
        label_sheet([LABEL], sheet, skip=24)


@pytest.mark.parametrize("name", SHEETS)
def test_sheets_have_room_for_their_labels(name: str) -> None:
    sheet = SHEETS[name]
    for corner, pitch, label, count, page in zip(
        sheet.corner_mm, sheet.pitch_mm, sheet.label_mm, (sheet.columns, sheet.rows), sheet.page_mm, strict=True
    ):
        assert corner + (count - 1) * pitch + label <= page
    (page,) = PdfReader(io.BytesIO(label_sheet([LABEL], sheet))).pages
    assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(
        [each * mm for each in sheet.page_mm]
    )


def test_a_traveller_says_all_and_is_the_same_again() -> None:
    paper = traveller_sheet(TRAVELLER)
    assert paper == traveller_sheet(TRAVELLER)
    text = "\n".join(pages(paper))
    for each in (
        "3 \u00d7 Lämp",
        "CERN-OHL-S-2.0",
        "stl/foot.stl",
        "Привет",
        "M3 screw",
        "fab.example/builds/7",
        "page 1",
    ):
        assert each in text


def test_a_long_traveller_has_its_head_on_every_page() -> None:
    found = pages(traveller_sheet(replace(TRAVELLER, steps=[STEP] * 120)))
    assert len(found) > 3
    assert all("Where and when" in page for page in found[:-1])
