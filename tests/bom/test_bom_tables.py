import pytest

from bom.entry import Entry
from bom.grids import Row, read_delimited
from bom.headers import find_columns, is_designator
from bom.hierarchy import unfold
from bom.tables import read_headless, read_table


def read(text: str) -> tuple[Entry, ...]:
    grid = read_delimited(text)
    assert grid is not None
    return read_table(grid, "bom.csv")


def amounts(text: str) -> dict[str, float | None]:
    return {entry.name: entry.quantity.value for entry in read(text)}


@pytest.mark.parametrize(
    "header",
    [
        "Part,Qty",
        "NAME,UNITS,TYPE",
        "Item,Amount,Supplier",
        "QTY,LENGTH,PART",
        "Component ,QTY / Device,Material",
        "Part Name,Items needed,Packages needed",
        "Benennung,Anzahl,Werkstoff",
        "Pieza,Cantidad",
        "Désignation,Quantité,Matière",
        "Reference,Value,Footprint,Qty",
        "Name of part (german),Quantity,CAD-Name",
        "Description,Required Quantity",
        "Part/BOM Name,BOM Qty",
    ],
)
def test_headers_are_known(header: str) -> None:
    columns = find_columns(Row("1", tuple(header.split(","))))
    assert columns is not None
    assert "quantity" in columns.roles


@pytest.mark.parametrize(
    "row",
    [
        "Leg,4,oak",
        "Version:,4.1,2025",
        "Commercial Parts,,",
        "LipSync,,,Unit Cost,Total Cost",
        "nvs,data,nvs,0x9000",
        ",,",
        "Qty,",
        "time,x,y,z",
        "This is a long sentence that nobody would ever put over a column of a table of parts,Qty",
    ],
)
def test_rows_that_are_no_header(row: str) -> None:
    assert find_columns(Row("1", tuple(row.split(",")))) is None


def test_package_columns_are_no_amounts() -> None:
    text = "Part,QTY / PKG,PKGs,QTY,$/PKG\nScrew,100,1,7,3.50\nNut,100,1,9,2.00\n"
    assert amounts(text) == {"Screw": 7, "Nut": 9}
    assert amounts("Part,Pkg Qty,Supplier\nScrew,100,shop\nNut,50,shop\n") == {"Screw": None, "Nut": None}


def test_amounts_for_several_products_are_shared_out() -> None:
    assert amounts("Part,Qty for 4 units\nScrew,16\nNut,2\n") == {"Screw": 4, "Nut": 0.5}


def test_the_header_may_stand_low_and_change() -> None:
    text = (
        "My thing,,,\nVersion:,4.1,,\nBought,,,\nID,Part,Supplier,QTY\n,Screw,shop,4\nHub Parts,,,\n,Nut,shop,2\n"
        "3D printed,,$30.00,\nID,Part,QTY,Mass (g)\n,Top,1,28\n,Lid (2),3,5\nAlternatives,,,\nID,Part and description,,Link\n,Bolt,,http://x\n"
    )
    entries = read(text)
    assert [(e.name, e.quantity.value, e.section) for e in entries] == [
        ("Screw", 4, ("Bought",)),
        ("Nut", 2, ("Bought", "Hub Parts")),
        ("Top", 1, ("3D printed",)),
        ("Lid (2)", 3, ("3D printed",)),
        ("Bolt", None, ("Alternatives",)),
    ]
    assert entries[0].place == "5"
    assert entries[0].rule == "column QTY"


def test_an_untitled_column_of_repeating_words_is_the_sub_assembly() -> None:
    text = "Part,,Supplier,QTY\na,Hub,x,1\nb,Hub,x,1\nc,Arm,x,2\nd,Arm,x,1\n"
    assert [(e.assembly, e.assembly_untitled) for e in read(text)] == [
        ("Hub", True),
        ("Hub", True),
        ("Arm", True),
        ("Arm", True),
    ]


def test_part_holds_designators_in_circuit_lists() -> None:
    entries = read('Qty,Part,Value,Description\n2,"R1, R2",10k,resistor\n1,C1,100n,capacitor\n1,IC1,MCP6V26,op amp\n')
    assert [(e.name, e.cell("designator")) for e in entries] == [("10k", "R1, R2"), ("100n", "C1"), ("MCP6V26", "IC1")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("R1", True), ("C1, C2", True), ("D1-D4", True), ("M3 nut", False), ("DIN 912", False), ("", False)],
)
def test_designators(text: str, expected: bool) -> None:
    assert is_designator(text) is expected


def test_a_purpose_stands_for_a_name_only_when_there_is_none() -> None:
    assert [e.name for e in read("Quantity,Length (mm),Purpose\n4,385,main box\n1,238,fixed beam\n")] == [
        "main box",
        "fixed beam",
    ]
    assert [e.name for e in read("Quantity,Part,Purpose\n4,beam,main box\n1,bar,fixed beam\n")] == ["beam", "bar"]


def test_amounts_beside_the_name_count_when_no_column_states_them() -> None:
    assert amounts("Part,Supplier,Link\n2x hinge,shop,http://x\nleg x4,shop,http://y\n") == {"hinge": 2, "leg": 4}


def test_blank_amounts_stay_unknown() -> None:
    assert amounts("Part,Qty,Note\nScrew,,lots\nNut,4,\n") == {"Screw": None, "Nut": 4}


def test_unit_columns_are_read() -> None:
    entries = read("Part,Qty,Unit\nCord,3,m\nLeg,4,pcs\n")
    assert [(e.quantity.value, e.quantity.unit) for e in entries] == [(3, "m"), (4, "piece")]


def test_tables_without_header_have_a_name_and_a_number() -> None:
    grid = read_delimited("'Fan 17mm',  1\n'Screw M3',  4\n'Wire',  2\n")
    assert grid is not None
    assert [(e.name, e.quantity.value) for e in read_headless(grid, "bom.csv")] == [
        ("Fan 17mm", 1),
        ("Screw M3", 4),
        ("Wire", 2),
    ]
    mixed = read_delimited("a,1\nb,x\nc,3\n")
    assert mixed is not None
    assert read_headless(mixed, "bom.csv") == ()


def test_item_numbers_make_sub_assemblies_and_multiply_downwards() -> None:
    text = (
        "Item number,,,Name,Quantity\n1,,,frame,2\n,1.1,,side,1\n,,1.1.1,screw,3\n"
        ",,1.1.2,plate,1\n,1.2,,foot,4\n2,,,motor,1\n"
    )
    lines, assemblies = unfold(read(text))
    assert [(e.name, e.quantity.value, e.assembly) for e in lines] == [
        ("screw", 6, "side"),
        ("plate", 2, "side"),
        ("foot", 8, "frame"),
        ("motor", 1, None),
    ]
    assert [(a.name, a.quantity, a.parent) for a in assemblies] == [("frame", 2, None), ("side", 2, "frame")]


def test_a_level_column_makes_sub_assemblies() -> None:
    text = "BOM Level,Part,Qty\n1,arm,1\n2,screw,3\n2,plate,2\n1,base,1\n"
    lines, assemblies = unfold(read(text))
    assert [(e.name, e.assembly) for e in lines] == [("screw", "arm"), ("plate", "arm"), ("base", None)]
    assert [a.name for a in assemblies] == ["arm"]


def test_item_zero_is_the_product_only_in_a_hierarchy() -> None:
    text = "Item number,,Name,Quantity\n0,,thing,1\n1,,frame,1\n,1.1,side,2\n,1.2,foot,4\n"
    lines, _ = unfold(read(text))
    assert [(e.name, bool(e.cell("is_product"))) for e in lines] == [("thing", True), ("side", False), ("foot", False)]
    flat, _ = unfold(read("Index,Name,Quantity\n0,thing,1\n1,frame,1\n"))
    assert [bool(e.cell("is_product")) for e in flat] == [False, False]


def test_flat_numbers_are_no_hierarchy() -> None:
    lines, assemblies = unfold(read("Pos,Name,Qty\n1,screw,3\n2,plate,2\n3,base,1\n"))
    assert len(lines) == 3
    assert assemblies == ()
