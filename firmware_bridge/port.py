"""A serial port: opened by pyserial, then read and written through its descriptor with few system calls."""

from __future__ import annotations

import contextlib
import os
import select
import termios
import time

import serial

from core.errors import DeviceError, InputError, LostContactError

__all__ = ["LineSplitter", "Port"]

_CHUNK = 65536
_MAX_PARTIAL = 4096


class LineSplitter:
    """Bytes in any pieces become lines."""

    def __init__(self) -> None:
        self._partial = b""

    def feed(self, data: bytes) -> list[str]:
        """Lines that are whole by now, without ends and outer blanks; noise without an end is forgotten after 4 KiB."""
        if self._partial:
            data = self._partial + data
        *lines, partial = data.split(b"\n")
        self._partial = partial[-_MAX_PARTIAL:]
        return [line.decode("latin-1").strip() for line in lines]


class Port:
    """An open port, ours alone. One thread reads and writes; any thread may wake it or stop the machine.

    Opening raises DTR, as every opening does on POSIX, which resets most boards: open between jobs only.

    Args:
        path: a device or a pseudo-terminal.
        baud: bits a second.
        write_limit_s: a machine that takes no byte for so long counts as lost.

    Raises:
        InputError: there is no such port or it cannot be set up.
        DeviceError: another program holds it.
    """

    def __init__(self, path: str, baud: int, *, write_limit_s: float = 30.0) -> None:
        try:
            self._serial = serial.Serial(path, baud, timeout=0, exclusive=True)
        except serial.SerialException as error:
            if "exclusively lock" in str(error):
                raise DeviceError("the port is in use by another program", where=path) from error
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise InputError(f"the port cannot be opened: {reason}", where=path) from error
        except (ValueError, OSError, termios.error) as error:
            raise InputError(f"the port cannot be opened: {error}", where=path) from error
        self.path = path
        self._fd = self._serial.fileno()
        os.set_blocking(self._fd, False)
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)
        self._poll.register(self._wake_read, select.POLLIN)
        self._pending = b""
        self._blocked_since = 0.0
        self._write_limit_s = write_limit_s
        self._held_back = False

    def read(self, wait_s: float) -> bytes:
        """Bytes that have come; waits at most `wait_s` for the first. Empty after the wait or a `wake`.

        Raises:
            LostContactError: the port has gone.
        """
        for fd, event in self._poll.poll(max(0.0, wait_s) * 1000):
            if fd == self._wake_read:
                with contextlib.suppress(BlockingIOError):
                    os.read(fd, _CHUNK)
            elif event & select.POLLIN:
                return self._read()
            elif event & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                raise self._lost()
            else:  # there is room again
                self._flush()
        return b""

    def _read(self) -> bytes:
        try:
            data = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost() from error
        if not data:  # readable, but nothing there: unplugged
            raise self._lost()
        return data

    def write(self, data: bytes) -> None:
        """Send; what the port cannot take at once follows while `read` waits. Nothing while held back.

        Raises:
            LostContactError: the port has gone, or has taken nothing for the write limit.
        """
        if self._held_back:
            return
        self._pending = self._pending + data if self._pending else data
        if self._pending:
            self._flush()

    def _flush(self) -> None:
        if self._held_back:
            self._pending = b""
        had_to_wait = bool(self._blocked_since)
        try:
            count = os.write(self._fd, self._pending)
        except BlockingIOError:
            count = 0
        except OSError as error:
            raise self._lost() from error
        self._pending = self._pending[count:]
        if not self._pending:
            self._blocked_since = 0.0
        elif count or not had_to_wait:
            self._blocked_since = time.monotonic()
        elif time.monotonic() - self._blocked_since > self._write_limit_s:
            raise self._lost()
        if had_to_wait != bool(self._pending):
            self._poll.modify(self._fd, select.POLLIN | (select.POLLOUT if self._pending else 0))

    def wake(self) -> None:
        """End the wait of `read`; from any thread."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"!")

    def write_urgently(self, data: bytes, *, hold_back: bool = False) -> None:
        """Write past every queue, from any thread: what the system has not sent yet is thrown away where it can be.

        Args:
            data: the bytes.
            hold_back: throw away what `write` is given from here on too, until `go_on`: it was meant for before.

        Raises:
            LostContactError: the port has gone, or takes nothing even now.
        """
        self._held_back = self._held_back or hold_back
        with contextlib.suppress(termios.error):
            termios.tcflush(self._fd, termios.TCOFLUSH)
        try:
            os.write(self._fd, data)
        except OSError as error:
            raise self._lost() from error

    def go_on(self) -> None:
        """Whoever writes knows of the urgent bytes now; from the thread that writes."""
        self._pending = b""
        self._held_back = False

    def close(self) -> None:
        """Give the port back."""
        self._serial.close()
        for fd in (self._wake_read, self._wake_write):
            with contextlib.suppress(OSError):
                os.close(fd)

    def _lost(self) -> LostContactError:
        return LostContactError(
            "the link to the machine is lost",
            where=self.path,
            hint="look at the machine: heaters, spindle or laser may be ON, and what it did is unknown",
        )
