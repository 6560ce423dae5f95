"""Tables with one column of amounts for each sub-assembly, or for each variant."""

from collections.abc import Callable, Mapping

import pytest

from bom.bill import Bill
from bom.cleaning import clean_csv

Read = Callable[[Mapping[str, str | bytes]], Bill]
AXES = "Part,X axis,Y axis,Frame,Total\nM3 nut,4,6,2,12\nBelt,1,2,,3\nFoot,,,4,4\n"


def amounts(bill: Bill) -> dict[str, float | None]:
    return {line.name: line.quantity for line in bill.lines}


def asked(bill: Bill) -> list[str]:
    return [each.question for each in bill.questions]


@pytest.mark.parametrize("total", ["Total", "Total qty", "Qty", "Gesamt"])
def test_a_total_that_is_the_sum_of_the_sub_assemblies(read: Read, total: str) -> None:
    bill = read({"bom.csv": AXES.replace("Total", total)})
    assert amounts(bill) == {"M3 nut": 12, "Belt": 3, "Foot": 4}
    assert {line.name: dict(line.uses) for line in bill.lines} == {
        "M3 nut": {"X axis": 4, "Y axis": 6, "Frame": 2},
        "Belt": {"X axis": 1, "Y axis": 2},
        "Foot": {"Frame": 4},
    }
    assert {each.name for each in bill.assemblies} == {"X axis", "Y axis", "Frame"}
    assert [each.code for each in bill.findings if each.code == "row-unread"] == []
    assert "sum of X axis" in bill.lines[0].provenance["quantity"].rule


def test_sub_assemblies_without_a_total_are_added_up(read: Read) -> None:
    text = "Part;X axis qty;Y axis qty;Head qty\nScrew;4;6;-\nPlate;;1;1\n"
    bill = read({"bom.csv": text})
    assert amounts(bill) == {"Screw": 10, "Plate": 2}
    again = read({"bom.csv": clean_csv(bill)})
    assert [(line.name, line.quantity, line.assembly) for line in again.lines] == [
        ("Screw", 4, "X axis"),
        ("Screw", 6, "Y axis"),
        ("Plate", 1, "Y axis"),
        ("Plate", 1, "Head"),
    ]


def test_a_total_that_disagrees_is_asked_about(read: Read) -> None:
    bill = read({"bom.csv": AXES.replace(",12", ",14")})
    assert amounts(bill)["M3 nut"] == 14
    assert any("M3 nut" in each and "X axis 4" in each for each in asked(bill))


def test_sums_alone_tell_sub_assemblies_that_are_asked_about(read: Read) -> None:
    bill = read({"bom.csv": "Part,Hopper,Auger,Total\nNut,4,6,10\nBelt,1,2,3\nBolt,3,,3\n"})
    assert amounts(bill) == {"Nut": 10, "Belt": 3, "Bolt": 3}
    assert any("Are these the sub-assemblies: Hopper, Auger" in each for each in asked(bill))


@pytest.mark.parametrize(
    "titles",
    [
        "Mk1,Mk2",
        "250,300",
        "Kit A,Kit B",
        "Version 1,Version 2",
        "Small,Large",
        "Qty Mk1,Qty Mk2",
        "Variante A,Variante B",
    ],
)
def test_amounts_of_variants_are_never_added_up(read: Read, titles: str) -> None:
    bill = read({"bom.csv": f"Part,{titles},Total\nNut,4,6,10\nBelt,1,2,3\nBolt,3,3,6\n"})
    assert amounts(bill) == {"Nut": None, "Belt": None, "Bolt": 3}
    question = next(each for each in bill.questions if "which is built" in each.question)
    assert question.options == tuple(titles.replace("Qty ", "").split(","))
    assert sum("Nut" in each for each in asked(bill)) == 1 + sum(
        "Nut" in each and "bought" in each for each in asked(bill)
    )


@pytest.mark.parametrize(
    "text",
    [
        "Part,Walls,Layers\nFoot,4,6\nLid,3,4\n",  # settings of a printer
        "Part,In stock,To buy\nFoot,4,6\nLid,3,4\n",
        "Part,Shipping,Tax,Total\nFoot,4,6,10\nLid,3,4,7\n",
    ],
)
def test_other_columns_of_numbers_are_no_amounts(read: Read, text: str) -> None:
    assert all(line.quantity is None for line in read({"bom.csv": text}).lines)


def test_a_stated_amount_beside_numbers_stands(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty,Version,Walls\nFoot,4,1,3\nLid,2,2,4\n"})
    assert amounts(bill) == {"Foot": 4, "Lid": 2}


@pytest.mark.parametrize(("answer", "nuts", "refused"), [("mk2", 6, False), ("Mk1", 4, False), ("Mk3", None, True)])
def test_an_answer_picks_the_variant(read: Read, answer: str, nuts: float | None, refused: bool) -> None:
    answers = f"fabcommons-answers: '1'\nanswers:\n  bom.csv:\n    variant: {answer}\n"
    text = "Part,Mk1,Mk2\nNut,4,6\nBelt,1,1\n"
    bill = read({"bom.csv": text, "fabcommons-answers.yaml": answers})
    assert amounts(bill) == {"Nut": nuts, "Belt": 1}
    assert any("which is built" in each for each in asked(bill)) is refused
    assert [each.code for each in bill.findings if each.code.startswith("answer")] == ["answer-refused"] * refused


def test_amounts_below_a_counted_part_are_multiplied_in_every_column(read: Read) -> None:
    text = "No,Part,X axis,Y axis,Total\n1,Arm,2,,2\n1.1,Nut,4,2,6\n1.2,Belt,1,1,2\n"
    nut = next(line for line in read({"bom.csv": text}).lines if line.name == "Nut")
    assert (nut.quantity, dict(nut.uses), nut.assembly) == (12, {"X axis": 8, "Y axis": 4}, None)


def test_columns_whose_product_is_the_amount_are_no_sub_assemblies(read: Read) -> None:
    bill = read({"bom.csv": "Part,Qty per axis,Axes,Total qty\nNut,4,3,12\nBelt,1,3,3\n"})
    assert amounts(bill) == {"Nut": 12, "Belt": 3}
    assert not any(line.uses for line in bill.lines)


def test_headers_that_count_their_sub_assembly_are_weighed_where_the_total_says_so(read: Read) -> None:
    text = "Part,Leg x2,Arm x4,Total\nM4 bolt,3,2,14\nPlate,1,1,6\nBearing,2,0,4\n"
    bill = read({"bom.csv": text})
    assert amounts(bill) == {"M4 bolt": 14, "Plate": 6, "Bearing": 4}
    assert {line.name: dict(line.uses) for line in bill.lines} == {
        "M4 bolt": {"Leg x2": 6, "Arm x4": 8},
        "Plate": {"Leg x2": 2, "Arm x4": 4},
        "Bearing": {"Leg x2": 4},
    }
    assert not [each for each in asked(bill) if "is 14 piece right" in each]
    again = read({"bom.csv": clean_csv(bill)})
    assert [(line.name, line.assembly, line.quantity) for line in again.lines][:2] == [
        ("M4 bolt", "Leg x2", 6),
        ("M4 bolt", "Arm x4", 8),
    ]


def test_where_the_plain_sum_is_the_total_the_headers_counts_are_in_it(read: Read) -> None:
    bill = read({"bom.csv": "Part,Leg x2,Arm x4,Total\nM4 bolt,6,8,14\nPlate,2,4,6\n"})
    assert bill.lines[0].uses == {"Leg x2": 6, "Arm x4": 8}


def test_counts_in_headers_without_a_total_are_weighed_and_asked_about(read: Read) -> None:
    bill = read({"bom.csv": "Part,Left leg x2,Right arm x4\nM4 bolt,3,2\nPlate,1,1\n"})
    assert amounts(bill) == {"M4 bolt": 14, "Plate": 6}
    assert any("M4 bolt: is 14 piece right?" in each for each in asked(bill))
