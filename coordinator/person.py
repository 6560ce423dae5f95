"""The people that the work needs: who answers offers, works with hands, clears beds and rules on doubtful jobs."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import Protocol

import typer

from coordinator.pace import Pace
from coordinator.tables import JobState
from machines.lab import Machine, Policy
from machines.matching import Verdict

__all__ = ["Answer", "AtTerminal", "Person", "StandIn"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person or a policy says, and why."""

    yes: bool
    who: str
    why: str


class Person(Protocol):
    """Whoever stands in the lab."""

    def answer_offer(self, work: str, policy: Policy, verdict: Verdict, terms: str) -> Answer | None:
        """Whether the lab takes the work.

        Args:
            work: what, on which machine, when.
            policy: of the lab.
            verdict: whether the machine surely can.
            terms: the reasons of the verdict.

        Returns:
            The answer, or None when nobody answers now.
        """
        ...

    async def clear_to_start(self, job_id: str, machine: Machine) -> bool:
        """Whether the machine is clear and may start the job."""
        ...

    async def work(self, job_id: str, machine: Machine, duration_s: float) -> bool:
        """Do a job by hand; returns when it is done, or False when nobody did it."""
        ...

    def rule(self, job_id: str, machine: str, cause: str) -> tuple[JobState, Answer] | None:
        """Judge a job that failed or lost contact: made, or scrapped and to be made again; None when nobody judges."""
        ...


def by_policy(policy: Policy, verdict: Verdict) -> Answer | None:
    """The answer that a lab's policy gives without a person, or None."""
    if policy is Policy.AUTOMATICALLY and verdict is Verdict.YES:
        return Answer(True, "policy", "the lab accepts automatically what its machine can surely do")
    return None


class StandIn:
    """Plays every person where machines are virtual, and says so in the event log."""

    name = "stand-in"

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def answer_offer(self, work: str, policy: Policy, verdict: Verdict, terms: str) -> Answer | None:
        """By the lab's policy where that decides; the stand-in takes the rest."""
        decided = by_policy(policy, verdict)
        if decided is not None:
            return decided
        if verdict is Verdict.UNKNOWN:
            return Answer(True, self.name, f"{work} taken on trust in place of the lab's person: {terms}")
        return Answer(True, self.name, f"the lab asks; {work} accepted in place of its person")

    async def clear_to_start(self, job_id: str, machine: Machine) -> bool:  # noqa: ARG002 (the protocol names it)
        """A virtual machine is always clear; a real one is none of the stand-in's business."""
        return machine.connection.virtual

    async def work(self, job_id: str, machine: Machine, duration_s: float) -> bool:  # noqa: ARG002 (the protocol names them)
        """Let the time pass that the work was planned to take."""
        await self._pace.work(duration_s)
        return True

    def rule(self, job_id: str, machine: str, cause: str) -> tuple[JobState, Answer] | None:
        """What is in doubt is scrapped and made again."""
        why = f"what {machine} left of {job_id} is not to be trusted ({cause}): thrown away, to be made again"
        return JobState.SCRAPPED, Answer(False, self.name, why)


class AtTerminal:
    """Asks the person at the terminal; without one, what needs a person waits."""

    name = "operator at the terminal"

    def answer_offer(self, work: str, policy: Policy, verdict: Verdict, terms: str) -> Answer | None:
        """By the lab's policy, else by asking."""
        decided = by_policy(policy, verdict)
        if decided is not None or not _attended():
            return decided
        taken = typer.confirm(f"Take {work}? ({terms})")
        return Answer(taken, self.name, "said at the terminal")

    async def clear_to_start(self, job_id: str, machine: Machine) -> bool:
        """Ask whether a real machine is clear."""
        question = f"{machine.name} ({machine.id}): is it clear, loaded and watched, and may {job_id} start?"
        return machine.connection.virtual or await _confirmed(question)

    async def work(self, job_id: str, machine: Machine, duration_s: float) -> bool:
        """Ask whether the work is done."""
        return await _confirmed(f"{machine.name}: is {job_id} done (planned {duration_s / 60:.0f} min)?")

    def rule(self, job_id: str, machine: str, cause: str) -> tuple[JobState, Answer] | None:
        """Ask what became of the pieces."""
        if not _attended():
            return None
        made = typer.confirm(f"{machine} and {job_id}: {cause}. Look at the pieces: are they good?")
        return JobState.MADE if made else JobState.SCRAPPED, Answer(made, self.name, "said at the terminal")


def _attended() -> bool:
    return sys.stdin.isatty()


async def _confirmed(question: str) -> bool:
    return _attended() and await asyncio.to_thread(typer.confirm, question)
