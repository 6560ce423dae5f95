"""One list for each assembly: lists of one name in sibling folders, or beside each other under the names of parts.

`frame/bom.csv`, `gantry/bom.csv` and `electronics/bom.csv` are one product's, if nothing says that they are versions or
variants of one thing: no list stands above them, hardly a part is in two of them, and no name is a version's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import PurePosixPath
from typing import Final

from bom.bill import Assembly
from bom.candidates import Candidate
from bom.entry import Entry, Reading
from bom.partfiles import squash
from bom.titles import is_part, share, title_of
from bom.words import kind_of, phrases

__all__ = ["sister_lists", "united"]

_FORMS: Final = frozenset({"table", "workbook", "page", "data"})
_MOST: Final = 30
_MIN_PAGES: Final = 3  # two may be a page and its translation


def sister_lists(best: tuple[Candidate, Reading], others: Sequence[tuple[Candidate, Reading]]) -> tuple[Reading, ...]:
    """The lists that are one product's together with the best one, that one first; empty when it stands alone.

    Args:
        best: the list that was chosen.
        others: all other lists that were found.
    """
    if not best[0].named and best[1].form == "page":
        return _module_pages(best, others)
    if not _may_be(*best):
        return ()
    rivals = [each for each in others if each[0].calls_itself]
    for where in (_beside, _around):
        key = where(best[1].file)
        group = [best[1], *(reading for candidate, reading in rivals if where(reading.file) == key)]
        outside = [reading for _, reading in rivals if reading not in group]
        if 2 <= len(group) <= _MOST and key and not any(_is_above(each.file, best[1].file) for each in outside):
            labels = _labels(group)
            if all(_may_be(*each) for each in rivals if each[1] in group) and all(map(is_part, labels)):
                names = [{squash(entry.name) for entry in each.entries} for each in group]
                if len(set(labels)) == len(group) and not any(share(*pair) for pair in combinations(names, 2)):
                    return tuple(group)
    return ()


def _module_pages(best: tuple[Candidate, Reading], others: Sequence[tuple[Candidate, Reading]]) -> tuple[Reading, ...]:
    """Pages of one folder, each of a module with a table of its parts; empty when the page stands alone.

    A list that calls itself a bill, or a page above the folder, may be the whole product's.
    """
    folder = PurePosixPath(best[1].file).parent
    pages = [best, *(each for each in others if PurePosixPath(each[1].file).parent == folder)]
    if len(pages) < len(others) + 1 or not _MIN_PAGES <= len(pages) <= _MOST or str(folder) == ".":
        return ()
    if any(candidate.named or reading.form != "page" or reading.counted < 2 for candidate, reading in pages):
        return ()
    if not all(is_part(title_of(reading.file)) for _, reading in pages):
        return ()
    names = [{squash(entry.name) for entry in reading.entries} for _, reading in pages]
    return () if any(share(*pair) for pair in combinations(names, 2)) else tuple(reading for _, reading in pages)


def united(lists: Sequence[Reading]) -> Reading:
    """The lists as one, each a sub-assembly that is called as its folder or file, or all things of the kind it says."""
    labels = _labels(lists)
    entries: list[Entry] = []
    assemblies: list[Assembly] = []
    for label, each in zip(labels, lists, strict=True):
        if kind_of(label) is not None:
            entries += [replace(entry, section=(label, *entry.section)) for entry in each.entries]
        else:
            assemblies.append(Assembly(label))
            entries.extend(each.within(label).entries)
        assemblies += [one for one in each.assemblies if one.name not in {known.name for known in assemblies}]
    findings = tuple(finding for each in lists for finding in each.findings)
    questions = tuple(question for each in lists for question in each.questions)
    first = lists[0]
    return Reading(first.file, first.form, tuple(entries), tuple(assemblies), questions, findings, titled=True)


def _may_be(candidate: Candidate, reading: Reading) -> bool:
    stated = candidate.score > 100
    return candidate.calls_itself and not stated and reading.form in _FORMS and not reading.is_circuit


def _around(path: str) -> str:
    """What lists in sibling folders share: the folder above theirs and their name."""
    pure = PurePosixPath(path)
    return f"{pure.parent.parent}/*/{pure.name.casefold()}" if len(pure.parts) > 1 else ""


def _beside(path: str) -> str:
    """What lists of one folder share whose names say which part they are of: folder and suffix."""
    pure = PurePosixPath(path)
    return f"{pure.parent}/*{pure.suffix.casefold()}" if _rest(pure) else ""


def _rest(pure: PurePosixPath) -> str:
    """The file's title without the word for a bill, which its folder may have instead."""
    title = title_of(pure.name)
    word = phrases("bill_names").find(title)
    if word is None and title_of(f"{pure.parent.name}.x") in phrases("bill_names"):
        return title
    return " ".join(title.replace(word, " ").split()) if word else ""


def _labels(lists: Sequence[Reading]) -> list[str]:
    pures = [PurePosixPath(each.file) for each in lists]
    labels = [_rest(pure) or pure.parent.name.replace("_", " ") for pure in pures]
    return labels if len(set(labels)) > 1 else [title_of(pure.name) for pure in pures]


def _is_above(path: str, other: str) -> bool:
    """Whether the first list stands higher in the tree, so that it may be the whole product's."""
    return len(PurePosixPath(path).parts) < len(PurePosixPath(other).parts)
