"""Two versions of a design compared part by part."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.bill import Bill, BillLine
from bom.difference import Change, ChangeKind, compare, difference_document
from bom.reader import read_bill
from designs.design import Design, DesignFile, FileRole, Source

MakeDesign = Callable[[Mapping[str, str | bytes]], Design]
HEADER = "Part,Qty,Process,Material,File,Assembly\n"
OLD: dict[str, str | bytes] = {
    "okh.toml": 'name = "Lamp"\nversion = "1"\nlicense = "MIT"\n',
    "bom.csv": HEADER + "Foot,4,FDM,PLA,foot.stl,Base\nArm,1,FDM,PLA,arm.stl,Head\nNut M3,8,buy,,,\n",
    "foot.stl": "solid foot",
    "arm.stl": "solid arm",
    "jig.stl": "solid jig",
}


def changes(make_design: MakeDesign, **new: str | None) -> list[Change]:
    files = {name: text for name, text in (OLD | {n.replace("__", "."): t for n, t in new.items()}).items() if text}
    first, second = make_design(OLD), make_design(files)
    return list(compare((first, read_bill(first)), (second, read_bill(second))))


def test_the_same_design_has_no_changes(make_design: MakeDesign) -> None:
    assert changes(make_design) == []


BOM = str(OLD["bom.csv"])
OKH = str(OLD["okh.toml"])
NUT = "Nut M3,8,buy,,,\n"
ROWS = BOM.splitlines(keepends=True)[1:]

EDITS: dict[str, tuple[dict[str, str | None], Change | None]] = {
    "a part's file": (
        {"foot__stl": "solid feet"},
        Change(ChangeKind.CHANGED, "part", "Foot", "content", "foot.stl", "foot.stl"),
    ),
    "a loose file": (
        {"jig__stl": "solid jigs"},
        Change(ChangeKind.CHANGED, "file", "jig.stl", "content", "jig.stl", "jig.stl"),
    ),
    "a loose file's name": (
        {"jig__stl": None, "tool__stl": "solid jig"},
        Change(ChangeKind.RENAMED, "file", "tool.stl", "name", "jig.stl", "tool.stl"),
    ),
    "a file less": ({"jig__stl": None}, Change(ChangeKind.REMOVED, "file", "jig.stl")),
    "a file more": ({"lid__stl": "solid lid"}, Change(ChangeKind.ADDED, "file", "lid.stl")),
    "the version": (
        {"okh__toml": OKH.replace('"1"', '"2"')},
        Change(ChangeKind.CHANGED, "design", "Lamp", "version", "1", "2"),
    ),
    "the licence": (
        {"okh__toml": OKH.replace("MIT", "PPL")},
        Change(ChangeKind.CHANGED, "design", "Lamp", "licence", "MIT", "PPL"),
    ),
    "the title": (
        {"okh__toml": OKH.replace("Lamp", "Light")},
        Change(ChangeKind.CHANGED, "design", "Light", "name", "Lamp", "Light"),
    ),
    "an amount": (
        {"bom__csv": BOM.replace("Foot,4", "Foot,3")},
        Change(ChangeKind.CHANGED, "part", "Foot", "quantity", "4", "3"),
    ),
    "a material": (
        {"bom__csv": BOM.replace("Foot,4,FDM,PLA", "FOOT,4,FDM,ABS")},
        Change(ChangeKind.CHANGED, "part", "FOOT", "material", "pla", "abs"),
    ),
    "a part's name": (
        {"bom__csv": BOM.replace("Foot,", "Rubber pad,")},
        Change(ChangeKind.RENAMED, "part", "Rubber pad", "name", "Foot", "Rubber pad"),
    ),
    "a part's place": (
        {"bom__csv": BOM.replace("foot.stl,Base", "foot.stl,Head")},
        Change(ChangeKind.CHANGED, "part", "Foot", "assembly", "Base", "Head"),
    ),
    "a part more": (
        {"bom__csv": BOM + "Bolt,2,buy,,,\n"},
        Change(ChangeKind.ADDED, "part", "Bolt", after="2 piece"),
    ),
    "a part less": (
        {"bom__csv": BOM.replace(NUT, "")},
        Change(ChangeKind.REMOVED, "part", "Nut M3", before="8 piece"),
    ),
    "a part of a file that was there": (
        {"bom__csv": BOM.replace(NUT, f"Jig,1,FDM,,jig.stl,\n{NUT}")},
        Change(ChangeKind.ADDED, "part", "Jig", after="1 piece"),
    ),
    "the order": ({"bom__csv": HEADER + "".join(reversed(ROWS))}, None),
}


@pytest.mark.parametrize("edit", EDITS)
def test_one_edit_is_one_change(make_design: MakeDesign, edit: str) -> None:
    new, expected = EDITS[edit]
    assert changes(make_design, **new) == ([expected] if expected else [])


def test_a_part_in_two_assemblies_keeps_both_places(make_design: MakeDesign) -> None:
    twice = str(OLD["bom.csv"]) + "Foot,2,FDM,PLA,foot.stl,Head\n"
    first, second = (
        make_design(OLD | {"bom.csv": twice}),
        make_design(OLD | {"bom.csv": twice.replace("Foot,2", "Foot,6")}),
    )
    (change,) = compare((first, read_bill(first)), (second, read_bill(second)))
    assert (change.field, change.before, change.after) == ("quantity", "2", "6")


def test_the_document_is_plain_data(make_design: MakeDesign) -> None:
    found = changes(make_design, jig__stl=None)
    assert difference_document("a", "b", found)["changes"] == [
        {"kind": "removed", "subject": "file", "name": "jig.stl", "field": None, "before": None, "after": None}
    ]


AMOUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 3), max_size=6)


def plain(amounts: Mapping[str, int]) -> tuple[Design, Bill]:
    files = (DesignFile("x.md", 1, FileRole.TEXT, present=False),)
    design = Design("d", Source("folder", "d"), None, files, None, None, "")  # type: ignore[arg-type]
    return design, Bill("d", tuple(BillLine(name, name, float(amount)) for name, amount in amounts.items()))


@settings(deadline=None)
@given(AMOUNTS, AMOUNTS)
def test_changes_lead_from_the_old_bill_to_the_new_one_and_back(old: dict[str, int], new: dict[str, int]) -> None:
    forth, back = compare(plain(old), plain(new)), compare(plain(new), plain(old))
    built = dict(old)
    for each in forth:
        if each.kind is ChangeKind.REMOVED:
            del built[each.name]
        else:
            built[each.name] = int((each.after or "").split()[0])
    assert built == new
    swapped = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}
    assert {(swapped.get(each.kind, each.kind), each.name, each.after, each.before) for each in back} == {
        (each.kind, each.name, each.before, each.after) for each in forth
    }
