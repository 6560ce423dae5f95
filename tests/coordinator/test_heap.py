"""What a server keeps is put aside; what is thrown away later is still found."""

from __future__ import annotations

import gc
import weakref

import pytest

from coordinator.heap import Heap


class Knot:
    """Holds itself: only a look for cycles frees it."""

    def __init__(self) -> None:
        self.itself = self


def test_nothing_is_looked_for_while_a_server_starts_and_cycles_are_found_when_it_has() -> None:
    heap = Heap()
    with heap.growing():
        assert not gc.isenabled()
        before = gc.get_freeze_count()
        heap.settle()
        assert gc.isenabled()
        assert gc.get_freeze_count() > before + 1000, "the interpreter alone has as many"
        gone = weakref.ref(Knot())
        gc.collect()
        assert gone() is None
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize(("long_s", "aside"), [(0.0, True), (3600.0, False)])
def test_what_a_long_look_found_in_use_is_put_aside_and_a_short_one_leaves_it(long_s: float, aside: bool) -> None:
    heap = Heap(long_s=long_s)
    with heap.growing():
        heap.settle()
        kept = [[number] for number in range(5000)]
        frozen = gc.get_freeze_count()
        gc.collect(1)
        assert gc.get_freeze_count() <= frozen, "only whole looks are long"
        gc.collect()
        assert (gc.get_freeze_count() >= frozen + len(kept)) is aside
        gone = weakref.ref(Knot())
        gc.collect()
        assert gone() is None
