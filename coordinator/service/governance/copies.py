"""Copies of designs that say in their files where they came from."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from coordinator.service.designs.archiving import OWN_LIMITS
from coordinator.service.designs.designs import DesignView
from designs.design import Design
from designs.source import open_design

__all__ = ["ORIGIN_NAME", "copied", "named_in_origin", "origin_of"]

ORIGIN_NAME: Final = "ORIGIN.md"


@contextmanager
def copied(design: Design, words: str, before: str) -> Iterator[Design]:
    """The files of a design with a word on their origin beside them, opened; valid until the context ends.

    Args:
        design: open.
        words: on where the copy came from.
        before: what stood there before, which stays below.
    """
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
        for each in design.files:
            if each.present and each.path != ORIGIN_NAME:
                target = Path(scratch, each.path)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(design.locate(each.path), target)
        text = f"# Origin\n\n{words}" + (f"\n{before}" if before else "")
        Path(scratch, ORIGIN_NAME).write_text(text, encoding="utf-8")
        with open_design(scratch, limits=OWN_LIMITS) as copy:
            yield copy


def origin_of(design: Design) -> str:
    """What an open design says of its origin; "" where it says nothing."""
    known = any(each.path == ORIGIN_NAME and each.present for each in design.files)
    return design.locate(ORIGIN_NAME).read_text(encoding="utf-8", errors="replace") if known else ""


def named_in_origin(design: DesignView) -> str:
    """A version as such a word names it, and its licence, which stays with it."""
    version = f"commit {design.commit}, " if design.commit else ""
    return (
        f"{_plain(design.name)}, from {_plain(design.location)} ({version}content {design.content_sha256}).\n"
        f"Its licence is {_plain(design.licence or '')}, and stays with it.\n"
    )


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;").replace("|", "/")[:500]
