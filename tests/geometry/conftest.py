"""What the tests of this room share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_designs() -> Path:
    """The folder of real repositories beside the checkout."""
    folder = Path(__file__).parents[2].parent / "shared" / "designs" / "data"
    if not folder.exists():
        if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
            pytest.fail("../shared/designs/data is absent")
        pytest.skip("../shared/designs/data with the real repositories is absent")
    return folder
