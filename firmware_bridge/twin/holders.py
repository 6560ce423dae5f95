"""Who holds a device file open, by inotify: Linux tells each open and close, however short the time between them."""

from __future__ import annotations

import ctypes
import os
import struct

__all__ = ["HolderWatch"]

_IN_CLOSE_WRITE, _IN_CLOSE_NOWRITE, _IN_OPEN = 0x08, 0x10, 0x20  # <sys/inotify.h>
_IN_CLOSE = _IN_CLOSE_WRITE | _IN_CLOSE_NOWRITE
_EVENT = struct.Struct("iIII")  # watch, mask, cookie, length of the name that follows


class HolderWatch:
    """Counts the open descriptions of one file from now on.

    Attributes:
        fd: readable when something happened; for poll.

    Raises:
        OSError: this system has no inotify, or the file cannot be watched.
    """

    def __init__(self, path: str) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "inotify_init1"):
            raise OSError("no inotify on this system")
        self.fd: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "inotify has no more room")
        if libc.inotify_add_watch(self.fd, os.fsencode(path), _IN_CLOSE | _IN_OPEN) < 0:
            number = ctypes.get_errno()
            os.close(self.fd)
            raise OSError(number, "the file cannot be watched")
        self._holders = 0

    def changes(self) -> list[bool]:
        """Since the last call, in order: True where the first holder came, False where the last one left."""
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return []
        found: list[bool] = []
        place = 0
        while place < len(data):
            _, mask, _, name_length = _EVENT.unpack_from(data, place)
            place += _EVENT.size + name_length
            if mask & _IN_OPEN:
                self._holders += 1
                if self._holders == 1:
                    found.append(True)
            elif mask & _IN_CLOSE and self._holders:
                self._holders -= 1
                if not self._holders:
                    found.append(False)
        return found

    def forget(self) -> None:
        """Nobody holds it now."""
        self._holders = 0

    def close(self) -> None:
        """Stop watching."""
        os.close(self.fd)
