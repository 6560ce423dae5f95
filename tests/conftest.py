"""Settings of the whole suite, and virtual machines for all of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from firmware_bridge.twin import TwinProcess, start_twin

# What tests measure is kept in a folder of the run, never in the user's.
os.environ.setdefault("FABCOMMONS_CACHE", tempfile.mkdtemp(prefix="fabcommons-test-cache-"))

# The check command gives the same answer each time; to look for new examples:
# ./dev pytest --hypothesis-profile=explore
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[Callable[..., tuple[TwinProcess, Path]]]:
    """Starts virtual machines, and ends them with the test: `twin("marlin", speed=...) -> (process, log)`."""
    running: list[TwinProcess] = []

    def start(firmware: str, **options: object) -> tuple[TwinProcess, Path]:
        log = tmp_path / f"{firmware}.jsonl"
        process = start_twin(
            firmware,
            tmp_path / firmware,
            log,
            **{"speed": 1e6, "idle_exit_s": 60.0, **options},  # type: ignore[arg-type]
        )
        running.append(process)
        return process, log

    yield start
    for process in running:
        process.stop()
