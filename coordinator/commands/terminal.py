"""`fabcommons machine terminal`: a person's own lines, under the machine's policy, with the machine's answers.

Needs the base install only.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coordinator.commands.device import Target, known, wide_policy
from coordinator.commands.output import console, say, warn
from core.errors import FabcommonsError, InputError
from firmware_bridge.device import Commandable, Device
from firmware_bridge.serial_device import SerialDevice
from gcode.program import sendable_line
from gcode.safety import LineCheck, SafetyPolicy, Violation
from gcode.safety_rules import REFUSED, Rule

__all__ = ["Judge", "terminal"]

# What waits for a person, or is a person's to start, passes here: one stands before the machine.
_PERSONS = {Rule.PROBING, Rule.WORK_ZERO, Rule.STORED_PLACE}
_GRBL_SYSTEM = re.compile(r"\$(?:H[XYZ]?|X|C|\$|#|G|I|N)?", re.IGNORECASE)
_JOG = re.compile(r"\$J=(.+)", re.IGNORECASE)
_REALTIME = {"?": b"?", "!": b"!", "~": b"~", "^x": b"\x18"}
_HELP = """Lines go to the machine under its policy. These are for the terminal itself:
  allow NAME   let a rule or command pass from now on, where an operator may
  status       what the machine says of itself
  stop         the emergency stop
  quit         leave (so does Ctrl-D)
GRBL also: ? (report), ! (hold), ~ (go on), ^x (reset), $H, $X, $$, $#, $G, $I, $N, $C, $J=..."""
_HISTORY_LINES = 1000


@dataclass(frozen=True, slots=True)
class _Told:
    """What became of a line."""

    line: str
    sent: bool
    answer: tuple[str, ...] = ()
    reason: str = ""
    rule: str = ""

    @property
    def good(self) -> bool:
        """Whether the machine took it."""
        return self.sent and not any(each.lower().startswith(("error:", "alarm:")) for each in self.answer)

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        told = {"line": self.line, "sent": self.sent, "answer": list(self.answer)}
        return told | {"reason": self.reason or None, "rule": self.rule or None}


class Judge:
    """Says of each line of a person whether it may be sent.

    Args:
        policy: of the machine.
    """

    def __init__(self, policy: SafetyPolicy) -> None:
        persons = {command for command, rule in REFUSED[policy.dialect].items() if rule in _PERSONS}
        self._policy = replace(policy, extra_commands=policy.extra_commands | persons)
        # Where the tool stands is not known here, so moves are left to the firmware's own limits.
        self._check = LineCheck(self._policy, follow=False)

    def allow(self, name: str) -> None:
        """Let a rule or a command pass from now on.

        Raises:
            InputError: an operator may not.
        """
        self._policy = replace(self._policy, overrides=self._policy.overrides | {name})
        self._check = LineCheck(self._policy, follow=False)

    def against(self, line: str) -> Violation | None:
        """What speaks against a line, or None."""
        if self._policy.dialect == "grbl":
            if _GRBL_SYSTEM.fullmatch(line):
                return None
            jog = _JOG.fullmatch(line)
            line = jog[1] if jog else line
        return next(self._check.line(line, 1), None)

    def left_on(self) -> tuple[str, ...]:
        """What the lines so far have left on."""
        return tuple(f"{each.command}: {each.reason}" for each in self._check.end(1))


def terminal(target: Target, policy: SafetyPolicy | None, *, as_json: bool) -> int:
    """Take lines until the end of the input.

    Returns:
        0 when the machine took every line, else 1.

    Raises:
        DeviceError: the machine cannot be reached.
        InputError: there is no such port, or the key is refused.
    """
    target = known(target)
    judge = Judge(policy or wide_policy(target.dialect))
    with _history(), asyncio.Runner() as runner:
        device = runner.run(target.open())
        try:
            identity = runner.run(device.identify())
            warn(f"{identity.firmware} {identity.version} {identity.name}".rstrip() + "; help tells more, quit leaves")
            good = _talk(runner, device, judge, as_json=as_json)
        finally:
            runner.run(device.close())
    for each in judge.left_on():
        warn(each.replace("the program ends", "you leave"))
    return 0 if good else 1


def _talk(runner: asyncio.Runner, device: Device, judge: Judge, *, as_json: bool) -> bool:
    """Take lines until the end; whether the machine took them all. Lines are read here, where Ctrl-C is heard."""
    good = True
    while (text := _read_line()) is not None and text != "quit":
        if not text:
            continue
        try:
            told = runner.run(_take(text, device, judge))
        except KeyboardInterrupt:
            warn("no longer waited for; the machine may still do it (stop is the emergency stop)")
            good = False
            continue
        if told is not None:
            good = good and told.good
            _show(told, as_json=as_json)
    return good


async def _take(text: str, device: Device, judge: Judge) -> _Told | None:
    """One line of the person; None when it was for the terminal."""
    word, _, rest = text.partition(" ")
    try:
        if word == "help":
            say(_HELP)
        elif word == "allow":
            judge.allow(rest.strip())
            warn(f"{rest.strip()} passes from now on")
        elif word == "status":
            status = await device.status()
            heat = ", ".join(f"{name} {pair[0]:g}/{pair[1]:g}" for name, pair in status.temperatures_c.items())
            say(" ".join(each for each in (str(status.state), heat, status.report) if each))
        elif word == "stop":
            await device.stop_now()
            warn("the stop was sent; look at the machine, it may need a reset")
        else:
            return await _send(text, device, judge)
    except FabcommonsError as error:
        return _Told(text, sent=False, reason=str(error))
    return None


async def _send(text: str, device: Device, judge: Judge) -> _Told:
    """Judge a line and send it."""
    signal = _REALTIME.get(text.lower())
    if signal is not None and isinstance(device, SerialDevice) and device.firmware == "grbl":
        return _Told(text, sent=True, answer=await device.signal(signal))
    line = sendable_line(text, "the line")
    violation = judge.against(line) if line else None
    if violation is not None:
        who = {"nobody": "", "lab": " (the lab may allow it in its labs file)"}.get(
            violation.lifted_by, f" (to let it pass: allow {violation.rule})"
        )
        return _Told(text, sent=False, reason=f"{violation.command}: {violation.reason}{who}", rule=violation.rule)
    if not isinstance(device, Commandable):
        raise InputError("this kind of machine takes no lines")
    return _Told(text, sent=True, answer=await device.command(line) if line else ())


def _show(told: _Told, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told.document()), flush=True)  # noqa: T201 - one document a line, as it comes
        return
    for line in told.answer:
        say(line)
    if not told.sent:
        warn(f"not sent: {told.reason}")


def _read_line() -> str | None:
    """The next line of the person, or None at the end."""
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except (EOFError, KeyboardInterrupt):
        return None


@contextmanager
def _history() -> Iterator[None]:
    """Lines of earlier sessions under the arrow keys, where there is a terminal."""
    if not (sys.stdin.isatty() and console.is_terminal):
        yield
        return
    import readline

    home = os.environ.get("FABCOMMONS_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    file = Path(home) / "fabcommons-terminal-history"
    with suppress(OSError):
        readline.read_history_file(file)
    try:
        yield
    finally:
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            readline.set_history_length(_HISTORY_LINES)
            readline.write_history_file(file)
