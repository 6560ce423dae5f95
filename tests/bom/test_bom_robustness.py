"""A corpus of malformed input, read as far as it can be or refused with a sentence; and round trips of any bill."""

import csv
import io
import random
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bom.bill import Bill
from bom.document import bill_document
from bom.entry import Entry
from bom.grids import read_delimited, read_workbook
from bom.markdown import Table, read_blocks
from bom.tables import read_table
from core.errors import InputError

Read = Callable[[Mapping[str, str | bytes]], Bill]
HEAD = ("Part", "Qty")
GOOD = "Part,Qty\nLeg,4\nTop,1\n"


def workbook(*rows: tuple[object, ...], change: Callable[[openpyxl.Workbook], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    if change:
        change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def ods(table: str) -> bytes:
    """A workbook of one table in the least form that OpenDocument 1.3 allows."""
    urns = {
        name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text", "manifest")
    }
    names = " ".join(f'xmlns:{name}="{urn}"' for name, urn in urns.items())
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
    return zipped(
        {
            "mimetype": kind.encode(),
            "META-INF/manifest.xml": f"<manifest:manifest {names}>{entry}</manifest:manifest>".encode(),
            "content.xml": f"<office:document-content {names}>{body}</office:document-content>".encode(),
        }
    )


def cell(text: str, more: str = "") -> str:
    kind = "office:value-type='string'"
    return f"<table:table-cell {kind} {more}><text:p>{escape(text)}</text:p></table:table-cell>"


def ods_row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def merged(book: openpyxl.Workbook) -> None:
    book.worksheets[0].merge_cells("A1:B1")


GOOD_XLSX = workbook(("Part", "Qty"), ("Leg", 4), ("Top", 1))
HEADER_ODS = ods_row(cell("Part"), cell("Qty"))
MANY_CELLS, MANY_ROWS = 'table:number-columns-repeated="16000"', 'table:number-rows-repeated="1000000"'
REPEATED = (
    f"<table:table table:name='Parts'>{HEADER_ODS}{ods_row(cell('Leg'), cell('4'), cell('', MANY_CELLS))}"
    f"{ods_row(cell('Top'), cell('1'))}{ods_row('<table:table-cell/>', more=MANY_ROWS)}</table:table>"
)
COMMENT = "<office:annotation><text:p>seven</text:p></office:annotation>"
COMMENTED = (
    f"<table:table table:name='Parts'>{HEADER_ODS}"
    f"{ods_row(cell('Leg'), cell('4').replace('<text:p>', COMMENT + '<text:p>'))}"
    f"{ods_row(cell('Top'), cell('1'))}</table:table>"
)
LEG = {"Leg": 4.0, "Top": 1.0}

# Read all the same: nothing of the list is lost. Name of the case: file name, content, parts.
READABLE: dict[str, tuple[str, str | bytes, dict[str, float | None]]] = {
    "cut off in the last cell": ("bom.csv", GOOD + "Nut", LEG | {"Nut": None}),
    "no newline at the end": ("bom.csv", GOOD.rstrip(), LEG),
    "old Macintosh line ends": ("bom.csv", GOOD.replace("\n", "\r"), LEG),
    "mixed line ends": ("bom.csv", "Part,Qty\r\nLeg,4\nTop,1\r", LEG),
    "blank lines between": ("bom.csv", GOOD.replace("\n", "\n\n\n"), LEG),
    "byte-order mark": ("bom.csv", b"\xef\xbb\xbf" + GOOD.encode(), LEG),
    "two byte-order marks": ("bom.csv", b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD.encode(), LEG),
    "UTF-16 little endian": ("bom.csv", GOOD.encode("utf-16"), LEG),
    "UTF-16 big endian": ("bom.csv", b"\xfe\xff" + GOOD.encode("utf-16-be"), LEG),
    "UTF-32": ("bom.csv", GOOD.encode("utf-32"), LEG),
    "Windows-1252": ("bom.csv", GOOD.replace("Leg", "Füße").encode("cp1252"), {"Füße": 4.0, "Top": 1.0}),
    "UTF-8 with one broken byte": ("bom.csv", GOOD.encode() + b"N\xfft,2\n", LEG | {"N\xfft": 2.0}),
    "NUL at the end": ("bom.csv", GOOD.encode() + b"\0" * 2000, LEG),
    "NUL inside a cell": ("bom.csv", "Part,Qty\nL\0eg,4\nTop,1\n", LEG),
    "direction marks": ("bom.csv", "Part,Qty\n\u200eLeg\u200f,4\nTop,1\n", LEG),
    "no-break spaces": ("bom.csv", "Part,Qty\n\xa0Leg\xa0,\xa04\nTop,1\n", LEG),
    "unclosed quote in the last line": ("bom.csv", GOOD + '"Nut,2\n', LEG),
    "unclosed quote in the middle": ("bom.csv", 'Part,Qty\n"Leg,4\nTop,1\nNut,2\n', {"Nut": 2.0, "Top": 1.0}),
    "quote inside a cell": ("bom.csv", 'Part,Qty\n5" Leg,4\nTop,1\n', {'5" Leg': 4.0, "Top": 1.0}),
    "line break inside a cell": ("bom.csv", 'Part,Qty\n"Leg\nleft",4\nTop,1\n', {"Leg left": 4.0, "Top": 1.0}),
    "rows of many widths": ("bom.csv", "Part,Qty\nLeg,4,,,,,,\nTop,1\n\n,\n", LEG),
    "a comma too many in a row": ("bom.csv", "Part,Qty,Note\nLeg,4,a,b\nTop,1,\n", LEG),
    "trailing commas": ("bom.csv", GOOD.replace("\n", "," * 60 + "\n"), LEG),
    "hundreds of empty rows": ("bom.csv", GOOD + ",\n" * 900, LEG),
    "tabs under the name of commas": ("bom.csv", GOOD.replace(",", "\t"), LEG),
    "semicolons": ("bom.csv", GOOD.replace(",", ";"), LEG),
    "a separator line as spreadsheets write it": ("bom.csv", "sep=;\n" + GOOD.replace(",", ";"), LEG),
    "decimal commas and semicolons": ("bom.csv", "Part;Qty\nLeg;4,0\nTop;1,0\n", LEG),
    "a web page under the name of a table": (
        "bom.csv", "<html><table><tr><th>Part<th>Qty<tr><td>Leg<td>4<tr><td>Top<td>1</table></html>", LEG
    ),
    "Markdown under the name of a table": ("bom.csv", "| Part | Qty |\n|--|--|\n| Leg | 4 |\n| Top | 1 |\n", LEG),
    "a million columns": ("bom.csv", "Part,Qty" + "," * 1_000_000 + "\nLeg,4\nTop,1\n", LEG),
    "negative, huge and absurd amounts": (
        "bom.csv", "Part,Qty\nLeg,-4\nTop,1e99\nNut,99999999999999\nPin,0x10\nRod,NaN\n",
        dict.fromkeys(["Leg", "Top", "Nut", "Pin", "Rod"]),
    ),
    "the same line twice": ("bom.csv", "Part,Qty\nLeg,4\nLeg,4\n", {"Leg": 4.0}),
    "formulas without values": ("bom.xlsx", workbook(HEAD, ("Leg", "=2+2"), ("Top", 1)), {"Leg": None, "Top": 1.0}),
    "errors in cells": ("bom.xlsx", workbook(("Part", "Qty"), ("Leg", "#REF!"), ("Top", 1)), {"Leg": None, "Top": 1.0}),
    "merged cells": ("bom.xlsx", workbook(("My lamp", None), HEAD, ("Leg", 4), ("Top", 1), change=merged), LEG),
    "numbers as text": ("bom.xlsx", workbook(("Part", "Qty"), ("Leg", "4"), ("Top", "1.0")), LEG),
    "a workbook of another suffix": ("bom.xls", GOOD_XLSX, LEG),
    "a workbook under the name of a table": ("bom.csv", GOOD_XLSX, LEG),
    "a table under the name of a workbook": ("bom.xlsx", GOOD, LEG),
    "repeated cells": ("bom.ods", ods(REPEATED), LEG),
    "comments in cells": ("bom.ods", ods(COMMENTED), LEG),
    "a table without its rule": ("BOM.md", "# BOM\n\n| Part | Qty |\n| Leg | 4 |\n| Top | 1 |\n", LEG),
    "a fence that never ends": ("BOM.md", "# BOM\n\n- 4x Leg\n- 1x Top\n\n```\n", LEG),
    "a comment that never ends": ("BOM.md", "# BOM\n\n<!-- old\n- 4x Leg\n- 1x Top\n", LEG),
    "bullets of three kinds": ("BOM.md", "# BOM\n\n* 4x Leg\n+ 1x Top\n• 2x Nut\n", LEG | {"Nut": 2.0}),
    "links that never end": ("BOM.md", "# BOM\n\n- 4x [Leg](leg.stl\n- 1x Top\n", {"Top": 1.0}),
    "a page of one line end": ("BOM.md", "# BOM\r\r- 4x Leg\r- 1x Top\r", LEG),
    "an unclosed web table": ("bom.html", "<table><tr><th>Part<th>Qty<tr><td>Leg<td>4<tr><td>Top<td>1", LEG),
    "duplicate keys": ("bom.yaml", "parts:\n- {part: Leg, qty: 3, qty: 4}\n- {part: Top, qty: 1}\n", LEG),
}  # fmt: skip

# Refused or passed over: no line, and the finding says why. Name of the case: file name, content, words that are said.
REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("bom.csv", "", "no bill of materials found"),
    "nothing but blanks": ("bom.csv", " \n \n\t\n", "no bill of materials found"),
    "nothing but commas": ("bom.csv", ",,,,\n" * 100, "no bill of materials found"),
    "a header and no line": ("bom.csv", "Part,Qty\n", "no bill of materials found"),
    "a picture": ("bom.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "no bill of materials found"),
    "a program": ("bom.txt", b"\x7fELF" + bytes(5000), "no bill of materials found"),
    "prose": ("bom.csv", "The parts are listed on our forum, see there, thanks.\n", "no bill of materials found"),
    "a workbook cut in half": ("bom.xlsx", GOOD_XLSX[: len(GOOD_XLSX) // 2], "workbook cannot be read"),
    "a cell of a megabyte": ("bom.csv", GOOD.replace("Top,1", "Top,1," + "x" * 1_000_000), "field larger than"),
    "an archive that is no workbook": ("bom.xlsx", zipped({"a.txt": b"x"}), "workbook cannot be read"),
    "an archive of nothing": ("bom.ods", zipped({}), "workbook cannot be read"),
    "a bomb": ("bom.xlsx", zipped({"xl/workbook.xml": bytes(250_000_000)}), "unpacks to more than"),
    "entities that grow": (
        "bom.ods", zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml":
            b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'}), "workbook cannot be read|no bill",
    ),
    "recursive YAML": ("bom.yaml", "parts: &p\n- part: Leg\n  qty: *p\n", "aliases"),
    "YAML with a tag": ("bom.yaml", "parts: !!python/object/apply:os.system ['true']\n", "no bill of materials found"),
    "deep YAML": ("bom.yaml", "a: " + "[" * 5000, "no YAML"),
    "deep JSON": ("bom.json", '{"a":' * 5000, "no JSON"),
    "JSON of one number": ("bom.json", "7", "no bill of materials found"),
    "JSON cut off": ("bom.json", '[{"part": "Leg", "qty": 4}, {"part', "no JSON"),
    "JSON of another kind": ("bom.json", '{"vitamins": 3, "name": []}', "no bill of materials found"),
    "an endless table": ("bom.csv", "a,b\n" * 120_010, "more than 120,000 rows"),
    "a file of 9 MB": ("bom.csv", "Part,Qty\n" + "Leg,4\n" * 1_500_000, "no bill of materials found"),
    "an interactive page cut off": ("ibom.html", 'var pcbdata = {"bom": {"both": [', "no JSON"),
    "an interactive page with broken packing": (
        "ibom.html", 'var pcbdata = JSON.parse(LZString.decompressFromBase64("AAAA"))', "list is broken|no JSON"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READABLE)
def test_it_is_read_and_no_line_is_lost(read: Read, name: str) -> None:
    file, content, parts = READABLE[name]
    start = time.process_time()
    bill = read({file: content})
    found = {line.name: line.quantity for line in bill.lines}
    assert {part: found.get(part, "missing") for part in parts} == parts
    assert bill_document(bill)["lines"]
    assert time.process_time() - start < 5


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_a_sentence(read: Read, name: str) -> None:
    file, content, said = REFUSED[name]
    start = time.process_time()
    bill = read({file: content})
    assert bill.lines == ()
    assert any(word in each.message for each in bill.findings for word in said.split("|"))
    assert all("Traceback" not in each.message and each.message for each in bill.findings)
    assert time.process_time() - start < 5


def test_the_corpus_is_large_enough() -> None:
    assert len(READABLE) + len(REFUSED) >= 60


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "ods", "md", "txt", "json", "yaml", "html", "tsv"])
def test_noise_is_passed_over(read: Read, suffix: str) -> None:
    noise = random.Random(suffix)
    start = time.process_time()
    for size in (100, 5_000, 3_000_000):
        assert read({f"bom.{suffix}": noise.randbytes(size)}).lines == ()
    assert time.process_time() - start < 3


def test_noise_of_50_megabytes_is_refused_within_two_seconds(read: Read, tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(1_000_000) * 50
    for name in ("bom.xlsx", "bom.csv"):
        start = time.process_time()
        assert read({name: noise}).lines == ()
        assert time.process_time() - start < 2


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(GOOD_XLSX) - 1), st.integers(1, 255))
def test_a_workbook_with_any_byte_changed_is_read_or_refused(tmp_path: Path, at: int, mask: int) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(GOOD_XLSX[:at] + bytes([GOOD_XLSX[at] ^ mask]) + GOOD_XLSX[at + 1 :])
    try:
        grids = read_workbook(path)
    except InputError:
        return
    assert all(row.cells for grid in grids for row in grid.rows)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="|[]<>{}*_`~\\\\&#\"'$€£=!"),
    min_size=1,
    max_size=12,
).map(lambda text: f"part {text} end")
ROWS = st.lists(st.tuples(NAMES, st.integers(0, 99_999), NAMES), min_size=1, max_size=12)
HEADER = ("Part", "Qty", "Remarks")


def told(entries: tuple[Entry, ...]) -> list[tuple[str, float | None, str]]:
    return [(entry.name, entry.quantity.value, entry.cell("notes")) for entry in entries]


def of_workbook(path: Path, content: bytes) -> tuple[Entry, ...]:
    path.write_bytes(content)
    (grid,) = read_workbook(path)
    return read_table(grid, path.name)


def of_csv(rows: list[tuple[str, int, str]], delimiter: str) -> tuple[Entry, ...]:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([HEADER, *rows])
    grid = read_delimited(file.getvalue())
    return read_table(grid, "bom.csv") if grid else ()


def of_markdown(rows: list[tuple[str, int, str]]) -> tuple[Entry, ...]:
    lines = ["| Part | Qty | Remarks |", "|---|---:|---|", *(f"| {a} | {b} | {c} |" for a, b, c in rows)]
    (table,) = [block for block in read_blocks("\n".join(lines)) if isinstance(block, Table)]
    return read_table(table.grid, "BOM.md")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_any_bill_reads_back_the_same(tmp_path: Path, rows: list[tuple[str, int, str]]) -> None:
    wanted = [(name, float(amount), note) for name, amount, note in rows]
    for delimiter in ",;\t":
        assert told(of_csv(rows, delimiter)) == wanted
    assert told(of_markdown(rows)) == wanted
    assert told(of_workbook(tmp_path / "bom.xlsx", workbook(HEADER, *rows))) == wanted
    table = "".join(ods_row(*(cell(str(each)) for each in row)) for row in (HEADER, *rows))
    assert (
        told(of_workbook(tmp_path / "bom.ods", ods(f"<table:table table:name='Parts'>{table}</table:table>"))) == wanted
    )
