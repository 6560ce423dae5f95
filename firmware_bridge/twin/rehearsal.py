"""A stream and a virtual firmware joined by two wires, on a clock that only events move: hours pass in seconds."""

from __future__ import annotations

import random
from collections.abc import Callable

from core.errors import DeviceError
from firmware_bridge.port import LineSplitter
from firmware_bridge.stream import Stream
from firmware_bridge.twin.faults import Faults, FaultyWire
from firmware_bridge.twin.firmware import Firmware
from firmware_bridge.twin.pace import SerialLine, UsbAdapter

__all__ = ["Rehearsal"]

_TICK_S = 1e-6


class Rehearsal:
    """The table on which both stand.

    Args:
        firmware: switched on here.
        faults: of each wire.
        seed: of the faults' chance.
        baud: bits a second each way; None does not limit.
        latency_s: of a USB adapter, on the way to the host.

    Attributes:
        now: the moment, in seconds.
    """

    def __init__(
        self, firmware: Firmware, faults: Faults, seed: int, *, baud: int | None = None, latency_s: float = 0.0
    ) -> None:
        self.firmware = firmware
        self._down = FaultyWire(faults, random.Random(f"{seed} down"), firmware.realtime)  # noqa: S311 - not for secrets
        self._up = FaultyWire(faults, random.Random(f"{seed} up"))  # noqa: S311
        self._line_down, self._line_up = SerialLine(baud), SerialLine(baud)
        self._adapter = UsbAdapter(latency_s)
        self._splitter = LineSplitter()
        firmware.reset(0.0, "power")
        self.now = firmware.wake_at or 0.0
        firmware.advance(self.now)
        firmware.take_output()

    def run(
        self, stream: Stream, *, limit_s: float = 36000.0, each_turn: Callable[[float], None] = lambda _: None
    ) -> Stream:
        """Let both talk until the stream has its result.

        Raises:
            DeviceError: it has none after `limit_s` seconds: a fault of the stream.
            LostContactError: the stream gave up.
        """
        while stream.result is None:
            if self.now > limit_s:
                raise DeviceError("the exchange has no end")
            each_turn(self.now)
            if not self._exchange(stream):
                self.now = max(self.now + _TICK_S, self._next_moment(stream))
        self._exchange(stream)
        return stream

    def _next_moment(self, stream: Stream) -> float:
        moments = [stream.wake_at, self.firmware.wake_at, self._down.release_at, self._up.release_at]
        moments += [self._line_down.next_at, self._line_up.next_at, self._adapter.next_at]
        return min(moment for moment in moments if moment is not None)

    def _exchange(self, stream: Stream) -> bool:
        """One turn; whether anything moved."""
        now = self.now
        stream.advance(now)
        sent = stream.take_output()
        self._line_down.put(sent, now)
        down = b"".join(piece for _, piece in self._line_down.take(now))
        down = self._down.carry(down, now)
        if down:
            self.firmware.feed(down, now)
        self.firmware.advance(now)
        up = self._up.carry(self.firmware.take_output(), now)
        self._line_up.put(up, now)
        for moment, piece in self._line_up.take(now):
            self._adapter.put(piece, moment)
        answers = self._adapter.take(now)
        for line in self._splitter.feed(answers):
            stream.receive(line, now)
        return bool(sent or down or up or answers)
