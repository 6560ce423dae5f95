"""The stems of files, asked which of them resembles a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

__all__ = ["Stems"]

_MIN_CHARS: Final = 6  # a shorter beginning says too little
_END: Final = "\n"  # parts the stems in the text that is searched; none holds it


class Stems:
    """Stems of letters and digits; a question costs one search of a text, however many there are.

    Args:
        stems: in order; those of fewer than six signs are left out.
    """

    def __init__(self, stems: Iterable[str]) -> None:
        every = dict.fromkeys(stem for stem in stems if len(stem) >= _MIN_CHARS)
        self._stems = frozenset(every)
        self._lengths = sorted({len(stem) for stem in every})
        self._text = _END.join(("", *every, ""))

    def like(self, name: str) -> tuple[str, ...]:
        """The stems that begin with the name; else those that hold it, and those with which it begins.

        Args:
            name: letters and digits only.

        Returns:
            None, one or two of them: whoever asks wants to know whether there is just one.
        """
        if len(name) < _MIN_CHARS:
            return ()
        longer = tuple(islice(self._holding(f"{_END}{name}"), 2))
        if longer:
            return longer
        starts = (name[:length] for length in self._lengths if length < len(name))
        found = dict.fromkeys((*islice(self._holding(name), 2), *(start for start in starts if start in self._stems)))
        return tuple(found)[:2]

    def _holding(self, sought: str) -> Iterator[str]:
        at = self._text.find(sought)
        while at >= 0:
            end = self._text.index(_END, at + 1)
            yield self._text[self._text.rindex(_END, 0, at + 1) + 1 : end]
            at = self._text.find(sought, end)
