"""Proposals that members decide: by consent or by majority, within a time, on the record.

By consent a proposal passes unless somebody objects with a reason; by majority it passes with more for it than against
it, if enough took part. What was decided stays; a change of mind is a new proposal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.errors import InputError, StateError

__all__ = ["Outcome", "Proposal", "Rule", "Voice", "Word", "decide", "may_speak"]


class Rule(StrEnum):
    """How a proposal is decided."""

    CONSENT = "consent"
    MAJORITY = "majority"


class Word(StrEnum):
    """What a member says to it."""

    YES = "yes"
    NO = "no"  # by consent this is an objection, and gives its reason
    ASIDE = "aside"  # neither: counted as taking part


class Outcome(StrEnum):
    """What became of it."""

    OPEN = "open"
    PASSED = "passed"
    REFUSED = "refused"
    LAPSED = "lapsed"  # too few took part


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something to be decided.

    Attributes:
        id: never used for another.
        what: is proposed: one sentence.
        rule: how it is decided.
        opened: when.
        closes: when; nobody speaks after it.
        quorum_percent: of the members that must take part, 0 to 100.
    """

    id: str
    what: str
    rule: Rule
    opened: datetime
    closes: datetime
    quorum_percent: int = 0

    def __post_init__(self) -> None:
        if not self.what.strip():
            raise ValueError("a proposal says what is proposed")
        if self.closes <= self.opened:
            raise ValueError("a proposal closes after it opens")
        if not 0 <= self.quorum_percent <= 100:
            raise ValueError("a quorum is 0 to 100 percent")


@dataclass(frozen=True, slots=True)
class Voice:
    """What a member said. Said again, the newest counts.

    Attributes:
        who: a member.
        at: when.
        word: yes, no or aside.
        why: the reason; an objection has one.
    """

    who: str
    at: datetime
    word: Word
    why: str = ""


def may_speak(proposal: Proposal, voice: Voice, members: Collection[str]) -> None:
    """Refuse what does not count.

    Raises:
        InputError: who speaks is no member, or objects without a reason.
        StateError: it is too early or too late.
    """
    where = f"proposal {proposal.id}"
    if voice.who not in members:
        raise InputError(f"{voice.who} is no member here", where=where)
    if not proposal.opened <= voice.at < proposal.closes:
        raise StateError("it is not open at that time", where=where, hint=f"until {proposal.closes:%Y-%m-%d %H:%M %Z}")
    if proposal.rule is Rule.CONSENT and voice.word is Word.NO and not voice.why.strip():
        raise InputError("an objection gives its reason", where=where, hint="so that the proposal can be made better")


def decide(proposal: Proposal, voices: Sequence[Voice], members: Collection[str], now: datetime) -> Outcome:
    """What becomes of a proposal.

    Args:
        proposal: that is decided.
        voices: everything said, each checked by `may_speak`, in any order.
        members: when it closes.
        now: at what moment this is asked.
    """
    counted = _last_words(voices)
    if now < proposal.closes:
        return Outcome.OPEN
    if 100 * len(counted) < proposal.quorum_percent * len(set(members)):
        return Outcome.LAPSED
    count = Counter(counted.values())
    if proposal.rule is Rule.CONSENT:
        return Outcome.REFUSED if count[Word.NO] else Outcome.PASSED
    if not count[Word.YES] and not count[Word.NO]:
        return Outcome.LAPSED
    return Outcome.PASSED if count[Word.YES] > count[Word.NO] else Outcome.REFUSED


def _last_words(voices: Sequence[Voice]) -> Mapping[str, Word]:
    """By member; of two at one moment the later letter, so that any order gives the same."""
    ordered = sorted(voices, key=lambda voice: (voice.at, voice.word, voice.why))
    return {voice.who: voice.word for voice in ordered}
