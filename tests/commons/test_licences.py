"""Licences: every question with the clause that answers it; the table; wholes with parts; notices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from commons.licences.advice import Answer, advise
from commons.licences.expressions import identifiers
from commons.licences.mixture import clashes
from commons.licences.notices import notices
from commons.licences.parties import Maker, Making, Purpose
from commons.licences.table import Duty, Kind, find_licence, licences

QUESTIONS = yaml.safe_load(Path(__file__).with_name("licence_questions.yaml").read_text())
MAKINGS = [Making(maker, purpose, changed) for maker in Maker for purpose in Purpose for changed in (False, True)]

NOTHING = "\N{EN DASH}"  # what a cell without a clause says


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: " ".join(str(each) for each in asked[:4]))
def test_a_question_is_answered_by_its_clause(asked: list[Any]) -> None:
    expression, maker, purpose, changed, answer, clause, word = asked
    advice = advise(expression, Making(Maker(maker), Purpose(purpose), changed))
    assert advice.answer is Answer[answer.upper().replace(" ", "_")], advice.sentence
    rests_on = [*advice.reasons, *advice.duties]
    assert not word or any(each.clause == clause and word in each.says for each in rests_on), rests_on


def test_there_are_enough_questions_and_each_once() -> None:
    cases = [tuple(each[:4]) for each in QUESTIONS]
    assert len(cases) == len(set(cases)) >= 40


@pytest.mark.parametrize("identifier", licences())
def test_every_licence_answers_every_case_in_a_sentence(identifier: str) -> None:
    for making in MAKINGS:
        advice = advise(identifier, making)
        assert advice.sentence.endswith(".")
        assert str(making.maker) in advice.sentence
        assert advice.answer <= Answer.WITH_DUTIES or not advice.duties
        assert all(each.clause for each in (*advice.reasons, *advice.duties))


@pytest.mark.parametrize("identifier", licences())
def test_the_kind_says_what_the_terms_say(identifier: str) -> None:
    licence = licences()[identifier]
    limits = [duty for duty in (Duty.NON_COMMERCIAL, Duty.NO_CHANGES, Duty.PEERS_ONLY) if licence.asks(duty)]
    assert bool(limits) == (licence.kind is Kind.RESTRICTED)
    assert (licence.asks(Duty.SAME_LICENCE) is None) or licence.kind is not Kind.PERMISSIVE


def test_versions_or_later_ask_what_the_version_asks() -> None:
    assert find_licence("GPL-3.0-or-later") is find_licence("GPL-3.0-only") is find_licence("GPL-3.0+")
    assert find_licence("GPL-4.0") is None


_NAMES = st.sampled_from([*licences(), "LicenseRef-x"])
_EXPRESSIONS = st.recursive(
    _NAMES, lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner), max_leaves=6
)


@given(_EXPRESSIONS, _EXPRESSIONS, st.sampled_from(MAKINGS))
def test_a_choice_is_never_worse_and_both_never_better(one: str, other: str, making: Making) -> None:
    answers = [advise(each, making).answer for each in (one, other)]
    assert advise(f"{one} OR {other}", making).answer is min(answers)
    assert advise(f"{one} AND {other}", making).answer is max(answers)


@given(_EXPRESSIONS)
def test_identifiers_are_all_found(expression: str) -> None:
    found = list(identifiers(expression))
    assert found
    assert all(each in licences() or each == "LicenseRef-x" for each in found)


@given(st.text(max_size=60))
def test_any_text_gets_an_answer(text: str) -> None:
    assert advise(text, Making(Maker.PERSON, Purpose.SALE)).sentence


@pytest.mark.parametrize(
    ("whole", "part", "joined", "clause"),
    [
        ("CERN-OHL-S-2.0", "CC-BY-NC-4.0", False, "CERN-OHL-S-2.0, 3.3(d)"),
        ("CERN-OHL-S-2.0", "PPL", False, "CERN-OHL-S-2.0, 3.3(d)"),
        ("CERN-OHL-S-2.0", None, False, ""),
        ("GPL-2.0-only", "CC-BY-SA-4.0", True, "CC-BY-SA-4.0, 3(b)(1)"),
        ("GPL-3.0-only", "GPL-2.0-only", True, "GPL-2.0-only, 2(b)"),
        ("MIT", "CC-BY-ND-4.0", True, "CC-BY-ND-4.0, 2(a)(1)(B)"),
        ("MIT", "CC-BY-NC-4.0", True, "CC-BY-NC-4.0, 2(a)(1)"),
        ("CERN-OHL-S-2.0", "CERN-OHL-1.2 AND CC-BY-NC-4.0", False, "CERN-OHL-S-2.0, 3.3(d)"),
    ],
)
def test_what_does_not_go_together(whole: str, part: str | None, joined: bool, clause: str) -> None:
    (clash,) = clashes(whole, {"foot": part}, joined=joined)
    assert (clash.part, clash.clause) == ("foot", clause)


@pytest.mark.parametrize(
    ("whole", "part", "joined"),
    [
        ("CERN-OHL-S-2.0", "MIT", True),
        ("CERN-OHL-S-2.0", "CERN-OHL-1.2", True),
        ("CERN-OHL-S-2.0", "CERN-OHL-P-2.0", True),
        ("GPL-3.0-or-later", "CC-BY-SA-4.0", True),
        ("GPL-3.0-or-later", "GPL-2.0-or-later", True),
        ("MIT", "CC-BY-SA-4.0", False),
        ("CC-BY-SA-4.0 OR MIT", "CC-BY-SA-4.0", True),
        ("CERN-OHL-S-2.0", "CC-BY-NC-4.0 OR CERN-OHL-P-2.0", False),
        ("MIT", "LicenseRef-OurOwn", False),
    ],
)
def test_what_goes_together(whole: str, part: str, joined: bool) -> None:
    assert clashes(whole, {"foot": part}, joined=joined) == []


def test_a_label_carries_what_is_asked() -> None:
    found = notices("CERN-OHL-S-2.0", "https://example.org/rover")
    assert found.lines == ("Licence: CERN-OHL-S-2.0", "Source: https://example.org/rover")
    assert "CERN-OHL-S-2.0, 4" in found.asked_by
    assert notices("CC0-1.0", "x").asked_by == ()
    assert notices(None, "x").lines[0] == "Licence: none stated: all rights reserved, ask the designer"


def test_the_document_has_every_question() -> None:
    lines = (Path(__file__).parents[2] / "docs/licences.md").read_text().splitlines()
    for expression, maker, purpose, changed, answer, clause, _ in QUESTIONS:
        licence = f"`{expression}`" if expression else "none stated"
        row = f"| {licence} | {maker} | {purpose} | {'yes' if changed else 'no'} | {answer} | {clause or NOTHING} |"
        assert row in lines


def test_the_document_says_what_the_table_says() -> None:
    document, _, _ = (Path(__file__).parents[2] / "docs/licences.md").read_text().partition("## Questions")
    for licence in licences().values():
        (row,) = [line for line in document.splitlines() if line.startswith(f"| `{licence.ids[0]}`")]
        assert all(f"`{each}`" in row for each in licence.ids)
        assert all(f"{term.says} ({term.clause})" in row for term in licence.terms)
