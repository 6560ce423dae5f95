"""Schematics of KiCad 5 and Eagle as bills."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.bill import Bill
from bom.eagle import read_eagle
from bom.eeschema import read_eeschema
from bom.entry import Reading
from core.errors import InputError

Read = Callable[[Mapping[str, str | bytes]], Bill]


def comp(mark: str, value: str, footprint: str = "Resistor_SMD:R_0603", more: str = "") -> str:
    return (
        f"$Comp\nL Device:R {mark}\nU 1 1 5A1B2C3D\nP 3000 2000\n{more}"
        f'F 0 "{mark}" H 3000 2100 50  0000 C CNN\nF 1 "{value}" H 3000 1900 50  0000 C CNN\n'
        f'F 2 "{footprint}" H 0 0 50  0001 C CNN\nF 3 "~" H 0 0 50  0001 C CNN\n\t1    3000 2000\n$EndComp\n'
    )


def schematic(*parts: str) -> str:
    return f"EESchema Schematic File Version 4\nEELAYER 30 0\nEELAYER END\n{''.join(parts)}$EndSCHEMATC\n"


SHEET = '$Sheet\nS 1000 1000 500 150\nU 5C\nF0 "power" 50\nF1 "sub/power.sch" 50\n$EndSheet\n'


def lines(reading: Reading | None) -> list[tuple[str, float | None, str]]:
    assert reading is not None
    return [(each.name, each.quantity.value, each.cell("designator")) for each in reading.entries]


def test_components_of_kicad_5_are_counted_over_all_sheets() -> None:
    top = schematic(comp("R10", "10k"), comp("R2", "10k"), comp("#PWR01", "GND"), comp("U1", "LM358"), SHEET)
    inner = schematic(
        comp("R3", "10k", more='AR Path="/5C/1" Ref="R3"  Part="1" \nAR Path="/5D/1" Ref="R4"  Part="1" \n'),
        comp("R5", "DNP"),
        comp("U1", "LM358"),
    )
    reading = read_eeschema(top, "board.sch", {"sub/power.sch": inner}.get)
    assert lines(reading) == [("10k", 4, "R2, R3, R4, R10"), ("LM358", 1, "U1"), ("DNP", 1, "R5")]
    assert reading is not None
    assert reading.entries[2].cell("not_fitted") == "DNP"


def test_an_absent_sheet_is_told() -> None:
    reading = read_eeschema(schematic(comp("R1", "10k"), SHEET), "board.sch", lambda _: None)
    assert reading is not None
    assert [(each.code, each.place) for each in reading.findings] == [("circuit-sheet-missing", "sub/power.sch")]


def test_named_fields_of_kicad_5_are_facts() -> None:
    part = comp("C1", "1u").replace("\t1 ", 'F 4 "C52923" H 0 0 50  0001 C CNN "LCSC"\n\t1 ')
    (entry,) = (read_eeschema(schematic(part), "b.sch", lambda _: None) or Reading("", "")).entries
    assert entry.cell("supplier_number") == "C52923"


EAGLE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE eagle SYSTEM "eagle.dtd">
<eagle version="7.7.0"><drawing><schematic>
<libraries><library name="rcl"><devicesets>
<deviceset name="R-EU_"><devices><device name="R0603" package="R0603"/></devices></deviceset>
<deviceset name="GND"><devices><device name=""/></devices></deviceset></devicesets></library></libraries>
<modules><module name="AMP"><parts><part name="R1" library="rcl" deviceset="R-EU_" device="R0603" value="1k"/></parts>
</module></modules>
<parts><part name="R1" library="rcl" deviceset="R-EU_" device="R0603" value="10k">
<attribute name="MPN" value="X1"/></part>
<part name="R2" library="rcl" deviceset="R-EU_" device="R0603" value="10k"><variant name="" populate="no"/></part>
<part name="GND1" library="rcl" deviceset="GND" device=""/></parts>
<sheets><sheet><moduleinsts><moduleinst name="A" module="AMP"/><moduleinst name="B" module="AMP"/></moduleinsts></sheet>
</sheets></schematic></drawing></eagle>"""


def test_an_eagle_schematic() -> None:
    reading = read_eagle(EAGLE, "amp.sch")
    assert lines(reading) == [("10k", 1, "R1"), ("10k", 1, "R2"), ("1k", 2, "A:R1, B:R1")]
    assert reading is not None
    assert reading.entries[0].cell("supplier_number") == "X1"
    assert reading.entries[1].cell("not_fitted") == "DNP"


def test_an_eagle_board() -> None:
    board = (
        '<eagle><drawing><board><elements><element name="R1" library="rcl" package="R0603" value="10k"/>'
        '<element name="J1" library="con" package="USB-B" value=""/></elements></board></drawing></eagle>'
    )
    assert lines(read_eagle(board, "amp.brd")) == [("10k", 1, "R1"), ("USB-B", 1, "J1")]


@pytest.mark.parametrize("text", ["", "EESchema", "PCBNEW", "<svg/>", "<html></html>", "\0"])
def test_what_is_neither_is_left_to_others(text: str) -> None:
    assert read_eagle(text, "a.sch") is None
    assert read_eeschema(text, "a.sch", lambda _: None) is None


def test_a_broken_eagle_file_is_said() -> None:
    with pytest.raises(InputError, match="no XML"):
        read_eagle(EAGLE[:300], "a.sch")


def test_nothing_outside_the_file_is_read() -> None:
    bomb = '<!DOCTYPE eagle [<!ENTITY a SYSTEM "file:///etc/passwd">]><eagle><drawing><board><elements>'
    bomb += '<element name="R1" package="P" value="&a;"/></elements></board></drawing></eagle>'
    try:
        reading = read_eagle(bomb, "a.brd")
    except InputError:
        return
    assert "root:" not in str(reading)


def test_a_design_that_is_a_board_is_read_from_its_schematic(read: Read) -> None:
    bill = read({"hw/amp.sch": EAGLE, "hw/amp.brd": "<eagle/>"})
    assert bill.sources == ("hw/amp.sch",)
    assert [each.name for each in bill.excluded] == ["10k"]
    bill = read({"pcb.sch": schematic(comp("R1", "10k"), comp("R2", "10k"))})
    assert [(line.name, line.quantity) for line in bill.lines] == [("10k", 2)]


@given(st.text('$CompEndSheetFLUAR 0123"\n\\', max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    read_eeschema(f"EESchema Schematic File Version 2\n{text}", "a.sch", lambda _: None)
