"""Printing from the machine's own memory card: the program goes there first, then the machine prints without the wire.

Source: Marlin's G-code index, M21 to M29 and M524, and the answers of its `cardreader.cpp`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from enum import Enum

from firmware_bridge.marlin_script import SAFE_END, Script

__all__ = ["CARD_FILE", "CardScript"]

CARD_FILE = "FABJOB.GCO"  # one name, overwritten by each job: the card never fills up
_PROGRESS = re.compile(r"sd printing byte (\d+)/(\d+)")
_OPENED = re.compile(r"file opened:.*size:\s*(\d+)")
_TROUBLE = ("open failed", "sd init fail", "no sd card", "no media", "error writing to file", "write error")
_PATIENCE = 3  # questions, until what was awaited counts as never said


class _Step(Enum):
    OPENING = 1  # until the machine says that it writes: else it would execute the lines
    WRITING = 2
    CHOOSING = 3  # until it has opened what was written, and told its size
    PRINTING = 4
    PRINTED = 5
    ENDING = 6


class CardScript(Script):
    """The texts of a run that goes by the card. What a later step needs is waited for before that step.

    Args:
        lines: the program's.
        job_id: for the marks in the machine's log, which stand in the file.
    """

    def __init__(self, lines: Sequence[str], job_id: str) -> None:
        super().__init__((), job_id)
        self._count = len(lines)
        self._printed = f"printed {job_id}"
        file = (f"M117 {job_id} start", *lines, "M400", f"M117 {job_id} end", f"M118 {self._printed}")
        self._least_bytes = sum(len(line) + 1 for line in file)
        self._file: Iterator[str] = iter(file)
        self._step: _Step | None = None
        self._urgent: deque[str] = deque([f"M28 {CARD_FILE}"])
        self._asked = 0
        self._paused = False

    @property
    def has_urgent(self) -> bool:
        """Whether there is something to send although nothing was answered."""
        return bool(self._urgent) or (self._step is _Step.PRINTED and self.token is None)

    def following(self) -> tuple[str, int | None] | None:
        """The next text; None while the machine has not said what the last one needs, and while it prints."""
        if self._step is None:
            self._step = _Step.OPENING
        if self._urgent:
            return self._urgent.popleft(), None
        if self.token is not None:
            return None
        if self._step is _Step.WRITING:
            line = next(self._file, None)
            if line is not None:
                return line, None
            self._step = _Step.CHOOSING
            self._urgent.append(f"M23 {CARD_FILE}")
            return "M29", None
        if self._step is _Step.ENDING:
            return next(self._texts, None) or (self.proof(), None)
        return (self.proof(), None) if self._step is _Step.PRINTED else None

    def heard(self, line: str) -> tuple[int | None, str | None]:
        """Take what the machine says: lines of the program done, and why the run cannot go on."""
        low = line.lower()
        if self._step in {_Step.OPENING, _Step.CHOOSING} and any(word in low for word in _TROUBLE):
            return None, f"the memory card cannot be used: {line}"
        if self._step is _Step.OPENING and "writing to file" in low:
            self._step, self._asked = _Step.WRITING, 0
        elif self._step is _Step.CHOOSING and (found := _OPENED.search(low)):
            if int(found[1]) < self._least_bytes:
                return None, f"the memory card holds {found[1]} of {self._least_bytes} bytes"
            self._step, self._asked = _Step.PRINTING, 0
            self._urgent.append("M24")
        elif self._step is _Step.PRINTING:
            return self._heard_printing(low)
        return None, None

    def _heard_printing(self, low: str) -> tuple[int | None, str | None]:
        found = _PROGRESS.match(low)
        if found:
            self._asked = 0
            return int(self._count * int(found[1]) / max(1, int(found[2]))), None
        if self._printed.lower() in low or "done printing file" in low:
            self._step = _Step.PRINTED
        elif low.startswith("not sd printing") and not self._paused:
            self._asked += 1
            if self._asked > _PATIENCE:
                return None, "the machine does not print from its card any more, and has not said that it is done"
        return None, None

    @property
    def trouble(self) -> str | None:
        """Why the run cannot go on: what was awaited was never said."""
        if self._asked > _PATIENCE and self._step in {_Step.OPENING, _Step.CHOOSING}:
            return "the machine did not confirm that it uses its memory card"
        return None

    @property
    def question(self) -> str:
        """What to ask when nothing is due."""
        if self._step is _Step.PRINTING:
            return "M27"
        if self._step is _Step.CHOOSING:
            self._asked += 1
            return f"M23 {CARD_FILE}"
        self._asked += self._step is _Step.OPENING
        return super().question

    def pause(self) -> bool:
        """The machine itself has to pause; False while the file is still on its way, which may simply wait."""
        if self._step is _Step.PRINTING:
            self._paused = True
            self._urgent.append("M25")
        return self._paused

    def resume(self) -> None:
        """Go on printing."""
        if self._paused:
            self._paused = False
            self._urgent.append("M24")

    def end_safely(self) -> None:
        """Close the file or end the print, then switch everything off."""
        super().end_safely()
        self._urgent.clear()
        writes = self._step in {_Step.OPENING, _Step.WRITING}
        self._texts = iter([(text, None) for text in (*(("M29",) if writes else ("M25", "M524")), *SAFE_END)])
        self._step = _Step.ENDING
