"""A design's bill, line by line: what each line says, why it is read so, and what only its designer can say of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bom.bill import Bill, BillLine
from coordinator.service.designs.designs import Designs, QuestionView, question_view
from coordinator.service.house import View

__all__ = ["LINES_A_PAGE", "BillLineView", "BillPage", "BillReasonView", "Bills", "LeftOutView"]

LINES_A_PAGE: Final = 100
_FACTS: Final = (
    "quantity", "make", "process", "steps", "material", "thickness_mm", "alternatives", "tolerance_mm", "feature_mm",
    "files", "assembly", "supplier", "tool", "status",
)  # fmt: skip


class BillReasonView(View):
    """Where one fact of a line comes from: `origin` is read, derived, guessed or answered."""

    fact: str
    value: str
    origin: str
    rule: str
    file: str | None
    place: str | None


class BillLineView(View):
    """One line; `quantity` is for one product, null where nobody says. `files` are the part's, the best first."""

    key: str
    name: str
    quantity: float | None
    unit: str
    make: str
    make_reason: str
    status: str
    process: str | None
    material: str | None
    files: list[str]
    assembly: str | None
    supplier: str | None
    reasons: list[BillReasonView]
    questions: list[QuestionView]


class LeftOutView(View):
    """What the list names and the product does not hold."""

    name: str
    why: str
    file: str | None
    place: str | None


class BillPage(View):
    """Up to `LINES_A_PAGE` lines; the questions about no single line and what is left out stand on each."""

    lines: list[BillLineView]
    count: int
    page: int
    pages: int
    questions: list[QuestionView]
    left_out: list[LeftOutView]
    sources: list[str]


class Bills:
    """Bills of the designs that were imported."""

    def __init__(self, designs: Designs) -> None:
        self._designs = designs

    def page(self, design_id: int, page: int = 1) -> BillPage:
        """A page of a design's bill; pages are counted from 1, and one beyond the last has no lines.

        Raises:
            UnknownError: there is no such design.
        """
        bill = self._designs.bill(design_id)
        first = (page - 1) * LINES_A_PAGE
        shown = bill.lines[first : first + LINES_A_PAGE]
        asked = _questions_of(bill)
        return BillPage(
            lines=[_line(each, asked.get(each.key, [])) for each in shown],
            count=len(bill.lines),
            page=page,
            pages=max(1, -(-len(bill.lines) // LINES_A_PAGE)),
            questions=asked.get("", []),
            left_out=[
                LeftOutView(name=each.name, why=each.why, file=each.provenance.file, place=each.provenance.place)
                for each in bill.excluded[:LINES_A_PAGE]
            ],
            sources=list(bill.sources),
        )


def _questions_of(bill: Bill) -> dict[str, list[QuestionView]]:
    """Questions by the key of the line that they are about, the first of its name; under "" those of no single line."""
    keys: dict[str, str] = {}
    for line in bill.lines:
        keys.setdefault(line.key, line.key)
        keys.setdefault(line.name, line.key)
    found: dict[str, list[QuestionView]] = {}
    for each in bill.questions:
        found.setdefault(keys.get(each.item, ""), []).append(question_view(each))
    return found


def _line(line: BillLine, questions: list[QuestionView]) -> BillLineView:
    return BillLineView(
        key=line.key, name=line.name, quantity=line.quantity, unit=line.unit, make=line.make,
        make_reason=line.make_reason, status=line.status, process=line.process, material=line.material,
        files=list(line.files), assembly=line.assembly, supplier=line.supplier, reasons=list(_reasons(line)),
        questions=questions,
    )  # fmt: skip


def _reasons(line: BillLine) -> Iterator[BillReasonView]:
    for fact in _FACTS:
        source = line.provenance.get(fact)
        if source is not None:
            value = _shown(getattr(line, fact))
            yield BillReasonView(
                fact=fact.removesuffix("_mm").replace("_", " "), value=value, origin=source.origin, rule=source.rule,
                file=source.file, place=source.place,
            )  # fmt: skip


def _shown(value: object) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
