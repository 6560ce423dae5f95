"""Forms of lists: data documents, web pages, harnesses, languages, and no list at all."""

import json
from collections.abc import Callable, Mapping

import pytest

from bom.bill import Bill, Make
from core.provenance import Origin

Read = Callable[[Mapping[str, str | bytes]], Bill]
STL = b"solid a\nendsolid a\n"


def short(bill: Bill) -> list[tuple[str, float | None, str]]:
    return [(line.name, line.quantity, line.unit) for line in bill.lines]


YAML = """\
---
# what one lamp needs
printed:
  - {name: Foot, qty: 3, file: foot.stl}
  - name: Shade
    qty: 1
    material: PETG
hardware:
  M3 nut: 4
  Cord: 2 m
  Bulb:
    quantity: 1
    supplier: Shop
"""


def test_yaml_lists_and_mappings(read: Read) -> None:
    bill = read({"bom.yaml": YAML, "foot.stl": STL})
    assert short(bill) == [
        ("Foot", 3, "piece"), ("Shade", 1, "piece"), ("M3 nut", 4, "piece"), ("Cord", 2, "m"), ("Bulb", 1, "piece"),
    ]  # fmt: skip
    assert [line.make for line in bill.lines] == [Make.FABRICATE] * 2 + [Make.PURCHASE] * 3
    assert bill.lines[1].material == "petg"
    assert bill.lines[3].provenance["quantity"].place == "hardware[Cord]"
    assert short(read({"parts.yml": "- part: Leg\n  count: 4\n- part: Top\n  count: 1\n"})) == [
        ("Leg", 4, "piece"),
        ("Top", 1, "piece"),
    ]


def test_json_lists(read: Read) -> None:
    document = {"parts": [{"Part": "Leg", "Qty": 4.0, "Links": ["a", {"url": "b"}]}, {"Part": "Top", "Qty": None}]}
    assert short(read({"bom.json": json.dumps(document)})) == [("Leg", 4, "piece"), ("Top", None, "piece")]
    assert read({"package.json": json.dumps(document)}).lines == ()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("bom.yaml", "parts:\n - a: 1\n- b: [\n", "no YAML"),
        ("bom.yaml", "a: &a [*a]\n", "aliases"),
        ("bom.json", '{"parts": [', "no JSON"),
        ("bom.json", "[" * 100_000, "no JSON"),
        ("bom.yml", "x" * 1_100_000, "longer than"),
    ],
)
def test_broken_documents_are_told(read: Read, name: str, text: str, said: str) -> None:
    bill = read({name: text})
    assert bill.lines == ()
    assert said in bill.findings[0].message


def test_web_pages_of_tables(read: Read) -> None:
    page = (
        "<!doctype html><html><body><h1>BOM</h1>\n<table><thead><tr><th>Part</th><th>Qty</th></tr></thead>\n"
        "<tr><td>Leg</td><td>4</td></tr></table>\n<p>and</p>\n<table><tr><th>Part<th>Qty\n<tr><td>Nut<td>8</table>"
    )
    bill = read({"docs/bom.html": page})
    assert short(bill) == [("Leg", 4, "piece"), ("Nut", 8, "piece")]
    assert [line.provenance["quantity"].place for line in bill.lines] == ["3", "6"]


def test_a_harness_with_units(read: Read) -> None:
    text = (
        "#\tQty\tUnit\tDescription\tAmount\tUnit\tDesignators\tManufacturer\tMPN\n"
        "1\t2\t\tConnector, D-Sub, female, 9 pins\t\t\tX1, X2\t\t\n"
        "2\t0.6\tm\tCable, 3 x 0.25 mm\t\t\tW1\tAcme\tC-3\n"
    )
    assert short(read({"harness.bom.tsv": text})) == [
        ("Connector, D-Sub, female, 9 pins", 2, "piece"),
        ("Cable, 3 x 0.25 mm", 0.6, "m"),
    ]


LANGUAGES = {
    "Stückliste.csv": (
        "Pos.;Bezeichnung;Anzahl;Werkstoff;Lieferant;Bestellnummer;Bemerkung\n"
        "1;Standfuß;4;PLA;;;3D-Druck\n2;Zylinderschraube DIN 912 M4x16;12;Stahl;A;123-45;\n3;Kabel;1,5 m;;Händler;;\n"
    ),
    "nomenclature.csv": (
        "Repère;Désignation;Quantité;Matière;Fournisseur;Référence;Remarques\n"
        "1;Pied;4;PLA;;;imprimé en 3D\n2;Vis M4x16;12;acier;Magasin;123-45;\n3;Câble;1,5 m;;Magasin;;\n"
    ),
    "lista de materiales.csv": (
        "N.º;Descripción;Cantidad;Material;Proveedor;Referencia;Observaciones\n"
        "1;Pata;4;PLA;;;impresa en 3D\n2;Tornillo M4x16;12;acero;Tienda;123-45;\n3;Cable;1,5 m;;Tienda;;\n"
    ),
    "lista de materiais.csv": (
        "Item;Descrição;Quantidade;Material;Fornecedor;Referência;Observações\n"
        "1;Pé;4;PLA;;;impressa em 3D\n2;Parafuso M4x16;12;aço;Loja;123-45;\n3;Cabo;1,5 m;;Loja;;\n"
    ),
    "distinta base.csv": (
        "Pos.;Denominazione;Quantità;Materiale;Fornitore;Codice fornitore;Note\n"
        "1;Piede;4;PLA;;;stampato in 3D\n2;Vite M4x16;12;acciaio;Negozio;123-45;\n3;Cavo;1,5 m;;Negozio;;\n"
    ),
}


@pytest.mark.parametrize("name", LANGUAGES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_five_languages(read: Read, name: str, encoding: str) -> None:
    bill = read({name: LANGUAGES[name].replace("N.º", "Nº").encode(encoding)})
    assert [(line.quantity, line.unit) for line in bill.lines] == [(4, "piece"), (12, "piece"), (1.5, "m")]
    assert [line.make for line in bill.lines] == [Make.FABRICATE, Make.PURCHASE, Make.PURCHASE]
    assert bill.lines[0].material == "pla"
    assert "123-45" in (bill.lines[1].supplier or "")


def test_tables_that_change_their_header_in_one_sheet(read: Read) -> None:
    text = (
        "My lamp,,,\n,,,\nBought parts,,,\nItem,Count,Price,Shop\nBulb,2,3.50,A\n,,,\n"
        "3D printed parts,,,\nCount,Item,Weight (g),File\n4,Foot,12,foot.stl\n"
    )
    bill = read({"bom.csv": text, "foot.stl": STL})
    assert [(line.name, line.quantity, line.make) for line in bill.lines] == [
        ("Bulb", 2, Make.PURCHASE),
        ("Foot", 4, Make.FABRICATE),
    ]


def test_levels_and_dotted_numbers_nest(read: Read) -> None:
    levels = "Level,Part,Qty\n1,Arm,2\n2,Bone,3\n2,Joint,1\n3,Pin,4\n1,Base,1\n"
    numbers = "No,Part,Qty\n1,Arm,2\n1.1,Bone,3\n1.2,Joint,1\n1.2.1,Pin,4\n2,Base,1\n"
    for text in (levels, numbers):
        bill = read({"bom.csv": text})
        assert [(line.name, line.quantity, line.assembly) for line in bill.lines] == [
            ("Bone", 6, "Arm"),
            ("Pin", 8, "Joint"),
            ("Base", 1, None),
        ]
        assert [(each.name, each.quantity, each.parent) for each in bill.assemblies] == [
            ("Arm", 2, None),
            ("Joint", 2, "Arm"),
        ]


MANIFEST = (
    'okhv = "OKH-LOSHv1.0"\nname = "Lamp"\nlicense = "MIT"\n'
    '[[part]]\nname = "Foot"\ntsdc = "3DP"\nmaterial = "PLA"\nexport = ["cad/f.stl"]\nquantity = 3\n'
    '[[part]]\nname = "Shade"\ntsdc = "LAS"\nsource = ["cad/shade.dxf"]\n'
)


def test_parts_of_a_manifest_stand_in_for_a_bill(read: Read) -> None:
    files = {"okh.toml": MANIFEST, "cad/f.stl": STL, "cad/shade.dxf": "0\nEOF\n"}
    bill = read(files)
    assert [(line.name, line.quantity, line.process, line.files) for line in bill.lines] == [
        ("Foot", 3, "additive", ("cad/f.stl",)),
        ("Shade", None, "laser_cutting", ("cad/shade.dxf",)),
    ]
    assert bill.sources == ("okh.toml",)
    assert any("Only the manifest lists parts" in each.question for each in bill.questions)
    assert len(read(files | {"bom.csv": "Part,Qty\nFoot,3\nShade,1\nNut,2\n"}).lines) == 3


@pytest.mark.parametrize(
    ("names", "counts"),
    [
        (["foot_x4", "arm_x2", "cap-x1", "lid"], [2, 1, 4, None]),
        (["foot (4x)", "arm_2x", "cap 3pcs", "lid"], [2, 3, 4, None]),
        (["x4_foot", "2x_arm", "3x-cap"], [2, 3, 4]),
        (["7x2", "8x1", "9x12"], [2, 1, 12]),
        (["[a]_knob", "foot_x4", "arm_x2", "cap_x3"], [1, 2, 3, 4]),
    ],
)
def test_counts_in_file_names(read: Read, names: list[str], counts: list[float | None]) -> None:
    bill = read({f"STLs/{name}.stl": STL for name in names} | {"README.md": "# Lamp\n"})
    assert sorted((line.quantity for line in bill.lines), key=lambda each: each or 99) == sorted(
        counts, key=lambda each: each or 99
    )
    assert all(line.make is Make.FABRICATE and len(line.files) == 1 for line in bill.lines)
    known = [line for line in bill.lines if line.quantity is not None]
    assert {line.provenance["quantity"].origin for line in known} <= {Origin.DERIVED, Origin.GUESSED}
    assert [each.code for each in bill.findings] == ["bom-missing"]


@pytest.mark.parametrize(
    "names",
    [["foot_x4", "arm", "cap", "lid"], ["M3x8", "nema17", "gt2x6_belt"], ["foot_x4", "arm_x2"], ["vx2024", "ax300"]],
)
def test_a_scheme_that_few_files_follow_is_none(read: Read, names: list[str]) -> None:
    bill = read({f"STLs/{name}.stl": STL for name in names})
    assert bill.lines == ()
    assert any(each.item == "part files" for each in bill.questions)


def test_outputs_that_later_pages_take_are_sub_assemblies(read: Read) -> None:
    bill = read(
        {
            "buildconf.yaml": "Title: T\n",
            "index.md": "# T\n\n1. [.](leg.md){step}\n1. [.](frame.md){step}\n1. [.](top.md){step}\n",
            "leg.md": "Take [bolts]{qty: 2} and [feet]{qty:1}. You have [a leg]{output, qty:4}.\n",
            "frame.md": "Take [a leg](fromstep){qty:4} and [bolts]{qty: 8}: [the frame]{output, qty:1}.\n",
            "top.md": "Lay the [board]{qty:1} on [the frame](fromstep){qty:1}. [Table]{output, qty:1}\n",
        }
    )
    assert [(each.name, each.quantity, each.parent) for each in bill.assemblies] == [
        ("a leg", 4, "the frame"),
        ("the frame", 1, None),
    ]
    assert [(line.name, line.quantity, line.assembly, dict(line.uses)) for line in bill.lines] == [
        ("bolts", 10, None, {"a leg": 2, "the frame": 8}),
        ("feet", 1, "a leg", {}),
        ("board", 1, None, {}),
    ]


def test_pages_that_take_from_each_other_in_a_circle_tell_no_order(read: Read) -> None:
    page = "Take [{0}](fromstep){{qty:1}} and [nut]{{qty:1}}: [{1}]{{output, qty:1}}.\n"
    files = {"buildconf.yaml": "Title: T\n", "index.md": "[.](a.md){step}\n[.](b.md){step}\n"}
    bill = read(files | {"a.md": page.format("y", "x"), "b.md": page.format("x", "y")})
    assert [each.parent for each in bill.assemblies] == [None, None]
    assert bill.lines[0].quantity == 2
