"""Proposals are decided by their rule, in their time, whatever the order in which members spoke."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.decisions import Outcome, Proposal, Rule, Voice, Word, decide, may_speak
from core.errors import InputError, StateError

NOW = datetime(2030, 1, 7, tzinfo=UTC)
END = NOW + timedelta(days=7)
MEMBERS = ("ada", "ben", "cem", "dee")


def proposal(rule: Rule = Rule.CONSENT, quorum: int = 0) -> Proposal:
    return Proposal("p1", "The limit becomes 500", rule, NOW, END, quorum)


def voice(who: str, word: Word, hours: float = 1, why: str = "because") -> Voice:
    return Voice(who, NOW + timedelta(hours=hours), word, why)


@pytest.mark.parametrize(
    ("rule", "quorum", "words", "outcome"),
    [
        (Rule.CONSENT, 0, {}, Outcome.PASSED),
        (Rule.CONSENT, 0, {"ada": Word.YES, "ben": Word.ASIDE}, Outcome.PASSED),
        (Rule.CONSENT, 0, {"ada": Word.YES, "ben": Word.NO}, Outcome.REFUSED),
        (Rule.CONSENT, 50, {"ada": Word.YES}, Outcome.LAPSED),
        (Rule.CONSENT, 50, {"ada": Word.YES, "ben": Word.ASIDE}, Outcome.PASSED),
        (Rule.MAJORITY, 0, {}, Outcome.LAPSED),
        (Rule.MAJORITY, 0, {"ada": Word.YES, "ben": Word.NO, "cem": Word.YES}, Outcome.PASSED),
        (Rule.MAJORITY, 0, {"ada": Word.YES, "ben": Word.NO}, Outcome.REFUSED),
        (Rule.MAJORITY, 75, {"ada": Word.YES, "ben": Word.YES}, Outcome.LAPSED),
    ],
)
def test_the_rule_decides(rule: Rule, quorum: int, words: dict[str, Word], outcome: Outcome) -> None:
    said = [voice(who, word) for who, word in words.items()]
    assert decide(proposal(rule, quorum), said, MEMBERS, END) is outcome
    assert decide(proposal(rule, quorum), said, MEMBERS, END - timedelta(seconds=1)) is Outcome.OPEN


def test_the_newest_word_of_a_member_counts() -> None:
    said = [voice("ada", Word.NO, 1), voice("ada", Word.YES, 2)]
    assert decide(proposal(), said, MEMBERS, END) is Outcome.PASSED


VOICES = st.lists(st.builds(voice, st.sampled_from(MEMBERS), st.sampled_from(Word), st.integers(0, 5)), max_size=10)


@given(VOICES, st.sampled_from(Rule), st.randoms())
def test_the_order_of_voices_does_not_matter(said: list[Voice], rule: Rule, random: Any) -> None:
    shuffled = list(said)
    random.shuffle(shuffled)
    assert decide(proposal(rule), said, MEMBERS, END) is decide(proposal(rule), shuffled, MEMBERS, END)


def test_who_may_not_speak_is_told_why() -> None:
    with pytest.raises(InputError, match="no member"):
        may_speak(proposal(), voice("eve", Word.YES), MEMBERS)
    with pytest.raises(InputError, match="gives its reason"):
        may_speak(proposal(), voice("ada", Word.NO, why=" "), MEMBERS)
    for hours in (-1, 24 * 7):
        with pytest.raises(StateError, match="not open"):
            may_speak(proposal(), voice("ada", Word.YES, hours), MEMBERS)
    may_speak(proposal(Rule.MAJORITY), voice("ada", Word.NO, why=""), MEMBERS)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"what": " "}, "says what"), ({"closes": NOW}, "closes after"), ({"quorum_percent": 101}, "0 to 100")],
)
def test_a_proposal_that_is_none_is_refused(changed: dict[str, Any], said: str) -> None:
    good = {"id": "p1", "what": "x", "rule": Rule.CONSENT, "opened": NOW, "closes": END}
    with pytest.raises(ValueError, match=said):
        Proposal(**{**good, **changed})
