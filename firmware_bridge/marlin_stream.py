"""Streaming to Marlin: line numbers, checksums, resends, lost and doubled answers. Knows no port.

The firmware executes the numbered lines once and in order, whatever the wire does. So every confusion about answers
heals itself as long as a number never changes its text, and only the end needs a proof of its own: a text that the
firmware is asked to echo after everything else.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import LostContactError
from firmware_bridge.device import Outcome, Progress, RunResult, RunState, check_job_id
from firmware_bridge.marlin_card import CardScript
from firmware_bridge.marlin_ending import Ending
from firmware_bridge.marlin_heat import lost_heat
from firmware_bridge.marlin_lines import (
    Ok,
    Trouble,
    kind_of_error,
    numbered,
    parse_ok,
    parse_resend,
    parse_temperatures,
)
from firmware_bridge.marlin_rewind import Rewind
from firmware_bridge.marlin_script import SAFE_END, Script, check_lines
from firmware_bridge.marlin_watch import LOST_HINT, Watch
from firmware_bridge.marlin_window import NumberedLines
from firmware_bridge.timing import MarlinTiming

__all__ = ["MarlinStream"]

_PROBE = "M105"
_GO_ON = b"M108\n"  # ends a wait for a temperature or a person


class MarlinStream:
    """One run.

    Args:
        lines: the program's, without comments.
        job_id: for the marks in the machine's log.
        now: the present moment.
        timing: how long to wait.
        emergency_parser: whether the firmware reads M108 past its queue.
        takes_back: whether the firmware knows backspace: the next line then begins before the last one was answered.
        from_card: write the program to the machine's memory card and have it printed from there.

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
        takes_back: bool = False,
        from_card: bool = False,
    ) -> None:
        check_job_id(job_id)
        check_lines(lines)
        self._timing = timing or MarlinTiming()
        self._emergency_parser = emergency_parser
        self._total = len(lines)
        self._script = CardScript(lines, job_id) if from_card else Script(lines, job_id)
        self._lines = NumberedLines(takes_back=takes_back, receive_bytes=self._timing.receive_bytes)
        self._rewind = Rewind(self._lines, self._timing, _PROBE)
        self._done = 0
        self._told = 0  # by a machine that prints from its card
        self._state = RunState.CONNECTING
        self._watch = Watch(self._timing, now)
        self._ending = Ending(self._timing)
        self._synced = False
        self._paused = False
        self._waits_there = False  # for a person, in the middle of a line
        self._suspect: tuple[float, str] | None = None
        self._out: list[bytes] = []
        self._heat: dict[str, tuple[float, float]] = {}  # when the pause began
        self.temperatures_c: dict[str, tuple[float, float]] = {}
        self.report = ""
        self.result: RunResult | None = None
        self._sync(now)

    @property
    def progress(self) -> Progress:
        """How far it is, in lines of the program."""
        return Progress(self._done, self._total, self._state)

    @property
    def wake_at(self) -> float:
        """When `advance` is due although no line came."""
        moment = self._watch.answer_by if self._rewind.until is None else self._rewind.until
        if self._suspect is not None:
            moment = min(moment, self._suspect[0])
        if self._has_urgent:
            return 0.0
        ending = self._ending.wake_at
        if ending is None:
            return moment
        return ending if self._ending.stopping else min(moment, ending)

    def take_output(self) -> bytes:
        """Bytes to send since the last call."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def pause(self) -> None:
        """Send no more of the program: what the firmware has taken runs out. Heat stays on."""
        if self._ending.by is None and self.result is None and self._state is not RunState.PAUSED:
            self._paused = not self._script.pause()
            self._heat = dict(self.temperatures_c)
            self._state = RunState.PAUSED

    def insert(self, text: str) -> None:
        """Send a line before the rest of the program, unless the run ends."""
        if self._ending.by is None and self.result is None:
            self._script.insert([text])

    def resume(self, now: float) -> None:
        """Go on with the program; a machine that waits for a person is told to, as its knob would."""
        if self._state is RunState.PAUSED:
            if self._waits_there:
                self._out.append(_GO_ON)
                self._waits_there = False
            if self._paused:
                self._script.insert(lost_heat(self._heat, self.temperatures_c))
            else:
                self._script.resume()
            self._paused = False
            self._state = RunState.DRAINING if self._lines.last_mark == self._total else RunState.RUNNING
            if self._is_idle:
                self._fill(now)

    def cancel(self, now: float) -> None:
        """End the run safely: what is buffered runs out, then everything is switched off."""
        if self._ending.by is None and self.result is None:
            self._end_safely(RunState.CANCELLING, Outcome.CANCELLED, "cancelled on request", now)

    def stopped(self, now: float) -> None:
        """An emergency stop was written past this stream: nothing but that stop is sent until it is confirmed."""
        self._out.clear()
        self._state = RunState.CANCELLING
        self._ending.stop(now)

    def advance(self, now: float) -> None:
        """Time has passed.

        Raises:
            LostContactError: the machine has been silent for too long.
        """
        if self.result is not None:
            return
        if self._ending.by is not None and now >= self._ending.by:
            self._give_up()
        elif self._ending.stopping:
            self._out.append(self._ending.stop_again(now))
        else:
            self._overdue(now)

    @property
    def _is_idle(self) -> bool:
        """Whether a line may go out although no answer came."""
        return self._synced and self._rewind.until is None and self._suspect is None and not self._lines.in_flight

    @property
    def _has_urgent(self) -> bool:
        return self._is_idle and not (self._paused or self._ending.stopping) and self._script.has_urgent

    def _overdue(self, now: float) -> None:
        if self._suspect is not None and now >= self._suspect[0]:
            self._fail(self._suspect[1], now)
        if self._has_urgent:
            self._fill(now)
        if self._rewind.until is not None:
            if now >= self._rewind.until:
                self._rewind.go_on()
                self._fill(now)
        elif now >= self._watch.answer_by:
            self._miss(now)

    def _miss(self, now: float) -> None:
        """No answer came in time."""
        lines = self._lines
        if self._is_idle and self._script.token is None:  # nothing is due: a pause, or it works without us
            lines.append(self._script.question, lines.last_mark)
            self._fill(now)
            if self._script.trouble is not None:
                self._fail(self._script.trouble, now)
            return
        kind, text = lines.longest_wait()
        self._watch.miss()
        if not self._synced:
            self._sync(now)
            return
        # A new number is never dropped as a repeat: the answer tells what the firmware really has.
        lines.window = 1
        if lines.has_begun:
            lines.clear_flight()  # its end is all that is missing
        else:
            lines.jump_to_new(_PROBE if self._script.token is None else self._ask_for_echo())
        self._fill(now)
        self._watch.allow(kind, text, now)

    def _give_up(self) -> None:
        """A safe end was not confirmed: the last resort is to say it without numbers."""
        if not self._ending.stopping:
            forget = self._lines.take_back()
            plain = "".join(f"{line}\n" for line in SAFE_END[:-1]).encode("ascii")
            self._out.append(forget + b"\n" + plain + plain)  # twice: the rest of a line may cost what is behind it
            self._ending.cause += "; the machine did not confirm a safe end: heaters may be ON"
        self._end()

    # -- what the machine says ----------------------------------------------------------------------------------------

    def receive(self, line: str, now: float) -> None:
        """A line came from the machine."""
        if self.result is not None or not line:
            return
        if line.startswith("ok"):
            answer = parse_ok(line)
            if answer is not None:
                told = parse_temperatures(line) if "/" in line else {}
                if told or not self._answers_older(now):
                    self._ok(answer, now)
                self.temperatures_c.update(told)
                self._heat = self._heat or dict(told)
            return
        number = parse_resend(line)
        if number is not None:
            self._resend(number - 1, now)
        else:
            self._other(line, now)

    def _answers_older(self, now: float) -> bool:
        """Whether a plain ok belongs to a line before our question, whose answer tells temperatures as others did."""
        if not self.temperatures_c or self._rewind.until is not None or self._lines.oldest != _PROBE:
            return False
        self._watch.expect(now)
        return True

    def _other(self, line: str, now: float) -> None:
        token = self._script.token
        if token is not None and token in line:
            self._prove()
        elif line.startswith("echo:busy"):
            self._watch.busy(now)
            if "paused" in line and self._state in {RunState.RUNNING, RunState.DRAINING, RunState.PAUSED}:
                self.report, self._waits_there, self._state = line, True, RunState.PAUSED
            self._ending.busy(now)
        elif line.lower() == "start":
            if self._ending.by is None:
                self._ending.fail("the board restarted during the run")
            self._end()
        elif line.startswith(("Error:", "!!")):
            self._error(line, now)
        elif line == "wait" and self._lines.in_flight and self._rewind.until is None:
            self._watch.answer_by = now  # idle, while we wait for an answer: it was lost
        elif line.startswith("//action:"):
            self._action(line.removeprefix("//action:"), now)
        else:
            self._listen(line, now)

    def _listen(self, line: str, now: float) -> None:
        self.temperatures_c.update(parse_temperatures(line))
        done, trouble = self._script.heard(line)
        if done is not None:
            self._told = self._done = max(self._told, done)
        if trouble is not None:
            self._fail(trouble, now)
        elif self._is_idle and self._append_next():
            self._fill(now)

    def _action(self, action: str, now: float) -> None:
        """The machine asks for something: its display, or a sensor for the filament's end."""
        name = action.partition(" ")[0]
        if name != "notification":
            self.report = action
        if name == "cancel":
            self.cancel(now)
        elif name in {"pause", "paused", "out_of_filament"}:
            self.pause()
        elif name in {"resume", "resumed"}:
            self.resume(now)

    def _error(self, line: str, now: float) -> None:
        kind = kind_of_error(line)
        if kind is Trouble.FATAL:
            self.report = line
            self._ending.fail(f"the firmware stopped: {line}")
            self._end()
        elif kind is Trouble.OTHER and self._suspect is None:
            # Damaged text of a wire error looks like a fault: the resend request that follows decides.
            self._suspect = (now + self._timing.error_s, f"the firmware reports {line!r}")

    def _ok(self, answer: Ok, now: float) -> None:
        if self._rewind.until is not None:  # it belongs to the refused line
            if not self._rewind.answered(now):
                return
        elif not self._synced:
            self._synced = True
            self._watch.heard()
            if self._state is RunState.CONNECTING:
                self._state = RunState.RUNNING
        else:
            mark = self._lines.acknowledge(answer)
            if mark is None:
                return
            self._watch.heard()
            self._done = max(mark, self._told)
            waited, self._waits_there = self._waits_there, False
            if waited and not self._paused:  # somebody was there
                self.resume(now)
        if answer.queue_free is not None and self._timing.lines_in_flight > 1:
            self._lines.places = answer.queue_free
            self._lines.window = 1 if self._rewind.any else self._timing.lines_in_flight
        self._fill(now)

    def _resend(self, index: int, now: float) -> None:
        self._suspect = None
        if not self._synced:
            self._sync(now)
            return
        self._watch.heard()
        self._out.append(self._rewind.request(index, now))
        if index == self._lines.replaying:
            self._done = max(self._told, min(self._done, self._lines.mark_before(index)))
        reason = self._rewind.unusable()
        if reason is not None:
            self._fail(reason, now)

    def _sync(self, now: float) -> None:
        self._watch.sync(now)
        self._out.append(numbered(0, "M110 N0"))

    def _fill(self, now: float) -> None:
        self._watch.expect(now)
        if self._ending.stopping or self._suspect is not None:
            return
        lines = self._lines
        while lines.in_flight < lines.window:
            if lines.cursor >= len(lines) and not self._append_next():
                return
            data = lines.send_next()
            if data is None:
                break
            self._out.append(data)
        if lines.may_begin and (lines.cursor < len(lines) or self._append_next()):
            self._out.append(lines.begin_next())

    def _append_next(self) -> bool:
        """Number the next line of the script; False when there is none, or it has to wait."""
        following = None if self._paused else self._script.following()
        if following is None:
            return False
        text, mark = following
        if mark == self._total and self._state is RunState.RUNNING:
            self._state = RunState.DRAINING
        self._lines.append(text, self._lines.last_mark if mark is None else mark)
        return True

    def _ask_for_echo(self) -> str:
        """A new proof: its echo says that all lines before it have been executed."""
        if self._script.proofs > 4 * self._timing.probes:
            raise LostContactError("the firmware echoes nothing, so the end cannot be confirmed", hint=LOST_HINT)
        return self._script.proof()

    def _prove(self) -> None:
        if self._ending.by is None:
            self._done = self._total
        else:
            self._ending.cause += "; heaters, fan and tool are off"
        self._end()

    # -- ending -------------------------------------------------------------------------------------------------------

    def _fail(self, cause: str, now: float) -> None:
        self._suspect = None
        if self._ending.by is None:
            self._end_safely(RunState.FAILING, Outcome.FAILED, cause, now)

    def _end_safely(self, state: RunState, outcome: Outcome, cause: str, now: float) -> None:
        self._state = state
        self._ending.begin(outcome, cause, now)
        self._paused = False
        self._script.end_safely()
        if self._emergency_parser and self._lines.can_be_broken():
            self._out.append(_GO_ON)  # nothing has begun behind a line that waits
        if self._is_idle:
            self._fill(now)

    def _end(self) -> None:
        self._state = RunState.ENDED
        self.result = RunResult(self._ending.outcome, self._done, self._ending.cause or "finished")
