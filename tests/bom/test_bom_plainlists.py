"""No lost item: each item of a list that is taken as a bill is a line, excluded with why, asked about, or told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bom.bill import Bill
from bom.reader import read_bill
from designs.source import open_design

Read = Callable[[Mapping[str, str | bytes]], Bill]
GOOD = ["4 x M3 screw", "2 x bearing 608", "3 x side panel"]
BEFORE = [
    *["", "5 x ", "2x ", "some ", "a few ", "a pair of ", "12 m of ", "three ", "etwas ", "ein paar ", "quelques "],
    *["un peu de ", "algunos ", "un poco de ", "alcune ", "un po' di ", "uma ", "~ 3 ", "1/2 ", "0 x ", "a dozen "],
]
THING = ["paint", "M4 bolt", "wood glue", "colle", "leg.stl", "WD-40", "Tools", "Total", "shipping", "3", "X", "tape"]
BEHIND = [
    "",
    " x4",
    " (2)",
    " as needed",
    ", nach Bedarf",
    " (optional)",
    ": 8",
    " - some",
    ".",
    ":",
    " for holding it",
]
FRAME = ["{}", "{}", "{}", "**{}**", "_{}_", "[{}](https://example.org/x)", "`{}`", '"{}"', "({})"]
ITEM = st.one_of(
    st.builds(
        lambda frame, *parts: frame.format("".join(parts)),
        st.sampled_from(FRAME), st.sampled_from(BEFORE), st.sampled_from(THING), st.sampled_from(BEHIND),
    ),
    st.text("abz 19.,:-|/x()", min_size=1, max_size=14),
)  # fmt: skip


def as_text(items: Sequence[str]) -> tuple[str, str]:
    return "bom.txt", "\n".join(items)


def as_bullets(items: Sequence[str]) -> tuple[str, str]:
    return "BOM.md", "".join(f"- {item}\n" for item in items)


def as_numbers(items: Sequence[str]) -> tuple[str, str]:
    return "bom.txt", "".join(f"{number}. {item}\n" for number, item in enumerate(items, start=1))


def as_paragraph(items: Sequence[str]) -> tuple[str, str]:
    return "BOM.md", "\n".join(items)


def as_yaml(items: Sequence[str]) -> tuple[str, str]:
    return "bom.yaml", "parts:\n" + "".join("- '{}'\n".format(item.replace("'", "''")) for item in items)


def places(bill: Bill) -> set[str]:
    """The lines of the text, or the places in the list, that anything in the bill names."""
    said = {line.provenance["quantity"].place or "" for line in bill.lines}
    said |= {each.provenance.place or "" for each in bill.excluded}
    told = [each.message.split(" of ")[0] for each in bill.findings if each.code == "row-unread"]
    spans = [re.findall(r"(\d+)(?:-(\d+))?\]?(?=[, ]|$)", each) for each in told]
    said |= {
        str(number) for each in spans for first, last in each for number in range(int(first), int(last or first) + 1)
    }
    return {each.removeprefix("parts[").removesuffix("]") for each in said}


def is_title(item: str, below: Sequence[str]) -> bool:
    """Whether an item stands as a title over what follows: bold, underlined or ending in a colon."""
    text = item.strip()
    is_underlined = bool(below) and below[0].startswith(("--", "=="))
    return bool(below) and (text[:2] == text[-2:] == "**" or text[-1:] == ":" or is_underlined)


@pytest.mark.parametrize("form", [as_text, as_bullets, as_numbers, as_paragraph, as_yaml])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(items=st.lists(ITEM, min_size=1, max_size=8), at=st.integers(0, 3))
def test_no_item_of_any_list_is_lost(
    tmp_path: Path, form: Callable[[Sequence[str]], tuple[str, str]], items: list[str], at: int
) -> None:
    if form is as_paragraph:  # a title would end the paragraph, and lines of no list are prose
        items, at = [item for item in items if re.search(r"\w", item) and not is_title(item, [""])], max(at, 1)
    everything = [*GOOD[:at], *items, *GOOD[at:], GOOD[0]]
    name, text = form(everything)
    (tmp_path / name).write_text(text, encoding="utf-8")
    with open_design(tmp_path) as design:
        bill = read_bill(design)
    if not (bill.lines or bill.excluded):  # no list, which is told
        assert {"bom-unreadable", "bom-missing"} & {each.code for each in bill.findings}
        return
    known = places(bill)
    asked = " ".join(each.item + each.question for each in bill.questions)
    told = [each.message for each in bill.findings] + [line.notes or "" for line in bill.lines]  # or it is a remark
    said = asked + " ".join(told)
    for number, item in enumerate(everything, start=1):
        bare = item.strip(' *_`"[]:.')
        if re.search(r"\w", item) and bare not in said and not is_title(item, everything[number : number + 1]):
            assert str(number) in known, (number, item, text, bill)


@pytest.mark.parametrize(
    ("item", "name", "said"),
    [
        ("some paint", "paint", "some"),
        ("a few zip ties", "zip ties", "a few"),
        ("wood glue, as needed", "wood glue", "as needed"),
        ("glue (some)", "glue", "some"),
        ("etwas Farbe", "Farbe", "etwas"),
        ("ein paar Schrauben", "Schrauben", "ein paar"),
        ("Leim nach Bedarf", "Leim", "nach Bedarf"),
        ("quelques vis", "vis", "quelques"),
        ("un peu d'huile", "huile", "un peu d'"),
        ("algunos tornillos", "tornillos", "algunos"),
        ("cola, seg\u00fan necesidad", "cola", "seg\u00fan necesidad"),
        ("um pouco de cola", "cola", "um pouco de"),
        ("alcune viti", "viti", "alcune"),
        ("colla q.b.", "colla", "q.b"),
    ],
)
@pytest.mark.parametrize("bullet", ["", "- "])
def test_an_amount_that_words_leave_open_is_unknown_and_asked_about(
    read: Read, bullet: str, item: str, name: str, said: str
) -> None:
    bill = read({"bom.txt": "".join(f"{bullet}{each}\n" for each in (*GOOD, item))})
    assert [(line.name, line.quantity) for line in bill.lines][3:] == [(name, None)]
    assert any(each.item == name and repr(said) in each.question for each in bill.questions)


@pytest.mark.parametrize(
    ("item", "name", "value", "unit", "is_asked"),
    [
        ("a pair of hinges", "hinges", 1, "pair", False),
        ("ein Paar Scharniere", "Scharniere", 1, "pair", False),
        ("un par de bisagras", "bisagras", 1, "pair", True),
        ("a dozen nuts", "nuts", 12, "piece", True),
        ("2 dozen nuts", "nuts", 24, "piece", True),
        ("cinque viti", "viti", 5, "piece", False),
        ("sechs Muttern", "Muttern", 6, "piece", False),
        ("DEL rouge 5 mm x2", "DEL rouge 5 mm", 2, "piece", False),
    ],
)
def test_amounts_in_words_are_read(read: Read, item: str, name: str, value: float, unit: str, is_asked: bool) -> None:
    bill = read({"bom.txt": "\n".join((*GOOD, item))})
    assert [(line.name, line.quantity, line.unit) for line in bill.lines][3:] == [(name, value, unit)]
    assert any("The list says" in each.question for each in bill.questions) == is_asked


def test_lines_below_counted_ones_are_items_and_prose_is_told(read: Read) -> None:
    text = "Parts list\n\n4 x M3 screw\n2 x bearing\nthread lock\n\nThis makes a nice robot.\n"
    bill = read({"bom.txt": text})
    assert [(line.name, line.quantity) for line in bill.lines] == [
        ("M3 screw", 4),
        ("bearing", 2),
        ("thread lock", None),
    ]
    (found,) = [each for each in bill.findings if each.code == "row-unread"]
    assert (found.place, "nice robot" in found.message) == ("7", True)


def test_a_bold_line_with_an_amount_and_nothing_below_is_told(read: Read) -> None:
    bill = read({"BOM.md": "# BOM\n\n- 4 x M3 screw\n- 2 x bearing\n\n**2 x motor**\n"})
    assert [(each.code, each.place) for each in bill.findings] == [("row-unread", "6")]


def test_numbers_in_brackets_are_amounts_where_most_items_end_so(read: Read) -> None:
    items = ["Motor 12V (1)", "Bearing 608 (2)", "Belt GT2 (1)", "Glue"]
    bill = read({"BOM.md": "".join(f"- {each}\n" for each in items)})
    assert [(line.name, line.quantity) for line in bill.lines] == [
        ("Motor 12V", 1), ("Bearing 608", 2), ("Belt GT2", 1), ("Glue", None),
    ]  # fmt: skip
    assert not [each for each in bill.questions if each.item == "Motor 12V"]


@pytest.mark.parametrize(
    "items", [["4 x nut", "2 x bolt", "Motor 12V (1)", "3 x leg"], ["Motor 12V (1)", "Bearing 608 (2)", "Belt GT2 (3)"]]
)
def test_numbers_in_brackets_may_be_those_of_footnotes(read: Read, items: list[str]) -> None:
    bill = read({"BOM.md": "".join(f"- {each}\n" for each in [*items, "1 x knob"])})
    assert any(each.item == "Motor 12V" for each in bill.questions)
