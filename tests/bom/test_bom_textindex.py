"""Many short texts searched at once: the answers are those of looking at each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bom.textindex import TextIndex

_TEXTS = st.lists(st.text("ab", max_size=8), max_size=12)
_ONE = st.text("ab", max_size=10)


def test_each_question_has_its_answer() -> None:
    index = TextIndex(["sidebracketleft", "sidepanel", "bracket", "side", "sidepanel"])
    assert list(index.beginning_with("side")) == ["sidebracketleft", "sidepanel", "side"]
    assert list(index.holding("bracket")) == ["sidebracketleft", "bracket"]
    assert list(index.starts_of("sidepanels")) == ["side", "sidepanel"]
    assert list(index.within("thebracketandside")) == ["side", "bracket"]


def test_what_is_too_short_neither_counts_nor_asks() -> None:
    index = TextIndex(["", "foot", "footrest"], 6)
    assert list(index.within("myfootrest")) == ["footrest"]
    assert list(index.holding("rest")) == list(index.beginning_with("foot")) == []


@given(_TEXTS, _ONE, st.integers(1, 3))
def test_the_search_says_what_looking_at_each_text_says(texts: list[str], one: str, least: int) -> None:
    index = TextIndex(texts, least)
    long = [text for text in dict.fromkeys(texts) if len(text) >= least]
    asked = long if len(one) >= least else []
    assert list(index.beginning_with(one)) == [text for text in asked if text.startswith(one)]
    assert list(index.holding(one)) == [text for text in asked if one in text]
    assert set(index.starts_of(one)) == {text for text in long if one.startswith(text)}
    assert set(index.within(one)) == {text for text in long if text in one}
