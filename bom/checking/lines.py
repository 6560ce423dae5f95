"""Checks of the bill's lines: amounts, part files, processes, materials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bom.bill import Bill, BillLine, Make, Status
from bom.sources import read_source
from core.errors import InputError
from core.provenance import Finding, Severity
from core.trees import normal_form, processes
from designs.design import Design

__all__ = ["check_lines", "place_of"]

_WITHOUT_FILE: Final = ("sawing", "manual_cutting")  # made from the list alone: a stock, a length, a number
_ANSWER: Final = "or answer it with `fabcommons design questions`"


def place_of(line: BillLine) -> tuple[str | None, str | None]:
    """File and place of the line in the list, as far as they are known."""
    known = (line.provenance.get(fact) for fact in ("make", "quantity"))
    return next(((each.file, each.place) for each in known if each and each.file), (None, None))


def check_lines(design: Design, bill: Bill) -> Iterator[Finding]:
    """Findings of single lines, in the order of the list."""
    written = _amounts_as_written(design, bill)
    names: dict[tuple[str, str | None], BillLine] = {}
    for line in bill.lines:
        yield from _amount(line, written)
        if line.make is Make.UNKNOWN:
            message = f"{line.name}: the list does not say whether it is made or bought ({line.make_reason})"
            yield _finding("make-unknown", Severity.WARNING, message, line, f"say so in the list, {_ANSWER}")
        if line.make is Make.FABRICATE:
            yield from _making(design, line)
        twin = names.setdefault((normal_form(line.name), line.assembly), line)
        if twin is not line:
            message = f"{line.name} stands in the list more than once"
            fix = "put the lines together, or give different parts different names"
            yield _finding("line-repeated", Severity.NOTE, message, line, fix)


def _finding(code: str, severity: Severity, message: str, line: BillLine, fix: str) -> Finding:
    file, place = place_of(line)
    return Finding(code, severity, message, file, fix, place)


def _amounts_as_written(design: Design, bill: Bill) -> Mapping[tuple[str | None, str | None], str]:
    """File and place -> the words in the place of an amount that is none."""
    found: dict[tuple[str | None, str | None], str] = {}
    for path in bill.sources if any(line.quantity is None for line in bill.lines) else ():
        file = design.file(path)
        try:
            reading = read_source(design, file, named=True) if file is not None and file.present else None
        except InputError:  # read in another way then, which tells its own findings
            continue
        for entry in reading.entries if reading else ():
            if entry.quantity.value is None and entry.quantity.text:
                found[entry.file, entry.place] = entry.quantity.text
    return found


def _amount(line: BillLine, written: Mapping[tuple[str | None, str | None], str]) -> Iterator[Finding]:
    if line.quantity is not None or line.status is not Status.REQUIRED:
        return
    text = written.get(place_of(line))
    if text:
        message = f"{line.name}: {text!r} is no amount that can be read"
        fix = "write a number, with its unit if it does not count pieces"
        yield _finding("quantity-unreadable", Severity.WARNING, message, line, fix)
    else:
        message = f"{line.name}: the list does not say how many one product needs"
        yield _finding("quantity-missing", Severity.WARNING, message, line, f"write the number, {_ANSWER}")


def _making(design: Design, line: BillLine) -> Iterator[Finding]:
    tree = processes()
    process = line.process
    if not line.files and not any(process and tree.is_a(process, each) for each in _WITHOUT_FILE):
        message = f"{line.name} is to be made, and no file of the design is it"
        fix = "add the file, name it in a column File, or call it as the part"
        yield _finding("part-without-file", Severity.WARNING, message, line, f"{fix}; {_ANSWER}")
    first = design.file(line.files[0]) if line.files else None
    if first is not None and not first.present:
        message = f"{line.name}: {first.path} is listed, and its content is not here"
        yield _finding("part-file-absent", Severity.NOTE, message, line, "open the whole repository")
    if process is None:
        message = f"{line.name} is to be made, and nothing says by which process"
        yield _finding("process-missing", Severity.NOTE, message, line, f"add a column Process, {_ANSWER}")
    elif line.thickness_mm is None and tree.is_a(process, "sheet_cutting"):
        message = f"{line.name} is cut from a sheet, and nothing says how thick that is"
        yield _finding("thickness-missing", Severity.NOTE, message, line, f"add a column Thickness, {_ANSWER}")
    if line.material is None and not (process and tree.is_a(process, "electronics")):
        message = f"{line.name} is to be made, and nothing says of which material"
        yield _finding("material-missing", Severity.NOTE, message, line, f"add a column Material, {_ANSWER}")
