"""What is open about one line: how many, made or bought, how, of what, from which file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bom.bill import Make
from bom.lines import Line
from bom.substance import find_materials
from bom.words import phrases
from core.provenance import Origin, Question
from core.trees import processes

__all__ = ["doubts", "is_one", "lacks_file"]

_OWN_LENGTH: Final = re.compile(
    r"(?:^|[\s,])(?P<length>\d+(?:[.,]\d+)?\s*(?:m|cm|ft|feet|metres?|meters?))\b", re.IGNORECASE
)
_CUT_INTO: Final = re.compile(r"\bcut (?:in)?to\b[^,;.()]*\d[^,;.()]*", re.IGNORECASE)
_MANY_PIECES: Final = 20


def is_one(line: Line) -> bool:
    """Whether the line states no amount and one was taken."""
    return line.entry.origin is Origin.GUESSED and line.line.quantity is not None


def lacks_file(line: Line) -> bool:
    """Whether the line is made here from a file that was not found."""
    bill = line.line
    cut_by_outline = line.verdict.origin is Origin.GUESSED and bill.process == "sheet_cutting"
    return bill.make is Make.FABRICATE and not bill.files and bill.process != "sawing" and not cut_by_outline


def doubts(line: Line) -> Iterator[Question]:
    """The questions that one line raises."""
    name = line.line.name
    if is_one(line):
        yield Question(name, f"{name} is named without an amount: is it one?", ("1",), about="quantity")
    elif not _is_counted(line):
        yield from _amount(line)
    if not _is_plainly_bought(line):
        yield from _making(line)
    if lacks_file(line):
        yield Question(name, f"Which file is {name}?", about="files")
    if line.link is not None and line.link.doubtful:
        options = line.link.doubtful
        yield Question(name, f"Which file is {name}: {' or '.join(options[:4])}?", options, about="files")


def _is_counted(line: Line) -> bool:
    """Whether the line states a whole number of pieces of a thing that is counted: nothing to ask about."""
    quantity = line.entry.quantity
    if quantity.value is None or quantity.unit != "piece" or quantity.approximate or quantity.value % 1:
        return False
    return not quantity.is_range and not (line.said and phrases("mass_nouns").find(line.said))


def _is_plainly_bought(line: Line) -> bool:
    """Whether the line is bought and names no process: nothing to ask about its making."""
    return line.line.make is Make.PURCHASE and not line.verdict.rivals


def _amount(line: Line) -> Iterator[Question]:
    name, quantity, entry = line.line.name, line.entry.quantity, line.entry
    if entry.variants and line.line.quantity is None:
        return  # asked once for all lines
    if quantity.value is None:
        said = f" (the list says {quantity.text!r})" if quantity.text else ""
        yield Question(name, f"How much or how many of {name} does one product need{said}?", about="quantity")
    elif quantity.is_range or quantity.approximate:
        ask = f"The list says {quantity.text!r} of {name}: is {quantity.value:g} {quantity.unit} right?"
        yield Question(name, ask, about="quantity")
    elif quantity.unit == "piece" and (noun := line.said and phrases("mass_nouns").find(line.said)):
        if quantity.value >= _MANY_PIECES:
            ask = f"{name}: is {quantity.value:g} a number of pieces or a length, and in which unit?"
            yield Question(name, ask, ("mm", "cm", "m", "piece"), about="unit")
        elif own := _OWN_LENGTH.search(name):
            ask = f"{name}: is that {quantity.value:g} {noun} {own['length']} long, as the name states?"
            yield Question(name, ask, ("yes", "no"))
    elif quantity.unit == "piece" and quantity.value % 1 and entry.origin is not Origin.DERIVED:
        ask = f"{name}: in which unit is {quantity.value:g} stated?"
        yield Question(name, ask, ("m", "kg", "l", "piece"), about="unit")
    if quantity.unit != "piece" and (cut := _CUT_INTO.search(entry.text)):
        ask = (
            f"{name}: {cut.group().strip()}, the list says; is the cutting a task of its own, and for how many pieces?"
        )
        yield Question(name, ask)


def _making(line: Line) -> Iterator[Question]:
    bill, verdict = line.line, line.verdict
    if bill.make is Make.UNKNOWN:
        ask = f"Is {bill.name} made or bought ({bill.make_reason})?"
        yield Question(bill.name, ask, ("fabricate", "purchase"), about="make")
    if verdict.rivals and verdict.process:
        labels = [processes()[each].label for each in (verdict.process, *verdict.rivals)]
        options = (verdict.process, *verdict.rivals)
        yield Question(bill.name, f"{bill.name}: {' or '.join(labels)}?", options, about="process")
    if verdict.origin is Origin.GUESSED and bill.process == "sheet_cutting" and not bill.files:
        ask = f"{bill.name}: is it bought cut to size, or cut here by the sheets' outlines?"
        yield Question(bill.name, ask, ("fabricate", "purchase"), about="make")
    elif bill.make is Make.FABRICATE and bill.process is None and bill.files:
        of = f" of {bill.material}" if bill.material else ""
        yield Question(bill.name, f"By which process is {bill.name}{of} made?", about="process")
    if bill.make is Make.FABRICATE and bill.material and len(find_materials(bill.material)) > 1:
        ask = f"{bill.name}: which material, {bill.material}?"
        yield Question(bill.name, ask, find_materials(bill.material), about="material")
