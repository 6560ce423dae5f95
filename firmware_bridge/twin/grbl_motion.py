"""The motion of a virtual GRBL: queue, homing, jog, dwell, soft limits and overrides."""

from __future__ import annotations

from core.errors import InputError
from firmware_bridge.twin.grbl_system import GrblSystem
from firmware_bridge.twin.planner import MotionQueue, nominal_duration_s
from gcode.modal import Interpreter, Move
from gcode.words import Block, parse_line

__all__ = ["GrblMotion"]

_HOMING_S = 8.0
_RAPID_MM_MIN = 6000.0
_SYNCHRONOUS = {"M3", "M4", "M5", "M7", "M8", "M9", "M2", "M30", "G4", "M0", "M1", "M6"}
_FEED_STEPS = {0x91: 10, 0x92: -10, 0x93: 1, 0x94: -1}
_FEED_BOUNDS = (10, 200)


class GrblMotion:
    """What moves.

    Args:
        system: for the settings of travel ($20, $130 to $132).
        blocks: moves that are planned ahead.
        speed: how many machine seconds pass in one second.

    Attributes:
        state: the parser's, with the position.
        feed_percent: the override in force.
        changing_tool: whether an M6 waits for a cycle start.
    """

    def __init__(self, system: GrblSystem, blocks: int, speed: float) -> None:
        self._system = system
        self._blocks = blocks
        self._speed = speed
        self.state = Interpreter(grbl=True)
        self.clear()

    def clear(self) -> None:
        """After a reset: the position stays, all else is gone."""
        position = self.state.position
        self._queue = MotionQueue(self._blocks, self._speed)
        self.state = Interpreter(grbl=True)
        self.state.position = position
        self._due: float | None = None  # of what waits for the end of motion and then for itself
        self._homing_until: float | None = None
        self._jogging = False
        self.changing_tool = False
        self.feed_percent = 100

    def home(self) -> None:
        """At the reference point."""
        self.state = Interpreter(grbl=True)
        self._homing_until = None

    @property
    def homing(self) -> bool:
        """Whether it looks for its end switches."""
        return self._homing_until is not None

    @property
    def held(self) -> bool:
        """Whether a feed hold is on."""
        return self._queue.held

    def hold(self, now: float) -> None:
        """Come to rest."""
        self._queue.hold(now)

    def resume(self, now: float) -> None:
        """Go on."""
        self.changing_tool = False
        self._queue.resume(now)

    def drop(self, now: float) -> int:
        """Forget all moves; how many were not finished."""
        return self._queue.drop(now)

    def is_moving(self, now: float) -> bool:
        """Whether there are moves that have not ended."""
        return self._queue.moving(now) > 0

    def free(self, now: float) -> int:
        """How many more moves fit."""
        return self._queue.free(now)

    def mode(self, now: float) -> str:
        """Run, Jog or Idle."""
        if not (self._queue.moving(now) or self._due is not None):
            self._jogging = False
            return "Idle"
        return "Jog" if self._jogging else "Run"

    def override(self, byte: int) -> None:
        """A realtime byte of the feed; others do nothing here."""
        if byte == 0x90:
            self.feed_percent = 100
        elif byte in _FEED_STEPS:
            low, high = _FEED_BOUNDS
            self.feed_percent = min(max(self.feed_percent + _FEED_STEPS[byte], low), high)

    # -- when a line can be done ---------------------------------------------------------------------------------------

    def due(self, line: str, now: float, *, check: bool) -> float | None:
        """The moment; None while a hold or a tool change keeps it waiting."""
        if line.upper().startswith("$H") and self._system["$22"]:
            return self._home_due(now)
        if line.startswith(("$", "(")) or not line:
            return now
        if self.changing_tool:
            return None
        try:
            block = parse_line(line)
        except InputError:
            return now
        if self._due is not None:
            return self._due
        if _SYNCHRONOUS.isdisjoint(block.commands) or check:
            return self._queue.slot_at(now)
        drained = self._queue.empty_at(now)
        if drained is None or "G4" not in block.commands:
            return drained
        self._due = drained + (block.value("P") or 0.0) / self._speed
        return self._due

    def _home_due(self, now: float) -> float | None:
        if self._homing_until is None:
            drained = self._queue.empty_at(now)
            self._homing_until = None if drained is None else drained + _HOMING_S / self._speed
        return self._homing_until

    def begun(self) -> None:
        """The line that was waited for is being done."""
        self._due = None

    # -- doing it -----------------------------------------------------------------------------------------------------

    def take(self, block: Block, now: float, *, check: bool) -> bool:
        """Move as the block says; False when that would leave the travel.

        Raises:
            InputError: the block is not understood.
        """
        before = list(self.state.position)
        moves = self.state.advance(block)
        if not self._within(before):
            self.state.position = before
            return False
        if check:
            return True
        if "M6" in block.commands:
            self.changing_tool = True
        if not {"M0", "M1"}.isdisjoint(block.commands):
            self._queue.hold(now)
        if moves and "G4" not in block.commands:
            seconds = nominal_duration_s(moves, _RAPID_MM_MIN)
            cut = any(isinstance(move, Move) and not move.rapid for move in moves)
            self._queue.add(seconds * 100 / self.feed_percent if cut else seconds, now)
        return True

    def _within(self, before: list[float]) -> bool:
        """Travel is symmetric here: the twin does not know on which side its home lies."""
        if not self._system["$20"] or self.state.position == before:
            return True
        return all(abs(self.state.position[axis]) <= self._system[f"$13{axis}"] for axis in range(3))

    def jog(self, block: Block, now: float) -> bool:
        """A jog leaves the parser as it was; False when it would leave the travel."""
        state = Interpreter(grbl=True)
        state.position = list(self.state.position)
        plain = Block(block.raw, ("G1", *block.commands), block.words)
        moves = state.advance(plain)
        before, self.state.position = self.state.position, state.position
        if not self._within(before):
            self.state.position = before
            return False
        self._queue.add(nominal_duration_s(moves, _RAPID_MM_MIN), now)
        self._jogging = True
        return True

    def cancel_jog(self, now: float) -> None:
        """Come to rest and forget the rest of the jog."""
        if self._jogging:
            self._queue.drop(now)
