"""What a lab has and asks beside its machines: material at hand, people who are trained, who may use what."""

from __future__ import annotations

from dataclasses import dataclass

from core.trees import normal_form
from machines.lab import Lab, Machine
from machines.machine import Access
from machines.matching.answer import Change, ChangeKind, Reason, Verdict
from machines.matching.requirement import Requirement
from machines.matching.supply import supply_reason
from machines.matching.words import Work

__all__ = ["Terms", "Visitor"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who runs machines in person where the lab allows it.

    Attributes:
        member_of: ids of the labs that know this person as a member.
        trained: skills held.
    """

    member_of: frozenset[str] = frozenset()
    trained: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one lab.

    Attributes:
        lab: the lab.
        visitor: who would run its machines; None when the lab's own people do, who may use all of them.
    """

    lab: Lab
    visitor: Visitor | None = None

    def reasons(self, need: Requirement, machine: Machine, work: Work) -> list[Reason]:
        """What speaks for and against it, aspect by aspect."""
        found = [self._access(machine), self._training(machine), supply_reason(need, self.lab, work)]
        return [each for each in found if each is not None]

    def _access(self, machine: Machine) -> Reason | None:
        if self.visitor is None:
            return None
        access, member = machine.access or self.lab.access, self.lab.id in self.visitor.member_of
        ask = Change(ChangeKind.ASK, f"have {self.lab.id} run it")
        if access is None:
            text = f"{self.lab.id} does not say who may use {machine.id}"
            return Reason("access", Verdict.UNKNOWN, text, ask)
        if access is Access.OPERATORS:
            return Reason("access", Verdict.NO, f"only people of {self.lab.id} may run {machine.id}", ask)
        if access is Access.MEMBERS and not member:
            change = Change(ChangeKind.ASK, f"become a member of {self.lab.id}, or have it run there")
            return Reason("access", Verdict.NO, f"only members of {self.lab.id} may run {machine.id}", change)
        who = "everybody" if access is Access.PUBLIC else "members"
        return Reason("access", Verdict.YES, f"{who} may run {machine.id}")

    def _training(self, machine: Machine) -> Reason | None:
        skill = machine.training
        if skill is None:
            return None
        if self.visitor is not None:
            return _own_training(self.visitor, machine, skill)
        if not self.lab.people:
            text = f"{machine.id} demands training, and {self.lab.id} does not list who holds it: {skill}"
            return Reason("training", Verdict.UNKNOWN, text)
        count = len(self.lab.operators(machine))
        if count:
            people = "1 person is" if count == 1 else f"{count} people are"
            return Reason("training", Verdict.YES, f"{people} trained for {machine.id}: {skill}")
        text = f"{machine.id} demands training that nobody listed in {self.lab.id} holds: {skill}"
        return Reason("training", Verdict.NO, text, Change(ChangeKind.ASK, f"somebody trained runs it: {skill}"))


def _own_training(visitor: Visitor, machine: Machine, skill: str) -> Reason:
    if normal_form(skill) in {normal_form(each) for each in visitor.trained}:
        return Reason("training", Verdict.YES, f"trained for {skill}")
    change = Change(ChangeKind.ASK, f"somebody trained runs it: {skill}")
    return Reason("training", Verdict.NO, f"{machine.id} demands training: {skill}", change)
