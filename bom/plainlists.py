"""Lists without bullets: lines of plain text that are items because of what stands around them.

A line such as "4 x cup hooks" says of itself that it is an item. A line such as "some paint" or "wood glue" below it
says so only by where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from bom.lists import amount_behind_colon, has_amount, item_words, names_file
from bom.markdown import Item
from bom.words import phrases

__all__ = ["as_items", "is_announcement"]

_DIGIT: Final = re.compile(r"\d")
_SENTENCE: Final = re.compile(r"[.!?:,;]\s*$")
_MOST_WORDS: Final = 12
_MOST_WORDS_ALONE: Final = 6  # of a line whose amount is in words
_MIN_COUNTED: Final = 2


def as_items(items: Sequence[Item], *, everything: bool) -> tuple[list[Item], list[Item]]:
    """The items, lines without bullets that belong to a list marked as if they had one; and the lines passed over.

    Args:
        items: list items and lines of text, in order.
        everything: whether the whole text is a list of parts: then a lone line is an item if it states an amount, if
            only in words, and each line that is none is passed over. In a page only what stands among items is.
    """
    marked: list[Item] = []
    passed: list[Item] = []
    for paragraph in _paragraphs(items):
        if paragraph[0].bullet:
            marked += paragraph
            continue
        mine = _of_list(paragraph, everything=everything)
        marked += [replace(item, bullet=True) for item in mine]
        lines = {item.line for item in mine}
        passed += [item for item in paragraph if item.line not in lines] if mine or everything else []
    return marked, passed


def _counts_plainly(item: Item) -> bool:
    """Whether a line is short and states an amount in digits, as a line of a list does and prose seldom."""
    return _is_short(item, _MOST_WORDS) and has_amount(item.text) and _DIGIT.search(item.text) is not None


def is_announcement(text: str) -> bool:
    """Whether a line says nothing but that a list of parts follows."""
    return text.rstrip(" :") in phrases("bill_titles") or text.rstrip(" :") in phrases("maybe_titles")


def _paragraphs(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Bullets alone; lines without bullets that follow each other under the same titles together."""
    pending: list[Item] = []
    for item in items:
        if pending and (item.bullet or item.line != pending[-1].line + 1 or item.titles != pending[-1].titles):
            yield pending
            pending = []
        pending.append(item)
        if item.bullet:
            yield pending
            pending = []
    if pending:
        yield pending


def _of_list(paragraph: Sequence[Item], *, everything: bool) -> list[Item]:
    """The lines of a paragraph that are items: those that count, and short ones below where most count."""
    counted = [at for at, item in enumerate(paragraph) if _counts(item, everything=everything)]
    if (len(counted) < _MIN_COUNTED and not everything) or len(counted) * 2 < len(paragraph):
        return [paragraph[at] for at in counted]
    behind = paragraph[counted[0] :] if counted else ()
    known = set(counted)
    return [
        item
        for at, item in enumerate(behind, start=len(paragraph) - len(behind))
        if at in known or (_is_short(item, _MOST_WORDS) and not _SENTENCE.search(item.text))
    ]


def _counts(item: Item, *, everything: bool) -> bool:
    """Whether the line is an item by itself; in a list of nothing but parts an amount in words will do."""
    if not everything:
        return _counts_plainly(item)
    text = item_words(item).text
    if names_file(text) or amount_behind_colon(item.text):
        return True
    return has_amount(text) and (_DIGIT.search(text) is not None or _is_short(item, _MOST_WORDS_ALONE))


def _is_short(item: Item, most: int) -> bool:
    return len(item.text.split()) <= most
