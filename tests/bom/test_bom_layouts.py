"""Lists as people lay them out: merged cells, a sheet for each kind of thing, boxes to tick, groups of blank cells."""

import io
from collections.abc import Callable, Mapping

import openpyxl
import pytest

from bom.bill import Bill, Make

Read = Callable[[Mapping[str, str | bytes]], Bill]
STL = b"solid part\nendsolid part\n"


def workbook(sheets: Mapping[str, list[list[object]]], merged: Mapping[str, str] | None = None) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if merged and title in merged:
            sheet.merge_cells(merged[title])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def amounts(bill: Bill) -> dict[str, float | None]:
    return {line.name: line.quantity for line in bill.lines}


def test_cells_that_reach_over_rows_of_a_web_table(read: Read) -> None:
    page = """# Thing
## Parts list
<table>
<tr><th>Section</th><th>Part</th><th>Count</th></tr>
<tr><td rowspan="2">Printed</td><td>Tube</td><td>1</td></tr>
<tr><td>Spider</td><td>3</td></tr>
<tr><td rowspan="2">Mount</td><td colspan="2">Bearings and screws</td></tr>
<tr><td>M3x12 screw</td><td>14</td></tr>
</table>"""
    bill = read({"README.md": page})
    assert amounts(bill)["Spider"] == 3
    assert amounts(bill)["M3x12 screw"] == 14
    assert {line.name: line.process for line in bill.lines}["Spider"] == "additive"
    assert {line.name: line.assembly for line in bill.lines}["M3x12 screw"] == "Mount"


@pytest.mark.parametrize("span", ["0", "-1", "x", "", "9" * 40])
def test_spans_that_say_nothing_are_one(read: Read, span: str) -> None:
    row = f"<tr><td rowspan='{span}' colspan='{span}'>Leg</td><td>4</td></tr>"
    page = f"# Parts list\n<table><tr><th>Part</th><th>Qty</th></tr>{row}<tr><td>Seat</td><td>1</td></tr></table>"
    assert amounts(read({"README.md": page})) == {"Leg": 4, "Seat": 1}


def test_sheets_of_kinds_are_one_list(read: Read) -> None:
    data = workbook(
        {
            "Hardware": [["Item", "Qty"], ["LM8UU", 8], ["Corner cube", 4]],
            "Printed parts": [["STL", "Qty", "Material"], ["idler.stl", 2, "PETG"]],
            "Gantry": [["Item", "Qty"], ["Belt", 1], ["Pulley", 2]],
            "Tools": [["Item", "Qty"], ["Hex key", 1]],
        }
    )
    bill = read({"bom.xlsx": data, "stl/idler.stl": STL})
    assert amounts(bill) == {"LM8UU": 8, "Corner cube": 4, "idler.stl": 2, "Belt": 1, "Pulley": 2}
    assert [(line.make, line.files) for line in bill.lines if line.name == "idler.stl"] == [
        (Make.FABRICATE, ("stl/idler.stl",))
    ]
    assert [line.assembly for line in bill.lines if line.name == "Belt"] == ["Gantry"]
    assert [each.name for each in bill.excluded] == ["Hex key"]
    assert any("one product" in question.question for question in bill.questions)


@pytest.mark.parametrize("titles", [("BOM", "Printed parts"), ("Hardware v1", "Hardware v2"), ("Frame", "Gantry")])
def test_sheets_that_may_be_copies_or_anything_are_not_added(read: Read, titles: tuple[str, str]) -> None:
    rows = {titles[0]: [["Item", "Qty"], ["Leg", 4]], titles[1]: [["Item", "Qty"], ["Seat", 1]]}
    bill = read({"bom.xlsx": workbook(rows)})
    assert amounts(bill) == {"Leg": 4}
    assert any("is it the one to build" in question.question for question in bill.questions)


def test_sheets_that_share_lines_are_not_added(read: Read) -> None:
    rows = [["Item", "Qty"], ["Leg", 4], ["Seat", 1]]
    bill = read({"bom.xlsx": workbook({"Hardware": rows, "Purchased": rows})})
    assert amounts(bill) == {"Leg": 4, "Seat": 1}


def test_cells_merged_downwards_hold_for_all_their_rows(read: Read) -> None:
    rows: list[list[object]] = [
        ["Module", "Part", "Qty"],
        ["Frame", "Profile", 4],
        [None, "Corner", 8],
        [None, "Foot", 4],
        ["Gantry", "Belt", 1],
        [None, "Pulley", 2],
    ]
    bill = read({"bom.xlsx": workbook({"Sheet1": rows}, {"Sheet1": "A2:A4"})})
    assert [line.assembly for line in bill.lines] == ["Frame"] * 3 + ["Gantry"] * 2
    text = "\n".join(";".join(str(cell or "") for cell in row) for row in rows)
    assert [line.assembly for line in read({"bom.csv": text}).lines] == ["Frame"] * 3 + ["Gantry"] * 2


def test_merged_kinds_hold_for_all_their_rows(read: Read) -> None:
    rows: list[list[object]] = [["Part", "Qty", "Type"], ["Leg", 4, "printed"], ["Seat", 1, None], ["Back", 1, None]]
    bill = read({"bom.xlsx": workbook({"Sheet1": rows}, {"Sheet1": "C2:C3"})})
    assert [line.process for line in bill.lines] == ["additive", "additive", None]


def test_a_blank_cell_stays_blank_where_no_groups_are(read: Read) -> None:
    bill = read({"bom.csv": "Part;Qty;Type\nLeg;4;printed\nSeat;1;\nBack;1;\nArm;2;\n"})
    assert [line.process for line in bill.lines] == ["additive", None, None, None]


def test_things_called_after_a_process_are_not_made_by_it(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty\nLaser module 5 W,1\nCNC shield,1\nLaser cut gantry plate,2\n"})
    assert [line.process for line in bill.lines] == [None, None, "laser_cutting"]


TICKED = """<details>
<summary>BOM</summary>

**3D printed**
- [ ] `base.stl` \u00d71
- [x] `gear.stl` \u00d73

**Off the shelf**
- [ ] M3\u00d725 hex bolt — 3
- [ ] M3 nut — 12
- [ ] Camera — 1
</details>
"""


def test_boxes_to_tick_below_a_summary_amounts_behind_dashes(read: Read) -> None:
    bill = read({"README.md": TICKED, "stl/base.stl": STL, "stl/gear.stl": STL})
    assert amounts(bill) == {"base.stl": 1, "gear.stl": 3, "M3\u00d725 hex bolt": 3, "M3 nut": 12, "Camera": 1}
    assert [line.make for line in bill.lines] == [Make.FABRICATE] * 2 + [Make.PURCHASE] * 3


def test_lines_with_a_colon_above_bullets_are_titles_accents_or_not(read: Read) -> None:
    text = "Piezas impresas:\n- 2 tapas (tapa.stl)\n\nTornilleria:\n- 12 tornillos M3x10\n\nPara la base:\n- 1 tabla\n"
    bill = read({"lista de materiales.txt": text, "tapa.stl": STL})
    assert [line.make for line in bill.lines] == [Make.FABRICATE, Make.PURCHASE, Make.PURCHASE]
    assert [line.make_reason for line in bill.lines][1] == "under 'Tornilleria'"


def test_headers_typed_without_accents(read: Read) -> None:
    assert amounts(read({"bom.csv": "Piece;Quantite;Matiere\nPlatte;4;PLA\nWinkel;2;PLA\n"}))["Platte"] == 4


def test_an_amount_between_a_linked_name_and_a_remark(read: Read) -> None:
    page = (
        "# Parts list\n- [Case bottom](case.stl) **x2** (printed or from a service)\n- 4 x M3 nut\n- 1 litre of oil\n"
    )
    bill = read({"README.md": page, "case.stl": STL})
    assert amounts(bill)["Case bottom"] == 2
    assert [(line.name, line.quantity, line.unit) for line in bill.lines][-1] == ("oil", 1, "l")


def test_a_table_that_states_amounts_for_variants_is_read_and_asked_about(read: Read) -> None:
    page = "| Category | Part | Notes | 250 | 300 |\n|---|---|---|---|---|\n"
    page += "| Motion | Belt | | 5 m | 6 m |\n| Frame | Rail | | 4 | 4 |\n"
    bill = read({"BOM.md": page})
    assert amounts(bill) == {"Belt": None, "Rail": 4}
    assert any("Belt" in question.question for question in bill.questions)


def test_how_a_line_of_type_make_is_made_stands_elsewhere_in_it(read: Read) -> None:
    text = "Part;Spec;QTY;Made/Bought\nGantry plate;3 mm acrylic, laser cut;2;Made\nCorner bracket;;16;Bought\n"
    bill = read({"bom.csv": text, "gantry_plate.dxf": "0\nEOF\n"})
    assert [(line.make, line.process) for line in bill.lines] == [
        (Make.FABRICATE, "laser_cutting"),
        (Make.PURCHASE, None),
    ]


@pytest.mark.parametrize(("name", "files"), [("Main PCB", 1), ("lamp PCB (v2)", 1), ("Motor board", 0), ("Arduino", 0)])
def test_the_board_that_a_design_draws_is_the_line_that_names_it(read: Read, name: str, files: int) -> None:
    bill = read({"bom.csv": f"Part,Qty\n{name},2\nBattery,1\n", "hw/lamp.kicad_pcb": "(kicad_pcb)"})
    assert len(bill.lines[0].files) == files
    assert bill.lines[0].process == ("pcb_fabrication" if files else None)
    assert any("boards are drawn" in each.question for each in bill.questions) == (files == 0)


def test_of_two_boards_none_is_meant_by_a_bare_word(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty\nPCB,2\nLamp,1\n", "a.kicad_pcb": "(kicad_pcb)", "b.kicad_pcb": "(kicad_pcb)"})
    assert bill.lines[0].files == ()


def test_german_compounds_name_materials_and_stock(read: Read) -> None:
    text = (
        "Bezeichnung;Anzahl;Länge;Material;Bemerkung\nQuerträger;3;520;Stahlrohr 40x2;sägen\n"
        "Ausfallende;2;;Alublech 6 mm;Laserteil\nLadefläche;1;;Birkensperrholz 12 mm;selbst gemacht\n"
        "Uhr;1;;Stundenglas;\n"
    )
    bill = read({"Stückliste.csv": text})
    assert [(line.name, line.process, line.material) for line in bill.lines] == [
        ("Querträger", "sawing", "steel"),
        ("Ausfallende", "laser_cutting", "aluminium"),
        ("Ladefläche", None, "plywood"),
        ("Uhr", None, "Stundenglas"),
    ]


def test_a_folder_of_lists_one_for_each_kind(read: Read) -> None:
    bill = read(
        {
            "BOM/printed_parts.csv": "File,Count\nidler.stl,2\n",
            "BOM/hardware.csv": "Item,Count\nM3 nut,20\nCorner,4\n",
            "BOM/electronics.csv": "Item,Count\nESP32,1\nNEMA17,2\n",
            "BOM/tools.csv": "Item,Count\nHex key,1\nPliers,1\n",
            "stl/idler.stl": STL,
        }
    )
    assert amounts(bill) == {"ESP32": 1, "NEMA17": 2, "M3 nut": 20, "Corner": 4, "idler.stl": 2}
    assert [line.name for line in bill.lines if line.make is Make.FABRICATE] == ["idler.stl"]
    assert [each.name for each in bill.excluded] == ["Hex key", "Pliers"]


def test_amounts_that_are_called_so_and_processes_behind_commas(read: Read) -> None:
    page = (
        "# Parts list\n- servo (Qty: 1)\n- Finger, printed (Qty: 2) [finger.stl](finger.stl)\n- Base, printed, qty 3\n"
    )
    bill = read({"README.md": page, "finger.stl": STL, "base.stl": STL})
    assert [(line.name, line.quantity, line.process, line.files) for line in bill.lines] == [
        ("servo", 1, None, ()),
        ("Finger, printed", 2, "additive", ("finger.stl",)),
        ("Base, printed", 3, "additive", ("base.stl",)),
    ]


def test_lengths_and_masses_behind_dashes(read: Read) -> None:
    page = '# Parts list\n- Screw M3x12 - 5 pcs\n- Cord 1/16" - 1 m\n- Strap 1" - 30 cm\n- Rod - 1.5 kg\n'
    bill = read({"README.md": page})
    assert [(line.name, line.quantity, line.unit) for line in bill.lines] == [
        ("Screw M3x12", 5, "piece"),
        ('Cord 1/16"', 1, "m"),
        ('Strap 1"', 0.3, "m"),
        ("Rod", 1.5, "kg"),
    ]


def test_fractions_vague_words_and_numbers_called_no(read: Read) -> None:
    page = "# Parts list\n- \u00bd sheet 18 mm plywood\n- 2\u00bd m angle\n- 4 no. castors\n"
    page += "- A handful of ties\n- some felt\n"
    assert amounts(read({"README.md": page})) == {
        "18 mm plywood": 0.5,
        "angle": 2.5,
        "castors": 4,
        "ties": None,
        "felt": None,
    }


def test_links_labelled_by_a_form_are_no_part_of_a_name(read: Read) -> None:
    page = "# Parts list\n| Item | Qty |\n|---|---|\n| Hub [STL](hub.stl) | 6 |\n| Panel ([DXF](panel.dxf)) | 2 |\n"
    page += "| [Link](arm.stl) | 1 |\n"
    bill = read({"README.md": page, "hub.stl": STL, "panel.dxf": "0\nEOF\n", "arm.stl": STL})
    assert [(line.name, line.files) for line in bill.lines] == [
        ("Hub", ("hub.stl",)),
        ("Panel", ("panel.dxf",)),
        ("Link", ("arm.stl",)),
    ]


def test_group_rows_beside_boxes_to_tick(read: Read) -> None:
    text = "Done?,Category,Item,Qty\nFALSE,PRINTED PARTS,,\nFALSE,,Hinge,2\nTRUE,FASTENERS,,\nFALSE,,M3x8,12\n"
    bill = read({"bom.csv": text})
    assert [(line.name, line.make_reason) for line in bill.lines] == [
        ("Hinge", "under 'PRINTED PARTS'"),
        ("M3x8", "under 'FASTENERS'"),
    ]
    assert [each for each in bill.findings if each.code == "row-unread"] == []


def test_few_dotted_numbers_right_below_their_parents_nest(read: Read) -> None:
    text = "ITEM NO.,PART NAME,QTY\n1,Frame,2\n1.1,Tube,4\n1.2,Gusset,8\n2,Screw,24\n3,Bearing,4\n4,Shaft,1\n"
    bill = read({"bom.csv": text})
    assert amounts(bill) == {"Tube": 8, "Gusset": 16, "Screw": 24, "Bearing": 4, "Shaft": 1}
    loose = "ITEM NO.,PART NAME,QTY\n1,Frame,2\n2,Tube,4\n3,Gusset,8\n1.5,Spacer,24\n"
    assert len(read({"bom.csv": loose}).lines) == 4


def test_files_called_by_number_and_name(read: Read) -> None:
    text = "Part Number,Part Name,Qty,Type\nOT-004,Knob,4,printed\n"
    assert read({"bom.csv": text, "stl/OT-004_Knob.stl": STL}).lines[0].files == ("stl/OT-004_Knob.stl",)


def test_a_cut_list_is_made(read: Read) -> None:
    page = "# Trailer\n## Cut list\n| Piece | Length | Width | Qty |\n|---|---|---|---|\n| Side | 800 | 300 | 2 |\n"
    page += "## Parts to buy\n| What | How many |\n|---|---|\n| Wheel | 2 |\n| Hitch | 1 |\n"
    bill = read({"bom.md": page})
    assert [(line.make, line.process) for line in bill.lines] == [
        (Make.FABRICATE, "cutting"),
        (Make.PURCHASE, None),
        (Make.PURCHASE, None),
    ]


THINGS = (
    "# Station\n## Components\n- ESP32 DevKit\n- {0}\n- 2x battery\n- charger module\n- 3D printed case (`top.stl`)\n"
)


@pytest.mark.parametrize(
    ("item", "count"),
    [("BME280 sensor", 5), ("the sensor has to be calibrated for some days before you can use it at all", 0)],
)
def test_a_short_list_of_things_is_a_bill_to_ask_about(read: Read, item: str, count: int) -> None:
    bill = read({"README.md": THINGS.format(item), "stl/top.stl": STL})
    assert len(bill.lines) == count
    if count:
        assert any("does it list all parts" in each.question for each in bill.questions)


def test_a_title_above_other_lines_says_nothing_of_the_next_table(read: Read) -> None:
    text = "Fasteners,,,\nID,Name,Quantity\n1,Screw,4\n,2,\n,bill.xlsx,\nFasteners,,\n2,Nut,3\n"
    text += "BOM ID,Parts,Name,Quantity\n3,,Arm,2\n"
    bill = read({"bom.csv": text, "arm.stl": STL})
    assert [(line.name, line.make) for line in bill.lines] == [
        ("Screw", Make.PURCHASE),
        ("Nut", Make.PURCHASE),
        ("Arm", Make.FABRICATE),
    ]


@pytest.mark.parametrize(
    ("name", "make"), [("Servo gear", "fabricate"), ("Servo", "purchase"), ("Insert M4", "purchase")]
)
def test_a_file_shows_what_is_made_unless_the_name_ends_in_a_bought_thing(read: Read, name: str, make: str) -> None:
    assert read({"bom.csv": f"Part,Qty\n{name},1\nBody,1\n", f"stl/{name}.stl": STL}).lines[0].make.value == make


def test_all_tables_of_a_page_that_counts_things_are_read(read: Read) -> None:
    page = (
        "# Scanner\n## Electronics\n| Part | Amount |\n|---|---|\n| Pi | 1 |\n| Driver | 2 |\n| Motor | 2 |\n"
        "## Mechanics\n| Part | Amount |\n|---|---|\n| Screw | 40 |\n## 3D-Print\n| File | Amount |\n|---|---|\n"
        "| rotor.stl | 1 |\n## Pins\n| ESP32 | Sensor |\n|---|---|\n| 21 | SDA |\n"
    )
    bill = read({"README.md": page, "rotor.stl": STL})
    assert amounts(bill) == {"Pi": 1, "Driver": 2, "Motor": 2, "Screw": 40, "rotor.stl": 1}
    assert bill.lines[-1].process == "additive"


@pytest.mark.parametrize(
    "text",
    [
        "- (2) SG90 servos\n- (1) Body [stl](body.stl)\n- net cups (24)\n",
        "2 - SG90 servos\n1 - Body (printed)\n24 - net cups\n",
        "- 2 - SG90 servos\n- 1 - Body - `body.stl`\n- 24 - net cups - [link](https://a.example) - $30\n",
    ],
)
def test_numbers_in_brackets_before_dashes_and_behind_plurals(read: Read, text: str) -> None:
    bill = read({"README.md": f"# Bot\n## Parts list\n\n{text}", "body.stl": STL})
    assert amounts(bill) == {"SG90 servos": 2, "Body": 1, "net cups": 24}
    assert bill.lines[1].files == ("body.stl",)


def test_kinds_group_items_that_end_in_prices(read: Read) -> None:
    page = (
        "**BOM**\n\n* Mechanical\n  * Deck - [link](https://x.example) - $40\n  * Trucks x2 - $30\n"
        "  * Mount (aluminium, CNC milled) x2 - `mount.step`\n* Printed\n  * Battery box x1\n"
    )
    bill = read({"README.md": page, "mount.step": "ISO-10303-21;", "battery_box.stl": STL})
    assert [(line.name, line.quantity, line.make, line.process) for line in bill.lines] == [
        ("Deck", 1, Make.PURCHASE, None),
        ("Trucks", 2, Make.PURCHASE, None),
        ("Mount", 2, Make.FABRICATE, "cnc_milling"),
        ("Battery box", 1, Make.FABRICATE, "additive"),
    ]


def test_prose_under_a_bill_is_no_line(read: Read) -> None:
    page = (
        "## Parts list\n\nSome vendors are suggested, 2 of them in Canada, and we do not earn anything by it at all.\n"
    )
    assert amounts(read({"README.md": f"{page}\n- 2x leg\n- 4x screw\n"})) == {"leg": 2, "screw": 4}


def test_titles_in_a_table_of_two_columns_without_a_header(read: Read) -> None:
    text = "PARTS\n\nELECTRONICS\n1\tMega\n5\tA4988\nHARDWARE\n20\tM3x10\nPRINTED\n4\tcorner\n1\teffector\n"
    bill = read({"bom.txt": text})
    assert [(line.name, line.make) for line in bill.lines][2:4] == [
        ("M3x10", Make.PURCHASE),
        ("corner", Make.FABRICATE),
    ]


def test_a_dash_for_an_amount_is_a_line_with_an_unknown_one(read: Read) -> None:
    text = "Item,Qty,Price\nScrew,4,1\nPaste,-,\nMotors,-,-\nNEMA 17,2,9\n"
    assert amounts(read({"bom.csv": text})) == {"Screw": 4, "Paste": None, "NEMA 17": 2}


def test_a_workbook_and_a_huge_list_are_told_for_what_they_are(read: Read) -> None:
    files = {"bom.xlsx": workbook({"A": [["only", "words"], ["and", "more"]]}), "parts list.csv": b"a,b\n" * 2_100_000}
    told = {each.file: each for each in read(files).findings if each.code == "bom-unreadable"}
    assert "no line of it names a part and an amount" in told["bom.xlsx"].message
    assert "cut it down" in (told["parts list.csv"].fix or "")


def page_of(*lines: str) -> str:
    return "# Module\n\n## Parts\n\n| Part | Qty |\n|---|---|\n" + "".join(f"| {line} |\n" for line in lines)


MODULES = {
    "docs/frame.md": page_of("Profile | 4", "Corner | 8"),
    "docs/gantry.md": page_of("Rail | 2", "Carriage | 1"),
    "docs/feeder.md": page_of("Motor | 1", "Pulley | 2"),
}


def test_pages_of_modules_are_one_product(read: Read) -> None:
    bill = read(MODULES)
    assert {line.name: line.assembly for line in bill.lines} == {
        **dict.fromkeys(("Profile", "Corner"), "frame"),
        **dict.fromkeys(("Rail", "Carriage"), "gantry"),
        **dict.fromkeys(("Motor", "Pulley"), "feeder"),
    }
    assert any("one product" in each.question for each in bill.questions)


@pytest.mark.parametrize(
    "other",
    [
        {"docs/gantry.md": page_of("Profile | 4", "Corner | 8")},  # shares its lines
        {"docs/gantry.md": "# No list\n"},  # two pages are too few
        {"README.md": page_of("Profile | 8", "Rail | 2")},  # a list above them
    ],
)
def test_pages_that_may_be_of_one_thing_are_not_added(read: Read, other: dict[str, str]) -> None:
    assert len(read(MODULES | other).lines) == 2


@pytest.mark.parametrize(
    ("answer", "lines", "refused"), [("yes", 6, False), ("docs/gantry.md", 2, False), ("no", 6, True)]
)
def test_whether_lists_are_one_product_is_answered(read: Read, answer: str, lines: int, refused: bool) -> None:
    answers = f"fabcommons-answers: '1'\nanswers:\n  bill of materials:\n    source: '{answer}'\n"
    bill = read(MODULES | {"fabcommons-answers.yaml": answers})
    assert len(bill.lines) == lines
    assert any(each.code == "answer-refused" for each in bill.findings) is refused
    assert any("Are these lists" in each.question for each in bill.questions) is refused


SHEETS = {"Hardware": [["Item", "Qty"], ["Nut", 8]], "Printed parts": [["Item", "Qty"], ["Clip", 2]]}
LOOSE = {"BOM": [["Item", "Qty"], ["Nut", 8]], "Other": [["Item", "Qty"], ["Clip", 2]]}


@pytest.mark.parametrize(
    ("sheets", "answer", "names", "refused"),
    [
        (SHEETS, "yes", ["Nut", "Clip"], False),
        (SHEETS, "printed parts", ["Clip"], False),
        (SHEETS, "no", ["Nut", "Clip"], True),
        (LOOSE, "Other", ["Clip"], False),
        (LOOSE, "Else", ["Nut"], True),
    ],
)
def test_an_answer_picks_the_sheet(
    read: Read, sheets: dict[str, list[list[object]]], answer: str, names: list[str], refused: bool
) -> None:
    answers = f"fabcommons-answers: '1'\nanswers:\n  bom.xlsx:\n    sheet: '{answer}'\n"
    bill = read({"bom.xlsx": workbook(sheets), "fabcommons-answers.yaml": answers})
    assert [line.name for line in bill.lines] == names
    assert any(each.item == "bom.xlsx" for each in bill.questions) is refused
    assert [each.code for each in bill.findings if each.code.startswith("answer")] == ["answer-refused"] * refused
