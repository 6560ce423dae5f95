"""Labels for pieces: what it is, for whom, where it came from, and a code that leads to its page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepInFrame, Paragraph

from coordinator.papers.codes import draw_code
from coordinator.papers.content import Label, Sheet
from coordinator.papers.letters import BOLD, PLAIN, Letters
from coordinator.web.languages import ENGLISH, Language, mark

__all__ = ["label_sheet"]


_MARGIN = 2 * mm
_MOST_LETTERS = 200
_LONGEST_TITLE = 60  # beside notices, which have to be there in full
_LONGEST_NOTICE = 1_000
_TITLE: Final = ParagraphStyle("title", fontName=BOLD, fontSize=9, leading=10.5, spaceAfter=1, splitLongWords=1)
_LINE: Final = ParagraphStyle("line", fontName=PLAIN, fontSize=6.5, leading=8, splitLongWords=1)


def label_sheet(labels: Sequence[Label], sheet: Sheet, *, skip: int = 0, spoken: Language = ENGLISH) -> bytes:
    """Labels as PDF, at their size.

    Args:
        labels: one for each piece.
        sheet: that they are printed on.
        skip: how many places of the first sheet are used already.
        spoken: the language of the document's title.
    """
    if not 0 <= skip < sheet.places:
        raise ValueError(f"from 0 to {sheet.places - 1} places of a sheet may be used already")
    width, height = (each * mm for each in sheet.page_mm)
    body, letters = io.BytesIO(), Letters()
    canvas = Canvas(body, pagesize=(width, height), invariant=1)
    canvas.setTitle(spoken.gettext(mark("Labels")))
    for place, label in enumerate(labels, start=skip):
        row, column = divmod(place % sheet.places, sheet.columns)
        if place > skip and place % sheet.places == 0:
            canvas.showPage()
        left = (sheet.corner_mm[0] + column * sheet.pitch_mm[0]) * mm
        top = height - (sheet.corner_mm[1] + row * sheet.pitch_mm[1]) * mm
        _draw(canvas, label, letters, left, top, sheet.label_mm)
    canvas.save()
    return body.getvalue()


def _draw(
    canvas: Canvas, label: Label, letters: Letters, left: float, top: float, size_mm: tuple[float, float]
) -> None:
    width, height = (each * mm for each in size_mm)
    side = min(height - 2 * _MARGIN, width / 3)
    draw_code(canvas, label.address, left + _MARGIN, top - height / 2 - side / 2, side)
    room_width, room_height = width - side - 3 * _MARGIN, height - 2 * _MARGIN
    room = KeepInFrame(room_width, room_height, _story(label, letters, room_width, room_height), mode="shrink")
    _, used = room.wrapOn(canvas, room.maxWidth, room.maxHeight)
    room.drawOn(canvas, left + 2 * _MARGIN + side, top - _MARGIN - used)


def _story(label: Label, letters: Letters, width: float, height: float) -> list[Flowable]:
    """Title and notices, in smaller letters where they are long; then of the other lines what fits."""
    title = label.title[: _LONGEST_TITLE if label.notices else _MOST_LETTERS]
    story: list[Flowable] = [Paragraph(letters.markup(title), _TITLE)]
    story += [Paragraph(letters.markup(text[:_LONGEST_NOTICE]), _LINE) for text in label.notices]
    left = height - sum(each.wrap(width, height)[1] for each in story)
    for line in label.lines:
        paragraph = Paragraph(letters.markup(line[:_MOST_LETTERS]), _LINE)
        left -= paragraph.wrap(width, height)[1]
        if left < 0:
            break
        story.append(paragraph)
    return story
