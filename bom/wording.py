"""Names of parts in sentences: listed, or summed up as a person would say it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

__all__ = ["listed", "summed_up"]

_MANY: Final = 12
_MANY_TERMS: Final = 6
_ALIKE: Final = 3
_LEADING_WORDS: Final = 2
_REMARK: Final = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")


def listed(names: Iterable[str], most: int = _MANY) -> str:
    """The names in full, each once, in order; beyond `most` only how many there are."""
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def summed_up(names: Iterable[str]) -> str:
    """A short name for several things: "15 toppers and Camera Mount", "Drawer Front, Back, Side".

    Names that end in the same word are counted, names that begin with the same two words say them once.
    """
    bare = list(dict.fromkeys(name for each in names if (name := _bare(each))))
    heads = Counter(name.split()[-1].casefold() for name in bare)
    leading = _common_start(bare)
    if len(bare) > 1 and len(leading) >= _LEADING_WORDS:
        tails = [" ".join(name.split()[len(leading) :]) for name in bare]
        return f"{' '.join(leading)} {listed(tails, _MANY_TERMS)}"
    terms = [f"{count} {_plural(head)}" for head, count in heads.most_common() if count >= _ALIKE]
    terms += [name for name in bare if heads[name.split()[-1].casefold()] < _ALIKE]
    shown = terms if len(terms) <= _MANY_TERMS else [*terms[: _MANY_TERMS - 1], f"{len(terms) - _MANY_TERMS + 1} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def _bare(name: str) -> str:
    """The name in words, without bracketed remarks."""
    return " ".join(_REMARK.sub(" ", name).replace("_", " ").split())


def _common_start(names: Sequence[str]) -> list[str]:
    """The words with which all names begin; each name keeps at least one word of its own."""
    start: list[str] = []
    for words in zip(*(name.split()[:-1] for name in names), strict=False):
        if len(set(words)) > 1:
            break
        start.append(words[0])
    return start


def _plural(noun: str) -> str:
    return noun if noun.endswith("s") else f"{noun}s"
