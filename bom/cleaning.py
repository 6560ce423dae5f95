"""A bill written again as one plain table that any spreadsheet and any reader understands.

CSV by RFC 4180 in UTF-8, one header row, one row a line; a line that is split over sub-assemblies has a row for each.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from bom.bill import Bill, BillLine, Make, Status
from core.trees import materials, processes

__all__ = ["COLUMNS", "clean_csv"]

COLUMNS: Final = (
    "Name", "Quantity", "Unit", "Kind", "Material", "Thickness (mm)", "Finish", "File", "Assembly", "Supplier", "Notes",
)  # fmt: skip
_KINDS: Final = {Make.FABRICATE: "fabricate", Make.PURCHASE: "purchase", Make.UNKNOWN: ""}


def clean_csv(bill: Bill) -> str:
    """The bill's lines as CSV; what is not known is left blank, what was left out stays out."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in bill.lines:
        writer.writerows(_rows(line))
    return out.getvalue()


def _rows(line: BillLine) -> Iterator[tuple[str, ...]]:
    if not line.uses:
        yield _row(line, line.quantity, line.assembly)
        return
    for assembly, amount in line.uses.items():
        yield _row(line, amount, assembly)
    rest = (line.quantity or 0) - sum(line.uses.values())
    if rest > 0:
        yield _row(line, rest, None)


def _row(line: BillLine, amount: float | None, assembly: str | None) -> tuple[str, ...]:
    return (
        line.name,
        "" if amount is None else f"{amount:.10g}",
        "" if line.unit == "piece" else line.unit,
        _kind(line),
        _material(line),
        "" if line.thickness_mm is None else f"{line.thickness_mm:.6g}",
        ", ".join(processes()[step].label for step in line.steps),
        line.files[0] if line.files else "",
        assembly or "",
        line.supplier or "",
        _notes(line),
    )


def _kind(line: BillLine) -> str:
    if line.make is not Make.FABRICATE or line.process is None:
        return _KINDS[line.make]
    if line.tool and processes().is_a(line.process, "additive"):
        return "printed tool"
    return processes()[line.process].label


def _material(line: BillLine) -> str:
    known = line.material is not None and line.material in materials()
    return materials()[line.material].label if known and line.material else line.material or ""


def _notes(line: BillLine) -> str:
    """The designer's notes; a status other than required is told in a word of its own."""
    status = "" if line.status is Status.REQUIRED or line.quantity == 0 else line.status.value
    notes = line.notes or ""
    return "; ".join(part for part in (status if status not in notes.casefold() else "", notes) if part)
