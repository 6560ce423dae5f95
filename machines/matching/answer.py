"""What matching says: verdicts, their reasons, and the change that would make a yes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Change", "ChangeKind", "Match", "Reason", "Verdict", "worst"]


class Verdict(StrEnum):
    """An answer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ChangeKind(StrEnum):
    """What would have to change; the nearest first."""

    TURN = "turn"  # the part is turned
    TOOL = "tool"  # another nozzle or tool
    MATERIAL = "material"  # another material that the design allows
    PROCESS = "process"  # a substitute for the process
    ASK = "ask"  # somebody answers a question
    SUPPLY = "supply"  # material is bought or brought
    ELSEWHERE = "elsewhere"  # another machine
    SPLIT = "split"  # the part is cut and joined

    @property
    def order(self) -> int:
        """How near it is; 0 is the nearest."""
        return list(ChangeKind).index(self)


@dataclass(frozen=True, slots=True)
class Change:
    """A change, in one clause."""

    kind: ChangeKind
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One aspect of an answer.

    Attributes:
        aspect: process, material, thickness, size, axes, feature, tolerance, certificates, training, access, stock or
            quantity.
        verdict: on this aspect.
        text: a clause that names the binding numbers.
        change: of a yes: what has to be done for it; of a no: what would make it a yes; or None.
        weighs: whether the verdict on the whole rests on it; what does not weigh is told and asked about all the same.
    """

    aspect: str
    verdict: Verdict
    text: str
    change: Change | None = None
    weighs: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """The answer for one requirement and one machine.

    Attributes:
        machine: its id.
        reasons: the first is that of the process.
        instead: the material, of those that the design allows, for which this is the answer; None for the wanted one.
    """

    machine: str
    reasons: tuple[Reason, ...]
    instead: str | None = None

    @property
    def verdict(self) -> Verdict:
        """No if any aspect says no, else unknown if any is unknown, else yes."""
        return worst(reason.verdict for reason in self.reasons if reason.weighs)

    @property
    def text(self) -> str:
        """The sentences of the aspects that decide."""
        return "; ".join(reason.text for reason in self._deciding)

    @property
    def _deciding(self) -> list[Reason]:
        return [reason for reason in self.reasons if reason.weighs and reason.verdict is self.verdict]

    @property
    def changes(self) -> tuple[Change, ...]:
        """Of a yes: what has to be done for it. Else: what would make it a yes, if all that is against it can change.

        What is unknown asks the lab; the nearest kind of change comes first.
        """
        verdict = self.verdict
        deciding = self._deciding
        found = [reason.change for reason in deciding if reason.change is not None]
        if verdict is Verdict.NO and len(found) < len(deciding):
            return ()
        if verdict is Verdict.UNKNOWN:  # what the sure part of the answer rests on has to be done as well
            found += [each.change for each in self.reasons if each.verdict is Verdict.YES and each.change is not None]
            asked = [
                reason.aspect
                for reason in deciding
                if reason.change is None or reason.change.kind.order > ChangeKind.SUPPLY.order
            ]
            found += [Change(ChangeKind.ASK, f"ask the lab about the {' and the '.join(asked)}")] if asked else []
        if verdict is not Verdict.NO:
            found += [each.change for each in self.reasons if not each.weighs and each.change is not None]
        return tuple(sorted(dict.fromkeys(found), key=lambda each: each.kind.order))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """No if there is one, else unknown if there is one, else yes."""
    found = set(verdicts)
    return next((each for each in (Verdict.NO, Verdict.UNKNOWN) if each in found), Verdict.YES)
