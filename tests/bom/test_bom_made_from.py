"""A line that says from what it is made is made here; a title that may announce a list does so over one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from bom.bill import Bill, Make

Read = Callable[[Mapping[str, str | bytes]], Bill]
SAID = [
    ("turned from steel", "turning"),
    ("gedreht aus Stahl", "turning"),
    ("tourn\u00e9 dans la masse", "turning"),
    ("tornito da barra", "turning"),
    ("machined from solid", "machining"),
    ("sawn from 20 mm bar", "sawing"),
    ("bent from 2 mm sheet", "bending"),
    ("welded from square tube", "welding"),
    ("cut from plywood", "cutting"),
    ("laser cut from plywood", "laser_cutting"),
]


@pytest.mark.parametrize(("said", "process"), SAID)
def test_a_process_of_making_in_a_name_or_note_makes_a_line_made(read: Read, said: str, process: str) -> None:
    text = f'Part,Qty,Notes\nmotor,2,\nShaft,1,"{said}"\n"Axle, {said}",1,\n'
    lines = read({"bom.csv": text}).lines[1:]
    assert [(line.make, line.process) for line in lines] == [(Make.FABRICATE, process)] * 2


def test_what_is_bought_is_not_made_by_such_words(read: Read) -> None:
    text = "Part,Qty,Notes\nmotor,2,can be turned by hand\ntape,1,cut to length\nbearing,1,from the shop\n"
    assert {line.make for line in read({"bom.csv": text}).lines} == {Make.PURCHASE}


LISTS = {
    "Materiali": ["4 viti M3", "2 cuscinetti 608", "1 motore"],
    "Material": ["4 Schrauben M3", "2 Lager 608", "1 Motor"],
    "Mat\u00e9riel": ["4 vis M3", "2 roulements 608", "1 moteur"],
    "Materiales": ["4 tornillos M3", "2 rodamientos 608", "1 motor"],
    "Materiais": ["4 parafusos M3", "2 rolamentos 608", "1 motor"],
    "St\u00fcckliste": ["4 Schrauben M3", "2 Lager 608", "1 Motor"],
    "Materials": ["4 screws M3", "2 bearings 608", "1 motor"],
}
NEEDS = {
    "Materiali": "Servono", "Material": "Du brauchst", "Mat\u00e9riel": "Il faut", "Materiales": "Necesitas",
    "Materiais": "S\u00e3o necess\u00e1rios", "St\u00fcckliste": "Man braucht", "Materials": "You need",
}  # fmt: skip


@pytest.mark.parametrize("title", LISTS)
def test_a_bare_title_announces_the_list_below_it(read: Read, title: str) -> None:
    items = "".join(f"- {item}\n" for item in LISTS[title])
    bill = read({"README.md": f"# Thing\n\nIt is nice.\n\n## {title}\n\n{items}\n## More\n\n- text\n"})
    assert [line.quantity for line in bill.lines] == [4, 2, 1]


@pytest.mark.parametrize("title", LISTS)
def test_a_bare_title_announces_the_sentence_below_it(read: Read, title: str) -> None:
    told = f"{NEEDS[title]} {', '.join(LISTS[title])}."
    bill = read({"README.md": f"# Thing\n\nIt is nice.\n\n## {title}\n\n{told}\n\n## More\n\ntext\n"})
    assert [line.quantity for line in bill.lines] == [4, 2, 1]
    assert any("running text" in each.question for each in bill.questions)


@pytest.mark.parametrize(
    "text", ["- Print the base\n- Wait 2 hours\n- 3 people help\n", "It has 4 legs, and is red.\n"]
)
def test_a_title_that_may_announce_a_list_does_not_make_one(read: Read, text: str) -> None:
    assert not read({"README.md": f"# Thing\n\n## Hardware\n\n{text}"}).lines
