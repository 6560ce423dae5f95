"""The twin of a Gantt chart for who reads it as a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from html import escape

from coordinator.charts.gantt_bars import Bar
from coordinator.charts.gantt_words import ChartWords, mark
from core.clock import utc

__all__ = ["UNPRINTABLE", "as_text", "chart_table"]

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_HEADS = (
    mark("Start"), mark("End"), mark("Takes"), mark("Job"), mark("Process"), mark("State"), mark("Machine"),
    mark("Lab"), mark("Detail"),
)  # fmt: skip


@lru_cache(maxsize=8192)
def as_text(value: str) -> str:
    """Text for HTML: escaped, without control characters and marks that turn the writing direction."""
    return escape(UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value), quote=True)


def chart_table(bars: Sequence[Bar], zone: tzinfo, words: ChartWords) -> str:
    """All bars in the order of their start, as HTML; why each stands there has a column where that is known."""
    explained = any(bar.why for bar in bars)
    heads = (*_HEADS, *((mark("Why then"),) if explained else ()))
    head = "".join(f'<th scope="col">{as_text(words.gettext(each))}</th>' for each in heads)
    ordered = sorted(bars, key=lambda bar: (utc(bar.start), bar.group, bar.row))
    body = "\n".join(_row(bar, zone, words, explained=explained) for bar in ordered)
    order = words.say(mark("All jobs in the order of their start"))
    caption = f"<caption>{as_text(order)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _row(bar: Bar, zone: tzinfo, words: ChartWords, *, explained: bool) -> str:
    times = "".join(_time(moment, zone, words) for moment in (bar.start, bar.end))
    label = as_text(bar.label)
    label = f'<a href="{as_text(bar.href)}">{label}</a>' if bar.href else label
    before = as_text(words.duration(bar.end - bar.start))
    after = (bar.process, words.gettext(bar.state.value), bar.row, bar.group, bar.detail)
    cells = [before, label, *(as_text(each) for each in after), *((as_text(bar.why),) if explained else ())]
    return f"<tr>{times}{''.join(f'<td>{each}</td>' for each in cells)}</tr>"


def _time(at: datetime, zone: tzinfo, words: ChartWords) -> str:
    exact = utc(at).isoformat(timespec="seconds")
    return f'<td><time datetime="{exact}">{as_text(words.moment(at.astimezone(zone)))}</time></td>'
