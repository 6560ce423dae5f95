"""What the tests of this room share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_designs() -> Path:
    """The folder of real repositories beside the checkout."""
    folder = Path(__file__).parents[2].parent / "shared" / "designs" / "data"
    if not folder.exists():
        pytest.skip("../shared/designs/data with the real repositories is absent")
    return folder
