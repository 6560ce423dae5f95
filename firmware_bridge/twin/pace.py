"""The speed of a serial line, and the patience of a USB adapter behind it. Moments are computed, not waited for."""

from __future__ import annotations

from collections import deque

__all__ = ["SerialLine", "UsbAdapter"]

_BITS_PER_BYTE = 10  # start, eight data, stop
_PACKET_BYTES = 62  # what an FTDI adapter sends on without waiting: a packet of 64 less its two status bytes


class SerialLine:
    """One direction. Bytes go in at once and arrive one after the other, gathered by lines.

    Args:
        baud: bits a second; None: they arrive as they go in.
    """

    def __init__(self, baud: int | None) -> None:
        self._byte_s = None if baud is None else _BITS_PER_BYTE / baud
        self._free_at = 0.0
        self._chunks: deque[tuple[float, bytes]] = deque()

    @property
    def next_at(self) -> float | None:
        """When the end of the next line, or of what there is of it, arrives; None when nothing is under way."""
        return self._chunks[0][0] if self._chunks else None

    def put(self, data: bytes, now: float) -> None:
        """Send bytes (seconds of a clock that does not go back)."""
        if not data:
            return
        if self._byte_s is None:
            self._chunks.append((now, data))
            return
        moment = max(now, self._free_at)
        place = 0
        while place < len(data):
            end = data.find(b"\n", place) + 1 or len(data)
            moment += (end - place) * self._byte_s
            self._chunks.append((moment, data[place:end]))
            place = end
        self._free_at = moment

    def take(self, until: float) -> list[tuple[float, bytes]]:
        """What arrives by that moment, each piece with its own."""
        found: list[tuple[float, bytes]] = []
        while self._chunks and self._chunks[0][0] <= until:
            found.append(self._chunks.popleft())
        return found

    def clear(self) -> None:
        """Forget what is under way."""
        self._chunks.clear()


class UsbAdapter:
    """Bytes on their way to the host: sent on when a packet is full, or so long after its first byte.

    Args:
        latency_s: the adapter's latency timer; 0 sends everything on at once.
    """

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._packets: deque[tuple[float, bytes]] = deque()

    @property
    def next_at(self) -> float | None:
        """When the next packet goes to the host, or None."""
        return self._packets[0][0] if self._packets else None

    def put(self, data: bytes, now: float) -> None:
        """Bytes came from the wire."""
        if self._packets and self._latency_s and now < self._packets[-1][0]:
            due, packet = self._packets.pop()
            data = packet + data
        else:
            due = now + self._latency_s
        while self._latency_s and len(data) > _PACKET_BYTES:
            self._packets.append((now, data[:_PACKET_BYTES]))
            data = data[_PACKET_BYTES:]
        self._packets.append((due, data))

    def take(self, now: float) -> bytes:
        """What the host has by now."""
        found = []
        while self._packets and self._packets[0][0] <= now:
            found.append(self._packets.popleft()[1])
        return b"".join(found)

    def clear(self) -> None:
        """Forget what is under way."""
        self._packets.clear()
