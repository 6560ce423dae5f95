"""KiCad's files and interactive BOM pages."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.bill import Bill
from bom.interactive import decompress, read_interactive
from bom.kicad import read_circuit
from core.errors import InputError

Read = Callable[[Mapping[str, str | bytes]], Bill]


def symbol(mark: str, value: str, footprint: str = "R_0805", extra: str = "") -> str:
    return (
        f'(symbol (lib_id "Device:R") (at 10 20 0) (unit 1) {extra} (property "Reference" "{mark}" (at 0 0 0))'
        f' (property "Value" "{value}" (effects (font (size 1 1)))) (property "Footprint" "Lib:{footprint}"))'
    )


def sheet(*parts: str) -> str:
    return f'(kicad_sch (version 20231120) (lib_symbols (symbol "Device:R" (in_bom yes))) {" ".join(parts)})'


def lines(text: str, others: Mapping[str, str] | None = None) -> list[tuple[str, float | None, str]]:
    reading = read_circuit(text, "board.kicad_sch", (others or {}).get)
    assert reading is not None
    return [(each.name, each.quantity.value, each.cell("designator")) for each in reading.entries]


def test_a_schematic_is_counted_by_value_and_footprint() -> None:
    text = sheet(
        symbol("R10", "10k"), symbol("R2", "10k"), symbol("R3", "10k", "R_0603"), symbol("#PWR01", "GND"),
        symbol("U1", "LM358", extra="(in_bom yes)"), symbol("U1", "LM358"), symbol("H1", "Hole", extra="(in_bom no)"),
        symbol("C1", "~", "Big_Cap"), symbol("R4", 'a \\"b\\" (c)'),
    )  # fmt: skip
    assert lines(text) == [
        ("10k", 2, "R2, R10"),
        ("10k", 1, "R3"),
        ("LM358", 1, "U1"),
        ("Big_Cap", 1, "C1"),
        ('a "b" (c)', 1, "R4"),
    ]


def test_sheets_below_a_schematic_count_as_often_as_they_are_used() -> None:
    twice = (
        '(instances (project "other" (path "/9" (reference "R99") (unit 1)))'
        ' (project "board" (path "/1/2" (reference "R1") (unit 1)) (path "/1/3" (reference "R2") (unit 1))))'
    )
    inner = sheet(symbol("R1", "1k", extra=twice))
    text = sheet('(sheet (property "Sheetname" "in") (property "Sheetfile" "in.kicad_sch"))', symbol("C1", "1u"))
    assert lines(text, {"in.kicad_sch": inner}) == [("1u", 1, "C1"), ("1k", 2, "R1, R2")]
    assert lines(text) == [("1u", 1, "C1")]
    loop = sheet('(sheet (property "Sheetfile" "board.kicad_sch"))', symbol("C1", "1u"))
    assert lines(loop, {"board.kicad_sch": loop}) == [("1u", 1, "C1")]


NET = (
    '(export (version "E") (components'
    ' (comp (ref "R1") (value "10k") (footprint "R_0805") (fields (field (name "MPN") "ABC-1")))'
    ' (comp (ref "R2") (value "10k") (footprint "R_0805") (fields (field (name "MPN") "XYZ-2")))'
    ' (comp (ref "R3") (value "10k") (footprint "R_0805") (property (name "dnp")))))'
)
XML = (
    "<?xml version='1.0'?><export><components><comp ref='C1'><value>1u</value><footprint>C_0603</footprint>"
    "<fields><field name='Supplier'>Shop</field></fields></comp>"
    "<comp ref='C2'><value>1u</value><footprint>C_0603</footprint></comp></components></export>"
)


def test_net_lists(read: Read) -> None:
    bill = read({"board.net": NET})
    assert [(line.name, line.quantity, line.supplier) for line in bill.lines] == [
        ("10k", 1, "ABC-1"),
        ("10k", 1, "XYZ-2"),
    ]
    assert [(each.name, each.why) for each in bill.excluded] == [("10k", "marked as not fitted")]
    assert [(line.name, line.quantity) for line in read({"board.xml": XML}).lines] == [("1u", 2)]
    assert any("Only a circuit lists parts" in each.question for each in bill.questions)


def test_a_schematic_is_the_bill_of_nothing_but_a_board(read: Read) -> None:
    board = {"pcb/a.kicad_sch": sheet(symbol("R1", "10k"), symbol("R2", "1k"))}
    assert read(board).sources == ("pcb/a.kicad_sch",)
    assert read(board | {"bom.csv": "Part,Qty\nboard,1\nnut,2\n"}).sources == ("bom.csv",)


def test_the_few_parts_of_a_case_are_asked_about_beside_the_circuit(read: Read) -> None:
    files = {
        "pcb/a.kicad_sch": sheet(symbol("R1", "10k"), symbol("R2", "1k")),
        "case/base.step": "",
        "case/lid.STL": "",
    }
    bill = read({name: text or "solid" for name, text in files.items()})
    assert [(line.name, line.quantity, line.files) for line in bill.lines][2:] == [
        ("base", None, ("case/base.step",)),
        ("lid", None, ("case/lid.STL",)),
    ]
    assert any("base, lid" in each.question for each in bill.questions)
    many = {f"case/{letter}.stl": "solid" for letter in "abcdefg"}
    assert read(many | {"pcb/a.kicad_sch": files["pcb/a.kicad_sch"]}).lines == (), (
        "a machine with a board in it is more than the board"
    )


@pytest.mark.parametrize(
    "text", ["(kicad_sch (symbol", "(export" + "(a" * 500, "<export><comp", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;"]
)
def test_broken_circuits_are_told(read: Read, text: str) -> None:
    bill = read({"a.kicad_sch": text})
    assert bill.lines == ()
    assert bill.findings[0].code == "bom-unreadable"


@pytest.mark.parametrize(
    "text", ["", "garbage", "(kicad_pcb)", "<html></html>", ")))((", "(kicad_sch (symbol (property)))"]
)
def test_other_files_are_no_circuits(text: str) -> None:
    assert read_circuit(text, "a.net", lambda _: None) is None


class _Packer:
    """lz-string's compression to base64, for the tests only."""

    def __init__(self) -> None:
        self.bits: list[str] = []
        self.codes: dict[str, int] = {}
        self.fresh: set[str] = set()
        self.left, self.width = 2, 2

    def put(self, value: int, width: int) -> None:
        self.bits.extend(str((value >> at) & 1) for at in range(width))

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.left = 2**self.width
            self.width += 1

    def emit(self, word: str) -> None:
        if word in self.fresh:
            self.put(ord(word) > 255, self.width)
            self.put(ord(word), 16 if ord(word) > 255 else 8)
            self.fresh.remove(word)
            self.count()
        else:
            self.put(self.codes[word], self.width)
        self.count()

    def pack(self, text: str) -> str:
        word = ""
        for sign in text:
            if sign not in self.codes:
                self.codes[sign] = len(self.codes) + 3
                self.fresh.add(sign)
            if word + sign not in self.codes:
                self.emit(word)
                self.codes[word + sign] = len(self.codes) + 3
                word = ""
            word += sign
        if word:
            self.emit(word)
        self.put(2, self.width)
        row = "".join(self.bits)
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        return "".join(alphabet[int(row[at : at + 6].ljust(6, "0"), 2)] for at in range(0, len(row), 6)) + "=="


@given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=300))
def test_what_is_packed_is_unpacked(text: str) -> None:
    assert decompress(_Packer().pack(text)) == text


def page(pcbdata: object, config: object = None) -> str:
    return f"<html>\nvar config = {json.dumps(config or {})}\nvar pcbdata = {json.dumps(pcbdata)}\n</html>"


FIELDS = {"0": ["10k", "R_0805"], "1": ["10k", "R_0805"], "2": ["LM358", "SO8"]}
GROUPS = {"bom": {"both": [[["R1", 0], ["R2", 1]], [["U1", 2]]], "fields": FIELDS, "skipped": []}}


def test_an_interactive_bom_is_read_by_its_embedded_list(read: Read) -> None:
    bill = read({"bom/ibom.html": page(GROUPS, {"fields": ["Value", "Footprint"]})})
    assert [(line.name, line.quantity) for line in bill.lines] == [("10k", 2), ("LM358", 1)]
    assert bill.lines[0].provenance["quantity"].place == "bom.both[1]"


def test_its_compressed_list_is_lz_string() -> None:
    assert decompress("BYUwNmD2Q===") == "hello"
    assert decompress("Q===") == ""
    html = f'var pcbdata = JSON.parse(LZString.decompressFromBase64("{_Packer().pack(json.dumps(GROUPS))}"))'
    reading = read_interactive(html, "ibom.html")
    assert reading is not None
    assert [(each.name, each.quantity.value) for each in reading.entries] == [("10k", 2), ("LM358", 1)]
    packed = 'var pcbdata = JSON.parse(LZString.decompressFromBase64("BYUwNmD2Q==="))'
    with pytest.raises(InputError, match="no JSON"):
        read_interactive(packed, "ibom.html")


@given(st.text("ABCDwxyz0189+/", max_size=200))
def test_any_base64_is_unpacked_or_refused(packed: str) -> None:
    with suppress(InputError):
        assert isinstance(decompress(packed, "x"), str)
