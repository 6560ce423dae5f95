"""Streaming to Marlin: line numbers, checksums, resends, lost and doubled answers. Knows no port.

The firmware executes the numbered lines once and in order, whatever the wire does. So every confusion about answers
heals itself as long as a number never changes its text, and only the end needs a proof of its own: a text that the
firmware is asked to echo after everything else.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence

from core.errors import InputError, LostContactError
from firmware_bridge.device import Outcome, Progress, RunResult, RunState, check_job_id
from firmware_bridge.marlin_lines import Ok, numbered, parse_ok, parse_resend, parse_temperatures
from firmware_bridge.marlin_window import NumberedLines
from firmware_bridge.timing import MarlinTiming

__all__ = ["SAFE_END", "MarlinStream"]

SAFE_END = ("M104 S0", "M140 S0", "M107", "M5", "M400")
_PROBE = "M105"
_MAX_CHARS = 80
_SETTLE_LIMIT = 20  # a machine that never falls silent is not waited for longer than this many settling times
_WIRE_ERRORS = ("checksum", "Line Number", "Last Line")
_FATAL = ("halted", "kill()", "MAXTEMP", "MINTEMP", "Thermal", "Heating failed")
_LOST_HINT = "look at the machine: heaters may be ON, and what it did is unknown"


class MarlinStream:
    """One run.

    Args:
        lines: the program's, without comments.
        job_id: for the marks in the machine's log.
        now: the present moment.
        timing: how long to wait.
        emergency_parser: whether the firmware reads M108 past its queue.

    Raises:
        InputError: the job id or a line cannot be sent.
    """

    def __init__(
        self,
        lines: Sequence[str],
        *,
        job_id: str,
        now: float,
        timing: MarlinTiming | None = None,
        emergency_parser: bool = False,
    ) -> None:
        check_job_id(job_id)
        for number, line in enumerate(lines, start=1):
            if not line.isascii() or not line.isprintable() or len(line) > _MAX_CHARS:
                raise InputError(f"line {number} cannot be sent: {line[:30]!a}", hint="ASCII, at most 80 signs")
        self._timing = timing or MarlinTiming()
        self._emergency_parser = emergency_parser
        self._job_id = job_id
        self._total = len(lines)
        self._script = _script(lines, job_id)
        self._lines = NumberedLines()
        self._done = 0
        self._state = RunState.CONNECTING
        self._outcome, self._cause = Outcome.FINISHED, ""
        self._tokens = 0
        self._token: str | None = None
        self._synced = False
        self._syncs = 0
        self._stopped = False
        self._paused = False
        self._hold_until: float | None = None
        self._hold_limit = now
        self._settling = False
        self._probes = 0
        self._keeps_alive = False  # it has said that it was busy: silence then means a lost answer
        self._granted = False  # the long wait
        self._resends: Counter[int] = Counter()
        self._recent: deque[int] = deque()  # lines sent until each of the last resends
        self._suspect: tuple[float, str] | None = None
        self._safe_end_by: float | None = None
        self._out: list[bytes] = []
        self.temperatures_c: dict[str, tuple[float, float]] = {}
        self.result: RunResult | None = None
        self._sync(now)

    # -- what the runner asks -----------------------------------------------------------------------------------------

    @property
    def progress(self) -> Progress:
        """How far it is, in lines of the program."""
        return Progress(self._done, self._total, self._state)

    @property
    def wake_at(self) -> float:
        """When `advance` is due although no line came."""
        moment = self._answer_by if self._hold_until is None else self._hold_until
        if self._suspect is not None:
            moment = min(moment, self._suspect[0])
        return moment if self._safe_end_by is None else min(moment, self._safe_end_by)

    def take_output(self) -> bytes:
        """Bytes to send since the last call."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def pause(self) -> None:
        """Send no more of the program: what the firmware has taken runs out. Heat stays on."""
        if self._safe_end_by is None and self.result is None and not self._paused:
            self._paused = True
            self._state = RunState.PAUSED

    def resume(self, now: float) -> None:
        """Go on with the program."""
        if self._paused:
            self._paused = False
            self._state = RunState.DRAINING if self._lines.last_mark == self._total else RunState.RUNNING
            if self._synced and self._hold_until is None and not self._lines.in_flight:
                self._fill(now)

    def cancel(self, now: float) -> None:
        """End the run safely: what is buffered runs out, then everything is switched off."""
        if self._safe_end_by is None and self.result is None:
            self._end_safely(RunState.CANCELLING, Outcome.CANCELLED, "cancelled on request", now)

    def stopped(self, now: float) -> None:
        """An emergency stop was written past this stream: nothing more is sent."""
        self._stopped = True
        self._state, self._outcome = RunState.CANCELLING, Outcome.CANCELLED
        self._cause = "stopped at once on request; the machine needs a reset"
        self._safe_end_by = now + self._timing.stop_s

    # -- time ---------------------------------------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Time has passed.

        Raises:
            LostContactError: the machine has been silent for too long.
        """
        if self.result is not None:
            return
        if self._safe_end_by is not None and now >= self._safe_end_by:
            self._give_up()
            return
        if self._suspect is not None and now >= self._suspect[0]:
            self._fail(self._suspect[1], now)
        if self._hold_until is not None:
            if now >= self._hold_until:
                self._hold_until = None
                self._fill(now)
        elif now >= self._answer_by:
            self._miss(now)

    def _miss(self, now: float) -> None:
        """No answer came in time."""
        timing = self._timing
        if self._paused and self._synced and not self._lines.in_flight:
            self._lines.append(_PROBE, self._lines.last_mark)  # is it still there, and how warm?
            self._fill(now)
            return
        if self._lines.waits_long() and not self._keeps_alive and not self._granted:
            self._granted = True
            self._answer_by = now + timing.long_answer_s
            return
        self._probes += 1
        if self._probes > timing.probes:
            raise LostContactError(f"the machine left {timing.probes} questions without an answer", hint=_LOST_HINT)
        if not self._synced:
            self._sync(now)
            return
        # A new number is never dropped as a repeat: the answer tells what the firmware really has.
        self._lines.window = 1
        if self._token is None:
            self._lines.jump_to_new(_PROBE)
        else:
            self._ask_for_echo()
            self._lines.jump_to_new(f"M118 {self._token}")
        self._fill(now)

    def _give_up(self) -> None:
        """A safe end was not confirmed: the last resort is to say it without numbers."""
        if not self._stopped:
            self._out.append(b"\n" + "".join(f"{line}\n" for line in SAFE_END[:-1]).encode("ascii"))
            self._cause += "; the machine did not confirm a safe end: heaters may be ON"
        self._end(self._outcome)

    # -- what the machine says ----------------------------------------------------------------------------------------

    def receive(self, line: str, now: float) -> None:
        """A line came from the machine."""
        if self.result is not None or not line:
            return
        if line.startswith("ok"):
            answer = parse_ok(line)
            if answer is not None:
                self._ok(answer, now)
                self.temperatures_c.update(parse_temperatures(line))
            return
        number = parse_resend(line)
        if number is not None:
            self._resend(number - 1, now)
        else:
            self._other(line, now)

    def _other(self, line: str, now: float) -> None:
        if self._token is not None and self._token in line:
            self._prove()
        elif line.startswith("echo:busy"):
            self._busy(now)
        elif line.lower() == "start":
            if self._safe_end_by is None:
                self._outcome, self._cause = Outcome.FAILED, "the board restarted during the run"
            self._end(self._outcome)
        elif line.startswith(("Error:", "!!")):
            self._error(line, now)
        elif line == "wait" and self._lines.in_flight and self._hold_until is None:
            self._answer_by = now  # idle, while we wait for an answer: it was lost
        elif line.startswith("//action:"):
            self._action(line.removeprefix("//action:").partition(" ")[0], now)
        else:
            self.temperatures_c.update(parse_temperatures(line))

    def _action(self, name: str, now: float) -> None:
        """The machine asks for something: its display, or a sensor for the filament's end."""
        if name == "cancel":
            self.cancel(now)
        elif name in {"pause", "out_of_filament"}:
            self.pause()
        elif name == "resume":
            self.resume(now)

    def _busy(self, now: float) -> None:
        self._keeps_alive = True
        self._probes = 0
        self._answer_by = now + self._timing.answer_s
        if self._safe_end_by is not None and not self._stopped:
            self._safe_end_by = max(self._safe_end_by, now + self._timing.safe_end_s)

    def _error(self, line: str, now: float) -> None:
        if any(word in line for word in _FATAL):
            if not self._stopped:
                self._outcome, self._cause = Outcome.FAILED, f"the firmware stopped: {line}"
            self._end(self._outcome)
        elif not any(word in line for word in _WIRE_ERRORS) and self._suspect is None:
            # Damaged text of a wire error looks like a fault: the resend request that follows decides.
            self._suspect = (now + self._timing.error_s, f"the firmware reports {line!r}")

    def _ok(self, answer: Ok, now: float) -> None:
        if self._hold_until is not None:  # it belongs to the refused line
            if self._settling:
                self._hold_until = min(now + self._timing.settle_s, self._hold_limit)
                return
            self._hold_until = None
        elif not self._synced:
            self._synced = True
            self._probes = 0
            if self._state is RunState.CONNECTING:
                self._state = RunState.RUNNING
        else:
            mark = self._lines.acknowledge(answer)
            if mark is None:
                return
            self._probes = 0
            self._done = mark
        if answer.queue_free is not None:
            self._lines.window = max(1, min(answer.queue_free, self._timing.lines_in_flight))
        self._fill(now)

    def _resend(self, index: int, now: float) -> None:
        self._suspect = None
        if not self._synced:
            self._sync(now)
            return
        self._probes = 0
        lines = self._lines
        if self._hold_until is None and lines.replaying == index:
            return  # a repeat while that line is on its way already
        fresh = self._hold_until is None or lines.replaying != index
        self._hold(now)
        if not 0 <= index <= len(lines):  # damaged: never jump, ask again
            self._count_resend(-1, now)
            lines.jump_to_new(_PROBE)
            return
        self._done = min(self._done, lines.mark_before(index))
        lines.rewind(index)
        if fresh and index < len(lines):
            self._count_resend(index, now)

    def _hold(self, now: float) -> None:
        """Send nothing until the answers to what was in flight are in."""
        if self._hold_until is None:
            self._settling = self._lines.in_flight > 1
            self._hold_limit = now + _SETTLE_LIMIT * self._timing.settle_s
        wait_s = self._timing.settle_s if self._settling else self._timing.resend_ok_s
        self._hold_until = min(now + wait_s, self._hold_limit) if self._settling else now + wait_s

    def _count_resend(self, index: int, now: float) -> None:
        self._resends[index] += 1
        self._recent.append(self._lines.lines_out)
        while self._recent[0] < self._lines.lines_out - 100:
            self._recent.popleft()
        if self._resends[index] > self._timing.line_resends and index >= 0:
            self._fail(f"the wire is unusable: {self._lines.text(index)!r} was refused again and again", now)
        elif len(self._recent) > self._timing.resends_per_100:
            self._fail(f"the wire is unusable: {len(self._recent)} of the last 100 lines were refused", now)

    # -- sending ------------------------------------------------------------------------------------------------------

    def _sync(self, now: float) -> None:
        self._syncs += 1
        if self._syncs > 2 * self._timing.probes:
            raise LostContactError("the machine does not take a line number", hint=_LOST_HINT)
        self._out.append(numbered(0, "M110 N0"))
        self._answer_by = now + self._timing.answer_s

    def _fill(self, now: float) -> None:
        lines = self._lines
        while not self._stopped and self._suspect is None and lines.in_flight < lines.window:
            if lines.cursor >= len(lines) and (self._paused or not self._append_next()):
                break
            data = lines.send_next()
            if data is None:
                break
            self._out.append(data)
        self._granted = False
        self._answer_by = now + self._timing.answer_s

    def _append_next(self) -> bool:
        """Number the next line of the script; False when there is none."""
        if self._token is not None:
            return False
        following = next(self._script, None)
        if following is None:
            self._ask_for_echo()
            self._lines.append(f"M118 {self._token}", self._lines.last_mark)
            return True
        text, mark = following
        if mark == self._total and self._state is RunState.RUNNING:
            self._state = RunState.DRAINING
        self._lines.append(text, self._lines.last_mark if mark is None else mark)
        return True

    def _ask_for_echo(self) -> None:
        """Make a new token: its echo says that all lines before it have been executed."""
        self._tokens += 1
        # A small letter first: M118 takes A1, E1 and P0 at its head for parameters.
        self._token = f"done {self._job_id} {self._tokens}"
        if self._tokens > 4 * self._timing.probes:
            raise LostContactError("the firmware echoes nothing, so the end cannot be confirmed", hint=_LOST_HINT)

    def _prove(self) -> None:
        if self._safe_end_by is None:
            self._done = self._total
        else:
            self._cause += "; heaters, fan and tool are off"
        self._end(self._outcome)

    # -- ending -------------------------------------------------------------------------------------------------------

    def _fail(self, cause: str, now: float) -> None:
        self._suspect = None
        if self._safe_end_by is None:
            self._end_safely(RunState.FAILING, Outcome.FAILED, cause, now)

    def _end_safely(self, state: RunState, outcome: Outcome, cause: str, now: float) -> None:
        self._state, self._outcome, self._cause = state, outcome, cause
        self._paused = False
        self._safe_end_by = now + self._timing.safe_end_s
        self._script = ((line, None) for line in SAFE_END)
        self._token = None
        if self._emergency_parser and self._lines.heats():
            self._out.append(b"M108\n")
        if not self._lines.in_flight and self._hold_until is None and self._synced:
            self._fill(now)

    def _end(self, outcome: Outcome) -> None:
        self._state = RunState.ENDED
        self.result = RunResult(outcome, self._done, self._cause or "finished")


def _script(lines: Iterable[str], job_id: str) -> Iterator[tuple[str, int | None]]:
    """What is sent, and how many lines of the program are done with each."""
    yield f"M117 {job_id} start", 0
    number = 0
    for number, line in enumerate(lines, start=1):
        yield line, number
    yield "M400", number
    yield f"M117 {job_id} end", number
