"""The story, played once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .stage import Stage
from .story import Story, play


@pytest.fixture(scope="package")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    stage = Stage(tmp_path_factory.mktemp("story") / "home")
    try:
        yield play(stage)
    finally:
        stage.close()
