import io
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import openpyxl
import pytest

from bom.bill import Bill, BillLine, Make, Status
from bom.document import bill_document
from bom.partfiles import core_stem, squash
from bom.reader import read_bill
from bom.substance import find_materials, find_process, sheet_size_mm, thickness_mm
from bom.words import kind_of
from core.provenance import Origin, Severity
from designs.design import Design, DesignFile, FileRole

Read = Callable[[Mapping[str, str | bytes]], Bill]
STL = b"solid a\nendsolid a\n"


def by_name(bill: Bill) -> dict[str, BillLine]:
    return {line.name: line for line in bill.lines}


def asked(bill: Bill) -> str:
    return "\n".join(f"{each.item}: {each.question}" for each in bill.questions)


def test_a_design_without_a_list_says_so(read: Read) -> None:
    bill = read({"README.md": "# A lamp\n\nPrint it and enjoy.\n", "stl/leg.stl": STL, "stl/top.stl": STL})
    assert bill.lines == ()
    missing = next(each for each in bill.findings if each.code == "bom-missing")
    assert missing.message == "no bill of materials found; 2 part files; here is what to add"
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


def test_make_or_buy_and_its_reasons(read: Read) -> None:
    bill = read(
        {
            "bom.csv": "Part,Qty,Category,Supplier,Notes\nleg,4,printed,,\nscrew,8,BUY,,\npanel,1,,,laser cut\n"
            "arm,2,,,\n"
            "hinge,1,,Shop,\nnut DIN 934,3,,,\nbracket,1,,,\nlamp arm,1,,,\ngadget,1,,,\nspanner,1,tool,,\n",
            "stl/leg.stl": STL,
            "stl/arm.stl": STL,
            "cad/panel.dxf": "0\nEOF\n",
        }
    )
    lines = by_name(bill)
    assert {name: line.make for name, line in lines.items()} == {
        "leg": Make.FABRICATE,
        "screw": Make.PURCHASE,
        "panel": Make.FABRICATE,
        "arm": Make.FABRICATE,
        "hinge": Make.PURCHASE,
        "nut DIN 934": Make.PURCHASE,
        "bracket": Make.UNKNOWN,
        "lamp arm": Make.UNKNOWN,
        "gadget": Make.PURCHASE,
    }
    assert (lines["leg"].process, lines["leg"].files, lines["leg"].make_reason) == (
        "additive",
        ("stl/leg.stl",),
        "type 'printed'",
    )
    assert (lines["panel"].process, lines["panel"].files) == ("laser_cutting", ("cad/panel.dxf",))
    assert lines["arm"].make_reason == "the design holds its file"
    assert lines["arm"].provenance["process"].origin is Origin.GUESSED
    assert lines["leg"].provenance["quantity"].file == "bom.csv"
    assert lines["leg"].provenance["quantity"].place == "2"
    assert [each.name for each in bill.excluded] == ["spanner"]
    assert "Is bracket made or bought" in asked(bill)
    assert "gadget" in asked(bill)


def test_a_supplier_beside_a_matching_file_is_a_question(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Supplier\nholder,1,Shop\n", "holder.stl": STL})
    assert by_name(bill)["holder"].make is Make.UNKNOWN
    assert "Is holder made or bought" in asked(bill)


def test_sections_beat_nouns_and_totals_shipping_and_alternatives_are_left_out(read: Read) -> None:
    text = (
        "Commercial Parts,,\nPart,Qty,Link\nBracket,2,http://shop\nShipping,1,\nTotal,3,\n"
        "3D printed parts,,\nPart,Qty,Link\n"
        "Motor housing,1,\nAlternatives,,\nPart,Qty,Link\nBracket,2,http://other\n"
    )
    bill = read({"bom.csv": text, "Motor_Housing_v2.stl": STL})
    lines = by_name(bill)
    assert lines["Bracket"].make is Make.PURCHASE
    assert (lines["Motor housing"].make, lines["Motor housing"].files) == (Make.FABRICATE, ("Motor_Housing_v2.stl",))
    assert lines["Motor housing"].provenance["files"].origin is Origin.GUESSED
    assert sorted(each.name for each in bill.excluded) == ["Bracket", "Shipping", "Total"]
    assert "alternatives" in asked(bill)


def test_options_choices_and_unknown_amounts(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Notes\nred knob,0,\nblue knob,0,\nlid (optional),1,\nbolt,,\nnut,2,if wanted\n"})
    lines = by_name(bill)
    assert (lines["red knob"].status, lines["red knob"].quantity) == (Status.CHOOSE, 0)
    assert lines["lid (optional)"].status is Status.OPTIONAL
    assert lines["nut"].status is Status.OPTIONAL
    assert (lines["bolt"].status, lines["bolt"].quantity) == (Status.REQUIRED, None)
    assert "How much or how many of bolt" in asked(bill)
    assert "red knob, blue knob" in asked(bill)


def test_files_are_linked_by_path_url_name_stem_page_and_manifest(read: Read) -> None:
    bill = read(
        {
            "docs/BOM.md": "# BOM\n\n## 3D printed parts\n\n- 1x [base plate](../cad/base-2.stl)\n"
            "- 2x side (LEFT.STL)\n- 1x Top Cover\n"
            "- 1x [knob](https://github.com/a/b/blob/main/cad/small%20knob.stl)\n- 1x inner ring\n- 1x clip\n"
            "- 3x wheel\n",
            "docs/print.md": "* [Inner Ring]{output,qty:1}: [ring-v3.stl](../cad/ring-v3.stl){previewpage}\n",
            "okh.toml": 'okhv = "2.0"\nname = "T"\nbom = "docs/BOM.md"\nlicense = "MIT"\n[[part]]\n'
            'name = "Clip"\ntsdc = "3DP"\n'
            'material = "PETG"\nexport = ["cad/c7.stl"]\n',
            **dict.fromkeys(
                ["cad/base-2.stl", "cad/left.stl", "cad/top_cover.step", "cad/Top-Cover.stl", "cad/small knob.stl",
                 "cad/ring-v3.stl", "cad/c7.stl", "cad/top_cover.gcode", "cad/wheel.stl", "print/wheel.stl"],
                STL,
            ),
        }
    )  # fmt: skip
    lines = by_name(bill)
    assert lines["base plate"].files[0] == "cad/base-2.stl"
    assert lines["side"].files == ("cad/left.stl",)
    assert lines["Top Cover"].files == ("cad/Top-Cover.stl", "cad/top_cover.step")
    assert lines["knob"].files == ("cad/small knob.stl",)
    assert lines["inner ring"].files == ("cad/ring-v3.stl",)
    assert lines["inner ring"].provenance["files"].file == "docs/print.md"
    assert (lines["clip"].files, lines["clip"].material) == (("cad/c7.stl",), "petg")
    assert "Which file is wheel" in asked(bill)
    assert bill.sources == ("docs/BOM.md",)


def test_a_stated_path_to_nothing_is_a_finding(read: Read) -> None:
    bill = read(
        {
            "bom.csv": "Name,Units,Type,Reference\nRing,2,POSH,/parts/ring/okh-ring.toml\nNut,4,STD,ISO 4032\nMod,1,MOSH,http://m\n"
        }
    )
    assert [each.code for each in bill.findings] == ["part-file-missing"]
    assert by_name(bill)["Ring"].make is Make.FABRICATE
    assert by_name(bill)["Nut"].make is Make.PURCHASE
    assert [each.name for each in bill.excluded] == ["Mod"]
    assert "Mod is a design of its own" in asked(bill)


def test_files_that_are_only_listed_are_linked_and_asked_for(
    make_design: Callable[[Mapping[str, str]], Design],
) -> None:
    design = make_design({"bom.csv": "Part,Qty,Category\nleg,4,printed\n"})
    listed = DesignFile("stl/leg.stl", 1000, FileRole.MESH, present=False)
    bill = read_bill(replace(design, files=(*design.files, listed)))
    assert bill.lines[0].files == ("stl/leg.stl",)
    assert "stl/leg.stl" in asked(bill)


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


def test_plain_text_lists(read: Read) -> None:
    bill = read({"BOM.txt": "Frame BOM:\n\n8  x Cup Hooks\n3M x Cord\n2  x Motor Mounts\n"})
    assert [(line.name, line.quantity, line.unit) for line in bill.lines] == [
        ("Cup Hooks", 8, "piece"),
        ("Cord", 3, "m"),
        ("Motor Mounts", 2, "piece"),
    ]


def test_cut_lists_and_cut_sheets_are_made(read: Read) -> None:
    bill = read(
        {
            "bom.md": "# BOM\n\n## Aluminium extrusions\n\nQuantity | Length (mm) | Purpose\n---|---|---\n"
            "4 | 385 | box, long\n2 | 90 | foot\n\n"
            "## Hardware\n\n| Qty | Part |\n|--|--|\n| 1 | MDF sheet 489mm x 385mm x 12mm |\n"
            "| 1 | Glass sheet 20mm x 20mm x 2mm |\n",
            "sheets/frame.dxf": "0\nEOF\n",
        }
    )
    lines = by_name(bill)
    assert (lines["Extrusion: box, long"].process, lines["Extrusion: box, long"].material) == ("sawing", "aluminium")
    board = lines["MDF sheet 489mm x 385mm x 12mm"]
    assert (board.make, board.process, board.thickness_mm, board.material) == (
        Make.FABRICATE,
        "sheet_cutting",
        12,
        "mdf",
    )
    assert lines["Glass sheet 20mm x 20mm x 2mm"].make is Make.PURCHASE


def test_circuit_lists_come_last(read: Read) -> None:
    bill = read(
        {
            "pcb/bom.csv": 'Reference,Value,Footprint,Qty\n"R1, R2",10k,0805,2\nC1,100n,0805,1\n',
            "docs/build.md": "# Build\n\n## Parts list\n\n- 2x hinge\n- 1x board\n",
        }
    )
    assert bill.sources == ("docs/build.md",)


def test_lines_of_several_assemblies_belong_to_the_product(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Assembly\na,1,Hub\nb,2,Stand\nnut,3,Hub + Stand\n"})
    assert {each.name for each in bill.assemblies} == {"Hub", "Stand"}
    assert by_name(bill)["nut"].assembly is None
    assert "Hub + Stand" in (by_name(bill)["nut"].notes or "")


def test_the_document_is_plain_data(read: Read) -> None:
    document = bill_document(
        read({"bom.csv": "Part,Qty,Category\nleg,4,printed\ncord,0.5,buy\nnut,,buy\n", "leg.stl": STL})
    )
    assert [line["quantity"] for line in document["lines"]] == [4, 0.5, None]
    assert document["lines"][0] | {"provenance": None, "key": ""} == {
        "key": "", "name": "leg", "quantity": 4, "unit": "piece", "make": "fabricate", "make_reason": "type 'printed'",
        "status": "required", "process": "additive", "material": None, "thickness_mm": None, "files": ["leg.stl"],
        "assembly": None, "uses": {}, "notes": None, "supplier": None, "steps": [], "tool": False, "provenance": None,
    }  # fmt: skip
    assert document["lines"][0]["provenance"]["quantity"] == {
        "origin": "read",
        "rule": "column Qty",
        "file": "bom.csv",
        "place": "2",
    }
    assert set(document) == {"design", "lines", "assemblies", "excluded", "questions", "findings", "sources"}


@pytest.mark.parametrize(
    ("text", "make", "process", "exclude"),
    [
        ("3D Printed Parts", "fabricate", "additive", False),
        ("Non-printed parts", "purchase", None, False),
        ("printedparts", "fabricate", "additive", False),
        ("lasercutpart", "fabricate", "laser_cutting", False),
        ("POSH", "fabricate", None, False),
        ("STD", "purchase", None, False),
        ("mech", "purchase", None, False),
        ("Hardware", "purchase", None, False),
        ("Custom PCB", "fabricate", "pcb_fabrication", False),
        ("Tools", None, None, True),
        ("Alternatives", None, None, True),
        ("Robot arm", None, None, None),
        ("How to make it", None, None, None),
    ],
)
def test_words_of_titles_and_codes(text: str, make: str | None, process: str | None, exclude: bool | None) -> None:
    kind = kind_of(text)
    if exclude is None:
        assert kind is None
    else:
        assert kind is not None
        assert (kind.make, kind.process, kind.exclude is not None) == (make, process, exclude)


def test_names_and_sizes_of_materials() -> None:
    assert find_materials("PLA / PMMA") == ("pla", "acrylic")
    assert find_materials("stainless steel") == ("stainless_steel",)
    assert find_materials("Oak joystick") == ()
    assert find_process("Laser cut") == "laser_cutting"
    assert find_process("") is None
    assert sheet_size_mm("17x17x0.5cm plate") == (170, 170, 5)
    assert sheet_size_mm("M3 x 8") is None
    assert thickness_mm("5 mm acrylic") == 5
    assert thickness_mm("acrylic") is None


def test_stems_without_versions() -> None:
    assert squash("LS4_Inner_Gimbal_ 2") == "ls4innergimbal2"
    assert core_stem("Hub_PCB_2024-02-09") == core_stem("hub pcb") == "hubpcb"
    assert core_stem("lid_v1.2") == core_stem("lid") == "lid"
    assert core_stem("clip_x4") == "clip"
    assert core_stem("v2") == "v2"


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
    start = time.perf_counter()
    read({"BOM.md": f"# BOM\n\n{text}", "bom.csv": f"Part,Qty\n{text},1\n"})
    assert time.perf_counter() - start < 10


def test_a_table_that_counts_things_is_read_and_doubted(read: Read) -> None:
    text = "# Printing\n\n|Name|STL file|Qty|\n|--|--|--|\n" + "".join(
        f"|part {n}|[p{n}](p{n}.stl)|{n}|\n" for n in range(1, 6)
    )
    bill = read({"printing.md": text, **{f"p{n}.stl": STL for n in range(1, 6)}})
    assert (bill.lines[0].name, bill.lines[0].quantity, bill.lines[0].files) == ("part 1", 1, ("p1.stl",))
    assert "does not call itself a bill of materials" in asked(bill)
    assert read({"notes.md": "|Name|Qty|\n|--|--|\n|a|1|\n"}).lines == ()


def test_rows_taken_for_titles_are_told(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Supplier,Link,Notes\nScrew,4,a,,\nFrame,,,,\nNut,2,b,,\n"})
    assert [(line.name, line.quantity) for line in bill.lines] == [("Screw", 4), ("Nut", 2)]
    assert [(each.code, "Frame" in each.message) for each in bill.findings] == [("bom-title-rows", True)]


MANUAL = {
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
    bill = read(MANUAL | {"docs/index_BOM.csv": table, "docs/index.md": "# Guide\n{{BOM}}\n[.](print.md){step}\n"})
    assert [(line.name, line.quantity) for line in bill.lines] == [("Side", 2), ("nuts", 6)]
    assert bill.sources == ("docs/index_BOM.csv",)


def test_variants_are_asked_about(read: Read) -> None:
    table = "Part,Qty\n" + "".join(f"p{n},1\n" for n in range(8))
    bill = read({"BOM.csv": table, "BOM_tall.csv": table.replace("p6", "x").replace("p7", "y")})
    assert bill.findings == ()
    assert "BOM_tall.csv" in asked(bill)


def test_lists_of_many_habits(read: Read) -> None:
    pcb = read(
        {"bom.csv": 'Comment,Designator,Footprint,LCSC Part #\n100n,"C1,C2",0805,C1525\n10k,R1-R3,0805,C17414\n'}
    )
    assert [(line.name, line.quantity) for line in pcb.lines] == [("100n", 2), ("10k", 3)]
    assert pcb.lines[0].provenance["quantity"].rule == "designators counted"

    without = read(
        {"BOM.csv": "Part,File,Material\nLeg,leg.stl,PLA\nTop,top.stl,PLA\n", "leg.stl": STL, "top.stl": STL}
    )
    assert [(line.name, line.quantity, line.files) for line in without.lines] == [
        ("Leg", None, ("leg.stl",)),
        ("Top", None, ("top.stl",)),
    ]
    assert "How much or how many of Leg" in asked(without)

    files = read({"BOM.md": "## 3D printed\n|File|Quantity|\n|-|-|\n|base.stl|1|\n|arm.stl|2|\n", "cad/base.stl": STL})
    assert [(line.name, line.files) for line in files.lines] == [("base.stl", ("cad/base.stl",)), ("arm.stl", ())]

    number = read({"BOM.md": "| | Part | # | Cost |\n|-|-|-|-|\n|1|Servo|4|3|\n|2|Leg x4 (STL)|4||\n", "leg.stl": STL})
    assert [(line.name, line.quantity, line.files) for line in number.lines] == [
        ("Servo", 4, ()),
        ("Leg x4 (STL)", 4, ("leg.stl",)),
    ]

    fenced = read(
        {"BOM.csv": "| Item | Qty | Link |\n|---|---|---|\n| 608ZZ | 10x | http://a |\n| screw | A lot | |\n"}
    )
    assert [(line.name, line.quantity) for line in fenced.lines] == [("608ZZ", 10), ("screw", None)]


def test_html_tables_in_a_page(read: Read) -> None:
    page = (
        "# T\n<h2 align=center>Bill of materials</h2>\n<table>\n<tr><th>Part<th>Qty</tr>\n"
        '<tr><td><a href="leg.stl">Leg</a></td><td>4</td></tr>\n<tr><td>Servo<br>small</td>\n<td>2</td></tr></table>\n'
    )
    bill = read({"README.md": page, "leg.stl": STL})
    assert [(line.name, line.quantity, line.files) for line in bill.lines] == [
        ("Leg", 4, ("leg.stl",)),
        ("Servo small", 2, ()),
    ]
    assert bill.lines[1].provenance["quantity"].place == "6"
    assert read({"README.md": "## BOM\n<table><tr><td>Part<td>Qty<tr><td>Leg"}).lines == ()


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


def test_a_stated_thickness_counts_for_every_process(read: Read) -> None:
    text = "Part,Qty,Process,Thickness (mm)\nbase,1,CNC milling,18\nshade,1,FDM,\npanel,1,Laser cutting,3 mm\n"
    assert [line.thickness_mm for line in read({"bom.csv": text}).lines] == [18, None, 3]


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
    other = read({"README.md": "## Bill of materials\n\n- 4 x screw M3\n- 2 x nut M3\n"} | files)
    assert [each.severity for each in other.findings if each.code == "bom-unreadable"] == [Severity.NOTE]


@pytest.mark.parametrize(
    ("bought", "made"),
    [
        ("Kauf", "Eigenfertigung"),
        ("zukaufen", "3D-Druck"),
        ("acheter", "à fabriquer"),
        ("compra", "impreso en 3D"),
        ("comprar", "fabricação própria"),
        ("acquisto", "da produrre"),
    ],
)
def test_make_and_buy_in_other_languages(read: Read, bought: str, made: str) -> None:
    lines = by_name(read({"bom.csv": f"Name;Anzahl;Typ\nDing;2;{bought}\nSache;1;{made}\n"}))
    assert (lines["Ding"].make, lines["Sache"].make) == (Make.PURCHASE, Make.FABRICATE)
    assert f"type {bought!r}" in lines["Ding"].make_reason
