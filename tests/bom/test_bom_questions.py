"""What a careful reader would ask, each on a small design of other words."""

from collections.abc import Callable, Mapping

import pytest

from bom.bill import Bill

Read = Callable[[Mapping[str, str | bytes]], Bill]
STL = b"solid a\nendsolid a\n"


def question(bill: Bill, item: str) -> str:
    """The question about this item; an empty text when nobody asks."""
    return next((each.question for each in bill.questions if each.item == item), "")


def test_packages_that_hold_more_than_is_needed(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Qty / Pack,Price\nhinge,2,10,3\nlamp,4,1,9\n"})
    assert "hinge (2 of 10)?" in question(bill, "packages")
    assert [line.quantity for line in bill.lines] == [2, 4]
    assert question(read({"bom.csv": "Part,Qty,Price\nhinge,2,3\n"}), "packages") == ""


def test_round_numbers_look_like_packages(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty\nM4 rivets,500\nM4 bolts,32\n"})
    assert question(bill, "package sizes").endswith("package holds: M4 rivets?")


def test_lengths_in_names(read: Read) -> None:
    bill = read(
        {"bom.csv": "Part,Qty\nSmooth rod 12mm x 300mm,2\nPTFE tube 90 mm,1\nM3 x 8mm screw,4\nBlue wire 2 m,3\n"}
    )
    assert question(bill, "rods, tubes").endswith("Smooth rod 12mm x 300mm, PTFE tube 90 mm?")
    assert question(bill, "Blue wire 2 m") == "Blue wire 2 m: is that 3 wire 2 m long, as the name states?"


def test_measures_without_a_unit(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Length,Weight (g),Print Time\nbeam,2,300,50,90\npost,1,150,20,0\n"})
    assert question(bill, "lengths") == "In which unit are the lengths of bom.csv, column Length?"
    assert question(bill, "print times") != ""
    assert question(bill, "masses") == ""


def test_motors_without_a_controller(read: Read) -> None:
    without = read({"bom.csv": "Part,Qty,Type\nstepper motor NEMA17,2,buy\nbattery tray,1,printed\n"})
    assert "stepper motor NEMA17" in question(without, "electronics")
    assert question(read({"bom.csv": "Part,Qty\nstepper motor,2\nArduino Nano,1\n"}), "electronics") == ""
    assert question(read({"bom.csv": "Part,Qty\nmotor mount,2\nlamp,1\n"}), "electronics") == ""


def test_choices_and_options_are_summed_up(read: Read) -> None:
    bill = read(
        {
            "bom.csv": "Part,Qty\nRed Round Handle,0\nBlue Round Handle,0\nGrey Handle,0\nNo grip,0\n"
            "Desk Lamp Arm (optional),1\nDesk Lamp Foot (optional),1\nDesk Lamp Shade (optional),1\n"
        }
    )
    assert "3 handles and No grip (Red Round Handle, " in question(bill, "choice")
    assert "Desk Lamp Arm, Foot, Shade (" in question(bill, "optional parts")


def test_many_of_one_kind_are_asked_together(read: Read) -> None:
    names = [f"leg {n}" for n in "abcdef"]
    bill = read({"bom.csv": "Part,Qty,Type\n" + "".join(f"{name},2,printed\n" for name in names)})
    assert all(name in question(bill, "files") for name in names)
    assert question(bill, "leg a") == ""
    few = read({"bom.csv": "Part,Qty,Type\nleg a,2,printed\nleg b,2,printed\n"})
    assert question(few, "leg a") == "Which file is leg a?"


def test_cutting_that_the_list_mentions(read: Read) -> None:
    bill = read({"BOM.md": "# BOM\n\n- 60 cm brass wire (cut into 5cm pieces)\n- 2x hook\n"})
    assert any("cut into 5cm pieces, the list says" in each.question for each in bill.questions)


def test_folders_of_files_without_a_line_are_grouped(read: Read) -> None:
    files = {f"stl/plates/all_{n}.stl": STL for n in range(3)} | {"stl/leg.stl": STL, "stl/spare.stl": STL}
    asked = question(read({"bom.csv": "Part,Qty\nleg,4\nnut,8\n", **files}), "part files without a line")
    assert asked.startswith("4 part files have no line in bom.csv;")
    assert "stl/*.stl such as spare.stl; stl/plates/*.stl such as all_0.stl, all_1.stl, all_2.stl?" in asked


def test_boards_that_no_line_names(read: Read) -> None:
    files = {"bom.csv": "Part,Qty\nleg,4\nnut,8\n", "pcb/lamp_driver_board/lamp.kicad_pcb": "(kicad_pcb)"}
    copies = {"pcb/old/lamp.kicad_pcb": "x", "pcb/gerber/lamp-F_Cu.gtl": "x"}
    assert "lamp driver PCB; made" in question(read(files | copies), "lamp driver PCB")
    named = files | {"bom.csv": "Part,Qty\nleg,4\nLamp driver PCB,1\n"}
    assert question(read(named), "lamp driver PCB") == ""


GUIDE = "# Building\n\n- 4 x leg\n- 2 x hinge bracket\n- 1 x door\n- 3 x drawer front\n"


def test_pages_that_count_other_parts(read: Read) -> None:
    bom = {"bom.csv": "Part,Qty\nLegs,4\nnut,8\n"}
    asked = question(read({**bom, "docs/Guide.md": GUIDE}), "Guide.md")
    assert "hinge bracket, door, drawer front; are lines missing" in asked
    assert question(read({**bom, "docs/Guide.md": "- 4 x leg\n- 8 x nut\n- 1 x door\n"}), "Guide.md") == ""
    assert question(read({**bom, "docs/Other.md": GUIDE.replace("leg", "sail")}), "Other.md") == ""


def test_stock_in_prose(read: Read) -> None:
    text = (
        "# Parts list\n\nYou will need around 400 g of filament.\n\n| Qty | Part |\n|--|--|\n| 2 | leg |\n| 1 | top |\n"
    )
    assert "around 400 g in Parts list.md" in question(read({"Parts list.md": text}), "filament")
    listed = text + "| 1 | PLA filament |\n"
    assert question(read({"Parts list.md": listed}), "filament") == ""


def test_pages_that_ask_for_several(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty\nleg,4\nnut,8\n", "use.md": "You should build three lamp arms for a desk.\n"})
    assert question(bill, "lamp arms") == "use.md says to build three lamp arms: does one product hold so many?"


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ("[M4 key](tools/5mm_key.md)", True),
        ("[2.5 mm key]: tools/2mmKey.md", True),
        ("[2.5 mm key](tools/2_5mm_key.md)", False),
        ("[10mm ring](ring_10.0mm.stl)", False),
        ("[step 2](page3mm.md)", False),
    ],
)
def test_labels_that_disagree_with_their_targets(read: Read, link: str, asked: bool) -> None:
    bill = read({"bom.csv": "Part,Qty\nleg,4\nnut,8\n", "guide.md": f"Use a {link}\n"})
    assert any("different sizes" in each.question for each in bill.questions) is asked


def test_things_that_a_manual_uses_and_its_list_forgets(read: Read) -> None:
    table = "Name in documentation\tCategory\tQty\tFull Name\tNotes\nnuts\tmech\t6\t\t\n"
    bill = read(
        {
            "buildconf.yaml": "Title: T\n",
            "index_BOM.csv": table,
            "index.md": "# Guide\n{{BOM}}\n[.](print.md){step}\n",
            "print.md": "Melt [wax]{qty: 20g}, take [nuts]{qty:6, cat:mech} and a [saw]{qty:1, cat:tool}.\n",
        }
    )
    assert "wax (20g, print.md)" in question(bill, "wax")
    assert question(bill, "saw") == ""


def test_a_model_that_only_mentions_a_thing(read: Read) -> None:
    json = '[{"name": "a", "count": 1, "assemblies": {}, "vitamins": {": Foam tape": {"count": 1},' \
        ' "fan(f): Fan": {"count": 2}}, "printed": {}, "routed": {}}]'  # fmt: skip
    bill = read({"bom.json": json})
    assert [line.name for line in bill.lines] == ["Foam tape", "Fan"]
    assert "which kind and size: Foam tape?" in question(bill, "Foam tape")


def test_a_machined_part_with_a_drawing_is_made(read: Read) -> None:
    page = (
        "# BOM\n\n| Part | Qty | Source | Comments |\n|--|--|--|--|\n"
        "| Spindle | 1 | [PDF](drawings/spindle.pdf) | Machined part |\n| Sensor | 1 | [data](docs/s.pdf) | |\n"
    )
    lines = {line.name: line for line in read({"BOM.md": page, "drawings/spindle.pdf": "x", "docs/s.pdf": "x"}).lines}
    assert (lines["Spindle"].make, lines["Spindle"].process) == ("fabricate", "machining")
    assert lines["Spindle"].files == ("drawings/spindle.pdf",)
    assert (lines["Sensor"].make, lines["Sensor"].files) == ("purchase", ())
