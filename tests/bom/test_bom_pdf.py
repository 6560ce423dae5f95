"""Lists that were printed to PDF: the text layer is read, what cannot be read says so."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pypdf
import pytest

from bom import pdfs
from bom.bill import Bill
from bom.pdfs import MAX_PAGES, grid_of_pages, read_pdf
from core.errors import InputError

Read = Callable[[Mapping[str, str | bytes]], Bill]
LINES = [
    ["Part", "Qty", "Notes"],
    ["Leg", "4", ""],
    ["Side panel", "", "laser cut"],
    ["M3 screw", "16", "from the shop"],
]
COLUMNS = (50, 250, 320)


def pdf(*pages: list[list[str]]) -> bytes:
    """A PDF with the cells of each page's lines at three columns (PDF 1.4, one font)."""
    bodies = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    bodies.append("<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>")
    kids = []
    for page in pages:
        texts = [
            f"BT /F1 10 Tf {x} {700 - 20 * at} Td ({text}) Tj ET"
            for at, line in enumerate(page)
            for x, text in zip(COLUMNS, line, strict=True)
            if text
        ]
        stream = "\n".join(texts)
        bodies.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        kids.append(len(bodies) + 1)
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {len(bodies)} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
    bodies[1] = f"<< /Type /Pages /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] /Count {len(kids)} >>"
    text, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(text))
        text += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    count = len(bodies) + 1
    tail = f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{len(text)}\n%%EOF\n"
    return f"{text}xref\n0 {count}\n0000000000 65535 f \n{table}{tail}".encode()


def locked() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf(LINES)))
    writer.encrypt("secret", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_a_printed_list_is_read_by_where_its_words_lie(read: Read) -> None:
    bill = read({"hardware/BOM.pdf": pdf(LINES, [["Motor", "1", ""], ["", "7", "black"]])})
    assert [(line.name, line.quantity) for line in bill.lines] == [
        ("Leg", 4),
        ("Side panel", None),
        ("M3 screw", 16),
        ("Motor", 1),
    ]
    assert bill.lines[1].process == "laser_cutting"
    assert bill.lines[3].provenance["quantity"].place == "5"
    assert any("where its words lie" in each.question for each in bill.questions)
    assert ["7 | black" in each.message for each in bill.findings if each.code == "row-unread"] == [True]


def test_a_list_that_is_no_pdf_comes_first(read: Read) -> None:
    bill = read({"BOM.pdf": pdf(LINES), "docs/bom.csv": "Part,Qty\nArm,2\nHand,1\n"})
    assert bill.sources == ("docs/bom.csv",)


def test_a_pdf_that_does_not_call_itself_a_bill_is_not_opened(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bom.sources.read_pdf", lambda *_: pytest.fail("it was opened"))
    assert read({"manual.pdf": pdf(LINES)}).lines == ()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (pdf([]), "holds no text, only pictures"),
        (b"%PDF-1.4\nnothing of a PDF", "it is damaged"),
        (pdf(LINES)[:200], "it is damaged"),
        (locked(), "locked by a password"),
        (pdf(*[LINES] * (MAX_PAGES + 1)), f"more than {MAX_PAGES} pages"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why(read: Read, content: bytes, why: str) -> None:
    bill = read({"bom.pdf": content})
    assert bill.lines == ()
    (found,) = [each for each in bill.findings if each.code == "bom-unreadable"]
    assert why in found.message


def test_an_endless_pdf_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bom.pdf").write_bytes(pdf(LINES))
    monkeypatch.setattr(pdfs, "_MAX_SECONDS", 0.01)
    with pytest.raises(InputError, match=r"not read within 0\.01 s"):
        read_pdf(tmp_path / "bom.pdf", "bom.pdf")


def test_pieces_go_under_the_nearest_title() -> None:
    page = "  ID       Part              Qty\n   1   a long name of it       4\n  12     nut                 10\n"
    rows = [row.cells for row in grid_of_pages([page]).rows]
    assert rows == [("ID", "Part", "Qty"), ("1", "a long name of it", "4"), ("12", "nut", "10")]
