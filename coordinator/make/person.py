"""The people that the work needs: who answers offers, clears machines, works with hands and rules on doubtful jobs."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import Protocol

import typer

from coordinator.answers import Answer, by_policy
from coordinator.make.pace import Pace
from coordinator.schema.builds import JobState
from machines.lab import Driver, Machine, Policy
from machines.matching import Verdict

__all__ = ["AtTerminal", "Person", "Ruling", "StandIn"]

_LOOK_S = 600.0


@dataclass(frozen=True, slots=True)
class Ruling:
    """What became of a doubtful job's pieces: made, or scrapped and to be made again."""

    verdict: JobState
    who: str
    why: str


class Person(Protocol):
    """Whoever stands in the labs. Every method may take as long as people do."""

    name: str
    patience_s: float  # how long a start waits for a command from elsewhere when nobody answers here

    async def answer_offer(self, work: str, policy: Policy, verdict: Verdict, terms: str) -> Answer | None:
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

    async def may_start(self, work: str, machine: Machine) -> bool:
        """Whether the machine is clear and loaded, or the hands are free, and the job may start."""
        ...

    async def first_layer(self, work: str, machine: Machine) -> bool | None:
        """Whether the first layer is good; None when nobody answers now."""
        ...

    def remind(self, text: str) -> None:
        """Tell whoever watches what is waited for."""
        ...

    async def work(self, work: str, machine: Machine, duration_s: float) -> bool:
        """Do a job by hand; True when it is done, False when nobody says so."""
        ...

    async def take_off(self, machine: Machine) -> None:
        """Take the pieces off a machine; returns when it is free."""
        ...

    async def arrived(self, what: str) -> bool:
        """Whether a purchase is there."""
        ...

    async def check(self, work: str) -> Answer | None:
        """Whether the pieces of a first article are good, so that the rest may be made; None when nobody looks now."""
        ...

    async def rule(self, work: str, machine: str, cause: str) -> Ruling | None:
        """Judge a job that failed or lost contact; None when nobody judges now."""
        ...


class StandIn:
    """Plays every person where the machines are virtual; the event log and the report name it."""

    name = "stand-in"
    patience_s = 0.0

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    async def answer_offer(self, work: str, policy: Policy, verdict: Verdict, terms: str) -> Answer | None:
        """By the lab's policy where that decides; the stand-in takes the rest."""
        decided = by_policy(policy, verdict)
        if decided is not None:
            return decided
        if verdict is Verdict.UNKNOWN:
            return Answer(True, self.name, f"{work} taken on trust in place of the lab's person: {terms}")
        return Answer(True, self.name, f"the lab asks; {work} accepted in place of its person")

    async def may_start(self, work: str, machine: Machine) -> bool:  # noqa: ARG002 (the protocol names it)
        """Set a virtual machine or a bench up; a real machine is none of the stand-in's business."""
        await self._pace.work(60 * machine.set_up_min)
        return machine.connection.virtual or machine.connection.port is None

    async def first_layer(self, work: str, machine: Machine) -> bool | None:  # noqa: ARG002 (the protocol names them)
        """A virtual first layer always sticks."""
        return True

    def remind(self, text: str) -> None:
        """Nobody needs to be told."""

    async def work(self, work: str, machine: Machine, duration_s: float) -> bool:  # noqa: ARG002 (the protocol names them)
        """Let the time pass that the work was planned to take."""
        await self._pace.work(duration_s)
        return True

    async def take_off(self, machine: Machine) -> None:
        """Let the time pass that the lab's profile states."""
        await self._pace.work(60 * machine.take_off_min)

    async def arrived(self, what: str) -> bool:  # noqa: ARG002 (the protocol names it)
        """What was ordered comes when it was expected."""
        return True

    async def check(self, work: str) -> Answer | None:
        """What came to a good end is good; the time passes that a look takes."""
        await self._pace.work(_LOOK_S)
        return Answer(True, self.name, f"{work} looked at in place of a peer")

    async def rule(self, work: str, machine: str, cause: str) -> Ruling | None:
        """What is in doubt is scrapped and made again."""
        why = f"what {machine} left of {work} is not to be trusted ({cause}): thrown away, to be made again"
        return Ruling(JobState.SCRAPPED, self.name, why)


class AtTerminal:
    """Asks the person at the terminal, one question at a time; without one, what needs a person waits."""

    name = "operator at the terminal"

    def __init__(self, patience_s: float = 0.0) -> None:
        """Args: patience_s: how long a start waits for `fabcommons machine arm` or `confirm`."""
        self.patience_s = patience_s
        self._turn = asyncio.Lock()

    async def answer_offer(self, work: str, policy: Policy, verdict: Verdict, terms: str) -> Answer | None:
        """By the lab's policy, else by asking."""
        decided = by_policy(policy, verdict)
        if decided is not None:
            return decided
        taken = await self._ask(f"Take {work}? ({terms})")
        return None if taken is None else Answer(taken, self.name, "said at the terminal")

    async def may_start(self, work: str, machine: Machine) -> bool:
        """Ask whether a real machine is clear, or the hands are free; a virtual machine always is."""
        if machine.connection.virtual and machine.mode is None and machine.confirm is None:
            return True
        ready = "free" if machine.connection.driver is Driver.HANDS else "clear, loaded and watched"
        return await self._ask(f"{machine.name} ({machine.id}): is it {ready}, and may {work} start?") is True

    async def first_layer(self, work: str, machine: Machine) -> bool | None:
        """Ask for a look."""
        return await self._ask(f"{machine.name} ({machine.id}) pauses after the first layer of {work}: is it good?")

    def remind(self, text: str) -> None:
        """Say it beside the progress."""
        typer.echo(text, err=True)

    async def work(self, work: str, machine: Machine, duration_s: float) -> bool:
        """Ask whether the work is done."""
        return await self._ask(f"{machine.name}: is {work} done (planned {duration_s / 60:.0f} min)?") is True

    async def take_off(self, machine: Machine) -> None:
        """Nothing to wait for: whether the machine is clear is asked before the next start."""

    async def arrived(self, what: str) -> bool:
        """Ask whether a purchase is there."""
        return await self._ask(f"{what} was expected by now: is it there?") is True

    async def check(self, work: str) -> Answer | None:
        """Ask for a look."""
        good = await self._ask(f"{work} is the first of its batch. Look at the pieces: are they good?")
        return None if good is None else Answer(good, self.name, "said at the terminal")

    async def rule(self, work: str, machine: str, cause: str) -> Ruling | None:
        """Ask what became of the pieces."""
        good = await self._ask(f"{machine}, {work}: {cause}. Look at the pieces: are they good?")
        if good is None:
            return None
        return Ruling(JobState.MADE if good else JobState.SCRAPPED, self.name, "said at the terminal")

    async def _ask(self, question: str) -> bool | None:
        """The answer, or None without a terminal or when the terminal was closed."""
        async with self._turn:
            if not sys.stdin.isatty():
                return None
            try:
                return await asyncio.to_thread(typer.confirm, question)
            except typer.Abort:
                return None
