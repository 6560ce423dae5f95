"""Bills in running text under a title that announces one."""

from collections.abc import Callable, Mapping

import pytest

from bom.bill import Bill

Read = Callable[[Mapping[str, str | bytes]], Bill]


def amounts(bill: Bill) -> dict[str, float | None]:
    return {line.name: line.quantity for line in bill.lines}


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        (
            "Parts list",
            "You will need 4 M3x10 screws, two 608 bearings and a NEMA17 motor.",
            {"M3x10 screws": 4, "608 bearings": 2, "NEMA17 motor": 1},
        ),
        (
            "Bill of materials",
            "The lamp glows.\nIt requires 3 legs (printed),\n1 m of cord and some glue. Have fun, and tell us.",
            {"legs": 3, "cord": 1, "glue": None},
        ),
        ("St\u00fcckliste", "Du brauchst 4 Schrauben M3x10, zwei Lager und einen Motor.", {"Schrauben M3x10": 4}),
        ("Lista de piezas", "Necesitas 4 tornillos, dos rodamientos y un motor.", {"tornillos": 4, "motor": 1}),
        ("Liste des pi\u00e8ces", "Il vous faut 4 vis, deux roulements et un moteur.", {"vis": 4, "roulements": 2}),
        ("Lista de materiais", "Voc\u00ea precisa de 4 parafusos, dois rolamentos e um motor.", {"parafusos": 4}),
        ("Distinta base", "Servono 4 viti, 2 cuscinetti e un motore.", {"viti": 4, "cuscinetti": 2, "motore": 1}),
    ],
)
def test_sentences_that_say_what_is_needed(
    read: Read, title: str, text: str, expected: dict[str, float | None]
) -> None:
    bill = read({"README.md": f"# Thing\n\n## {title}\n\n{text}\n\n## Next\n\nYou need 9 days and 2 friends.\n"})
    assert expected.items() <= amounts(bill).items()
    assert "days" not in amounts(bill)
    assert any("running text" in each.question for each in bill.questions)
    asked = {each.item for each in bill.questions if each.about == "quantity"}
    assert {line.name for line in bill.lines} <= asked


@pytest.mark.parametrize(
    "text",
    [
        "Some vendors are suggested, 2 of them in Canada, and we do not earn anything by it at all.",
        "It was made in 2019, and 3 people helped, two of them at night.",
        "See the wiki.",
    ],
)
def test_other_prose_under_such_a_title_is_no_bill(read: Read, text: str) -> None:
    assert read({"README.md": f"# Thing\n\n## Parts list\n\n{text}\n"}).lines == ()


def test_prose_beside_a_list_is_not_read(read: Read) -> None:
    text = "## Parts list\n\nYou need 4 pegs and 2 rods.\n\n- 2x leg\n- 4x screw\n"
    assert amounts(read({"README.md": text})) == {"leg": 2, "screw": 4}


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Materiali necessari", "Servono 4 viti M3x8 e 2 cuscinetti 608."),
        ("Materiales necesarios", "Necesitas 4 tornillos M3x8 y 2 rodamientos 608."),
        ("Benötigtes Material", "Du brauchst 4 Schrauben M3x8 und 2 Kugellager 608."),
    ],
)
def test_titles_that_announce_what_is_needed(read: Read, title: str, text: str) -> None:
    bill = read({"README.md": f"# Robot\n\n## {title}\n\n{text}\n"})
    assert [line.quantity for line in bill.lines] == [4, 2]
