"""Checks of the licences: may others make it at all?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from core.provenance import Finding, Severity
from designs.design import Design
from designs.licensing import Licensing, Statement, read_licensing
from designs.spdx import identifiers

__all__ = ["check_licences"]

_NOT_OPEN: Final = re.compile(r"-(?:NC|ND)(?:-|$)|^PPL$")  # OSHWA definition 1.0, points 7 and 8: no field is left out
_LATER: Final = re.compile(r"-(?:only|or-later)$")
_CHOOSE: Final = "take an identifier of the SPDX list, such as CERN-OHL-S-2.0, CERN-OHL-P-2.0 or CC-BY-SA-4.0"


def check_licences(design: Design) -> Iterator[Finding]:
    """Findings about what is stated, what is missing and what contradicts itself."""
    licensing = read_licensing(design)
    if licensing.effective is None:
        message = "no licence is stated, so all rights are reserved: nobody else may make it"
        fix = f"add a file LICENSE and name it in the manifest; {_CHOOSE}"
        yield Finding("licence-missing", Severity.ERROR, message, None, fix)
        return
    yield from _unknown(licensing)
    yield from _restricted(licensing)
    yield from _contradiction(licensing)
    if not licensing.texts and not any(_is_file(each) for each in licensing.statements):
        message = "a licence is named, and its text is not in the repository"
        place = licensing.statements[0].provenance
        fix = "add the licence's text as a file LICENSE"
        yield Finding("licence-text-missing", Severity.NOTE, message, place.file, fix, place.place)


def _unknown(licensing: Licensing) -> Iterator[Finding]:
    for each in licensing.statements:
        for key in identifiers(each.expression):
            if key in licensing.unknown:
                message = f"the licence {key} is not on the SPDX list, so nobody can tell its terms by its name"
                yield Finding(
                    "licence-unknown", Severity.WARNING, message, each.provenance.file, _CHOOSE, each.provenance.place
                )


def _restricted(licensing: Licensing) -> Iterator[Finding]:
    for each in licensing.statements:
        restricted = [key for key in identifiers(each.expression) if _NOT_OPEN.search(key)]
        if restricted and " OR " not in each.expression:
            message = f"{restricted[0]} forbids some to make, sell or change it: that is no open hardware"
            yield Finding(
                "licence-not-open", Severity.WARNING, message, each.provenance.file, _CHOOSE, each.provenance.place
            )


def _contradiction(licensing: Licensing) -> Iterator[Finding]:
    """The manifest names licences, and the file at the root holds none of them."""
    stated = [each for each in licensing.statements if (each.provenance.place or "").startswith("license")]
    held = next((each for each in licensing.statements if each.scope == "" and _is_file(each)), None)
    if not stated or held is None:
        return
    said = [_LATER.sub("", key) for each in stated for key in identifiers(each.expression)]
    theirs = [_LATER.sub("", key) for key in identifiers(held.expression)]
    if not any(_agree(one, other) for one in said for other in theirs):
        named = " and ".join(dict.fromkeys(each.expression for each in stated))
        message = f"the manifest says {named}, {held.provenance.file} is {held.expression}"
        fix = "let both say the same, or keep licences of parts in folders of their own"
        place = stated[0].provenance
        yield Finding("licence-conflict", Severity.WARNING, message, place.file, fix, place.place)


def _agree(one: str, other: str) -> bool:
    """Whether they are the same licence, or the one is the other said without its version."""
    words = one.removeprefix("LicenseRef-").casefold()
    return one == other or (one != words and other.casefold().startswith(f"{words}-"))


def _is_file(statement: Statement) -> bool:
    return statement.provenance.rule.startswith("licence file")
