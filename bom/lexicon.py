"""The words that the lists of `bom/words.yaml` and the trees know, and a text reduced to them.

The names in a bill are all different; what the lists of words have to say about them is not: of "bracket 17" and
"bracket 18" they see the same. So a text is cut into words once, and every answer is kept by what was seen.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, Final

from core.packaged import packaged_yaml
from core.trees import materials, normal_form, processes

__all__ = ["REMEMBERED", "document", "known_words", "terms", "without_accents", "words_of"]

REMEMBERED: Final = 20_000  # texts for which an answer is kept
_OTHER: Final = "0"  # stands for each word that no list knows
_WORD: Final = re.compile(r"[^\W_]+")
_ENDINGS: Final = ("", "s", "es")
_NO_PHRASES: Final = frozenset({"headers", "units"})  # they and the amounts in words are looked for by other means
_SPOKEN: Final = frozenset(
    {"number_words", "pair_words", "loose_pair_words", "dozen_words", "vague_words", "vague_last_words"}
)


@cache
def document() -> Mapping[str, Any]:
    """The content of `bom/words.yaml`."""
    return dict(packaged_yaml("bom", "words.yaml"))


@cache
def known_words() -> Mapping[str, str]:
    """Every word of a phrase, a material or a process, with and without a plural ending and accents -> itself."""
    spellings = [*_texts({key: value for key, value in document().items() if key not in _NO_PHRASES | _SPOKEN})]
    for tree in (materials(), processes()):
        spellings += [each for node in tree for each in (node.id, node.label, *node.aliases)]
    words = {word for spelling in spellings for word in normal_form(spelling).split()}
    known = {each: each for word in words for ending in _ENDINGS if (each := sys.intern(word + ending)) != _OTHER}
    return {without_accents(each): each for each in sorted(known)} | known


def without_accents(text: str) -> str:
    """The text as typed where the keyboard has no accents: "tornilleria"."""
    if text.isascii():
        return text
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def _texts(value: Any) -> Iterator[str]:
    """All texts in a document, however deep."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    else:
        yield str(value)


@lru_cache(1_000)
def words_of(text: str) -> tuple[str, ...]:
    """The words of the text, case folded: those of its normal form."""
    return tuple(_WORD.findall(text.casefold()))


@lru_cache(REMEMBERED)
def terms(text: str) -> str:
    """The text in normal form with each unknown word replaced by one and the same; empty when it knows none.

    What is found in it as whole words is what would be found in the normal form of the text. The terms of terms are
    the same terms.
    """
    get = known_words().get
    found = [get(word, _OTHER) for word in words_of(text)]
    return sys.intern(" ".join(found)) if found.count(_OTHER) < len(found) else ""
