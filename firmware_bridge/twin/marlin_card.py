"""A memory card in a virtual Marlin: files that are written, chosen and printed without the host.

After Marlin's M20 to M33, M27 and M524. The card keeps its files through a reset.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["MarlinCard"]

_SHORT_NAME = re.compile(r"/?([A-Z0-9_~-]{1,8}\.(?:GCODE|GCO|G))", re.IGNORECASE)
_MAX_BYTES = 50_000_000


class MarlinCard:
    """The card and what is done with it.

    Args:
        say: takes a line for the host.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._files: dict[str, bytes] = {}
        self._chosen: str | None = None
        self._position = 0
        self._writing: tuple[str, bytearray] | None = None
        self.printing = False

    @property
    def saving(self) -> bool:
        """Whether lines go into a file."""
        return self._writing is not None

    def power_on(self) -> None:
        """After a reset nothing is open, and what was being written is lost."""
        self._chosen, self._position, self._writing, self.printing = None, 0, None, False

    def write(self, text: str) -> bool:
        """A line while saving; False when it ends that."""
        if self._writing is None:
            return False
        name, data = self._writing
        if text.startswith("M29"):
            self._files[name], self._writing = bytes(data), None
            self._say("Done saving file.")
            return True
        if len(data) < _MAX_BYTES:
            data += text.encode("latin-1") + b"\n"
        return True

    def next_line(self) -> str | None:
        """The next line of the file that is printed, without comment; None when it pauses or has ended."""
        while self.printing and self._chosen is not None:
            data = self._files[self._chosen]
            if self._position >= len(data):
                self.printing = False
                self._say("Done printing file")
                return None
            end = data.find(b"\n", self._position)
            end = len(data) if end < 0 else end
            line = data[self._position : end].partition(b";")[0].strip()
            self._position = end + 1
            if line:
                return line.decode("latin-1")
        return None

    def command(self, name: str, text: str) -> None:
        """One of M20 to M33 and M524; `text` is its argument."""
        known = {
            "M20": self._list,
            "M21": lambda _: self._say("echo:SD card ok"),
            "M23": self._choose,
            "M24": self._start,
            "M25": self._pause,
            "M26": self._seek,
            "M27": self._report,
            "M28": self._open_for_writing,
            "M30": self._delete,
            "M32": self._choose_and_start,
            "M524": self._abort,
        }
        if name in known:
            known[name](text)

    def _list(self, _: str) -> None:
        self._say("Begin file list")
        for name, data in self._files.items():
            self._say(f"{name} {len(data)}")
        self._say("End file list")

    def _choose(self, given: str) -> None:
        found = _SHORT_NAME.match(given.strip(" !#"))
        name = found[1].upper() if found else given.strip()
        self.printing = False
        if name not in self._files:
            self._chosen = None
            self._say(f"open failed, File: {name}.")
            return
        self._chosen, self._position = name, 0
        self._say(f"File opened: {name} Size: {len(self._files[name])}")
        self._say("File selected")

    def _start(self, _: str) -> None:
        self.printing = self._chosen is not None

    def _choose_and_start(self, given: str) -> None:
        self._choose(given)
        self._start("")

    def _pause(self, _: str) -> None:
        self.printing = False

    def _abort(self, _: str) -> None:
        self.printing = False
        self._chosen = None

    def _seek(self, given: str) -> None:
        number = re.search(r"S(\d+)", given)
        if number:
            self._position = int(number[1])

    def _report(self, _: str) -> None:
        if self._chosen is not None and (self.printing or self._position):
            self._say(f"SD printing byte {self._position}/{len(self._files[self._chosen])}")
        else:
            self._say("Not SD printing")

    def _open_for_writing(self, given: str) -> None:
        found = _SHORT_NAME.match(given.strip())
        if found is None:
            self._say(f"open failed, File: {given.strip()}.")
            return
        self._writing = found[1].upper(), bytearray()
        self._say(f"Writing to file: {found[1].upper()}")

    def _delete(self, given: str) -> None:
        name = given.strip().lstrip("/").upper()
        gone = self._files.pop(name, None) is not None
        self._say(f"File deleted:{name}" if gone else f"Deletion failed, File: {name}.")
