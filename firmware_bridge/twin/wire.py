"""The twin's end of a serial cable: a pseudo-terminal under a stable name, with a speed and faults.

A host that opens the port resets a real board through DTR, so the twin must know of each opening. Linux tells by
inotify; elsewhere the hang-up that the master side sees while nobody holds the port has to do, and a port closed and
opened again within microseconds goes unnoticed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pty
import random
import select
import termios
import time
import tty
from pathlib import Path

from firmware_bridge.twin.faults import Faults, FaultyWire
from firmware_bridge.twin.holders import HolderWatch
from firmware_bridge.twin.pace import SerialLine, UsbAdapter

__all__ = ["Wire"]

_CHUNK = 4096
_POLL_CLOSED_S = 0.004
_RETRY_S = 0.001
_FINE_WAIT_S = 0.02
_AHEAD_S = 0.02  # the firmware may work on bytes before they have arrived, as its answers wait for their own moment
_MAX_PENDING = 65536  # a host that does not read loses what a UART would lose


class Wire:
    """A pseudo-terminal whose other end appears as `link`.

    Args:
        link: where a symbolic link to it is made; one that is there is replaced.
        baud: bits a second each way, ten to a byte; None does not limit.
        latency_s: how long a USB adapter waits for more before it sends bytes on to the host.
        faults: what happens to lines, each way.
        seed: of the faults' chance.
        realtime: bytes that are no part of lines.
    """

    def __init__(
        self, link: Path, *, baud: int | None, latency_s: float, faults: Faults, seed: int, realtime: bytes
    ) -> None:
        self._link = link
        self._master, slave = pty.openpty()
        tty.setraw(slave, termios.TCSANOW)  # without this the line discipline would echo our own output back
        self.device = os.ttyname(slave)
        os.close(slave)  # from here on an open end means a host
        os.set_blocking(self._master, False)
        self._watch = self._watch_holders()
        self._bell_read, self._bell_write = os.pipe()
        self._absence, self._poll = select.poll(), select.poll()
        for each in (self._absence, self._poll):
            each.register(self._bell_read, select.POLLIN)
        self._poll.register(self._master, select.POLLIN)
        self._sources = [self._master, self._bell_read]
        if self._watch is not None:
            self._sources.append(self._watch.fd)
            self._absence.register(self._watch.fd, select.POLLIN)
            self._poll.register(self._watch.fd, select.POLLIN)
        self._ready: set[int] | None = None  # descriptors that the last poll named; None when none was asked
        self._to_firmware = FaultyWire(faults, random.Random(f"{seed} in"), realtime)  # noqa: S311 - not for secrets
        self._to_host = FaultyWire(faults, random.Random(f"{seed} out"))  # noqa: S311
        self._line_in, self._line_out = SerialLine(baud), SerialLine(baud)
        self._adapter = UsbAdapter(latency_s)
        self._pending = b""
        self.is_open = False
        self._hung_up = False
        self._make_link()

    def _watch_holders(self) -> HolderWatch | None:
        try:
            return HolderWatch(self.device)
        except OSError:
            return None

    def _make_link(self) -> None:
        fresh = self._link.with_name(f"{self._link.name}.{os.getpid()}")
        fresh.symlink_to(self.device)
        fresh.replace(self._link)

    def ring(self) -> None:
        """End this and every later `wait` at once; safe in a signal handler."""
        os.write(self._bell_write, b"!")

    def wait(self, until: float | None, limit_s: float) -> None:
        """Sleep until a byte comes, a host comes or goes, the moment `until`, or `limit_s` seconds."""
        now = time.monotonic()
        self._ready = None
        moments = [until, self._to_firmware.release_at, self._to_host.release_at]
        moments += [self._line_out.next_at, self._adapter.next_at]
        arrival = self._line_in.next_at
        if arrival is not None:
            moments.append(arrival - _AHEAD_S)
        if self._pending:
            moments.append(now + _RETRY_S)
        wait_s = min([limit_s, *(max(0.0, moment - now) for moment in moments if moment is not None)])
        if not self.is_open:
            # The hang-up would make a poll of the master return at once.
            if self._watch is not None:
                self._absence.poll(wait_s * 1000)
            else:
                time.sleep(min(wait_s, _POLL_CLOSED_S))
            return
        # poll counts in whole milliseconds: shorter waits go by select, so that machine time keeps its grain.
        if 0 < wait_s < _FINE_WAIT_S:
            self._ready = set(select.select(self._sources, [], [], wait_s)[0])
        else:
            self._ready = {fd for fd, _ in self._poll.poll(wait_s * 1000)}

    def changes(self) -> list[bool]:
        """Since the last call, in order: True where a host came, False where it left."""
        if self._watch is not None:
            found = self._watch.changes() if self._ready is None or self._watch.fd in self._ready else []
            if self._hung_up and self.is_open and not found:  # it was miscounted
                self._watch.forget()
                found = [False]
            self._hung_up = False
        else:
            hung_up = any(event & select.POLLHUP for _, event in self._poll.poll(0))
            found = [not hung_up] if self.is_open == hung_up else []
        if found:
            self.is_open = found[-1]
            self._pending = b""
            for each in (self._to_firmware, self._to_host, self._line_in, self._line_out, self._adapter):
                each.clear()
        return found

    def read(self) -> list[tuple[float, bytes]]:
        """What arrives now and in the next moments, each piece with the moment of its last byte."""
        data = b""
        if self._ready is None or self._master in self._ready:
            try:
                data = os.read(self._master, _CHUNK)
            except BlockingIOError:
                data = b""
            except OSError as error:
                if error.errno != errno.EIO:  # EIO: nobody is there, and the last words have been read
                    raise
                self._hung_up = True
        now = time.monotonic()
        self._line_in.put(data, now)
        arrived = self._line_in.take(now + _AHEAD_S)
        pieces = [(moment, self._to_firmware.carry(piece, moment)) for moment, piece in arrived]
        if not arrived and self._to_firmware.release_at is not None:
            pieces.append((now, self._to_firmware.carry(b"", now)))
        return pieces

    def send(self, data: bytes, moment: float) -> None:
        """Bytes leave the firmware at that moment."""
        self._line_out.put(self._to_host.carry(data, moment), moment)

    def write(self) -> None:
        """Hand to the host what has reached it by now; the rest goes with the next calls."""
        now = time.monotonic()
        if self._to_host.release_at is not None:
            self.send(b"", now)
        for moment, piece in self._line_out.take(now):
            self._adapter.put(piece, moment)
        self._pending += self._adapter.take(now)
        if not self._pending:
            return
        if not self.is_open:
            self._pending = b""
            return
        with contextlib.suppress(BlockingIOError):
            self._pending = self._pending[os.write(self._master, self._pending) :]
        if len(self._pending) > _MAX_PENDING:
            self._pending = self._pending[:_MAX_PENDING]

    @property
    def folder_exists(self) -> bool:
        """Whether the folder of the link is still there."""
        return self._link.parent.is_dir()

    def close(self) -> None:
        """Give the terminal back and take the link away, if it is still ours."""
        with contextlib.suppress(OSError):
            if self._link.readlink() == Path(self.device):
                self._link.unlink()
        for fd in (self._master, self._bell_read, self._bell_write):
            os.close(fd)
        if self._watch is not None:
            self._watch.close()
