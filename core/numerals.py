"""Numbers that strangers write."""

from __future__ import annotations

__all__ = ["whole_number"]

_MOST_DIGITS = 12


def whole_number(text: str) -> int | None:
    """The whole number from 0 up that the text is, or None: no sign, no blank, no superscript, at most twelve digits.

    `str.isdigit` alone does not say that `int` can read a text: it takes a superscript two for a digit, and `int`
    refuses what has thousands of them.
    """
    return int(text) if len(text) <= _MOST_DIGITS and text.isdecimal() else None
