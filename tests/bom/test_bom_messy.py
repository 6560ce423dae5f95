"""Lists as designers write them in READMEs, wikis and folders."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import pytest

from bom.bill import Assembly, Bill

Read = Callable[[Mapping[str, str | bytes]], Bill]
STL = b"solid a\nendsolid a\n"


def amounts(bill: Bill) -> dict[str, float | None]:
    return {line.name: line.quantity for line in bill.lines}


def test_a_heading_that_states_how_many_is_a_sub_assembly(read: Read) -> None:
    text = (
        "# Lampe\n\n## Stückliste\n\n- 1x Fuß\n- 4x Schraube\n\n### Gelenkarm (2x)\n\n- Arm oben x1\n- 2 x Mutter M4\n"
    )
    bill = read({"README.md": text})
    assert amounts(bill) == {"Fuß": 1, "Schraube": 4, "Arm oben": 2, "Mutter M4": 4}
    assert bill.assemblies == (Assembly("Gelenkarm", 2),)
    assert bill.lines[3].provenance["quantity"].rule == "amount before the name, for each of 2 x Gelenkarm"


def test_a_heading_that_counts_a_kind_of_parts_multiplies_nothing(read: Read) -> None:
    bill = read({"BOM.md": "## Printed parts (3 pcs)\n\n- 2x leg\n- 1x top\n"})
    assert (amounts(bill), bill.assemblies) == ({"leg": 2, "top": 1}, ())


def test_numbers_behind_colons_are_amounts_where_that_is_the_habit(read: Read) -> None:
    bill = read({"BOM.md": "## Visserie\n\n- Vis M3x10 : 8\n- Rondelle M3: 8\n- Tige filetée M8, 30 cm : 1\n"})
    assert amounts(bill) == {"Vis M3x10": 8, "Rondelle M3": 8, "Tige filetée M8, 30 cm": 1}
    once = read({"BOM.md": "## Hardware\n\n- 2x screw\n- 1x resistor: 220\n- 3x nut\n"})
    assert amounts(once)["resistor"] == 1


def test_a_file_in_brackets_is_no_part_of_the_name(read: Read) -> None:
    bill = read(
        {"BOM.md": "- Socle (socle.stl) x1\n- Arm (arm_v2.stl), 2 pcs\n", "stl/socle.stl": STL, "arm_v2.stl": STL}
    )
    assert amounts(bill) == {"Socle": 1, "Arm": 2}
    assert [line.files for line in bill.lines] == [("stl/socle.stl",), ("arm_v2.stl",)]


MEDIAWIKI = """= Bill of materials =

== Printed ==
* 4 x Leg (leg.stl)
* 1 x Top

== Hardware ==
{| class="wikitable" style="width:80%"
|+ What to buy
! Part !! Qty !! Source
|-
| align="left" | M4x20 screw || 16 || [http://shop.example the shop]
|-
| '''608''' bearing
| 2
| [[Suppliers|here]]
|}
"""


def test_a_page_of_mediawiki(read: Read) -> None:
    bill = read({"wiki/Bill_of_Materials.txt": MEDIAWIKI, "leg.stl": STL})
    assert amounts(bill) == {"Leg": 4, "Top": 1, "M4x20 screw": 16, "608 bearing": 2}
    assert [line.make_reason for line in bill.lines] == ["under 'Printed'"] * 2 + ["under 'Hardware'"] * 2
    assert [line.provenance["quantity"].place for line in bill.lines] == ["4", "5", "12", "14"]
    assert not [each for each in bill.findings if each.code == "row-unread"]


def test_a_table_of_dokuwiki(read: Read) -> None:
    bill = read({"README.md": "====== Parts list ======\n\n^ Part ^ Qty ^\n| Motor | 1 |\n| Pulley | 2 |\n"})
    assert amounts(bill) == {"Motor": 1, "Pulley": 2}


@pytest.mark.parametrize(
    "link",
    [
        '{{< relref "/files/base.stl" >}}',
        '{{% ref "files/base.stl" %}}',
        "{% link files/base.stl %}",
        '{{ "/files/base.stl" | relative_url }}',
    ],
)
def test_paths_in_a_site_generators_words(read: Read, link: str) -> None:
    bill = read({"README.md": f"## Bill of materials\n\n- 2x [Base]({link})\n- 4x screw\n", "files/base.stl": STL})
    assert (bill.lines[0].name, bill.lines[0].files) == ("Base", ("files/base.stl",))


@pytest.mark.parametrize(
    ("one", "other", "labels"),
    [
        ("frame/BOM.csv", "gantry/bom.csv", ["frame", "gantry"]),
        ("docs/bom_frame.csv", "docs/bom_gantry.csv", ["frame", "gantry"]),
    ],
)
def test_one_list_for_each_assembly(read: Read, one: str, other: str, labels: list[str]) -> None:
    bill = read({one: "Part,Qty\nBeam,4\nM5 screw,16\n", other: "Part,Qty\nCarriage,2\nWheel,8\n"})
    assert [(line.name, line.assembly) for line in bill.lines] == [
        ("Beam", labels[0]),
        ("M5 screw", labels[0]),
        ("Carriage", labels[1]),
        ("Wheel", labels[1]),
    ]
    assert bill.sources == (one, other)
    asked = [each.question for each in bill.questions]
    assert any("one product, each a sub-assembly" in each for each in asked)
    assert f"How many of {labels[0]} are in one product (one was taken)?" in asked


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        ("v1/bom.csv", "v2/bom.csv", "Part,Qty\nCarriage,2\nWheel,8\n"),  # versions
        ("short/bom.csv", "long/bom.csv", "Part,Qty\nCarriage,2\nWheel,8\n"),  # variants
        ("frame/bom.csv", "gantry/bom.csv", "Part,Qty\nBeam,4\nWheel,8\n"),  # half of one is in the other
        ("bom.csv", "gantry/bom.csv", "Part,Qty\nCarriage,2\nWheel,8\n"),  # one stands above
        ("bom_en.csv", "bom_de.csv", "Part,Qty\nTräger,4\nRad,8\n"),  # languages
    ],
)
def test_versions_variants_and_copies_are_never_added_up(read: Read, one: str, other: str, text: str) -> None:
    bill = read({one: "Part,Qty\nBeam,4\nM5 screw,16\n", other: text})
    assert len(bill.lines) == 2
    assert any(each.about == "source" for each in bill.questions)


def test_a_table_of_asciidoc(read: Read) -> None:
    text = (
        '= Lamp\n\n== Bill of materials\n\n[cols="1,3,2"]\n|===\n|Qty |Part |Notes\n\n|4\n|Leg\n|printed\n\n'
        "|1 |Top |laser cut\n|16 |M3x8 screw |\n|===\n\nEnjoy.\n"
    )
    bill = read({"README.adoc": text})
    assert amounts(bill) == {"Leg": 4, "Top": 1, "M3x8 screw": 16}
    assert [line.provenance["quantity"].place for line in bill.lines] == ["9", "13", "14"]


def test_a_table_in_html_is_enough_to_look_into_a_readme(read: Read) -> None:
    rows = "".join(
        f"<tr><td>{name}</td><td>{amount}</td></tr>\n" for name, amount in (("Wire", "1 m"), ("Leg", 2), ("Nut", 4))
    )
    bill = read({"README.md": f"# Cutter\n\n<table>\n<tr><th>Part</th><th>Quantity</th></tr>\n{rows}</table>\n"})
    assert amounts(bill) == {"Wire": 1, "Leg": 2, "Nut": 4}


def test_part_numbers_of_cad_programs_name_files_and_lines_without_a_description(read: Read) -> None:
    text = "ITEM NO.,PART NUMBER,DESCRIPTION,QTY.\n1,ARM-001,Lower arm,2\n2,ARM-002,Upper arm,2\n3,608ZZ,,4\n"
    bill = read({"bom.csv": text, "cad/ARM-001.stl": STL, "cad/ARM-002_rev3.stl": STL})
    assert {line.name: line.files for line in bill.lines} == {
        "Lower arm": ("cad/ARM-001.stl",),
        "Upper arm": ("cad/ARM-002_rev3.stl",),
        "608ZZ": (),
    }


def test_a_list_of_single_pairs_is_names_and_amounts(read: Read) -> None:
    text = "printed:\n- {name: Leg, qty: 4}\n- {name: Top, qty: 1}\nhardware:\n- screw M3x8: 16\n- nut M3: 16\n"
    assert amounts(read({"bom.yaml": text})) == {"Leg": 4, "Top": 1, "screw M3x8": 16, "nut M3": 16}


def test_lists_of_things_and_files_under_loose_german_titles(read: Read) -> None:
    text = (
        "# Solarkocher\n\nMaterial:\n* 1 Sperrholzplatte 600x400x6mm\n* Alufolie\n* 4 Scharniere\n"
        "* Holzschrauben 3x16 (ca. 20 Stück)\n\nDruckteile (PLA):\n* Halter links.stl\n* 4x Fuss.stl\n* 2x Griff.stl\n"
    )
    bill = read({"README.md": text, "Halter links.stl": STL, "stl/Fuss.stl": STL})
    files = {line.name: line.files for line in bill.lines if line.files}
    assert files == {"Halter links.stl": ("Halter links.stl",), "Fuss.stl": ("stl/Fuss.stl",)}
    assert amounts(bill)["Holzschrauben 3x16"] == 20


def test_a_supplier_that_is_the_maker_and_an_amount_without_a_unit(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Supplier\nDish,1,selbst gedruckt\nTube 3x5 mm,0.5,Shop\nLid,1,3D printed\n"})
    assert [line.make.value for line in bill.lines] == ["fabricate", "purchase", "fabricate"]
    assert any(each.about == "unit" and each.item == "Tube 3x5 mm" for each in bill.questions)


@pytest.mark.parametrize(
    "text",
    [
        ("=a" + " " * 4_990 + "==\n") * 300,
        "- " + "a " * 400_000 + "\n- 2x screw\n- 3x nut\n",
        "{|\n| " + "a=aa" * 1_200 + "\n|}\n",
        "{|\n" + "|-\n| a || b\n" * 20_000,
        "|===\n" + "|a |b\n" * 40_000,
        "^" * 4_000 + "\n|a|\n",
        "{{" * 2_400 + "\n",
        ("<td>" * 1_000 + "\n") * 100,
    ],
)
def test_no_page_takes_long(read: Read, text: str) -> None:
    start = time.process_time()
    read({"README.md": f"# Parts list\n\n{text}"})
    assert time.process_time() - start < 5
