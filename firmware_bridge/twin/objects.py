"""The objects of a plate as a Marlin with CANCEL_OBJECTS keeps them.

After Marlin 2.1 `cancel_object.cpp` and its page on M486: up to 32 objects, of which one is being printed; moves of one
that is cancelled go nowhere and feed nothing, and the position of the filament counts on.
"""

from __future__ import annotations

import re
from dataclasses import replace

from gcode.words import Block

__all__ = ["Objects", "stripped"]

_MOST = 32
_WORD = re.compile(r"([TSPUC])\s*(-?\d{1,4})?")
_MOVES = frozenset({"G0", "G1", "G2", "G3"})


class Objects:
    """Which object is printed, and which are left out."""

    def __init__(self) -> None:
        self._active = -1
        self._cancelled: set[int] = set()

    @property
    def skipping(self) -> bool:
        """Whether what comes belongs to an object that is left out."""
        return self._active in self._cancelled

    def command(self, text: str) -> None:
        """Obey M486: T begins a plate, S names the object, P leaves one out, U takes it back, C leaves this one out."""
        words = {letter: int(number or 0) for letter, number in _WORD.findall(text.partition("A")[0])}
        if "T" in words:
            self._active, self._cancelled = -1, set()
        self._active = words.get("S", self._active)
        if "C" in words and self._active >= 0:
            self._cancelled.add(self._active)
        if 0 <= words.get("P", -1) < _MOST:
            self._cancelled.add(words["P"])
        self._cancelled.discard(words.get("U", -1))

    def skips(self, text: str) -> bool:
        """Whether a line is a move of an object that is left out."""
        if not self.skipping:
            return False
        command = text.split(" ", 1)[0]
        return command in _MOVES or not command[:1].isalpha() or command[:1] in "XYZE"


def stripped(block: Block) -> Block:
    """A move as it is obeyed while its object is left out: nothing but the count of the filament goes on."""
    commands = tuple("G1" if each in ("G2", "G3") else each for each in block.commands)
    return replace(block, commands=commands, words={name: each for name, each in block.words.items() if name in "EF"})
