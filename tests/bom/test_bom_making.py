"""Make or buy, process, material and state of a line, and why."""

from collections.abc import Callable, Mapping

import pytest

from bom.bill import Bill, BillLine, Make, Status
from bom.substance import find_materials, find_process, sheet_size_mm, thickness_mm
from bom.words import kind_of
from core.provenance import Origin

Read = Callable[[Mapping[str, str | bytes]], Bill]
STL = b"solid a\nendsolid a\n"


def by_name(bill: Bill) -> dict[str, BillLine]:
    return {line.name: line for line in bill.lines}


def asked(bill: Bill) -> str:
    return "\n".join(f"{each.item}: {each.question}" for each in bill.questions)


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


def test_a_stated_thickness_counts_for_every_process(read: Read) -> None:
    text = "Part,Qty,Process,Thickness (mm)\nbase,1,CNC milling,18\nshade,1,FDM,\npanel,1,Laser cutting,3 mm\n"
    assert [line.thickness_mm for line in read({"bom.csv": text}).lines] == [18, None, 3]


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
