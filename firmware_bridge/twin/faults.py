"""Faults on a wire: lines dropped, damaged in a way that a checksum shows, and delayed.

A damaged line has one byte changed to another printable one. The first byte is spared: a Marlin line that loses its N
is executed unchecked, which no checksum can show. GRBL has no checksum at all: damage there is for experiments only.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, fields

from core.errors import InputError

__all__ = ["Faults", "FaultyWire"]

_PRINTABLE = range(0x21, 0x7F)


@dataclass(frozen=True, slots=True)
class Faults:
    """How often, per line and direction.

    Attributes:
        drop, corrupt, delay: probabilities from 0 to 1, together at most 1.
        delay_s: how long a delayed line, and all behind it, wait.
    """

    drop: float = 0.0
    corrupt: float = 0.0
    delay: float = 0.0
    delay_s: float = 0.02

    def __post_init__(self) -> None:
        shares = (self.drop, self.corrupt, self.delay)
        if not all(0 <= share <= 1 for share in shares) or sum(shares) > 1 or not 0 <= self.delay_s <= 60:
            raise InputError(f"no probabilities of faults: {self}", hint="drop, corrupt and delay add up to 1 at most")

    def __bool__(self) -> bool:
        return bool(self.drop or self.corrupt or self.delay)

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Read `drop=0.01,corrupt=0.01,delay=0.01`.

        Raises:
            InputError: a name or a number is not understood.
        """
        values: dict[str, float] = {}
        known = [each.name for each in fields(cls)]
        for part in filter(None, text.split(",")):
            name, _, number = part.partition("=")
            try:
                values[name.strip()] = float(number)
            except ValueError as error:
                raise InputError(f"{part!r} is no fault", hint="write name=share, as in drop=0.01") from error
            if name.strip() not in known:
                raise InputError(f"{name.strip()!r} is no kind of fault", hint=f"known are {', '.join(known)}")
        return cls(**values)

    def __str__(self) -> str:
        return ",".join(f"{each.name}={getattr(self, each.name):g}" for each in fields(self))


class FaultyWire:
    """One direction. Bytes go in, whole lines come out, in order, some of them hurt.

    Args:
        faults: how often.
        generator: of chance, seeded by the caller.
        realtime: bytes that are no part of lines and pass at once (GRBL).
    """

    def __init__(self, faults: Faults, generator: random.Random, realtime: bytes = b"") -> None:
        self._faults = faults
        self._random = generator
        self._realtime = realtime
        self._partial = b""
        self._waiting: deque[tuple[float, bytes]] = deque()

    @property
    def release_at(self) -> float | None:
        """When the next waiting line comes out, or None."""
        return self._waiting[0][0] if self._waiting else None

    def carry(self, data: bytes, now: float) -> bytes:
        """Put bytes in, take out what has arrived by `now` (seconds of any clock that does not go back)."""
        if not self._faults:
            return data
        out = bytearray()
        if self._realtime:
            plain = data.translate(None, self._realtime)
            if len(plain) != len(data):
                out += bytes(byte for byte in data if byte in self._realtime)
                data = plain
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._hurt(line, now)
        while self._waiting and self._waiting[0][0] <= now:
            out += self._waiting.popleft()[1]
        return bytes(out)

    def clear(self) -> None:
        """Forget what is on the way."""
        self._partial = b""
        self._waiting.clear()

    def _hurt(self, line: bytes, now: float) -> None:
        chance, faults = self._random.random(), self._faults
        release = max(now, self._waiting[-1][0]) if self._waiting else now
        if chance < faults.drop:
            return
        chance -= faults.drop
        if chance < faults.corrupt:
            line = self._corrupt(line)
        elif chance < faults.corrupt + faults.delay:
            release = max(release, now + faults.delay_s)
        self._waiting.append((release, line + b"\n"))

    def _corrupt(self, line: bytes) -> bytes:
        body = line.rstrip(b"\r")
        if len(body) < 2:
            return line
        place = self._random.randrange(1, len(body))
        byte = self._random.choice([value for value in _PRINTABLE if value != body[place]])
        return line[:place] + bytes([byte]) + line[place + 1 :]
