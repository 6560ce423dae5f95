"""`fabcommons machine run`: one program on one machine, checked, asked about, journalled.

Needs the base install only, but for a machine's profile.
"""

from __future__ import annotations

import asyncio
import fcntl
import getpass
import hashlib
import re
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from agent.journal import Journal, Step
from coordinator.commands.device import Target, known, wide_policy
from coordinator.commands.output import console, print_json, say, warn
from coordinator.commands.pausing import resumable
from core.errors import FabcommonsError, InputError, LostContactError, StateError
from firmware_bridge.device import Configured, Device, Identity, Outcome, Progress, RunResult
from gcode.inspection import check
from gcode.program import Program, read_program
from gcode.safety import SafetyPolicy, Violation, overridden, without_overrides
from gcode.safety_rules import Lifter

__all__ = ["Consent", "run"]

_JOURNALS = Path(".fabcommons") / "by-hand"
_STEPS = {Outcome.FINISHED: Step.FINISHED}
_STATUS = {Outcome.FINISHED: 0, Outcome.CANCELLED: 130}


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person says before a run.

    Attributes:
        overrides: names of rules or commands that pass for this run.
        asked: whether the machine's profile wants a person's word; without a profile only a terminal is asked.
        given: the person has said already that the machine is clear, loaded and watched.
        who: says so; None: the name of this computer's user.
    """

    overrides: frozenset[str] = frozenset()
    asked: bool = False
    given: bool = False
    who: str | None = None

    def obtain(self, question: str) -> str | None:
        """Whose word it is, or None where nobody is asked.

        Raises:
            StateError: it is needed, and nobody gives it.
        """
        if self.given:
            return self.who or getpass.getuser()
        if sys.stdin.isatty() and sys.stderr.isatty():
            if not typer.confirm(question, err=True):
                raise StateError("nothing was sent: nobody said that the machine may start")
            return self.who or getpass.getuser()
        if self.asked:
            raise StateError("a person has to say that the machine may start", hint="--confirm says so")
        return None


def run(target: Target, file: Path, policy: SafetyPolicy | None, consent: Consent, *, as_json: bool) -> int:
    """Check a program, ask, send it, wait for its end.

    Args:
        target: where.
        file: the G-code.
        policy: what the machine may be asked for; None: wide limits, and no envelope.
        consent: of the person.
        as_json: print one JSON document at the end.

    Returns:
        0 when the machine has done it all, 1 when it failed, 130 when it was cancelled.

    Raises:
        InputError: the program cannot be read or is refused; nothing was sent.
        StateError: a person's word is missing, or another run goes on; nothing was sent.
        LostContactError: the link broke during the run.
    """
    program = read_program(file)
    target = known(target)  # which firmware's list counts
    lifted = _refuse_harm(program, replace(policy or wide_policy(target.dialect), overrides=consent.overrides), file)
    if policy is None:
        warn("no machine profile: the envelope is not checked (--machine names one)")
    job_id = f"run-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    with _journal_of(target) as journal:
        question = "Is the machine clear, loaded and watched, and may it start?"
        lost = _lost(journal)
        if lost:
            warn(f"{lost} on this machine has no end: contact was lost. Look at the machine.")
            consent = replace(consent, asked=True)
        who = consent.obtain(question)
        facts = {
            "machine": target.port or target.server,
            "program": program.sha256,
            "confirmed_by": who,
            "lifted": [{"line": each.line, "command": each.command, "rule": each.rule} for each in lifted],
        }
        result, identity, seconds = asyncio.run(_run(target, program, job_id, journal, facts, policy))
    _tell(result, identity, program, seconds, as_json=as_json)
    return _STATUS.get(result.outcome, 1)


def _refuse_harm(program: Program, policy: SafetyPolicy, file: Path) -> tuple[Violation, ...]:
    """What an operator lets pass of the program.

    Raises:
        InputError: something else speaks against it.
    """
    violations = check(program, policy)
    if violations:
        first, more = violations[0], len(violations) - 1
        what = f"{first.command}: {first.reason}" + (f" (and {more} more)" if more else "")
        advice = {
            Lifter.OPERATOR: f"; --override {first.rule} lets it pass for this run",
            Lifter.LAB: "; the lab may allow it for this machine in its labs file",
        }
        hint = "nothing was sent" + advice.get(first.lifted_by, "")
        raise InputError(what, where=f"{file}:{first.line}", hint=hint)
    if not policy.overrides:
        return ()
    return overridden(check(program, without_overrides(policy)), policy)


@contextmanager
def _journal_of(target: Target) -> Iterator[Journal]:
    """The machine's journal, held for this run.

    Raises:
        StateError: another run holds it.
        InputError: it cannot be written.
    """
    name = target.port or target.server or ""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[-40:]
    path = _JOURNALS / f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:8]}.journal"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_suffix(".lock").open("a")
    except OSError as error:
        raise InputError(f"the journal cannot be written: {error.strerror}", where=str(path)) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError("another machine run drives it", where=name) from None
        journal = Journal(path)
        try:
            yield journal
        finally:
            journal.close()


def _lost(journal: Journal) -> str | None:
    """The last run without an end, which is lost contact from now on; None when all have ended."""
    lost = None
    for job_id in journal.unfinished():
        lost = job_id
        journal.write(job_id, Step.LOST_CONTACT, message="the program stopped while the job ran")
    return lost


async def _run(
    target: Target,
    program: Program,
    job_id: str,
    journal: Journal,
    facts: dict[str, Any],
    policy: SafetyPolicy | None,
) -> tuple[RunResult, Identity, float]:
    device = await target.open()
    try:
        identity = await device.identify()
        warn(f"{identity.firmware} {identity.version} {identity.name}".rstrip())
        if policy is not None and isinstance(device, Configured):
            against = device.contradiction(policy)
            if against is not None:
                raise StateError(f"nothing was sent: {against}", where=target.port or target.server)
        started = time.monotonic()
        journal.write(job_id, Step.STARTED, **facts)
        with _shown(program) as show, resumable(device, show) as tell, _interruptible(device):
            result = await _journalled(device, program, job_id, journal, tell)
        return result, identity, time.monotonic() - started
    finally:
        await device.close()


async def _journalled(
    device: Device, program: Program, job_id: str, journal: Journal, tell: Callable[[Progress], None]
) -> RunResult:
    """The run; its end stands in the journal, however it ends."""
    try:
        result = await device.run(program, job_id=job_id, progress=tell)
    except FabcommonsError as error:
        step = Step.LOST_CONTACT if isinstance(error, LostContactError) else Step.FAILED
        journal.write(job_id, step, message=str(error))
        raise
    step = _STEPS.get(result.outcome, Step.FAILED)
    journal.write(job_id, step, lines=result.lines_acknowledged, message=result.message)
    return result


def _tell(result: RunResult, identity: Identity, program: Program, seconds: float, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(result, identity, program, seconds))
        return
    rate = result.lines_acknowledged / seconds if seconds > 0 else 0.0
    done = f"{result.lines_acknowledged} of {len(program.lines)} lines, {rate:.0f}/s"
    say(f"{result.outcome}: {result.message}; {done}")


@contextmanager
def _interruptible(device: Device) -> Iterator[None]:
    """Ctrl-C once ends the run safely, twice stops at once."""
    loop = asyncio.get_running_loop()
    pressed: list[asyncio.Future[None]] = []

    def interrupt() -> None:
        warn("cancelling; once more stops at once" if not pressed else "stopping at once")
        pressed.append(asyncio.ensure_future(device.cancel() if not pressed else device.stop_now()))

    loop.add_signal_handler(signal.SIGINT, interrupt)
    loop.add_signal_handler(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        loop.remove_signal_handler(signal.SIGTERM)


@contextmanager
def _shown(program: Program) -> Iterator[Callable[[Progress], None]]:
    """A progress bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import Progress as Bar

    with Bar(console=console, transient=True) as bar:
        task = bar.add_task(program.name, total=len(program.lines))
        yield lambda now: bar.update(task, completed=now.lines_done, description=f"{program.name} {now.state}")


def _document(result: RunResult, identity: Identity, program: Program, seconds: float) -> dict[str, Any]:
    return {
        "outcome": str(result.outcome),
        "message": result.message,
        "lines": result.lines_acknowledged,
        "lines_total": len(program.lines),
        "seconds": round(seconds, 3),
        "sha256": program.sha256,
        "firmware": identity.firmware,
        "version": identity.version,
    }
