"""Names as plain-text accounting allows them: legal, readable, and never the same for two things.

Source: the Beancount language (beancount 2 and 3): a part of an account begins with a capital letter or a digit and
goes on with letters, digits and dashes; a commodity has 2 to 24 of ``A-Z 0-9 ' . _ -``, begins with a letter, and ends
with a letter or a digit; TRUE, FALSE and NULL are words of the language.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

__all__ = ["account_parts", "commodities"]

_MOST_PART: Final = 40
_MOST_COMMODITY: Final = 24
_HASH: Final = 8
_MARKED: Final = re.compile(rf"-[0-9A-F]{{{_HASH}}}$")
_WORDS: Final = frozenset({"TRUE", "FALSE", "NULL"})


def account_parts(names: Iterable[str]) -> dict[str, str]:
    """A part of an account for each name; the same for the same names, whatever their order."""
    return _told_apart(names, _part, _MOST_PART)


def commodities(units: Iterable[str]) -> dict[str, str]:
    """A commodity for each unit; what has a single letter gets one before it, as in ``U-G``."""
    return _told_apart(units, _commodity, _MOST_COMMODITY)


def _part(name: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "X"
    return (slug[0].upper() + slug[1:])[:_MOST_PART].rstrip("-")


def _commodity(unit: str) -> str:
    slug = re.sub(r"[^A-Z0-9._-]+", "-", unit.upper()).strip("._-") or "X"
    slug = slug if len(slug) > 1 and slug not in _WORDS else f"U-{slug}"
    return slug[:_MOST_COMMODITY].rstrip("._-")


def _told_apart(names: Iterable[str], make: Callable[[str], str], most: int) -> dict[str, str]:
    """Names that would be alike, are cut, or look as if they had a hash, get a part of their hash behind them."""
    wanted = {name: make(name) for name in sorted(set(names))}
    alike: dict[str, list[str]] = defaultdict(list)
    for name, slug in wanted.items():
        alike[slug].append(name)
    found = {}
    for name, slug in wanted.items():
        if len(alike[slug]) > 1 or len(slug) >= most - 1 or _MARKED.search(slug):
            mark = hashlib.sha256(name.encode()).hexdigest()[:_HASH].upper()
            slug = f"{slug[: most - _HASH - 1]}-{mark}"
        found[name] = slug
    return found
