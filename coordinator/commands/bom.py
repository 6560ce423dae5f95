"""`fabcommons bom read`."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from bom.bill import Bill, BillLine, Make
from bom.document import bill_document
from bom.partfiles import squash
from bom.reader import read_bill
from coordinator.commands.output import console, print_findings, print_json, print_questions, say
from coordinator.plans.opening import answers_in, require_lines
from designs.design import Design, DesignFile, FileRole
from designs.source import open_design

__all__ = ["read"]

_HEADINGS = ("qty", "part", "in", "make or buy", "how", "file", "because")
_PART_ROLES = (FileRole.MESH, FileRole.SOLID, FileRole.DRAWING)
_MOST_PARTS = 200
_MOST_COPIES = 3
_WORDS = {Make.FABRICATE: "make", Make.PURCHASE: "buy", Make.UNKNOWN: "?"}


def read(location: str, revision: str | None, answers: Path | None = None, *, as_json: bool) -> None:
    """Print a design's bill of materials.

    Raises:
        InputError: it has none; with `as_json` the document, which says so too, is printed all the same.
    """
    given = answers_in(answers)
    with open_design(location, revision=revision) as design:
        bill = read_bill(design, given)
        if as_json:
            print_json(bill_document(bill))
        elif bill.lines:
            _print_bill(design, bill)
        else:
            _print_parts(design)
            print_findings([each for each in (*design.findings, *bill.findings) if each.code != "bom-missing"])
            print_questions(each for each in bill.questions if each.item != "part files")
        require_lines(bill)


def _print_parts(design: Design) -> None:
    """The part files of a design without a bill, those of one name as one part."""
    parts: dict[str, list[DesignFile]] = {}
    for file in design.files:
        if file.role in _PART_ROLES:
            parts.setdefault(squash(file.stem), []).append(file)
    if not parts:
        return
    say("Nothing says how many of each of these parts one product needs, nor what is bought:")
    for files in [*parts.values()][:_MOST_PARTS]:
        first, *others = sorted(files, key=lambda each: (_PART_ROLES.index(each.role), each.path))
        also = ", ".join(each.path for each in others[:_MOST_COPIES])
        more = f" and {len(others) - _MOST_COPIES} more" if len(others) > _MOST_COPIES else ""
        console.print(Text(f"  {first.path}{f' (also {also}{more})' if also else ''}"), soft_wrap=True)
    if len(parts) > _MOST_PARTS:
        say(f"  and {len(parts) - _MOST_PARTS} more")


def _print_bill(design: Design, bill: Bill) -> None:
    _print_lines(bill)
    print_findings([*design.findings, *(each for each in bill.findings if each not in design.findings)])
    print_questions(bill.questions)


def _print_lines(bill: Bill) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    columns = _columns(bill)
    for heading in columns:
        table.add_column(heading, overflow="fold")
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, cells))
    console.print(table)
    for each in bill.excluded:
        say(f"left out: {each.name} ({each.why})")


def _columns(bill: Bill) -> dict[str, list[str]]:
    """Heading -> cells; the column of sub-assemblies only where the bill has any."""
    rows = [_row(line) for line in bill.lines]
    columns = {heading: [row[heading] for row in rows] for heading in _HEADINGS}
    if not any(columns["in"]):
        del columns["in"]
    return columns


def _where(line: BillLine) -> str:
    """The sub-assembly that holds the line; of several how much goes where."""
    return ", ".join(f"{name}: {amount:g}" for name, amount in line.uses.items()) or line.assembly or ""


def _row(line: BillLine) -> dict[str, str]:
    unit = "" if line.unit == "piece" else f" {line.unit}"
    quantity = "?" if line.quantity is None else f"{line.quantity:g}{unit}"
    status = "" if line.status == "required" else f" ({line.status})"
    file = line.files[0] if line.files else ""
    how = ", ".join(word for word in (line.process, line.material) if word).replace("_", " ")
    cells = (quantity, line.name + status, _where(line), _WORDS[line.make], how, file, line.make_reason)
    return dict(zip(_HEADINGS, cells, strict=True))
