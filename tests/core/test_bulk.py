"""The collector is paused inside, and as before outside, also after an error and when it was off."""

from __future__ import annotations

import gc
import weakref

import pytest

from core.bulk import making_many


def test_the_collector_is_paused_and_comes_back() -> None:
    with making_many():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), making_many():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with making_many():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


class _Ring:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.held = self


def test_rings_made_inside_are_still_found() -> None:
    with making_many():
        ring = weakref.ref(_Ring())
        assert ring() is not None
    gc.collect()
    assert ring() is None
