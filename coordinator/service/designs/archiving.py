"""A design as it is kept: one archive with its files and what was answered here, opened again like any other."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from bom.answering import read_answers
from bom.answers import ANSWERS_NAME, Answer, with_answers, write_answers
from designs.design import Design
from designs.limits import Limits
from designs.source import open_design

__all__ = ["OWN_LIMITS", "answered_design", "pack"]

_MIB = 2**20
OWN_LIMITS: Final = Limits(
    total_bytes=512 * _MIB, file_bytes=128 * _MIB, file_count=10_001, depth=24, ratio=1_000_000, git_seconds=120
)
"""Our own archives may be packed as tightly as they like, and hold one file more: that of the answers."""
_TOP = "design"  # one folder above all, which opening takes away again


@contextmanager
def answered_design(design: Design, given: Sequence[Answer], *, ours_first: bool) -> Iterator[Design]:
    """The design with answers in its file of answers; the same design where there are none.

    Args:
        design: open.
        given: what was answered here.
        ours_first: whether an answer that was given here counts more than the design's own about the same.
    """
    known, _ = read_answers(design)
    own = {(each.item, each.about) for each in known.given}
    fresh = [each for each in given if ours_first or (each.item, each.about) not in own]
    if not fresh:
        yield design
        return
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
        answers, packed = Path(scratch, ANSWERS_NAME), Path(scratch, "answered.zip")
        write_answers(answers, with_answers(known, fresh))
        pack(design, packed, answers)
        with open_design(packed, limits=OWN_LIMITS) as whole:
            yield replace(whole, name=design.name, source=design.source)


def pack(design: Design, target: Path, answers: Path | None = None) -> None:
    """All files that are present, in order and without dates: the same design gives the same bytes.

    Args:
        design: open.
        target: the archive to write.
        answers: a file of answers that takes the place of the design's own; or None.
    """
    inside = {each.path: design.locate(each.path) for each in design.files if each.present}
    if answers is not None:
        inside[ANSWERS_NAME] = answers
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, place in inside.items():
            info = zipfile.ZipInfo(f"{_TOP}/{path}")
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as packed, place.open("rb") as file:
                while chunk := file.read(_MIB):
                    packed.write(chunk)
