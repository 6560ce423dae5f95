"""What goes wrong: faults on a wire (lines dropped, doubled, delayed, damaged), and mishaps of the machine.

A damaged line has one byte changed to another printable one. The first byte is spared: a Marlin line that loses its N
is executed unchecked, which no checksum can show. GRBL has no checksum at all: damage there is for experiments only.
"""

from __future__ import annotations

import random
import re
from collections import deque
from dataclasses import dataclass, fields

from core.errors import InputError

__all__ = ["MISHAPS", "Faults", "FaultyWire", "Mishap"]

_PRINTABLE = range(0x21, 0x7F)
MISHAPS = (
    "reset",  # the board restarts
    "unplug",  # the cable comes out
    "runaway",  # a heater gets out of hand, and the firmware stops everything
    "maxtemp",  # a sensor reads too much, the same
    "runout",  # the filament ends
    "endstop",  # a limit switch is hit, or broken when homing
    "timeout",  # heaters that nobody used are switched off
    "door",  # a safety door opens
)


@dataclass(frozen=True, slots=True)
class Mishap:
    """One of `MISHAPS`, once so many lines have been executed since the power came on."""

    name: str
    line: int

    def __post_init__(self) -> None:
        if self.name not in MISHAPS:
            raise InputError(f"{self.name!r} is no mishap", hint=f"known are {', '.join(MISHAPS)}")
        if self.line < 1:
            raise InputError(f"{self.name} needs a number of lines from 1 on, got {self.line}")


@dataclass(frozen=True, slots=True)
class Faults:
    """How often a line is hurt, for each direction, and what happens to the machine.

    Attributes:
        drop, corrupt, delay, double: probabilities from 0 to 1, together at most 1.
        delay_s: how long a delayed line, and all behind it, wait.
        mishaps: of the machine.
    """

    drop: float = 0.0
    corrupt: float = 0.0
    delay: float = 0.0
    double: float = 0.0
    delay_s: float = 0.02
    mishaps: tuple[Mishap, ...] = ()

    def __post_init__(self) -> None:
        shares = (self.drop, self.corrupt, self.delay, self.double)
        if not all(0 <= share <= 1 for share in shares) or sum(shares) > 1 or not 0 <= self.delay_s <= 60:
            raise InputError(f"no probabilities of faults: {self}", hint="the shares add up to 1 at most")

    def __bool__(self) -> bool:
        return self.hurts_lines or bool(self.mishaps)

    @property
    def hurts_lines(self) -> bool:
        """Whether the wire does anything but carry."""
        return bool(self.drop or self.corrupt or self.delay or self.double)

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Read `drop=0.01,corrupt=0.01,runaway@500`.

        Raises:
            InputError: a name or a number is not understood.
        """
        values: dict[str, float] = {}
        mishaps: list[Mishap] = []
        known = [each.name for each in fields(cls) if each.name != "mishaps"]
        for part in filter(None, text.split(",")):
            name, sign, number = re.split(r"([=@])", part + "=", maxsplit=1)
            name, number = name.strip(), number.rstrip("=")
            try:
                if sign == "@":
                    mishaps.append(Mishap(name, int(number)))
                else:
                    values[name] = float(number)
            except ValueError as error:
                raise InputError(
                    f"{part!r} is no fault", hint="write name=share, as in drop=0.01, or name@line, as in reset@500"
                ) from error
            if sign == "=" and name not in known:
                raise InputError(
                    f"{name!r} is no kind of fault", hint=f"known are {', '.join(known)}, and @ {', '.join(MISHAPS)}"
                )
        return cls(**values, mishaps=tuple(mishaps))

    def __str__(self) -> str:
        shares = [f"{each.name}={getattr(self, each.name):g}" for each in fields(self) if each.name != "mishaps"]
        return ",".join([*shares, *(f"{each.name}@{each.line}" for each in self.mishaps)])


class FaultyWire:
    """One direction. Bytes go in, lines come out in order, some of them hurt; a damaged line comes in one piece.

    Args:
        faults: how often.
        generator: of chance, seeded by the caller.
        realtime: bytes that are no part of lines and pass at once (GRBL).
    """

    def __init__(self, faults: Faults, generator: random.Random, realtime: bytes = b"") -> None:
        self._faults = faults
        self._random = generator
        self._realtime = realtime
        self._fault: str | None = None  # of the line that is passing; None between lines
        self._line = b""  # what has passed of it
        self._release = 0.0
        self._waiting: deque[tuple[float, bytes]] = deque()

    @property
    def release_at(self) -> float | None:
        """When the next waiting piece comes out, or None."""
        return self._waiting[0][0] if self._waiting else None

    def carry(self, data: bytes, now: float) -> bytes:
        """Put bytes in, take out what has arrived by `now` (seconds of any clock that does not go back)."""
        if not self._faults.hurts_lines:
            return data
        out = bytearray()
        if self._realtime:
            plain = data.translate(None, self._realtime)
            if len(plain) != len(data):
                out += bytes(byte for byte in data if byte in self._realtime)
                data = plain
        place = 0
        while place < len(data):
            end = data.find(b"\n", place) + 1 or len(data)
            self._pass(data[place:end], now)
            place = end
        while self._waiting and self._waiting[0][0] <= now:
            out += self._waiting.popleft()[1]
        return bytes(out)

    def clear(self) -> None:
        """Forget what is on the way."""
        self._fault, self._line = None, b""
        self._waiting.clear()

    def _pass(self, piece: bytes, now: float) -> None:
        """A line, or a piece of one."""
        if self._fault is None:
            self._fault = self._draw()
            self._release = now + self._faults.delay_s if self._fault == "delay" else now
        self._line += piece
        ends = piece.endswith(b"\n")
        if self._fault == "corrupt":
            piece = self._corrupt(self._line) if ends else b""
        elif self._fault == "drop":
            piece = b""
        elif self._fault == "double" and ends:
            piece += self._line
        if piece:
            last = self._waiting[-1][0] if self._waiting else now
            self._waiting.append((max(now, last, self._release), piece))
        if ends:
            self._fault, self._line = None, b""

    def _draw(self) -> str:
        chance = self._random.random()
        for name in ("drop", "corrupt", "delay", "double"):
            chance -= getattr(self._faults, name)
            if chance < 0:
                return name
        return ""

    def _corrupt(self, line: bytes) -> bytes:
        body = line.rstrip(b"\r\n")
        if len(body) < 2:
            return line
        place = self._random.randrange(1, len(body))
        byte = self._random.choice([value for value in _PRINTABLE if value != body[place]])
        return line[:place] + bytes([byte]) + line[place + 1 :]
