"""The words of bills of materials (`bom/words.yaml`), ready to be asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

from bom.lexicon import REMEMBERED, document, known_words, terms, without_accents
from core.trees import normal_form

__all__ = ["Kind", "Phrases", "finishes", "headers", "kind_of", "kinds", "phrases", "plain", "units", "words"]


_WIDE_BLANK: Final = re.compile(r"[^\S ]")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a title, a category or a bracket says about the lines that stand under it.

    Attributes:
        phrase: the words that were found.
        make: "fabricate", "purchase", "module" or None.
        process: id of the process tree, or None.
        status: "optional" or None.
        exclude: why such lines are no parts, or None.
        names: whether the phrase means the same inside a part's own name.
        exact: whether the text must be the phrase and nothing else.
    """

    phrase: str
    make: str | None = None
    process: str | None = None
    status: str | None = None
    exclude: str | None = None
    names: bool = False
    exact: bool = False


class Phrases:
    """A set of phrases, found as whole words in the normal form of a text; a plural s is overlooked.

    Raises:
        ValueError: a phrase has a word that stands nowhere in `words.yaml` or the trees.
    """

    def __init__(self, spellings: Iterable[str]) -> None:
        forms = sorted({normal_form(each) for each in spellings}, key=len, reverse=True)
        unknown = {word for form in forms for word in form.split()} - known_words().keys()
        if unknown:
            raise ValueError(f"no list of words has {', '.join(sorted(unknown))}")
        self._forms = frozenset(forms)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?:s|es)?(?!\w)")
        self._all = lru_cache(REMEMBERED)(self._search)

    def __contains__(self, text: object) -> bool:
        """Whether the whole text is one of the phrases."""
        return isinstance(text, str) and terms(text) in self._forms

    def find(self, text: str) -> str | None:
        """The first phrase found in the text, as it stands there in normal form, or None."""
        found = self._all(terms(text))
        return found[0] if found else None

    def last(self, text: str) -> str | None:
        """The last phrase found: in English the head of a noun."""
        found = self._all(terms(text))
        return found[-1] if found else None

    def _search(self, form: str) -> tuple[str, ...]:
        return tuple(self._pattern.findall(form))


@cache
def phrases(key: str) -> Phrases:
    """The phrases of one list of `words.yaml`.

    Raises:
        KeyError: there is no such list.
    """
    return Phrases([str(each) for each in document()[key]])


@cache
def headers() -> dict[str, tuple[str, int]]:
    """Header in normal form -> role and rank (0 is the best spelling of its role)."""
    known: dict[str, tuple[str, int]] = {}
    for role, spellings in document()["headers"].items():
        for rank, spelling in enumerate(spellings):
            known.setdefault(normal_form(str(spelling)), (role, rank))
    return {without_accents(spelling): found for spelling, found in known.items()} | known


@cache
def kinds() -> tuple[tuple[Phrases, Kind], ...]:
    """The rules in order."""
    rules = []
    for rule in document()["kinds"]:
        facts = {key: value for key, value in rule.items() if key != "phrases"}
        rules.append((Phrases([str(each) for each in rule["phrases"]]), Kind(phrase="", **facts)))
    return tuple(rules)


def kind_of(text: str, *, in_name: bool = False) -> Kind | None:
    """What the words of a text say about lines, or None.

    Args:
        text: a section title, a category, a type code or (with `in_name`) a part's own name.
        in_name: only phrases that mean the same inside a name count.
    """
    said = terms(text)
    return _kind_of(said, in_name) if said else None


@lru_cache(REMEMBERED)
def _kind_of(said: str, in_name: bool) -> Kind | None:
    for spellings, kind in kinds():
        if in_name and not kind.names:
            continue
        found = spellings.find(said)
        if found and (not kind.exact or said in spellings):
            return replace(kind, phrase=found)
    return None


@cache
def units() -> dict[str, str]:
    """Spelling in lower case -> unit."""
    return {str(spelling): unit for unit, spellings in document()["units"].items() for spelling in spellings}


def plain(text: str) -> str:
    """The text without white space at its ends, control and direction marks, and doubled blanks."""
    if text.isprintable() and "  " not in text and (text.isascii() or not _WIDE_BLANK.search(text)):
        return text.strip()
    visible = "".join(each for each in text if each.isprintable() or each.isspace())
    return re.sub(r"\s+", " ", visible).strip()


@cache
def words(key: str) -> frozenset[str]:
    """The single words of one list of `words.yaml`.

    Raises:
        KeyError: there is no such list.
    """
    return frozenset(str(each) for each in document()[key])


@cache
def finishes() -> dict[str, tuple[str, ...]]:
    """Id of the process tree -> what lists call it when it is done to a piece that has its shape."""
    return {process: tuple(map(str, spellings)) for process, spellings in document()["finishes"].items()}
