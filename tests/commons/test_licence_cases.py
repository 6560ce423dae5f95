"""What is answered where nobody has said who makes it or what for; sentences in other languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.licences.advice import Answer, advise, sayings
from commons.licences.parties import Maker, Making, Purpose
from commons.licences.table import licences
from commons.licences.wording import FRAMES, sentence

UNKNOWN = Making(None, None)
KNOWN = frozenset(sayings())
_LICENCES = st.sampled_from([*licences(), "PPL OR LicenseRef-x", "CC-BY-NC-4.0 AND MIT", "LicenseRef-x", None])
_MAKERS = st.sampled_from([None, *Maker])
_PURPOSES = st.sampled_from([None, *Purpose])


@pytest.mark.parametrize("licence", ["CERN-OHL-S-2.0", "MIT", "CC0-1.0", "CC-BY-SA-4.0", "GPL-3.0-only"])
def test_what_is_free_for_all_asks_nobody_who_they_are(licence: str) -> None:
    advice = advise(licence, UNKNOWN)
    assert advice.is_free
    assert advice.unsaid == ()


@pytest.mark.parametrize(
    ("licence", "making", "answer", "unsaid"),
    [
        ("PPL", UNKNOWN, Answer.ASK, ("what kind of maker", "what it is made for")),
        ("PPL", Making(None, Purpose.SALE), Answer.ASK, ("what kind of maker",)),
        ("PPL", Making(Maker.COMPANY, None), Answer.ASK, ()),
        ("PPL", Making(Maker.COOPERATIVE, None), Answer.WITH_DUTIES, ()),
        ("PPL", Making(Maker.PERSON, None), Answer.ASK, ("what it is made for",)),
        ("CC-BY-NC-4.0", Making(None, Purpose.SALE), Answer.STOP, ()),
        ("CC-BY-NC-4.0", Making(Maker.SCHOOL, None), Answer.ASK, ("what it is made for",)),
        (None, UNKNOWN, Answer.ASK, ()),
    ],
)
def test_what_nobody_has_said_is_asked_for_where_it_counts(
    licence: str | None, making: Making, answer: Answer, unsaid: tuple[str, ...]
) -> None:
    advice = advise(licence, making)
    assert advice.answer is answer
    assert len(advice.unsaid) == len(unsaid)
    assert all(word in advice.sentence for word in unsaid)


@given(_LICENCES, _MAKERS, _PURPOSES, st.booleans())
def test_who_says_less_is_never_answered_better(
    licence: str | None, maker: Maker | None, purpose: Purpose | None, changed: bool
) -> None:
    """A yes without all facts is a yes in every case; a no without them is a no in every case."""
    making = Making(maker, purpose, changed)
    advice, answers = advise(licence, making), [advise(licence, each).answer for each in making.cases()]
    assert advice.is_free == all(each < Answer.ASK for each in answers)
    assert (advice.answer is Answer.STOP) == all(each is Answer.STOP for each in answers)


def test_whoever_makes_it_for_another_gives_it_on() -> None:
    own, ordered = (Making(Maker.SCHOOL, Purpose.OWN_USE, ordered=each) for each in (False, True))
    assert not any(each.clause == "4" for each in advise("CERN-OHL-S-2.0", own).duties)
    found = advise("CERN-OHL-S-2.0", ordered)
    assert any(each.clause == "4" for each in found.duties)
    assert "the own use of who ordered it" in found.sentence


def test_only_what_hinders_is_a_reason() -> None:
    reasons = advise("CC-BY-NC-4.0 AND MIT", Making(Maker.COMPANY, Purpose.SALE)).reasons
    assert {each.licence for each in reasons} == {"CC-BY-NC-4.0"}


@given(_LICENCES, _MAKERS, _PURPOSES)
def test_a_sentence_is_made_of_texts_that_can_be_translated(
    licence: str | None, maker: Maker | None, purpose: Purpose | None
) -> None:
    asked: list[str] = []

    def translate(text: str) -> str:
        asked.append(text)
        return text.upper() if text not in FRAMES else text

    said = sentence(advise(licence, Making(maker, purpose, ordered=True)), translate)
    assert set(asked) <= KNOWN
    assert said.endswith(".")
