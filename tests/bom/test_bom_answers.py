"""What the designer answered is kept beside the design and taken into later readings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bom.answers import (
    ANSWERS_NAME,
    Answer,
    Answers,
    answer_to,
    parse_answers,
    with_answers,
    write_answers,
)
from bom.bill import Bill, BillLine, Make, Status
from bom.reader import read_bill
from core.errors import InputError
from core.provenance import Origin, Question
from designs.design import Design

MakeDesign = Callable[[Mapping[str, str | bytes]], Design]
STL = "solid x\nfacet normal 0 0 0\nouter loop\nvertex 0 0 0\nvertex 9 0 0\nvertex 0 9 0\nendloop\nendfacet\nendsolid\n"
BOM = "Part,Qty,Category\nfoot,,printed\nclip,2,printed\nnut,4,buy\n"


def reading(make_design: MakeDesign, answers: dict[str, dict[str, str]], bom: str = BOM) -> Bill:
    document = {"fabcommons-answers": "1", "answers": answers}
    return read_bill(
        make_design({"bom.csv": bom, "foot.stl": STL, "stl/arm.stl": STL, ANSWERS_NAME: yaml.safe_dump(document)})
    )


def line(bill: Bill, key: str) -> BillLine:
    found = bill.line(key)
    assert found is not None
    return found


def test_an_answer_fills_its_field_and_closes_its_question(make_design: MakeDesign) -> None:
    assert any(each.item == "foot" for each in reading(make_design, {}).questions)
    bill = reading(make_design, {"foot": {"quantity": "3"}})
    foot = line(bill, "foot")
    assert (foot.quantity, foot.unit) == (3, "piece")
    assert foot.provenance["quantity"].origin is Origin.ANSWERED
    assert foot.provenance["quantity"].file == ANSWERS_NAME
    assert not any(each.about == "quantity" for each in bill.questions)
    assert bill.findings == ()


@pytest.mark.parametrize(
    ("field", "text", "name", "value"),
    [
        ("quantity", "0.5 m", "unit", "m"),
        ("quantity", "two", "quantity", 2),
        ("unit", "grams", "unit", "g"),
        ("make", "bought", "make", Make.PURCHASE),
        ("process", "laser cutting", "process", "laser_cutting"),
        ("material", "PLA", "material", "pla"),
        ("material", "recycled chairs", "material", "recycled chairs"),
        ("thickness_mm", "3", "thickness_mm", 3),
        ("files", "stl/arm.stl", "files", ("stl/arm.stl",)),
        ("files", "foot.stl, stl/arm.stl", "files", ("foot.stl", "stl/arm.stl")),
        ("status", "optional", "status", Status.OPTIONAL),
    ],
)
def test_every_field_can_be_answered(make_design: MakeDesign, field: str, text: str, name: str, value: object) -> None:
    bill = reading(make_design, {"clip": {field: text}})
    assert getattr(line(bill, "clip"), name) == value
    assert line(bill, "clip").provenance[name].origin is Origin.ANSWERED


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("quantity", "plenty"),
        ("quantity", "2-4"),
        ("unit", "furlong"),
        ("make", "perhaps"),
        ("process", "wishing"),
        ("thickness_mm", "thin"),
        ("files", "absent.stl"),
        ("files", " , "),
        ("status", "lost"),
    ],
)
def test_an_answer_that_does_not_fit_changes_nothing_and_is_told(
    make_design: MakeDesign, field: str, text: str
) -> None:
    bill = reading(make_design, {"clip": {field: text}})
    assert line(bill, "clip") == line(reading(make_design, {}), "clip")
    (finding,) = bill.findings if text.strip(" ,") else [*bill.findings, None][:1]
    assert finding is None or (finding.code, finding.place) == ("answer-refused", f"clip: {field}")


def test_a_refused_answer_leaves_its_question_open(make_design: MakeDesign) -> None:
    bill = reading(make_design, {"foot": {"quantity": "plenty"}})
    assert any(each.item == "foot" and each.about == "quantity" for each in bill.questions)


def test_one_answer_names_the_material_of_all_that_lack_one(make_design: MakeDesign) -> None:
    bill = reading(make_design, {"material": {"material": "PETG"}, "clip": {"material": "ABS"}})
    assert [line(bill, key).material for key in ("foot", "clip", "nut")] == ["petg", "abs", None]
    assert not any(each.item == "material" for each in bill.questions)


GUESSED = "Part,Qty,File\nClip,4,clip.stl\nCable,1,\nFoot,2,foot.stl\n"


def open_about(bill: Bill, about: str) -> set[str]:
    return {each.item for each in bill.questions if each.about == about}


def test_no_to_all_that_was_taken_for_bought_asks_about_each(make_design: MakeDesign) -> None:
    assert open_about(reading(make_design, {}, GUESSED), "make") == {"make or buy"}
    bill = reading(make_design, {"make or buy": {"make": "no"}}, GUESSED)
    assert [line(bill, key).make for key in ("clip", "cable")] == [Make.UNKNOWN, Make.UNKNOWN]
    assert open_about(bill, "make") == {"Clip", "Cable"}
    each = {"make or buy": {"make": "no"}, "Clip": {"make": "fabricate"}, "Cable": {"make": "purchase"}}
    bill = reading(make_design, each, GUESSED)
    assert [line(bill, key).make for key in ("clip", "cable")] == [Make.FABRICATE, Make.PURCHASE]
    assert open_about(bill, "make") == set()
    assert "Clip" in open_about(bill, "files")


def test_yes_to_all_that_was_taken_for_bought_keeps_it(make_design: MakeDesign) -> None:
    bill = reading(make_design, {"make or buy": {"make": "yes"}}, GUESSED)
    assert [line(bill, key).make for key in ("clip", "cable")] == [Make.PURCHASE, Make.PURCHASE]
    assert open_about(bill, "make") == set()


def test_another_word_about_all_that_was_taken_for_bought_is_refused(make_design: MakeDesign) -> None:
    bill = reading(make_design, {"make or buy": {"make": "perhaps"}}, GUESSED)
    assert open_about(bill, "make") == {"make or buy"}
    assert "answer-refused" in {each.code for each in bill.findings}


def test_what_is_bought_is_asked_nothing_about_its_making(make_design: MakeDesign) -> None:
    assert any(each.item == "clip" and each.about == "files" for each in reading(make_design, {}).questions)
    assert not any(each.item == "clip" for each in reading(make_design, {"clip": {"make": "purchase"}}).questions)


def test_options_that_are_wanted_become_required(make_design: MakeDesign) -> None:
    bom = "Part,Qty,Category,Notes\nfoot,2,printed,\nlid,1,printed,optional\nbell,1,buy,optional\n"
    bill = reading(make_design, {"optional parts": {"status": "lid"}}, bom)
    assert (line(bill, "lid").status, line(bill, "bell").status) == (Status.REQUIRED, Status.OPTIONAL)


def test_the_answer_says_which_list_is_the_bill(make_design: MakeDesign) -> None:
    files = {"bom.csv": BOM, "other/bom.csv": "Part,Qty\nwheel,4\naxle,2\n"}
    document = {"answers": {"bill of materials": {"source": "other/bom.csv"}}}
    assert read_bill(make_design(files)).sources == ("bom.csv",)
    assert read_bill(make_design(files | {ANSWERS_NAME: yaml.safe_dump(document)})).sources == ("other/bom.csv",)


def test_questions_that_are_alike_are_answered_one_by_one(make_design: MakeDesign) -> None:
    bom = "Part,Qty,Category\n" + "".join(f"{name},,buy\n" for name in ("nut", "bolt", "ring", "cord", "clip"))
    design = make_design({"bom.csv": bom})
    assert [each.item for each in read_bill(design).questions] == ["amounts"]
    asked = read_bill(design, one_by_one=True).questions
    assert {(each.item, each.about) for each in asked} == {
        (name, "quantity") for name in ("nut", "bolt", "ring", "cord", "clip")
    }
    some = Answers(tuple(Answer(each.item, "quantity", "2") for each in asked[:3]))
    assert len(read_bill(design, some).questions) == 2
    every = Answers(tuple(Answer(each.item, "quantity", "2") for each in asked))
    assert read_bill(design, every).questions == ()


def test_answers_about_nothing_are_told(make_design: MakeDesign) -> None:
    (finding,) = reading(make_design, {"leg": {"quantity": "4"}}).findings
    assert (finding.code, finding.place) == ("answer-unused", "leg")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("answers: [", "not well formed"),
        ("fabcommons-answers: 7\nanswers: {}\n", "version 7"),
        ("answers: [a]\n", "mapping"),
        ("answers: {foot: 4}\n", "field"),
        ("answers: {foot: {quantity: {a: b}}}\n", "text"),
        ("answers: {foot: {notes: '" + "x" * 5000 + "'}}\n", "characters"),
        ("answers: &a {foot: *a}\n", "aliases"),
    ],
)
def test_a_broken_file_of_answers_is_a_finding(make_design: MakeDesign, text: str, words: str) -> None:
    bill = read_bill(make_design({"bom.csv": BOM, ANSWERS_NAME: text}))
    (finding,) = bill.findings
    assert finding.code == "answers-broken"
    assert words in finding.message
    assert len(bill.lines) == 3


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=12
)


@given(st.dictionaries(st.tuples(WORDS, WORDS), WORDS, max_size=6))
def test_answers_come_back_as_they_were_written(given_answers: dict[tuple[str, str], str]) -> None:
    answers = Answers(tuple(Answer(*key, text) for key, text in given_answers.items()), others={"note": "kept"})
    with pytest.MonkeyPatch.context() as patch:
        written: dict[str, str] = {}
        patch.setattr(Path, "write_text", lambda path, text, encoding: written.update(text=text))
        patch.setattr(Path, "replace", lambda path, target: target)
        write_answers(Path("a.yaml"), answers)
    back = parse_answers(written["text"])
    assert set(back.given) == set(answers.given)
    assert back.others == {"note": "kept"}


def test_a_newer_answer_takes_the_place_of_an_older_one() -> None:
    known = Answers((Answer("foot", "quantity", "3"), Answer("foot", "material", "PLA")))
    merged = with_answers(known, [Answer("foot", "quantity", "4")])
    assert {each.about: each.text for each in merged.given} == {"quantity": "4", "material": "PLA"}


ASKED = (
    Question("M3 x 10 = long", "How many?", about="quantity"),
    Question("foot", "How many?", about="quantity"),
    Question("foot", "Which file?", about="files"),
    Question("spares", "How many spares?"),
)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("M3 x 10 = long=4", Answer("M3 x 10 = long", "quantity", "4")),
        ("foot:files=a=b.stl", Answer("foot", "files", "a=b.stl")),
        ("spares = 2 of each", Answer("spares", "How many spares?", "2 of each")),
        ("lid:material=PLA", Answer("lid", "material", "PLA")),
    ],
)
def test_words_become_answers(words: str, answer: Answer) -> None:
    assert answer_to(words, ASKED, ["lid"]) == answer


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("foot", "ITEM=ANSWER"),
        ("foot=4", "2 questions"),
        ("lid=4", "no question is open"),
        ("wheel=4", "nothing of the bill"),
        ("spares=", "blank"),
        ("foot:colour=red", "nothing of the bill"),
    ],
)
def test_words_that_answer_nothing_are_refused(words: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        answer_to(words, ASKED, ["lid"])


def test_a_line_that_was_answered_alone_is_no_longer_asked_about_with_the_others(make_design: MakeDesign) -> None:
    files = {"bom.csv": "Part,Qty,Process\nFoot,4,FDM\nLid,1,FDM\nBase,1,FDM\n"}

    def asked(*given: Answer) -> list[str]:
        bill = read_bill(make_design(files), Answers(given))
        return [each.question for each in bill.questions if each.item == "material"]

    assert asked() == ["Which material are these made of: Foot, Lid, Base?"]
    assert asked(Answer("Foot", "material", "PLA")) == ["Which material are these made of: Lid, Base?"]
    assert asked(*(Answer(name, "material", "PLA") for name in ("Foot", "Lid", "Base"))) == []
