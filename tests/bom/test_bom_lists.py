from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.bill import Assembly
from bom.entry import Entry
from bom.lists import read_items
from bom.markdown import Item, Table, read_blocks
from bom.openscad import read_assembly_json, read_matrix
from core.errors import InputError
from core.provenance import Origin


def read(text: str) -> tuple[Entry, ...]:
    return read_items([block for block in read_blocks(text) if isinstance(block, Item) and block.bullet], "BOM.md")[0]


def short(entries: tuple[Entry, ...]) -> list[tuple[str, float | None]]:
    return [(entry.name, entry.quantity.value) for entry in entries]


def test_titles_stand_above_items() -> None:
    text = (
        "# Thing\n\nSetext\n======\n\n**Printed parts:**\n* 1 head (head.stl)\n\n"
        "## Hardware ##\n- 4x screw\n\nNot a title, but:\n- 2x nut\n"
    )
    titles = [(block.titles, block.text) for block in read_blocks(text) if isinstance(block, Item) and block.bullet]
    assert titles == [
        (("Setext", "Printed parts"), "1 head (head.stl)"),
        (("Setext", "Hardware"), "4x screw"),
        (("Setext", "Hardware"), "2x nut"),
    ]


def test_code_and_comments_are_no_lists() -> None:
    assert read("```\n- 4x screw\n```\n<!--\n- 2x nut\n-->\n- 1x leg\n")[0].place == "7"
    assert len(read("~~~\n* 4x screw\n~~~\n")) == 0


def test_tables_with_and_without_outer_bars() -> None:
    text = (
        "## Beams\n\nQuantity | Length (mm) | Purpose\n--- | ---: | ---\n4 | 385 | box \\| long\n\n"
        "| A | B |\n|:-:|:-:|\n| 1 | 2 |\n"
    )
    tables = [block for block in read_blocks(text) if isinstance(block, Table)]
    assert [[row.cells for row in table.grid.rows] for table in tables] == [
        [("Quantity", "Length (mm)", "Purpose"), ("4", "385", "box | long")],
        [("A", "B"), ("1", "2")],
    ]
    assert tables[0].grid.rows[1].place == "5"


def test_names_lose_amounts_marks_remarks_and_purposes() -> None:
    text = (
        "- 3x [base.stl](stl/base.stl)\n- 2 ear tubes (eartube.stl)\n* 4x M2.5x6mm screw (for the board)\n"
        "- [Motor board](http://x) for the above (optional)\n"
        "- [3D printed leg x2](leg.stl)\n- 1x spring for holding tubes\n"
        "- 1x supply 7.5V with a 2.1 x 5.5 jack ([this](http://y))\n"
        "- Earbuds: any large ones will do\n- 1x set of rivets\n"
    )
    assert short(read(text)) == [
        ("base", 3),
        ("ear tubes", 2),
        ("M2.5x6mm screw", 4),
        ("Motor board", 1),
        ("3D printed leg", 2),
        ("spring", 1),
        ("supply 7.5V", 1),
        ("Earbuds", None),
        ("rivets", 1),
    ]
    assert "eartube.stl" in read(text)[1].remarks
    assert "for holding tubes" in read(text)[5].remarks


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Metal hinge", 1),
        ("60 Ohm resistor", 1),
        ("Stranded wire", None),
        ("Screws", None),
        ("Glass lens", 1),
        ("Wood glue", None),
    ],
)
def test_one_thing_named_in_the_singular_is_guessed_to_be_one(name: str, value: float | None) -> None:
    entry = read(f"- {name}\n")[0]
    assert entry.quantity.value == value
    assert (entry.origin is Origin.GUESSED) == (value is not None)


def test_groups_give_context_and_sellers_do_not_become_parts() -> None:
    text = (
        "- the 3D printed parts\n  - 1x [a](a.stl)\n  - tools\n    - 2x [b](b.stl)\n"
        "- 1x tube\n  - [8 mm tube, clear](http://shop) (USD 7)\n  - [another](http://shop2)\n"
    )
    entries = read(text)
    assert short(entries) == [("a", 1), ("b", 2), ("tube", 1)]
    assert entries[1].section == ("the 3D printed parts", "tools")
    assert entries[2].links == ("http://shop", "http://shop2")


def test_a_counted_group_is_a_sub_assembly() -> None:
    items = [
        block for block in read_blocks("- 2x Leg\n  - 1x foot\n  - 3x screw\n- 1x top\n") if isinstance(block, Item)
    ]
    entries, assemblies = read_items(items, "BOM.md")
    assert [(entry.name, entry.assembly) for entry in entries] == [("foot", "Leg"), ("screw", "Leg"), ("top", None)]
    assert assemblies == (Assembly("Leg", 2),)


def test_amounts_under_a_counted_group_are_for_one_of_it() -> None:
    text = "- 2 x Arm\n  - 1 x Bracket\n  - 3 x Hand\n    - 5 x Finger\n- 1 x Base\n  - 1 x Knob\n- some washers\n"
    items = [block for block in read_blocks(text) if isinstance(block, Item) and block.bullet]
    entries, assemblies = read_items(items, "BOM.md")
    assert short(entries)[:3] == [("Bracket", 2.0), ("Finger", 30.0), ("Knob", 1.0)]
    assert assemblies[:2] == (Assembly("Arm", 2.0), Assembly("Hand", 6.0, "Arm"))
    assert entries[1].rule.endswith("for each of 6 x Hand")


@pytest.mark.parametrize("arm", ["- Arm (2 pcs)", "- 2 x Arm", "- Arm (2 St\u00fcck):", "- Arm x2"])
def test_a_counted_item_above_files_and_counted_things_is_a_sub_assembly(arm: str) -> None:
    items = [
        block
        for block in read_blocks(f"{arm}\n  - Bracket_v2.stl x1\n  - M3x10 screw x4\n  - Clip.stl\n- Base.stl x1\n")
        if isinstance(block, Item)
    ]
    entries, assemblies = read_items(items, "README.md")
    assert assemblies == (Assembly("Arm", 2),)
    assert [(each.name, each.quantity.value, each.assembly) for each in entries] == [
        ("Bracket_v2.stl", 2, "Arm"),
        ("M3x10 screw", 8, "Arm"),
        ("Clip.stl", None, "Arm"),
        ("Base.stl", 1, None),
    ]
    assert [each.cell("file") for each in entries] == ["Bracket_v2.stl", "", "Clip.stl", "Base.stl"]


def test_a_file_below_a_counted_item_is_its_own() -> None:
    (leg,) = read("- 2x Leg\n  - leg_v3.stl\n")
    assert (leg.name, leg.quantity.value, leg.cell("file")) == ("Leg", 2, "leg_v3.stl")


def test_advice_and_sentences_are_no_parts() -> None:
    assert read("- You can also print the base.\n- Use PETG or ABS for everything\n- See the guide for more\n") == ()


@given(st.text(alphabet="ab 12x*-#|[]()`:\n\t.", max_size=300))
def test_no_page_breaks_the_reader(text: str) -> None:
    blocks = read_blocks(text)
    read_items([block for block in blocks if isinstance(block, Item)], "x.md")


JSON = """[
 {"name": "arm_assembly", "count": 2, "assemblies": {},
  "vitamins": {"screw(M3, 6): Screw M3 x 6mm": {"count": 8}, ": Cable": 2},
  "printed": {"arm.stl": {"count": 2, "colour": "red"}}, "routed": {"side.dxf": {"count": 1}}},
 {"name": "main_assembly", "count": 1, "assemblies": {"arm_assembly": 2},
  "vitamins": {"fan(x): Fan: 40mm": {"count": 1}},
  "printed": {}, "routed": {}}
]"""


def test_openscad_json() -> None:
    reading = read_assembly_json(JSON, "bom/bom.json")
    assert reading is not None
    assert [(e.name, e.quantity.value, e.section, e.assembly) for e in reading.entries] == [
        ("Screw M3 x 6mm", 8, ("Vitamins",), "arm_assembly"),
        ("Cable", 2, ("Vitamins",), "arm_assembly"),
        ("arm.stl", 2, ("Printed",), "arm_assembly"),
        ("side.dxf", 1, ("Routed",), "arm_assembly"),
        ("Fan: 40mm", 1, ("Vitamins",), None),
    ]
    assert reading.assemblies == (Assembly("arm_assembly", 2),)


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"vitamins": 1}', '[{"name": "x"}]', "3", '[{"name": 1, "vitamins": {}}]']
)
def test_other_json_is_no_bill(text: str) -> None:
    assert read_assembly_json(text, "x.json") is None


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_broken_json_is_said(text: str) -> None:
    with pytest.raises(InputError, match="no JSON"):
        read_assembly_json(text, "x.json")


MATRIX = """Vitamins:
    B   
 A  a   
 r  s  M
 m  e  a
 4| 2|  |  6 Screw M3
  |  | 1|  1 Fan
Printed:
 2|  |  |  2 arm.stl
Assemblies:
  2 arm_assembly
  1 base_assembly
  1 ma_assembly
"""  # noqa: W291


def test_openscad_matrix() -> None:
    texts = {"ma_assembly.txt": "ma_assembly:\nAssemblies:\n  2 arm_assembly\n  1 base_assembly\n"}
    reading = read_matrix(MATRIX, "bom/bom.txt", lambda name: texts.get(PurePosixPath(name).name))
    assert reading is not None
    assert [(e.name, e.quantity.value, e.assembly, dict(e.uses)) for e in reading.entries] == [
        ("Screw M3", 6, None, {"arm_assembly": 4, "base_assembly": 2}),
        ("Fan", 1, None, {}),
        ("arm.stl", 2, "arm_assembly", {}),
    ]
    assert reading.assemblies == (Assembly("arm_assembly", 2), Assembly("base_assembly"))


def test_other_texts_are_no_matrix() -> None:
    assert read_matrix("Notes:\n 1 apple\n", "x.txt", lambda _: None) is None
    assert read_matrix("", "x.txt", lambda _: None) is None
