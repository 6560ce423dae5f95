"""Several sheets of one workbook that are one list: "Printed parts", "Hardware" and "Tools", or one for each assembly.

They are, if their titles are of kinds of things or of parts of the product, not of versions, and share hardly a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final, TypeAlias

from bom.bill import Assembly
from bom.entry import Entry, Reading
from bom.grids import Grid
from bom.titles import is_part, share, title_of
from bom.words import Kind, kind_of, phrases
from core.trees import normal_form

__all__ = ["Sheet", "sister_sheets", "united"]

_VERSION: Final = re.compile(r"\bv\s?\d|\b(?:19|20)\d\d\b|\(\d+\)$", re.IGNORECASE)

Sheet: TypeAlias = tuple[Grid, tuple[Entry, ...]]


def sister_sheets(lists: Sequence[Sheet]) -> list[Sheet]:
    """The sheets that are one product's together, in order; empty when the first list stands alone.

    Args:
        lists: the sheets that hold lists, the first of them the one to read if it stands alone.
    """
    group = [each for each in lists if not each[0].is_hidden and _is_one_of_several(each[0].title)]
    if len(group) < 2 or group[0] is not lists[0] or not any(_makes(each[0].title) for each in group):
        return []
    names = [{normal_form(entry.name) for entry in entries} for _, entries in group]
    titles = {grid.title.casefold() for grid, _ in group}
    return [] if len(titles) < len(group) or any(share(*pair) for pair in combinations(names, 2)) else group


def united(reading: Reading, group: Sequence[Sheet]) -> Reading:
    """The reading with the lines of all sheets: a title of a kind stands above its lines, any other names a part."""
    entries: list[Entry] = []
    assemblies: list[Assembly] = []
    for grid, lines in group:
        title = grid.title.strip()
        if kind_of(title) is not None:
            entries += [replace(each, section=(title, *each.section)) for each in lines]
            continue
        assemblies.append(Assembly(title))
        entries += Reading(reading.file, reading.form, lines).within(title).entries
    return replace(reading, entries=tuple(entries), assemblies=tuple(assemblies))


def _is_one_of_several(title: str) -> bool:
    """Whether the title may be of one part of a list: a kind of things, or a part of the product."""
    form = title_of(f"{title.strip()}.x")
    if _VERSION.search(title) or phrases("variant_words").find(form) or phrases("bill_names").find(form):
        return False
    return kind_of(title) is not None or is_part(form)


def _makes(title: str) -> bool:
    """Whether the title says that its things are made or bought: without one such the sheets may be anything."""
    kind: Kind | None = kind_of(title)
    return kind is not None and kind.make in {"fabricate", "purchase"}
