"""Several lists in one design, and lists that may be none."""

import io
from collections.abc import Callable, Mapping

import openpyxl

from bom.bill import Bill, BillLine, Make

Read = Callable[[Mapping[str, str | bytes]], Bill]
STL = b"solid a\nendsolid a\n"
MANUAL: Mapping[str, str | bytes] = {
    "docs/buildconf.yaml": "LandingPage: index.md\n",
    "docs/index.md": "# Guide\n\n1. [.](print.md){step}\n1. [.](build.md){step}\n",
    "docs/print.md": '[knife]: "{cat:tool}"\n* [Side]{output, qty:2}: [side-v2.stl](m/side-v2.stl){previewpage}\n'
    "Use a [knife]{qty: 1}.\n",
    "docs/build.md": "[nut]: parts/nut.md \"{cat:mech, note: 'steel, M3'}\"\n"
    "Take a [Side](fromstep){qty:1} and [nuts][nut]{qty: 4}, then two [nuts][nut]{qty:2},\n"
    "some [glue]{qty: some} and a [lid](m/lid.stl){qty:1, cat:3DPrinted}. [Box]{output, qty:1}\n",
    "docs/other.md": "A [thing]{qty: 9} that no page holds.\n",
    "docs/m/side-v2.stl": STL,
    "docs/m/lid.stl": STL,
}


def by_name(bill: Bill) -> dict[str, BillLine]:
    return {line.name: line for line in bill.lines}


def asked(bill: Bill) -> str:
    return "\n".join(f"{each.item}: {each.question}" for each in bill.questions)


def test_versions_and_copies_are_never_added(read: Read) -> None:
    table = "Part,Qty\nLeg,4\nTop,1\nScrew,8\n"
    bill = read(
        {"bom.csv": table, "old/bom.csv": table.replace("4", "3"), "BOM_variant.csv": "Part,Qty\nWheel,2\nAxle,1\n"}
    )
    assert bill.sources == ("bom.csv",)
    assert by_name(bill)["Leg"].quantity == 4
    assert [each.file for each in bill.findings if each.code == "bom-copy"] == ["old/bom.csv"]
    assert "BOM_variant.csv" in asked(bill)


def test_the_manifest_beats_the_name(read: Read) -> None:
    files = {"bom.csv": "Part,Qty\nLeg,4\nTop,1\n", "lists/needed.csv": "Part,Qty\nWheel,2\nAxle,1\n"}
    manifest = 'okhv = "2.0"\nname = "T"\nlicense = "MIT"\nbom = "https://x.org/a/b/tree/main/lists/needed.csv"\n'
    assert read(files | {"okh.toml": manifest}).sources == ("lists/needed.csv",)
    assert read(files).sources == ("bom.csv",)


def test_sheets_of_a_workbook_are_asked_about(read: Read) -> None:
    book = openpyxl.Workbook()
    for name, quantity in (("v2", 4), ("v1", 3)):
        sheet = book.create_sheet(name)
        sheet.append(["Part", "Quantity"])
        sheet.append(["Leg", quantity])
        sheet.append(["Top", 1])
    file = io.BytesIO()
    book.save(file)
    bill = read({"BOM.xlsx": file.getvalue()})
    assert by_name(bill)["Leg"].quantity == 4
    assert by_name(bill)["Leg"].provenance["quantity"].place == "v2!2"
    assert "'v2' was read" in asked(bill)


def test_pages_of_one_manual_are_sub_assemblies(read: Read) -> None:
    head = "Name in documentation\tCategory\tQty\tFull Name\tNotes\n"
    bill = read(
        {
            "1_arm_BOM.csv": head + "Beam\tprintedpart\t2\t\t\nNut\tmech\t4\t\t\n",
            "1_arm.md": "# Arm\n{{BOM}}\n",
            "2_base_BOM.csv": head + "Plate\tlasercutpart\t1\t\t\nNut\tmech\t6\t\t\n",
            "2_base.md": "# Base\n{{BOM}}\n",
            "index_BOM.csv": head + "Old\tmech\t1\t\t\nNut\tmech\t1\t\t\n",
            "index.md": "# Index\n",
        }
    )
    assert [(line.name, line.quantity, line.assembly) for line in bill.lines] == [
        ("Beam", 2, "arm"),
        ("Nut", 4, "arm"),
        ("Plate", 1, "base"),
        ("Nut", 6, "base"),
    ]
    assert [line.key for line in bill.lines] == ["beam", "nut", "plate", "nut-2"]
    assert [each.code for each in bill.findings] == ["bom-stale"]
    assert "How many of arm" in asked(bill)


def test_a_list_in_a_readme_needs_a_title_or_amounts(read: Read) -> None:
    announced = read({"README.md": "# T\n\n## Parts needed\n\n- 2x hinge\n- 1x lamp\n\n## Thanks\n\n- 3x hurray\n"})
    assert [line.name for line in announced.lines] == ["hinge", "lamp"]
    few = read({"README.md": "# T\n\n## Material\n\n- 20 * dowels\n- (optional) glue\n- a plank\n"})
    assert few.lines == ()
    many = read({"README.md": "# T\n\n## Material\n\n- 2x a1\n- 3x b1\n- 4x c1\n- 5x d1\n- 6x e1\n- glue\n"})
    assert len(many.lines) == 6


def test_circuit_lists_come_last(read: Read) -> None:
    bill = read(
        {
            "pcb/bom.csv": 'Reference,Value,Footprint,Qty\n"R1, R2",10k,0805,2\nC1,100n,0805,1\n',
            "docs/build.md": "# Build\n\n## Parts list\n\n- 2x hinge\n- 1x board\n",
        }
    )
    assert bill.sources == ("docs/build.md",)


def test_a_table_that_counts_things_is_read_and_doubted(read: Read) -> None:
    text = "# Printing\n\n|Name|STL file|Qty|\n|--|--|--|\n" + "".join(
        f"|part {n}|[p{n}](p{n}.stl)|{n}|\n" for n in range(1, 6)
    )
    bill = read({"printing.md": text, **{f"p{n}.stl": STL for n in range(1, 6)}})
    assert (bill.lines[0].name, bill.lines[0].quantity, bill.lines[0].files) == ("part 1", 1, ("p1.stl",))
    assert "does not call itself a bill of materials" in asked(bill)
    assert read({"notes.md": "|Name|Qty|\n|--|--|\n|a|1|\n"}).lines == ()


def test_manual_pages_are_a_bill_of_their_steps(read: Read) -> None:
    bill = read(MANUAL)
    assert [(line.name, line.quantity, line.make, line.files) for line in bill.lines] == [
        ("Side", 2, Make.FABRICATE, ("docs/m/side-v2.stl",)),
        ("nuts", 6, Make.PURCHASE, ()),
        ("glue", None, Make.PURCHASE, ()),
        ("lid", 1, Make.FABRICATE, ("docs/m/lid.stl",)),
    ]
    assert [each.name for each in bill.excluded] == ["knife"]
    assert bill.sources == ("docs/index.md",)


def test_a_generated_list_is_completed_by_what_the_manual_makes(read: Read) -> None:
    table = "Name in documentation\tCategory\tQty\tFull Name\tNotes\nnuts\tmech\t6\t\t\nknife\ttool\t1\t\t\n"
    bill = read({**MANUAL, "docs/index_BOM.csv": table, "docs/index.md": "# Guide\n{{BOM}}\n[.](print.md){step}\n"})
    assert [(line.name, line.quantity) for line in bill.lines] == [("Side", 2), ("nuts", 6)]
    assert bill.sources == ("docs/index_BOM.csv",)


def test_variants_are_asked_about(read: Read) -> None:
    table = "Part,Qty\n" + "".join(f"p{n},1\n" for n in range(8))
    bill = read({"BOM.csv": table, "BOM_tall.csv": table.replace("p6", "x").replace("p7", "y")})
    assert bill.findings == ()
    assert "BOM_tall.csv" in asked(bill)


def test_sections_beside_the_bill_belong_to_it(read: Read) -> None:
    text = (
        "# T\n\n## What you need\n\n1. 2 x motor\n2. Screws - M3 x 10 (8 pcs)\n\n"
        "## 3D printed parts\n\n- wheel.stl (x2)\n\n"
        "## 3D printing\n\n- 2 walls\n"
    )
    assert [(line.name, line.quantity) for line in read({"README.md": text}).lines] == [
        ("motor", 2),
        ("Screws - M3 x 10", 8),
        ("wheel.stl", 2),
    ]
