"""Checks of numbers: do the instructions and the file names say what the bill says?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from bom.bill import Bill, BillLine
from bom.checking.lines import place_of
from bom.quantity import trailing_quantity
from bom.sources import read_text
from core.provenance import Finding, Severity
from designs.design import Design, FileRole

__all__ = ["check_counts"]

_PAGES: Final = frozenset({".md", ".markdown", ".rst", ".adoc", ".txt"})
_MAX_PAGES: Final = 300
_MAX_NAMES: Final = 2_000
_MIN_NAME_CHARS: Final = 5
_SHARED_FIX: Final = "correct the one that is wrong"


def check_counts(design: Design, bill: Bill) -> Iterator[Finding]:
    """Pages that ask for more of a part than the bill holds, file names that count another number."""
    for line in bill.lines:
        yield from _file_name(line)
    amounts = _amounts(bill)
    pattern = _mentions(amounts)
    pages = [
        file
        for file in design.with_role(FileRole.TEXT)
        if file.suffix in _PAGES and file.present and file.path not in bill.sources
    ]
    for page in pages[:_MAX_PAGES] if pattern else ():
        for number, text in enumerate((read_text(design, page.path) or "").splitlines(), start=1):
            for found in pattern.finditer(text) if pattern else ():
                name, count = _plain(found["name"]), int(found["count"])
                if count > amounts[name]:
                    message = f"{page.path} asks for {count} x {found['name']}, {bill.told_by} has {amounts[name]:g}"
                    yield Finding("count-disagrees", Severity.WARNING, message, page.path, _SHARED_FIX, str(number))


def _file_name(line: BillLine) -> Iterator[Finding]:
    """A file ``clip_x4.stl`` holds or stands for 4 pieces, so the amount is a multiple of it."""
    stem = line.files[0].rpartition("/")[2].rpartition(".")[0] if line.files else ""
    counted = trailing_quantity(stem.replace("_", " "))
    if counted is None or not counted[0].value or not line.quantity or line.unit != "piece":
        return
    if line.quantity % counted[0].value:
        file, place = place_of(line)
        message = f"{line.name}: the list says {line.quantity:g}, the name of {line.files[0]} {counted[0].value:g}"
        yield Finding("count-disagrees", Severity.WARNING, message, file, _SHARED_FIX, place)


def _amounts(bill: Bill) -> Mapping[str, float]:
    """Name -> pieces in one product, for names whose every line states them."""
    amounts: dict[str, float] = defaultdict(float)
    unclear = {_plain(line.name) for line in bill.lines if line.quantity is None or line.unit != "piece"}
    for line in bill.lines:
        amounts[_plain(line.name)] += line.quantity or 0
    return {name: amount for name, amount in amounts.items() if name not in unclear and len(name) >= _MIN_NAME_CHARS}


def _mentions(amounts: Mapping[str, float]) -> re.Pattern[str] | None:
    """How a page asks for 4 x NAME, longest names first; None when there are no names."""
    names = sorted(amounts, key=len, reverse=True)[:_MAX_NAMES]
    if not names:
        return None
    spelled = "|".join(r"\s+".join(map(re.escape, name.split())) for name in names)
    return re.compile(rf"(?<![\w.,/-])(?P<count>\d{{1,4}})\s?[x\u00d7]\s+(?P<name>{spelled})(?:s|es)?\b", re.IGNORECASE)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
