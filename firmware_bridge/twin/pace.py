"""The speed of a serial line: each byte takes its time, and idle time is lost."""

from __future__ import annotations

__all__ = ["SerialLine"]

_BITS_PER_BYTE = 10  # start, eight data, stop


class SerialLine:
    """One direction. Bytes go in at once and come out one after the other.

    Args:
        baud: bits a second; None: at once.
    """

    def __init__(self, baud: int | None) -> None:
        self._byte_s = None if baud is None else _BITS_PER_BYTE / baud
        self._data = bytearray()
        self._since = 0.0  # when the first byte that is under way began

    @property
    def next_at(self) -> float | None:
        """When the next line or the last byte will have arrived, or None when nothing is under way."""
        if not self._data or self._byte_s is None:
            return None
        end = self._data.find(b"\n") + 1 or len(self._data)
        return self._since + end * self._byte_s

    def carry(self, data: bytes, now: float) -> bytes:
        """Put bytes in, take out what has arrived by `now` (seconds of a clock that does not go back)."""
        if self._byte_s is None:
            return data
        if data:
            if not self._data:
                self._since = max(self._since, now)
            self._data += data
        # A little more than exact: the moment of `next_at` must not fall short by rounding.
        count = min(len(self._data), int((now - self._since) / self._byte_s + 1e-6))
        if count <= 0:
            return b""
        arrived = bytes(self._data[:count])
        del self._data[:count]
        self._since += count * self._byte_s
        return arrived

    def clear(self) -> None:
        """Forget what is under way."""
        self._data.clear()
