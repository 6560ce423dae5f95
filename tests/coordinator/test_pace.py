"""The fast clock: it runs in proportion, leaps when idle, and never goes back."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from coordinator.make.pace import FastPace

START = datetime(2030, 1, 1, tzinfo=UTC)


def test_an_idle_clock_leaps() -> None:
    pace = FastPace(START, 1000)
    begun = time.monotonic()
    asyncio.run(pace.wait_until(START + timedelta(days=3), idle=True))
    assert pace.now() >= START + timedelta(days=3)
    assert time.monotonic() - begun < 60  # without a leap: 259


def test_a_busy_clock_does_not_leap() -> None:
    pace = FastPace(START, 10)
    asyncio.run(pace.wait_until(START + timedelta(seconds=0.5), idle=False))
    assert START + timedelta(seconds=0.4) < pace.now() < START + timedelta(hours=1)


def test_leaping_back_is_no_leap() -> None:
    pace = FastPace(START, 1000)
    asyncio.run(pace.wait_until(START - timedelta(days=1), idle=True))
    assert pace.now() >= START


def test_work_takes_its_share() -> None:
    pace = FastPace(START, 10_000)
    asyncio.run(pace.work(60))
    assert pace.now() - START >= timedelta(seconds=60)


def test_a_clock_that_stands_still_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        FastPace(START, 0)
