from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from firmware_bridge.port import LineSplitter
from firmware_bridge.stream import Stream
from firmware_bridge.timing import GrblTiming, MarlinTiming
from firmware_bridge.twin.faults import Faults, FaultyWire
from firmware_bridge.twin.firmware import Firmware


class Bench:
    """A stream and a virtual firmware joined by two faulty wires, on a clock that only events move."""

    def __init__(self, firmware: Firmware, faults: Faults, seed: int) -> None:
        self.firmware = firmware
        self.now = 0.0
        self._down = FaultyWire(faults, random.Random(f"{seed} down"), firmware.realtime)
        self._up = FaultyWire(faults, random.Random(f"{seed} up"))
        self._splitter = LineSplitter()
        firmware.reset(0.0, "power")
        self.now = firmware.wake_at or 0.0
        firmware.advance(self.now)
        firmware.take_output()

    def run(
        self, stream: Stream, *, limit_s: float = 36000.0, each_turn: Callable[[float], None] = lambda _: None
    ) -> Stream:
        while stream.result is None:
            assert self.now < limit_s, "the exchange has no end"
            each_turn(self.now)
            if not self._exchange(stream):
                moments = [stream.wake_at, self.firmware.wake_at, self._down.release_at, self._up.release_at]
                self.now = max(self.now + 1e-6, min(moment for moment in moments if moment is not None))
        self._exchange(stream)
        return stream

    def _exchange(self, stream: Stream) -> bool:
        down = self._down.carry(stream.take_output(), self.now)
        if down:
            self.firmware.feed(down, self.now)
        self.firmware.advance(self.now)
        up = self._up.carry(self.firmware.take_output(), self.now)
        for line in self._splitter.feed(up):
            stream.receive(line, self.now)
        stream.advance(self.now)
        return bool(down or up)


@pytest.fixture(scope="session")
def bench() -> type[Bench]:
    return Bench


@pytest.fixture(scope="session")
def quick_marlin() -> MarlinTiming:
    """Short waits for a wire without latency; many questions, because the computer may be busy."""
    return MarlinTiming(quiet_s=0.1, answer_s=0.15, settle_s=0.01, resend_ok_s=0.05, probes=100, lines_in_flight=99)


@pytest.fixture(scope="session")
def quick_grbl() -> GrblTiming:
    return GrblTiming(quiet_s=0.1, report_every_s=0.02, report_s=5.0)
