"""Many short texts, asked which of them hold a given one or lie in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

__all__ = ["TextIndex"]

_END: Final = "\n"  # parts the texts in the one that is searched


class TextIndex:
    """Texts without line breaks, such as squashed names; a question costs one search, however many they are.

    Args:
        texts: in order; each counts once.
        least: those of fewer signs are left out, and so are questions about fewer.
    """

    def __init__(self, texts: Iterable[str], least: int = 1) -> None:
        self._texts = dict.fromkeys(text for text in texts if len(text) >= max(1, least))
        self._lengths = sorted({len(text) for text in self._texts})
        self._joined = _END.join(("", *self._texts, ""))
        self._least = max(1, least)

    def beginning_with(self, text: str) -> Iterator[str]:
        """The texts that begin with this one, in order."""
        return self._around(f"{_END}{text}") if len(text) >= self._least else iter(())

    def holding(self, text: str) -> Iterator[str]:
        """The texts in which this one stands anywhere, in order."""
        return self._around(text) if len(text) >= self._least else iter(())

    def starts_of(self, text: str) -> Iterator[str]:
        """The texts with which this one begins, the shortest first."""
        starts = (text[:length] for length in self._lengths if length <= len(text))
        return (start for start in starts if start in self._texts)

    def within(self, text: str) -> Iterator[str]:
        """The texts that stand anywhere in this one, the shortest first."""
        for length in self._lengths:
            for at in range(len(text) - length + 1):
                if text[at : at + length] in self._texts:
                    yield text[at : at + length]

    def _around(self, sought: str) -> Iterator[str]:
        at = self._joined.find(sought)
        while at >= 0:
            end = self._joined.index(_END, at + 1)
            yield self._joined[self._joined.rindex(_END, 0, at + 1) + 1 : end]
            at = self._joined.find(sought, end)
