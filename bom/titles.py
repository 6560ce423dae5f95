"""What names of files, folders and sheets say: their words, and whether they are of a part or of a version."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from bom.words import phrases
from core.trees import normal_form

__all__ = ["is_part", "share", "title_of"]

_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[a-zA-Z])(?=\d)|(?<=\d)(?=[A-Z])")
_MIN_CHARS: Final = 4  # shorter ones are languages, countries and versions
_MOST_SHARED: Final = 0.25


def title_of(path: str) -> str:
    """A file's name in words: no suffix, camel case parted."""
    return normal_form(_CAMEL.sub(" ", PurePosixPath(path).stem))


def is_part(label: str) -> bool:
    """Whether the name may be of a part of the product, not of a version, a language or a draft."""
    wordy = len(label) >= _MIN_CHARS and re.search(r"\d", label) is None
    return (
        wordy and not phrases("variant_words").find(label) and title_of(f"{label}.x") not in phrases("lesser_folders")
    )


def share(one: set[str], other: set[str]) -> bool:
    """Whether two lists have so many names in common that they are of one thing."""
    return len(one & other) > _MOST_SHARED * min(len(one), len(other))
