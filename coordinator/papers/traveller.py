"""The traveller: the sheet that goes through the workshops with a build, with a line to sign for every step."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor, black
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, LongTable, PageTemplate, Paragraph, Spacer, TableStyle

from coordinator.papers.codes import draw_code
from coordinator.papers.content import Step, Traveller
from coordinator.papers.letters import BOLD, PLAIN, Letters
from coordinator.web.languages import mark

__all__ = ["traveller_sheet"]


_MARGIN = 15 * mm
_CODE = 26 * mm
_GREY = HexColor(0x888888)
_SMALL: Final = ParagraphStyle("small", fontName=PLAIN, fontSize=8, leading=10)
_HEAD: Final = ParagraphStyle("head", parent=_SMALL, fontName=BOLD)
_SECTION: Final = ParagraphStyle(
    "section", parent=_HEAD, fontSize=11, leading=14, spaceBefore=5 * mm, spaceAfter=2 * mm
)
_TITLE: Final = ParagraphStyle("title", parent=_HEAD, fontSize=16, leading=20, rightIndent=_CODE)
_LINES: Final = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, _GREY),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
)
_DONE, _OPEN = "\u2611", "\u2610"


def traveller_sheet(traveller: Traveller) -> bytes:
    """A traveller as PDF, A4; the same traveller gives the same bytes."""
    letters, body = Letters(), io.BytesIO()
    say = traveller.spoken.gettext
    story: list[Any] = [_paragraph(letters, traveller.title, _TITLE), Spacer(0, 2 * mm), *_facts(letters, traveller)]
    if traveller.steps:
        story += [Paragraph(escape(say(mark("Work"))), _SECTION), _steps(letters, say, traveller.steps)]
    if traveller.bought:
        story += [Paragraph(escape(say(mark("Bought"))), _SECTION), _bought(letters, say, traveller.bought)]
    if letters.missing:
        story.append(Spacer(0, 3 * mm))
        boxes = say(mark("An empty box stands for each of %(count)s letters that no font here has."))
        story.append(Paragraph(escape(boxes % {"count": len(letters.missing)}), _SMALL))
    document = BaseDocTemplate(
        body, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN + 6 * mm,
        invariant=1, title=say(mark("Traveller")),
    )  # fmt: skip
    frame = Frame(document.leftMargin, document.bottomMargin, document.width, document.height, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate(frames=[frame], onPage=_foot(traveller))])
    document.build(story)
    return body.getvalue()


def _paragraph(letters: Letters, text: str, style: ParagraphStyle = _SMALL) -> Paragraph:
    return Paragraph(letters.markup(text), style)


def _facts(letters: Letters, traveller: Traveller) -> list[Any]:
    rows = [[Paragraph(escape(name), _HEAD), _paragraph(letters, value)] for name, value in traveller.facts]
    plain = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0), *(
        (padding, (0, 0), (-1, -1), 1) for padding in ("TOPPADDING", "BOTTOMPADDING")
    )])  # fmt: skip
    width = A4[0] - 2 * _MARGIN - _CODE
    return [LongTable(rows, colWidths=[28 * mm, width - 28 * mm], style=plain, hAlign="LEFT")] if rows else []


def _steps(letters: Letters, say: Callable[[str], str], steps: Sequence[Step]) -> LongTable:
    heads = (mark("What"), mark("How many"), mark("How"), mark("Where and when"), mark("Done by, on"))
    head = ["", *(Paragraph(escape(say(each)), _HEAD) for each in heads)]
    rows = [
        [
            Paragraph(f"{_box(letters, done=step.done)} {number}", _SMALL),
            Paragraph(
                "<br/>".join(letters.markup(each) for each in (step.what, step.file, step.licence) if each), _SMALL
            ),
            *(_paragraph(letters, each) for each in (step.amount, step.how, step.where)),
            "",
        ]
        for number, step in enumerate(steps, start=1)
    ]
    widths = [each * mm for each in (14, 50, 20, 34, 34, 28)]
    return LongTable([head, *rows], colWidths=widths, style=_LINES, repeatRows=1)


def _bought(letters: Letters, say: Callable[[str], str], bought: Sequence[tuple[str, str, bool]]) -> LongTable:
    heads = (mark("What"), mark("How many"), mark("Here since"))
    head = ["", *(Paragraph(escape(say(each)), _HEAD) for each in heads)]
    rows = [
        [Paragraph(_box(letters, done=here), _SMALL), _paragraph(letters, what), _paragraph(letters, amount), ""]
        for what, amount, here in bought
    ]
    return LongTable([head, *rows], colWidths=[each * mm for each in (14, 96, 30, 40)], style=_LINES, repeatRows=1)


def _box(letters: Letters, *, done: bool) -> str:
    """A box to tick, or a ticked one; brackets where the font has no such boxes."""
    if ord(_DONE) in letters.known:
        return _DONE if done else _OPEN
    return "[x]" if done else "[\u00a0]"


def _foot(traveller: Traveller) -> Callable[[Canvas, BaseDocTemplate], None]:
    say = traveller.spoken.gettext

    def draw(canvas: Canvas, _: BaseDocTemplate) -> None:
        canvas.saveState()
        canvas.setFont(PLAIN, 7)
        printed = say(mark("printed %(printed)s")) % {"printed": traveller.printed}
        canvas.drawString(_MARGIN, _MARGIN, f"{traveller.address}   {printed}")
        canvas.drawRightString(A4[0] - _MARGIN, _MARGIN, say(mark("page %(page)s")) % {"page": canvas.getPageNumber()})
        if canvas.getPageNumber() == 1:
            draw_code(canvas, traveller.address, A4[0] - _MARGIN - _CODE, A4[1] - _MARGIN - _CODE, _CODE)
        canvas.restoreState()

    return draw
