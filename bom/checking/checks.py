"""All checks of a design, run and put in order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bom.bill import Bill
from bom.checking.counts import check_counts
from bom.checking.files import check_files
from bom.checking.licences import check_licences
from bom.checking.lines import check_lines
from bom.checking.links import check_links
from bom.checking.manifests import check_manifest
from bom.checking.shapes import check_shapes
from core.provenance import Finding, Severity
from designs.design import Design
from geometry.survey import Surveying, survey

__all__ = ["check_design", "exit_status"]

_RANK: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
_STATUS: Final = {Severity.ERROR: 2, Severity.WARNING: 1, Severity.NOTE: 0}


def check_design(design: Design, bill: Bill, measure: Surveying = survey) -> tuple[Finding, ...]:
    """Everything that is wrong or odd, the gravest first, then by file and line; one finding of a code at a place.

    Args:
        design: the open design.
        bill: its bill.
        measure: what measures the part files; as it stands, one after the other and without a cache.
    """
    found = [
        *design.findings,
        *bill.findings,
        *check_manifest(design),
        *check_licences(design),
        *check_lines(design, bill),
        *check_files(design, bill),
        *check_counts(design, bill),
        *check_links(design),
        *check_shapes(design, bill, measure),
        *_open_questions(bill),
    ]
    first: dict[tuple[str, str | None, str | None], Finding] = {}
    for each in found:
        key = each.place if each.file else each.message
        first.setdefault((each.code, each.file, key), each)
    return tuple(sorted(first.values(), key=_order))


def exit_status(findings: Iterable[Finding]) -> int:
    """2 when there is an error, 1 when there is a warning, else 0."""
    return max((_STATUS[each.severity] for each in findings), default=0)


def _order(finding: Finding) -> tuple[int, str, tuple[int, str], str, str]:
    digits = re.search(r"\d+", finding.place or "")
    place = (int(digits.group()) if digits else 0, finding.place or "")
    return _RANK[finding.severity], finding.file or "", place, finding.code, finding.message


def _open_questions(bill: Bill) -> tuple[Finding, ...]:
    if not bill.questions:
        return ()
    count = len(bill.questions)
    message = f"{count} {'question is' if count == 1 else 'questions are'} open that only the designer can answer"
    fix = "answer them with `fabcommons design questions`"
    return (Finding("questions-open", Severity.NOTE, message, bill.sources[0] if bill.sources else None, fix),)
