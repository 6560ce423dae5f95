"""What labs answer to an offer, by their policy where that suffices."""

from __future__ import annotations

from dataclasses import dataclass

from machines.lab import Policy
from machines.matching import Verdict

__all__ = ["Answer", "by_policy"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person or a policy says, and why."""

    yes: bool
    who: str
    why: str


def by_policy(policy: Policy, verdict: Verdict) -> Answer | None:
    """The answer that a lab's policy gives without a person, or None."""
    if policy is Policy.AUTOMATICALLY and verdict is Verdict.YES:
        return Answer(True, "policy", "the lab accepts automatically what its machine can surely do")
    return None
