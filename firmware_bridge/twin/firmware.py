"""What a virtual firmware is to the loop that serves it. No port, no clock: bytes and moments are passed in."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Firmware", "LineRing"]


class Firmware(Protocol):
    """A firmware on the bench.

    Attributes:
        gone: whether its cable is out.
    """

    gone: bool

    @property
    def realtime(self) -> bytes:
        """Bytes that act outside lines."""
        ...

    @property
    def wake_at(self) -> float | None:
        """When `advance` is due although no byte came, or None."""
        ...

    def reset(self, now: float, cause: str) -> None:
        """Start as after power-on; motion and heat are gone."""
        ...

    def feed(self, data: bytes, now: float) -> None:
        """Bytes arrive."""
        ...

    def advance(self, now: float) -> None:
        """Time has passed."""
        ...

    def take_output(self) -> bytes:
        """What it has said since the last call."""
        ...


class LineRing:
    """A receive buffer of fixed size; what does not fit is lost without a word, as in a serial interrupt."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self._data)

    @property
    def free(self) -> int:
        """Bytes that still fit."""
        return self._size - len(self._data)

    def put(self, data: bytes) -> bytes:
        """Take what fits and give back the rest."""
        free = self.free
        self._data += data[:free]
        return data[free:]

    def line(self) -> bytes | None:
        """The next whole line without its end, or None."""
        end = self._data.find(b"\n")
        if end < 0:
            return None
        line = bytes(self._data[:end])
        del self._data[: end + 1]
        return line

    def piece(self) -> tuple[bytes, bool]:
        """All bytes up to the next end of a line, which are taken out, and whether that end was there."""
        end = self._data.find(b"\n")
        piece = bytes(self._data) if end < 0 else bytes(self._data[:end])
        del self._data[: len(piece) + (end >= 0)]
        return piece, end >= 0

    def clear(self) -> None:
        """Forget everything."""
        self._data.clear()
