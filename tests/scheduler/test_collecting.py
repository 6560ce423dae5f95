from __future__ import annotations

import gc

import pytest

from scheduler.collecting import collection_paused


def test_collection_is_paused_and_goes_on_whatever_happens() -> None:
    assert gc.isenabled()
    with collection_paused():
        assert not gc.isenabled()
        with collection_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="broken"), collection_paused():
        raise ValueError("broken")
    assert gc.isenabled()
