"""Lists of many shapes: plain text, pages, tables with titles in them."""

from collections.abc import Callable, Mapping

from bom.bill import Bill, BillLine

Read = Callable[[Mapping[str, str | bytes]], Bill]
STL = b"solid a\nendsolid a\n"


def by_name(bill: Bill) -> dict[str, BillLine]:
    return {line.name: line for line in bill.lines}


def asked(bill: Bill) -> str:
    return "\n".join(f"{each.item}: {each.question}" for each in bill.questions)


def test_plain_text_lists(read: Read) -> None:
    bill = read({"BOM.txt": "Frame BOM:\n\n8  x Cup Hooks\n3M x Cord\n2  x Motor Mounts\n"})
    assert [(line.name, line.quantity, line.unit) for line in bill.lines] == [
        ("Cup Hooks", 8, "piece"),
        ("Cord", 3, "m"),
        ("Motor Mounts", 2, "piece"),
    ]


def test_lines_of_several_assemblies_belong_to_the_product(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Assembly\na,1,Hub\nb,2,Stand\nnut,3,Hub + Stand\n"})
    assert {each.name for each in bill.assemblies} == {"Hub", "Stand"}
    assert by_name(bill)["nut"].assembly is None
    assert "Hub + Stand" in (by_name(bill)["nut"].notes or "")


def test_rows_taken_for_titles_are_told(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Supplier,Link,Notes\nScrew,4,a,,\nFrame,,,,\nNut,2,b,,\n"})
    assert [(line.name, line.quantity) for line in bill.lines] == [("Screw", 4), ("Nut", 2)]
    assert [(each.code, "Frame" in each.message) for each in bill.findings] == [("bom-title-rows", True)]


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
