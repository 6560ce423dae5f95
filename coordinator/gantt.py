"""A schedule over many labs as one self-contained HTML page: a Gantt chart in SVG, and the same as a table.

The page loads nothing, runs nothing, follows the reader's light or dark setting, and prints on one landscape width.
Whatever strangers wrote (names of machines, jobs, files) is escaped.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from html import escape
from itertools import groupby, pairwise

from coordinator.gantt_style import CHART_STYLE, PAGE_STYLE
from coordinator.time_axis import IDLE, TimeAxis
from core.clock import utc

__all__ = ["Bar", "BarState", "Chart", "Row", "gantt_chart", "gantt_page"]

PLOT_LEFT, PLOT_RIGHT, HEAD, LANE, ROW_PADDING, GROUP = 210.0, 1160.0, 44.0, 24.0, 8.0, 28.0  # of the chart, in pixels
COLOURS = 8
CHARACTER = 6.1  # mean width of a character, in pixels
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


class BarState(StrEnum):
    """How far a job is; the value is what the page calls it."""

    PLANNED = "planned"
    RUNNING = "running"
    MADE = "made"
    SCRAPPED = "scrapped"
    LOST = "lost contact"


@dataclass(frozen=True, slots=True)
class Bar:
    """One job on the chart.

    Attributes:
        row: the machine.
        group: the lab it stands in.
        label: what is made.
        start: when the machine is taken, with a time zone.
        end: when it is free again, not before the start.
        state: how far the job is.
        process: gives the bar its colour; empty for none.
        detail: anything else for the tooltip and the table.
    """

    row: str
    group: str
    label: str
    start: datetime
    end: datetime
    state: BarState = BarState.PLANNED
    process: str = ""
    detail: str = ""

    def __post_init__(self) -> None:
        if utc(self.end) < utc(self.start):
            raise ValueError(f"{self.label!r} ends before it starts")


@dataclass(frozen=True, slots=True)
class Row:
    """A machine that has a line on the chart even if it has no job.

    Attributes:
        name: the machine.
        group: the lab it stands in.
        closed: when nobody can work there, as (start, end) with time zones; shaded.
    """

    name: str
    group: str
    closed: tuple[tuple[datetime, datetime], ...] = ()

    def __post_init__(self) -> None:
        if any(utc(end) < utc(start) for start, end in self.closed):
            raise ValueError(f"a closed time of {self.name!r} ends before it starts")


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the chart with its bars in lanes that do not overlap, and its place."""

    row: Row
    lanes: tuple[tuple[Bar, ...], ...]
    top: float

    @property
    def height(self) -> float:
        return ROW_PADDING + LANE * max(1, len(self.lanes))


def gantt_page(
    title: str,
    bars: Sequence[Bar],
    *,
    generated: datetime,
    rows: Sequence[Row] = (),
    now: datetime | None = None,
    zone: tzinfo = UTC,
) -> str:
    """The page as HTML text.

    Args:
        title: heading of the page.
        bars: the jobs.
        generated: when the page was made, with a time zone.
        rows: machines in the order wanted; a machine that only bars name comes after them.
        now: draws a line there if it lies within the chart.
        zone: time zone of all times shown.

    Raises:
        ValueError: a moment has no time zone.
    """
    chart = gantt_chart(title, bars, generated=generated, rows=rows, now=now, zone=zone)
    written = f"page written {utc(generated).astimezone(zone):%Y-%m-%d %H:%M}"
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(title)}</title>\n<style>{PAGE_STYLE}{CHART_STYLE}</style>\n</head>\n<body>",
            f"<h1>{_text(title)}</h1>",
            f"<p>{_text(f'{chart.counts} {chart.times}; {written}. {chart.idle}'.rstrip())}</p>",
            chart.legend,
            chart.drawing,
            chart.table,
            "</body>\n</html>\n",
        ]
    )


@dataclass(frozen=True, slots=True)
class Chart:
    """A Gantt chart as HTML to put into a page, styled by `CHART_STYLE`.

    Attributes:
        counts, times, idle: what it is of, in sentences; plain text.
        legend, drawing, table: HTML; the table says the same as the drawing.
    """

    counts: str
    times: str
    idle: str
    legend: str
    drawing: str
    table: str


def gantt_chart(
    title: str, bars: Sequence[Bar], *, generated: datetime, rows: Sequence[Row] = (), now: datetime | None = None,
    zone: tzinfo = UTC,
) -> Chart:  # fmt: skip
    """The chart without a page around it; arguments and errors as for `gantt_page`."""
    generated = utc(generated)
    axis = TimeAxis.over(
        [(bar.start, bar.end) for bar in bars] or [(generated, generated)], zone, left=PLOT_LEFT, right=PLOT_RIGHT
    )
    lines = _lines(rows, bars)
    colours = {
        name: index % COLOURS for index, name in enumerate(dict.fromkeys(bar.process for bar in bars if bar.process))
    }
    labs = len({line.row.group for line in lines})
    span = f"{axis.words(min(b.start for b in bars))} to {axis.words(max(b.end for b in bars))}, " if bars else ""
    return Chart(
        counts=f"{_count(len(bars), 'job')} on {_count(len(lines), 'machine')} in {_count(labs, 'lab')}.",
        times=f"{span}times in {zone}",
        idle=f"More than {_duration(IDLE)} without work are left out." if len(axis.spans) > 1 else "",
        legend=_legend(bars, lines, colours, now=axis.shows(now)),
        drawing=_chart(title, lines, axis, colours, now) if lines else "<p>There is nothing to show yet.</p>",
        table=_table(bars, axis),
    )


def _text(value: str) -> str:
    """Text for HTML: escaped, without control characters and marks that turn the writing direction."""
    return escape(UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value), quote=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _duration(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    if not minutes:
        return f"{span.total_seconds():.0f} s"
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


def _lines(rows: Sequence[Row], bars: Sequence[Bar]) -> list[_Line]:
    """Every row with its bars, labs together, from top to bottom."""
    known = {(row.group, row.name): row for row in rows}
    for bar in bars:
        known.setdefault((bar.group, bar.row), Row(bar.row, bar.group))
    order = list(dict.fromkeys(group for group, _ in known))
    of_row: dict[tuple[str, str], list[Bar]] = defaultdict(list)
    for bar in sorted(bars, key=lambda each: (utc(each.start), utc(each.end), each.label)):
        of_row[bar.group, bar.row].append(bar)
    lines: list[_Line] = []
    top = HEAD
    for key, row in sorted(known.items(), key=lambda item: order.index(item[0][0])):
        if not lines or lines[-1].row.group != row.group:
            top += GROUP
        lines.append(_Line(row, _lanes(of_row[key]), top))
        top += lines[-1].height
    return lines


def _lanes(bars: Sequence[Bar]) -> tuple[tuple[Bar, ...], ...]:
    lanes: list[list[Bar]] = []
    for bar in bars:
        free = next((lane for lane in lanes if utc(lane[-1].end) <= utc(bar.start)), None)
        if free is None:
            lanes.append(free := [])
        free.append(bar)
    return tuple(map(tuple, lanes))


def _chart(title: str, lines: Sequence[_Line], axis: TimeAxis, colours: Mapping[str, int], now: datetime | None) -> str:
    bottom = lines[-1].top + lines[-1].height
    note = "A line for each machine, a bar for each job. The table below says the same."
    view = f"0 0 {PLOT_RIGHT + 8:.0f} {bottom + 8:.0f}"
    parts = [
        f'<svg viewBox="{view}" role="img" aria-labelledby="chart-title chart-text">',
        f'<title id="chart-title">{_text(title)}</title><desc id="chart-text">{note}</desc>',
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="2.4" height="6"/></pattern></defs>',
        *(_shade(line, axis) for line in lines),
        *_grid(axis, bottom),
        *_breaks(axis, bottom),
    ]
    if axis.shows(now):
        parts.append(f'<path class="now" d="M{axis.x(now):.1f} {HEAD - 4}V{bottom:.1f}"/>')
    for group, members in groupby(lines, key=lambda line: line.row.group):
        for number, line in enumerate(members):
            if number == 0:
                parts.append(_label("lab", 4, line.top - 9, group, PLOT_RIGHT))
            parts.append(f'<path class="rule" d="M0 {line.top:.1f}H{PLOT_RIGHT}"/>')
            parts.append(_label("machine", 14, line.top + line.height / 2 + 4, line.row.name, PLOT_LEFT - 20))
            parts += _bars(line, axis, colours)
    return "\n".join([*parts, "</svg>"])


def _label(kind: str, x: float, y: float, words: str, width: float) -> str:
    return f'<text class="{kind}" x="{x}" y="{y:.1f}">{_text(_fit(words, width))}<title>{_text(words)}</title></text>'


def _fit(words: str, width: float) -> str:
    """The words, cut short if they are wider than the space."""
    letters = int(width / CHARACTER)
    return words if len(words) <= letters else f"{words[: max(0, letters - 1)].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _shade(line: _Line, axis: TimeAxis) -> str:
    boxes = [(axis.x(start), axis.x(end)) for start, end in line.row.closed]
    path = "".join(f"M{a:.1f} {line.top:.1f}H{b:.1f}v{line.height:.1f}H{a:.1f}z" for a, b in boxes if b > a)
    return f'<path class="closed" d="{path}"/>' if path else ""


def _grid(axis: TimeAxis, bottom: float) -> Iterator[str]:
    labelled = 0.0
    for tick in axis.ticks():
        x, midnight = axis.x(tick), (tick.hour, tick.minute) == (0, 0)
        yield f'<path class="{"day" if midnight else "tick"}" d="M{x:.1f} {HEAD}V{bottom:.1f}"/>'
        if axis.step < timedelta(days=1) and x - labelled > 34:
            labelled = x
            yield f'<text class="hour" x="{x:.1f}" y="{HEAD - 8}">{tick:%H:%M}</text>'
    place = PLOT_RIGHT + 8
    days = [*(start.astimezone(axis.zone) for start, _ in axis.spans), *(t for t in axis.ticks() if t.hour == 0)]
    for first in sorted({day.date(): day for day in sorted(days, reverse=True)}.values(), reverse=True):
        if (x := min(axis.x(first), PLOT_RIGHT - 52)) + 60 <= place:  # a short first evening gives way to the next day
            place = x
            yield f'<text class="date" x="{x:.1f}" y="{HEAD - 26}">{first:%a %d %b}</text>'


def _breaks(axis: TimeAxis, bottom: float) -> Iterator[str]:
    for (_, end), (start, _) in pairwise(axis.spans):
        box = f'x="{axis.x(start) - axis.gap_px:.1f}" y="{HEAD}" width="{axis.gap_px:.1f}" height="{bottom - HEAD:.1f}"'
        yield f'<rect class="break" {box}><title>{_duration(start - end)} without work</title></rect>'


def _bars(line: _Line, axis: TimeAxis, colours: Mapping[str, int]) -> Iterator[str]:
    for number, lane in enumerate(line.lanes):
        top = line.top + ROW_PADDING / 2 + number * LANE
        ends = [*(axis.x(bar.start) for bar in lane[1:]), PLOT_RIGHT]
        for bar, limit in zip(lane, ends, strict=True):
            left = axis.x(bar.start)
            width = max(3.0, axis.x(bar.end) - left)
            yield f'<g class="{_kind(bar, colours)}"><title>{_text(_tooltip(bar, axis))}</title>'
            yield _box(left, top + 2, width, LANE - 4, bar.state)
            yield f"{_bar_label(bar.label, left, width, limit, top + LANE / 2 + 4)}</g>"


def _bar_label(words: str, left: float, width: float, limit: float, y: float) -> str:
    """Inside the bar if the words fit, else behind it, else short inside, else left to the tooltip."""
    need = len(words) * CHARACTER
    if need + 10 <= width or (need > limit - left - width - 10 and width >= 7 * CHARACTER):
        return f'<text class="in" x="{left + 5:.1f}" y="{y:.1f}">{_text(_fit(words, width - 8))}</text>'
    if need <= limit - left - width - 10:
        return f'<text x="{left + width + 5:.1f}" y="{y:.1f}">{_text(words)}</text>'
    return ""


def _kind(bar: Bar, colours: Mapping[str, int]) -> str:
    colour = f"c{colours[bar.process]}" if bar.process else "plain"
    return f"bar {colour} {bar.state.name.lower()}"


def _box(x: float, y: float, width: float, height: float, state: BarState = BarState.MADE) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3"'
    hatch = f'<rect class="hatch" {place}/>' if state is BarState.SCRAPPED else ""
    return f"<rect {place}/>{hatch}"


def _tooltip(bar: Bar, axis: TimeAxis) -> str:
    times = f"{axis.words(bar.start)} to {axis.words(bar.end)} ({_duration(bar.end - bar.start)})"
    what = ", ".join(part for part in (bar.process, bar.state.value) if part)
    return "\n".join(part for part in (bar.label, what, f"{bar.row}, {bar.group}", times, bar.detail) if part)


def _legend(bars: Sequence[Bar], lines: Sequence[_Line], colours: Mapping[str, int], *, now: bool) -> str:
    """What colours and fillings mean, as far as they occur."""
    swatches = [(f'<g class="bar c{n} made">{_box(1, 1, 22, 12)}</g>', name) for name, n in colours.items()]
    for state in sorted({bar.state for bar in bars}, key=list(BarState).index):
        swatches += [(f'<g class="bar plain {state.name.lower()}">{_box(1, 1, 22, 12, state)}</g>', state.value)]
    if any(line.row.closed for line in lines):
        swatches.append(('<path class="closed" d="M0 0H24V14H0z"/>', "closed"))
    if now:
        swatches.append(('<path class="now" d="M12 0V14"/>', "now"))
    start = '<li><svg viewBox="0 0 24 14" aria-hidden="true">'
    return f"<ul>{''.join(f'{start}{swatch}</svg>{_text(words)}</li>' for swatch, words in swatches)}</ul>"


def _table(bars: Sequence[Bar], axis: TimeAxis) -> str:
    heads = ("Start", "End", "Takes", "Job", "Process", "State", "Machine", "Lab", "Detail")
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    ordered = sorted(bars, key=lambda bar: (utc(bar.start), bar.group, bar.row))
    body = "\n".join(_table_row(bar, axis) for bar in ordered)
    caption = "<caption>All jobs in the order of their start</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _table_row(bar: Bar, axis: TimeAxis) -> str:
    times = "".join(
        f'<td><time datetime="{utc(moment).isoformat(timespec="seconds")}">{axis.words(moment)}</time></td>'
        for moment in (bar.start, bar.end)
    )
    words = (_duration(bar.end - bar.start), bar.label, bar.process, bar.state.value, bar.row, bar.group, bar.detail)
    return f"<tr>{times}{''.join(f'<td>{_text(each)}</td>' for each in words)}</tr>"
