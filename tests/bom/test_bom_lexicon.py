"""A text reduced to known words answers as the text itself would."""

import re
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.bill import Bill
from bom.lexicon import known_words, terms
from bom.words import Phrases, phrases
from core.trees import normal_form

KEYS = ("bought_nouns", "mass_nouns", "tool_words", "bill_titles", "package_words")
SPELLED = sorted(word for word, known in known_words().items() if word == known)  # "iman" is found as "imán"
WORDS = st.sampled_from(SPELLED) | st.text("ab0 _-.äß²", max_size=4)
TEXTS = st.lists(WORDS, max_size=8).map(" ".join)


@given(TEXTS, st.sampled_from(KEYS))
def test_phrases_are_found_as_in_the_whole_text(text: str, key: str) -> None:
    spelled = sorted({normal_form(each) for each in phrases(key)._forms}, key=len, reverse=True)
    pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, spelled))})(?:s|es)?(?!\w)"
    found = re.findall(pattern, normal_form(text))
    assert phrases(key).find(text) == (found[0] if found else None)
    assert phrases(key).last(text) == (found[-1] if found else None)


@given(TEXTS)
def test_terms_of_terms_are_the_same(text: str) -> None:
    assert terms(terms(text)) == terms(text)


def test_names_that_differ_in_nothing_known_have_the_same_terms() -> None:
    assert terms("Screw zq-17 (left)") == terms("screw_ZQ 18, LEFT")
    assert terms("zq 17") == ""


def test_phrases_of_unknown_words_are_refused() -> None:
    with pytest.raises(ValueError, match="zqzq"):
        Phrases(["zqzq wheel"])


def test_numbers_far_apart_and_odd_digits_ask_for_no_missing_lines(
    read: Callable[[Mapping[str, str | bytes]], Bill],
) -> None:
    numbers = ["1", "90000000000", "180000000000", "270000000000", "360000000000", "\u00b2", "9" * 5000]
    rows = "".join(f"Leg {at},4,{number},{number}\n" for at, number in enumerate(numbers))
    bill = read({"bom.csv": f"Part,Qty,Item number,Pack size\n{rows}"})
    assert len(bill.lines) == len(numbers)
    assert not any("missing from the numbering" in each.question for each in bill.questions)
