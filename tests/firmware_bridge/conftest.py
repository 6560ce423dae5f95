from __future__ import annotations

import pytest

from firmware_bridge.timing import GrblTiming, MarlinTiming
from firmware_bridge.twin.rehearsal import Rehearsal


@pytest.fixture(scope="session")
def bench() -> type[Rehearsal]:
    return Rehearsal


@pytest.fixture(scope="session")
def quick_marlin() -> MarlinTiming:
    """Short waits for a wire without latency; many questions, because the computer may be busy."""
    return MarlinTiming(quiet_s=0.1, answer_s=0.15, settle_s=0.01, resend_ok_s=0.05, probes=100, lines_in_flight=99)


@pytest.fixture(scope="session")
def quick_grbl() -> GrblTiming:
    return GrblTiming(quiet_s=0.1, report_every_s=0.02, report_s=5.0)
