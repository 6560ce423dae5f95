"""A bill written as a clean table reads back the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from bom.bill import Bill, BillLine, Make
from bom.cleaning import COLUMNS, clean_csv
from bom.reader import read_bill
from bom.words import finishes
from designs.design import Design
from designs.source import open_design

MakeDesign = Callable[[Mapping[str, str | bytes]], Design]
NOUNS = st.sampled_from(["Foot", "Arm, left", 'The "big" wheel', "Bolt M3x10", "Ärmel", "Cap; inner", "Plate 2"])
STEPS = [*finishes()]
PROCESSES = st.sampled_from([None, "fdm", "laser_cutting", "cnc_milling", "sawing"])  # none of them is a finish


def lines(make_design: MakeDesign, text: str) -> list[tuple[object, ...]]:
    bill = read_bill(make_design({"bom.csv": text, "foot.stl": "solid foot"}))
    return [facts(line) for line in bill.lines]


def facts(line: BillLine) -> tuple[object, ...]:
    return (
        line.name, line.quantity, line.unit, line.make, line.status, line.process, line.material, line.thickness_mm,
        line.steps, line.files[:1], line.assembly, line.supplier,
    )  # fmt: skip


def test_a_messy_list_becomes_a_plain_one(make_design: MakeDesign) -> None:
    messy = (
        "My lamp;;;;;;\n\nItem;QTY.;Notes;Type;Material;Supplier;Used in\n"
        '3D printed parts;;;;;;\nFoot;4;"soft, round";;PLA;;Base\nLid;;optional;;PETG;;\n'
        "Hardware;;;;;;\nNut M3;8;;;;Shop 17;Head\nCord;0,5 m;;;;;\n"
    )
    text = clean_csv(read_bill(make_design({"bom.csv": messy, "foot.stl": "solid foot"})))
    assert text.splitlines()[0] == ",".join(COLUMNS)
    assert text.splitlines()[1] == 'Foot,4,,additive manufacturing,PLA,,,foot.stl,Base,,"soft, round"'
    assert lines(make_design, text) == lines(make_design, messy)
    assert len(lines(make_design, text)) == 4


def test_a_split_line_has_a_row_for_each_place() -> None:
    line = BillLine("nut", "Nut", 5.0, make=Make.PURCHASE, uses={"Base": 2.0, "Head": 2.0})
    rows = clean_csv(Bill("x", (line,))).splitlines()[1:]
    assert rows == ["Nut,2,,purchase,,,,,Base,,", "Nut,2,,purchase,,,,,Head,,", "Nut,1,,purchase,,,,,,,"]


MADE = st.builds(
    lambda name, amount, process, material, assembly, steps: BillLine(
        "k", name, amount, make=Make.FABRICATE, process=process, material=material, assembly=assembly, steps=steps
    ),
    NOUNS,
    st.none() | st.integers(1, 400).map(float),
    PROCESSES,
    st.sampled_from([None, "pla", "plywood", "aluminium"]),
    st.sampled_from([None, "Base", "Head part"]),
    st.lists(st.sampled_from(STEPS), unique=True, max_size=2).map(tuple),
)
BOUGHT = st.builds(
    lambda name, amount, supplier: BillLine("k", name, amount, make=Make.PURCHASE, supplier=supplier),
    NOUNS,
    st.integers(1, 400).map(float),
    st.sampled_from([None, "Shop", "A, B & Co 12-34"]),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(MADE | BOUGHT, min_size=2, max_size=6))
def test_any_bill_reads_back_the_same(drawn: list[BillLine]) -> None:
    numbered = [BillLine(**{f: getattr(x, f) for f in x.__slots__} | {"key": f"k{n}"}) for n, x in enumerate(drawn)]
    with TemporaryDirectory() as folder:
        Path(folder, "bom.csv").write_text(clean_csv(Bill("x", tuple(numbered))), encoding="utf-8")
        with open_design(folder) as design:
            back = read_bill(design)
    assert [facts(line) for line in back.lines] == [facts(line) for line in numbered]
