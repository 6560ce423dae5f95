import os
import pty
import time
import tty

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import LostContactError
from firmware_bridge.port import LineSplitter, Port


@given(st.lists(st.text(alphabet="abc \r", max_size=9), max_size=9), st.data())
def test_lines_come_out_however_the_bytes_are_cut(lines: list[str], data: st.DataObject) -> None:
    whole = "".join(line + "\n" for line in lines).encode()
    splitter, found = LineSplitter(), []
    while whole:
        cut = data.draw(st.integers(1, len(whole)))
        found += splitter.feed(whole[:cut])
        whole = whole[cut:]
    assert found == [line.strip() for line in lines]


def test_noise_without_an_end_does_not_pile_up() -> None:
    splitter = LineSplitter()
    for _ in range(100):
        assert splitter.feed(b"x" * 1000) == []
    assert len(splitter._partial) <= 4096


def test_a_port_that_blocks_is_written_in_pieces_and_that_breaks_is_lost() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    port = Port(os.ttyname(slave), 115200, write_limit_s=0.05)
    os.close(slave)
    message = b"0123456789" * 5000
    port.write(message)
    received = b""
    while len(received) < len(message):
        received += os.read(master, 65536)
        port.read(0)
    assert received == message
    port.wake()
    started = time.monotonic()
    assert port.read(30) == b""
    assert time.monotonic() - started < 10
    port.write(message)
    with pytest.raises(LostContactError):
        while True:  # nobody reads
            port.read(0.01)
            port.write(b"x")
    os.close(master)
    with pytest.raises(LostContactError):
        port.read(0)
    port.close()


def test_after_urgent_bytes_nothing_older_follows() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    port = Port(os.ttyname(slave), 115200)
    os.close(slave)
    port.write(b"old" * 100_000)  # more than the system takes at once
    os.set_blocking(master, False)
    port.write_urgently(b"!stop!", hold_back=True)
    port.write(b"old")
    received = b""
    while not received.endswith(b"!stop!"):
        received += os.read(master, 65536)
    port.read(0)
    port.write(b"old")
    with pytest.raises(BlockingIOError):
        os.read(master, 65536)
    port.go_on()
    port.write(b"new")
    assert os.read(master, 65536) == b"new"
    os.close(master)
    port.close()
