"""Streaming to GRBL by counting characters, with realtime bytes out of band. Knows no port.

Source: GRBL 1.1 interface notes. One ok or error answers each line; the bytes of lines without an answer never exceed
the receive buffer. There is no checksum: a wire that loses or damages bytes ends the run. The last line is a question
whose answer is more than an ok: where that does not come in its place, lines or answers were lost or doubled.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from core.errors import LostContactError
from firmware_bridge.device import Outcome, Progress, RunResult, RunState, check_job_id
from firmware_bridge.grbl_codes import alarm_text, error_text
from firmware_bridge.grbl_script import PROOF, GrblScript, dwell_s, writes_settings
from firmware_bridge.timing import GrblTiming

__all__ = ["GrblReport", "GrblStream", "is_modes", "parse_report"]

_RX_BYTES = 127
_LEAST_BYTES = 80  # one whole line
_STATUS, _HOLD, _RESUME, _RESET = b"?", b"!", b"~", b"\x18"
_REPORT = re.compile(r"<([A-Z][A-Za-z]{2,9}(?::\d+)?)\|[^<>]*>")
_BUFFERS = re.compile(r"\|Bf:(\d+),(\d+)")
_REMEDIES = {
    "Alarm": "it is locked: home it, or unlock it if its position is surely known",
    "Door": "close its door",
    "Hold": "resume or reset it at the machine",
    "Sleep": "reset it",
    "Check": "switch its check mode off ($C)",
}
_LOOK = "a person has to look at it"
_MISCOUNTED = "lines or their answers were lost or doubled on the wire: look at what was made"
_LOST_HINT = "look at the machine: spindle or laser may be ON, and what it did is unknown"
# At rest after a feed hold. Idle is not among them: such a report may be older than the hold.
_STILL = {"Hold:0", "Door:0", "Door:1"}


class GrblReport(NamedTuple):
    """A status report.

    Attributes:
        state: "Idle", "Run", "Hold:0", "Alarm:11" (grblHAL tells the alarm's number), ...
        rx_free: bytes of the receive buffer, if told.
    """

    state: str
    rx_free: int | None

    @property
    def name(self) -> str:
        """The state without its number."""
        return self.state.partition(":")[0]


def parse_report(line: str) -> GrblReport | None:
    """The status report, or None when the line is none or damaged."""
    found = _REPORT.fullmatch(line)
    if found is None:
        return None
    buffers = _BUFFERS.search(line)
    return GrblReport(found[1], int(buffers[2]) if buffers else None)


def is_modes(line: str) -> bool:
    """Whether this is the answer to `$G`."""
    return line.startswith("[GC:")


class GrblStream:
    """One run.

    Args:
        lines: the program's, without comments.
        job_id: for the marks in the machine's log.
        now: the present moment.
        timing: how long to wait.
        receive_bytes: of the firmware's buffer, as `$I` tells them; None when it does not.
        changes_tools: whether the firmware knows M6; else a person changes the tool, and the run waits for that.
        confirm_power: whether a person arms spindle or laser before it is first switched on.
        check: read the program in check mode (`$C`), nothing moves.
        proves: whether the firmware tells its modes when asked (`$G`), which proves the end.

    Raises:
        InputError: the job id or a line cannot be sent.
    """

    def __init__(
        self,
        lines: Sequence[str],
        *,
        job_id: str,
        now: float,
        timing: GrblTiming | None = None,
        receive_bytes: int | None = None,
        changes_tools: bool = False,
        confirm_power: bool = False,
        check: bool = False,
        proves: bool = False,
    ) -> None:
        check_job_id(job_id)
        self._timing = timing or GrblTiming()
        self._check = check
        self._script = (
            GrblScript.of_check(lines)
            if check
            else GrblScript.of_run(
                lines, job_id, changes_tools=changes_tools, confirm_power=confirm_power, proves=proves
            )
        )
        self._texts = self._script.texts
        self._gates = dict(self._script.gates)
        self._total = len(lines)
        self._next = 0
        self._flight: deque[int] = deque()  # bytes of each line without an answer
        self._flight_bytes = 0
        self._limit = _RX_BYTES if receive_bytes is None else max(_LEAST_BYTES, receive_bytes - 1)
        self._answered = 0
        self._proved = not proves
        self._state = RunState.CONNECTING
        self._ending: tuple[Outcome, str] | None = None
        self._alarmed = False
        self._hold_by: float | None = None
        self._moving_by: float | None = None  # after a resume: reports of the hold may still be on their way
        self._reset_by: float | None = None
        self._ask_at = now
        self._report_by = now + self._timing.report_s
        self._last_answer = now
        self._out: list[bytes] = []
        self.report = ""
        self.waits_for = ""  # what a person has to do before `resume`
        self.result: RunResult | None = None

    # -- what the runner asks -----------------------------------------------------------------------------------------

    @property
    def progress(self) -> Progress:
        """How far it is, in lines of the program."""
        return Progress(self._done, self._total, self._state)

    @property
    def _done(self) -> int:
        return self._script.marks[self._answered - 1] if self._answered else 0

    @property
    def wake_at(self) -> float:
        """When `advance` is due although no line came."""
        if self._reset_by is not None:
            return self._reset_by
        moment = min(self._ask_at, self._report_by)
        return moment if self._hold_by is None else min(moment, self._hold_by)

    def take_output(self) -> bytes:
        """Bytes to send since the last call."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def pause(self) -> None:
        """Feed hold: motion comes to rest at once, the position is kept. A spindle goes on turning."""
        if self._ending is None and self._state in {RunState.RUNNING, RunState.DRAINING}:
            self._out.append(_HOLD)
            self._state = RunState.PAUSED

    def resume(self, now: float) -> None:
        """Go on after a feed hold, also one from the machine's button; or a person has done what the run waits for."""
        if self._ending is not None:
            return
        if self.waits_for:
            self._gates.pop(self._next, None)
            self.waits_for = ""
            self._go_on(now)
            self._fill()
        elif self._state is RunState.PAUSED:
            self._out.append(_RESUME)
            self._moving_by = now + self._timing.hold_s
            self._go_on(now)

    def cancel(self, now: float) -> None:
        """Hold, wait for rest, reset: the position is kept, spindle and laser go off."""
        self._end_safely(Outcome.CANCELLED, "cancelled on request", RunState.CANCELLING, now)

    def stopped(self, now: float) -> None:
        """A reset was written past this stream: nothing more is sent."""
        self._out.clear()
        self._ending = Outcome.CANCELLED, "stopped at once on request; home the machine before the next job"
        self._state = RunState.CANCELLING
        self._reset_by = now + self._timing.reset_s

    def say_urgently(self, data: bytes) -> None:
        """Realtime bytes, ahead of every line."""
        self._out.append(data)

    # -- time ---------------------------------------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Time has passed.

        Raises:
            LostContactError: the machine does not report any more.
        """
        if self.result is not None:
            return
        if self._reset_by is not None:
            if now >= self._reset_by:
                self._end("; the machine did not confirm the reset: spindle or laser may be ON")
            return
        if now >= self._report_by:
            raise LostContactError("the machine does not report its state any more", hint=_LOST_HINT)
        if self._hold_by is not None and now >= self._hold_by:
            self._reset(now)
        elif now >= self._ask_at:
            self._ask(now)

    def _ask(self, now: float) -> None:
        self._out.append(_STATUS)
        self._ask_at = now + (self._timing.report_every_s if self._hold_by is None else 0.05)

    # -- what the machine says ----------------------------------------------------------------------------------------

    def receive(self, line: str, now: float) -> None:
        """A line came from the machine."""
        if self.result is not None or not line:
            return
        if line == "ok":
            self._ok(now)
        elif line.startswith("<"):
            report = parse_report(line)
            if report is not None:
                self.report = line
                self._reported(report, now)
        elif line.startswith("error:"):
            self._error(line[6:], now)
        elif line.startswith("ALARM:"):
            self._alarm(line[6:], now)
        elif line.startswith("Grbl"):
            self._banner()
        elif is_modes(line):
            self._prove(now)

    def _ok(self, now: float) -> None:
        if not self._flight:
            return
        self._take_answer(now)
        if self._ending is not None:  # it ends by a reset
            return
        if self._answered < len(self._texts):
            self._fill()
        elif self._proved:
            self._ending = Outcome.FINISHED, "finished"
            self._end()
        else:
            self._end_safely(Outcome.FAILED, _MISCOUNTED, RunState.FAILING, now)

    def _prove(self, now: float) -> None:
        """The answer to the last line came; its ok follows."""
        if self._next == len(self._texts) and self._texts[-1] == PROOF and not self._proved:
            self._proved = self._answered == len(self._texts) - 1
            if not self._proved:
                self._end_safely(Outcome.FAILED, _MISCOUNTED, RunState.FAILING, now)

    def _take_answer(self, now: float) -> None:
        self._flight_bytes -= self._flight.popleft()
        self._answered += 1
        self._last_answer = now

    def _error(self, code: str, now: float) -> None:
        if not self._flight:
            return
        line = self._texts[self._answered]
        self._take_answer(now)
        if self._check and self._ending is None:
            self._ending = Outcome.FAILED, f"{error_text(code)}: {line!r}"
            self._reset(now)  # nothing moves
        else:
            self._end_safely(Outcome.FAILED, f"{error_text(code)}: {line!r}", RunState.FAILING, now)

    def _alarm(self, code: str, now: float) -> None:
        if self._ending is None:
            self._ending, self._alarmed = (Outcome.FAILED, alarm_text(code)), True
            self._reset(now)  # motion has ended already; this switches the tool off, the lock stays

    def _banner(self) -> None:
        if self._check and self._answered >= len(self._texts) - 1:
            self._ending = self._ending or (Outcome.FINISHED, "finished")  # check mode ends with a reset
        elif self._ending is None:
            self._ending = Outcome.FAILED, "the controller restarted during the run; home the machine"
        self._end()

    def _reported(self, report: GrblReport, now: float) -> None:
        self._report_by = now + self._timing.report_s + self._timing.report_every_s
        if self._reset_by is not None:
            return
        if self._hold_by is not None:
            if report.state in _STILL or report.name in {"Alarm", "Sleep"}:
                self._reset(now)
        elif self._state is RunState.CONNECTING:
            self._begin(report, now)
        elif report.name in {"Door", "Sleep"}:
            self._end_safely(Outcome.FAILED, f"the machine went to {report.state}", RunState.FAILING, now)
        elif report.name == "Alarm":
            self._alarm("while running", now)
        elif report.name in {"Hold", "Tool"}:
            self._held(now)
        elif report.name in {"Run", "Idle", "Check"}:
            self._moving(report.name != "Run", now)

    def _moving(self, idle: bool, now: float) -> None:
        """It moves, or has nothing to do."""
        self._moving_by = None
        if self._state is RunState.PAUSED and not idle and not self.waits_for:
            self._go_on(now)  # resumed at the machine
        if idle and self._flight and now > self._last_answer + self._idle_s():
            self._end_safely(Outcome.FAILED, "an answer was lost on the wire", RunState.FAILING, now)

    def _held(self, now: float) -> None:
        """A hold: ours, or that of the machine's own button."""
        if self._moving_by is None or now >= self._moving_by:
            self._state = RunState.PAUSED

    def _go_on(self, now: float) -> None:
        self._state = RunState.RUNNING if self._next < len(self._texts) else RunState.DRAINING
        self._last_answer = now

    def _idle_s(self) -> float:
        return self._timing.idle_s + sum(map(dwell_s, self._texts[self._answered : self._next]))

    def _begin(self, report: GrblReport, now: float) -> None:
        if report.state != "Idle":
            self._ending = (
                Outcome.FAILED,
                f"the machine is not ready: {report.state}; {_REMEDIES.get(report.name, _LOOK)}",
            )
            self._end()
            return
        if report.rx_free:
            # The report of an idle machine tells the whole buffer; one byte is kept free.
            self._limit = min(report.rx_free, _RX_BYTES) if report.rx_free <= _RX_BYTES + 1 else report.rx_free - 1
        self._state = RunState.RUNNING
        self._last_answer = now
        self._fill()

    # -- sending ------------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        while self._next < len(self._texts):
            if self._next in self._gates:
                self._wait_for_person()
                return
            text = self._texts[self._next]
            data = text.encode("ascii") + b"\n"
            if self._flight:
                if self._flight_bytes + len(data) > self._limit or writes_settings(text):
                    return
                if writes_settings(self._texts[self._next - 1]):
                    return
            self._out.append(data)
            self._flight.append(len(data))
            self._flight_bytes += len(data)
            self._next += 1
        if self._state is RunState.RUNNING:
            self._state = RunState.DRAINING

    def _wait_for_person(self) -> None:
        """Once everything before the gate has been executed."""
        if not self._flight:
            self.waits_for = self._gates[self._next]
            self._state = RunState.PAUSED

    # -- ending -------------------------------------------------------------------------------------------------------

    def _end_safely(self, outcome: Outcome, cause: str, state: RunState, now: float) -> None:
        if self._ending is not None:
            return
        self._ending = outcome, cause
        self._state = state
        self._out.append(_HOLD)
        self._hold_by = now + self._timing.hold_s
        self._ask(now)

    def _reset(self, now: float) -> None:
        self._out.append(_RESET)
        self._reset_by = now + self._timing.reset_s

    def _end(self, doubt: str = "") -> None:
        outcome, cause = self._ending or (Outcome.FAILED, "ended")
        self._state = RunState.ENDED
        self.result = RunResult(outcome, self._done, cause + doubt, self._alarmed)
