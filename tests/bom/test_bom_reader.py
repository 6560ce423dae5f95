"""A design to its bill, or to the reason why there is none."""

import time
from collections.abc import Callable, Mapping

import pytest

from bom.bill import Bill, BillLine
from bom.document import bill_document
from core.provenance import Severity

Read = Callable[[Mapping[str, str | bytes]], Bill]
STL = b"solid a\nendsolid a\n"


def test_a_design_without_a_list_says_so(read: Read) -> None:
    bill = read({"README.md": "# A lamp\n\nPrint it and enjoy.\n", "stl/leg.stl": STL, "stl/top.stl": STL})
    assert bill.lines == ()
    missing = next(each for each in bill.findings if each.code == "bom-missing")
    assert missing.message == "no bill of materials found; 2 part files"
    assert missing.fix is not None
    assert "quantity" in missing.fix
    assert any(each.item == "bill of materials" for each in bill.questions)


@pytest.mark.parametrize(
    "content",
    [
        "Edit this file to add a bill of materials to the project",
        "",
        "\0\1\2garbage\xff",
        "a;b\n1;2\n3;4\n",
        "x,y\n" * 30,
        "- Be kind\n- Use PLA\n",
    ],
)
def test_prose_and_garbage_are_no_bill(read: Read, content: str) -> None:
    bill = read({"BOM.csv": content, "BOM.md": content, "leg.stl": STL})
    assert bill.lines == ()
    assert [each.code for each in bill.findings][-1] == "bom-missing"


def test_a_broken_workbook_is_a_finding_and_another_list_is_read(read: Read) -> None:
    bill = read({"bom.xlsx": b"PK\x03\x04 broken", "parts list.csv": "Part,Qty\nLeg,4\n", "x.txt": ""})
    assert [each.code for each in bill.findings] == ["bom-unreadable"]
    assert bill.sources == ("parts list.csv",)


def test_the_document_is_plain_data(read: Read) -> None:
    document = bill_document(
        read({"bom.csv": "Part,Qty,Category\nleg,4,printed\ncord,0.5,buy\nnut,,buy\n", "leg.stl": STL})
    )
    assert [line["quantity"] for line in document["lines"]] == [4, 0.5, None]
    assert document["lines"][0] | {"provenance": None, "key": ""} == {
        "key": "", "name": "leg", "quantity": 4, "unit": "piece", "make": "fabricate", "make_reason": "type 'printed'",
        "status": "required", "process": "additive", "material": None, "thickness_mm": None, "files": ["leg.stl"],
            "alternatives": [], "tolerance_mm": None, "feature_mm": None,
        "assembly": None, "uses": {}, "notes": None, "supplier": None, "steps": [], "tool": False, "provenance": None,
        "links": [], "price": None, "settings": {},
    }  # fmt: skip
    assert document["lines"][0]["provenance"]["quantity"] == {
        "origin": "read",
        "rule": "column Qty",
        "file": "bom.csv",
        "place": "2",
    }
    assert set(document) == {"design", "lines", "assemblies", "excluded", "questions", "findings", "sources"}


def test_links_and_prices_are_kept_as_the_list_has_them(read: Read) -> None:
    rows = [
        "Part,Qty,Supplier,Link,Unit price (EUR)",
        "Bolt M3,4,Shop,https://shop.example/b3,0.12",
        "Nut M3,4,Shop,,",
        "Washer,4,Shop,ask them,-",
    ]
    bolt, nut, washer = read({"bom.csv": "\n".join(rows) + "\n"}).lines
    assert (bolt.links, bolt.price) == (("https://shop.example/b3",), "Unit price (EUR): 0.12")
    assert (nut.links, nut.price, washer.links, washer.price) == ((), None, (), None), "nothing is made up"


def test_lines_refuse_bad_values() -> None:
    with pytest.raises(ValueError, match="a key and a name"):
        BillLine("", "x", 1)
    with pytest.raises(ValueError, match="from 0 up"):
        BillLine("x", "x", -1)
    with pytest.raises(ValueError, match="process tree"):
        BillLine("x", "x", 1, process="magic")
    with pytest.raises(ValueError, match="thickness"):
        BillLine("x", "x", 1, thickness_mm=0)
    with pytest.raises(ValueError, match="stands twice"):
        Bill("d", (BillLine("x", "x", 1), BillLine("x", "y", 1)))


@pytest.mark.parametrize(
    "text",
    [
        "<!--" * 50_000,
        "[" * 100_000,
        "*a " * 50_000,
        "- 1" + " " * 50_000 + "x",
        "\n".join(" " * n + "- 1x a" for n in range(1500)),
        "|" * 50_000,
    ],
    ids=["comments", "brackets", "stars", "blanks", "nesting", "bars"],
)
def test_hostile_pages_are_read_in_reasonable_time(read: Read, text: str) -> None:
    start = time.process_time()
    read({"BOM.md": f"# BOM\n\n{text}", "bom.csv": f"Part,Qty\n{text},1\n"})
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (bytes(range(32)) * 20, "it is no text"),
        (b"One sentence.\n", "names a part and an amount"),
    ],
)
def test_a_bill_that_cannot_be_read_is_named_with_the_reason(read: Read, content: bytes, why: str) -> None:
    files = {"hardware/bom.csv": content, "foot.stl": STL}
    told = [each for each in read(files).findings if each.code == "bom-unreadable"]
    assert [(each.file, each.severity) for each in told] == [("hardware/bom.csv", Severity.WARNING)]
    assert why in told[0].message
    other = read({"README.md": "## Bill of materials\n\n- 4 x screw M3\n- 2 x nut M3\n", **files})
    assert [each.severity for each in other.findings if each.code == "bom-unreadable"] == [Severity.NOTE]
