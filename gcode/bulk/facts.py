"""What a program does, measured fast: the same as `gcode.facts`, which is its reference."""

from __future__ import annotations

import numpy as np

from core.errors import InputError, LimitError
from gcode.bulk import registers as r
from gcode.bulk.gather import gather
from gcode.bulk.lines import Words
from gcode.bulk.listing import Listing
from gcode.bulk.modes import plain_from_state, state_from_plain
from gcode.bulk.planner import Planner
from gcode.bulk.walker import walk
from gcode.extent import Extent
from gcode.facts import Kind, ProgramFacts, Reading, Unknowns, assemble_facts, kind_of
from gcode.heating import Heating, heating_s
from gcode.klipper import read_block
from gcode.limits import MotionLimits
from gcode.modal import Dwell, Interpreter, Move
from gcode.notes import NOTED, Notes
from gcode.words import Block

__all__ = ["inspect_listing"]

_MOVES = 1 << 16  # held at once
_MAX_MOVES = 200_000_000  # some minutes of work


def inspect_listing(
    listing: Listing,
    limits: MotionLimits | None = None,
    *,
    heating: Heating | None = None,
    reading: Reading | None = None,
) -> ProgramFacts:
    """Measure a program; arguments, facts and errors are those of `gcode.facts.inspect_program`."""
    reading = reading or Reading()
    limits = limits or MotionLimits()
    guess = listing.feeds_filament if limits.rapids_obey_feed is None else limits.rapids_obey_feed
    run = _Run(listing, limits, reading, rapids_obey_feed=guess)
    run.follow()
    if limits.rapids_obey_feed is None and guess != (run.kind is Kind.FILAMENT):
        run = _Run(listing, limits, reading, rapids_obey_feed=not guess)
        run.follow()
    waits_s = heating_s(run.planner.timeline, heating or Heating())
    return assemble_facts(
        listing.sha256, listing.line_count, run.duration_s, waits_s, run.notes, run.extent, run.unknowns
    )


class _Run:
    """One pass over a program."""

    def __init__(self, listing: Listing, limits: MotionLimits, reading: Reading, *, rapids_obey_feed: bool) -> None:
        self._listing, self._limits, self._rapids_obey_feed = listing, limits, rapids_obey_feed
        self._klipper = reading.klipper
        grbl = not listing.feeds_filament if reading.grbl is None else reading.grbl
        self._plain = Interpreter(
            grbl=grbl, limits_per_minute=reading.limits_per_minute, limits_ignored=reading.klipper
        )
        self.notes, self.extent = Notes(), Extent()
        self.unknowns = Unknowns(listing.name, tolerant=reading.tolerant)
        self._state, self._seen = np.zeros(r.STATE_SIZE), np.zeros(r.SEEN_SIZE)
        self._gathered = np.zeros(r.GATHERED_SIZE)
        self._seen[r.MAX_FAN] = self._gathered[r.MAX_POWER] = -1.0
        self._moves, self._count = np.zeros((_MOVES, r.MOVE_SIZE)), 0
        self._heights = np.zeros(_MOVES + 1)
        self._made = 0
        self.planner = Planner(_MOVES)
        self._set_limits()

    @property
    def kind(self) -> Kind:
        """What the program is for, by what has been seen."""
        return kind_of(self.notes, self.extent)

    @property
    def duration_s(self) -> float:
        """Motion and dwells."""
        return self.planner.moved_s + float(self._state[r.DWELL_S])

    def follow(self) -> None:
        """From the first line to the last."""
        listing, index = self._listing, 0
        words: Words = np.zeros((2, 26))
        state_from_plain(self._plain, self._state)
        self._state[r.STOPPED] = 1.0
        while index < listing.line_count:
            index, self._count, hard = walk(
                listing.data, listing.starts, listing.stops, index, words, self._state, self._seen,
                self._moves, self._count,
            )  # fmt: skip
            if hard:
                self._follow_plainly(index)
                index += 1
            else:
                self._take()
        self._take()
        self.planner.finish()
        self._collect()

    def _follow_plainly(self, index: int) -> None:
        """One line by the plain interpreter."""
        text, number, plain = self._listing.text(index), int(self._listing.numbers[index]), self._plain
        settings = plain.settings
        plain_from_state(plain, self._state)
        try:
            block = read_block(text, klipper=self._klipper)
            happened = plain.advance(block, number)
        except InputError as error:
            state_from_plain(plain, self._state)
            self.unknowns.meet(error, number, text)
            return
        if _is_noted(block):
            self._note(block)
        if plain.settings is not settings:
            self._take()
            self._set_limits()
        state_from_plain(plain, self._state)
        for event in happened:
            self._add(event)
        if self._count == 0 or self._moves[self._count - 1, :4].tolist() != plain.position:
            self._push((*plain.position, 0.0, 0.0, 0.0, r.JUMP))

    def _note(self, block: Block) -> None:
        self._take()
        self._store_filament()
        self.notes.printing = self._gathered[r.EXTRUDES] != 0.0
        known = len(self.notes.heater_events)
        self.notes.take(block, 0)
        for event in self.notes.heater_events[known:]:
            self.planner.mark(float(self._state[r.DWELL_S]), event)

    def _set_limits(self) -> None:
        limits = self._limits.under(self._plain.settings)
        self.planner.limits[:] = r.limits_vector(limits, rapids_obey_feed=self._rapids_obey_feed)

    def _add(self, event: Move | Dwell) -> None:
        if isinstance(event, Dwell):
            self._state[r.DWELL_S] += event.duration_s
            self._state[r.STOPPED] = 1.0
            return
        sort = r.RAPID if event.rapid else r.FED_MOVE
        self._push((*event.end, event.feed_mm_min, event.power, event.acceleration_mm_s2 or 0.0, sort))

    def _push(self, row: tuple[float, ...]) -> None:
        if self._count == _MOVES:
            self._take()
        self._moves[self._count] = (*row, self._state[r.STOPPED])
        self._state[r.STOPPED] = 0.0
        self._count += 1

    def _take(self) -> None:
        """Gather from the moves and hand them to the planner."""
        if self._count == 0:
            return
        self._made += self._count
        if self._made > _MAX_MOVES:
            raise LimitError(f"makes more than {_MAX_MOVES:,} moves", where=self._listing.name)
        gather(self._moves, 0, self._count, self._gathered, self._heights)
        known = int(self._gathered[r.HEIGHTS])
        self.extent.heights_mm.update(np.unique(self._heights[:known]).tolist())
        self._gathered[r.HEIGHTS] = 0.0
        self.planner.add(self._moves, self._count)
        self._count = 0

    def _store_filament(self) -> None:
        gathered = self._gathered
        if gathered[r.FED]:
            self.extent.feed(self.notes.tool, float(gathered[r.FILAMENT]), float(gathered[r.FILAMENT_MOST]))
            gathered[[r.FED, r.FILAMENT, r.FILAMENT_MOST]] = 0.0

    def _collect(self) -> None:
        """What was gathered in arrays to where the plain reader would have it."""
        self._store_filament()
        gathered, extent, notes = self._gathered.tolist(), self.extent, self.notes
        if gathered[r.ANY]:
            extent.every.low, extent.every.high = gathered[r.LOW : r.LOW + 3], gathered[r.HIGH : r.HIGH + 3]
        if gathered[r.ANY_WORK]:
            extent.work.low = gathered[r.WORK_LOW : r.WORK_LOW + 3]
            extent.work.high = gathered[r.WORK_HIGH : r.WORK_HIGH + 3]
        extent.max_power = None if gathered[r.MAX_POWER] < 0 else gathered[r.MAX_POWER]
        extent.extrudes, extent.plunges = bool(gathered[r.EXTRUDES]), bool(gathered[r.PLUNGES])
        extent.work_mm, extent.travel_mm = gathered[r.WORK_MM], gathered[r.TRAVEL_MM]
        extent.work_feed_mm_min, extent.travel_feed_mm_min = gathered[r.WORK_FEED], gathered[r.TRAVEL_FEED]
        max_fan, spindle, inches = self._seen.tolist()
        notes.spindle, notes.inches = notes.spindle or bool(spindle), notes.inches or bool(inches)
        if max_fan >= 0:
            notes.max_fan = max(notes.max_fan or 0.0, max_fan)


def _is_noted(block: Block) -> bool:
    return any(command in NOTED or command[0] == "T" for command in block.commands)
