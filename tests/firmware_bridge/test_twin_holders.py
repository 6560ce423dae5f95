import os
import pty
import sys

import pytest

from firmware_bridge.twin.holders import HolderWatch


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_no_opening_is_missed_however_short_the_absence() -> None:
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    os.close(slave)
    watch = HolderWatch(path)
    assert watch.changes() == []
    first = os.open(path, os.O_RDWR | os.O_NOCTTY)
    assert watch.changes() == [True]
    second = os.open(path, os.O_RDWR | os.O_NOCTTY)
    os.close(second)
    assert watch.changes() == []
    os.close(first)
    first = os.open(path, os.O_RDWR | os.O_NOCTTY)
    assert watch.changes() == [False, True]
    watch.forget()
    os.close(first)
    assert watch.changes() == []
    watch.close()
    os.close(master)


def test_what_cannot_be_watched() -> None:
    with pytest.raises(OSError, match="watched"):
        HolderWatch("/no/such/device")
