import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.grids import read_delimited, read_workbook
from bom.text import decode, read_words
from core.errors import InputError, LimitError


def rows(text: str) -> list[tuple[str, ...]]:
    grid = read_delimited(text)
    assert grid is not None
    return [row.cells for row in grid.rows]


@pytest.mark.parametrize(("sign", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_the_delimiter_is_judged_by_content(sign: str, name: str) -> None:
    text = "\n".join(sign.join(cells) for cells in (["Part", "Qty", "Note"], ["Leg", "4", "oak"], ["Top", "1", "ash"]))
    assert rows(text) == [("Part", "Qty", "Note"), ("Leg", "4", "oak"), ("Top", "1", "ash")]


def test_decimal_commas_do_not_win_over_semicolons() -> None:
    assert rows("Teil;Menge;Preis\nBein;4;1,50\nPlatte;1;2,75\n")[1] == ("Bein", "4", "1,50")


def test_single_quotes_quote_when_most_lines_begin_with_one() -> None:
    assert rows("'Screw M3, cap', 4\n'Wire 0.4\"', 1\n'Fan', 2\n") == [
        ("Screw M3, cap", "4"),
        ('Wire 0.4"', "1"),
        ("Fan", "2"),
    ]


def test_line_numbers_are_a_persons() -> None:
    grid = read_delimited('Part,Qty\n\n"two\nlines",1\nlast,2\n')
    assert grid is not None
    assert [(row.place, row.cells[0]) for row in grid.rows] == [("1", "Part"), ("4", "two lines"), ("5", "last")]


@pytest.mark.parametrize("text", ["", "\n \n", "A page of prose.\nAnd more of it, still without columns.\nEnd."])
def test_prose_has_no_columns(text: str) -> None:
    assert read_delimited(text) is None


def test_endless_tables_are_refused() -> None:
    with pytest.raises(LimitError):
        read_delimited("a,b\n" * 200_002)


@given(
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)] * 3),
        min_size=2,
        max_size=8,
    )
)
def test_what_the_csv_writer_writes_is_read_back(table: list[tuple[str, str, str]]) -> None:
    lines = [("name", "amount", "remark"), *[(f"n{a}", f"q{b}", f"r{c}") for a, b, c in table]]
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(lines)
    assert rows(file.getvalue()) == lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    assert decode("Größe,4 mm".encode(encoding)) == "Größe,4 mm"


@given(st.binary(max_size=200))
def test_any_bytes_are_some_text(data: bytes) -> None:
    assert isinstance(decode(data), str)


def test_workbooks_give_their_sheets_and_say_which_are_hidden(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.append(["Part", "Qty"])
    first.append(["Leg", 4.0])
    first.append(["Cord", 1.5])
    hidden = book.create_sheet("old")
    hidden.append(["Part", "Qty"])
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "bom.xlsx")
    grids = read_workbook(tmp_path / "bom.xlsx")
    assert [(grid.is_hidden, [row.cells for row in grid.rows]) for grid in grids] == [
        (False, [("Part", "Qty"), ("Leg", "4"), ("Cord", "1.5")]),
        (True, [("Part", "Qty")]),
    ]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"plain text", b"\xd0\xcf\x11\xe0" + b"\0" * 600])
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bom.xlsx").write_bytes(data)
    with pytest.raises(InputError):
        read_workbook(tmp_path / "bom.xlsx")


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "good.xlsx")
    data = (tmp_path / "good.xlsx").read_bytes()
    at = data.rindex(b"PK\x01\x02")
    (tmp_path / "bom.xlsx").write_bytes(data[:at] + b"PKxx" + data[at + 4 :])
    with pytest.raises(InputError):
        read_workbook(tmp_path / "bom.xlsx")


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bom.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"xl/{number}.xml", b"0" * 50_000_000)
    with pytest.raises(LimitError, match="unpacks"):
        read_workbook(tmp_path / "bom.xlsx")


@pytest.mark.parametrize(
    ("markup", "text", "links"),
    [
        ("1x [base](stl/base%20a.stl)", "1x base", ("stl/base a.stl",)),
        ("**Leg** of `oak`", "Leg of oak", ()),
        ("a_b_c and *d*", "a_b_c and d", ()),
        ("one<br>two", "one two", ()),
        ('<a href="x.stl">x</a>', "x", ("x.stl",)),
        ("![photo](a.jpg) Leg", "Leg", ()),
        ("[Leg]{output,qty:2}: [leg.stl](m/leg.stl){previewpage}", "Leg: leg.stl", ("m/leg.stl",)),
        ("AA \\(new\\) &amp; more", "AA (new) & more", ()),
        ("[a(b)](http://x/y_(z).stl)", "a(b)", ("http://x/y_(z).stl",)),
    ],
)
def test_markup_to_words(markup: str, text: str, links: tuple[str, ...]) -> None:
    words = read_words(markup)
    assert (words.text, words.links) == (text, links)


@given(st.text(alphabet="ab[](){}*_`<>!#|\\ .:/", max_size=80))
def test_no_markup_breaks_the_reader(markup: str) -> None:
    read_words(markup)
