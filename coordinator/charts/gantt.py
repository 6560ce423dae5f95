"""A schedule over many labs as one self-contained HTML page: a Gantt chart in SVG, and the same as a table.

The page loads nothing, runs nothing, follows the reader's light or dark setting, and prints on one landscape width.
Whatever strangers wrote (names of machines, jobs, files) is escaped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby, pairwise

from coordinator.charts.gantt_bars import Bar, BarState, Row
from coordinator.charts.gantt_style import CHART_STYLE, PAGE_STYLE
from coordinator.charts.gantt_table import as_text, chart_table
from coordinator.charts.gantt_words import ENGLISH_CHART, ChartWords, mark, mark_counted
from coordinator.charts.time_axis import IDLE, TimeAxis
from core.clock import utc

__all__ = ["Bar", "BarState", "Chart", "Row", "gantt_chart", "gantt_page"]

PLOT_LEFT, PLOT_RIGHT, HEAD, LANE, ROW_PADDING, GROUP = 210.0, 1160.0, 44.0, 24.0, 8.0, 28.0  # of the chart, in pixels
COLOURS = 8
_JOBS, _MACHINES = mark_counted("%(num)s job", "%(num)s jobs"), mark_counted("%(num)s machine", "%(num)s machines")
_LABS = mark_counted("%(num)s lab", "%(num)s labs")
CHARACTER = 6.1  # mean width of a character, in pixels


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the chart with its bars in lanes that do not overlap, and its place."""

    row: Row
    lanes: tuple[tuple[Bar, ...], ...]
    top: float

    @property
    def height(self) -> float:
        return ROW_PADDING + LANE * max(1, len(self.lanes))


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all parts of a chart are drawn with."""

    axis: TimeAxis
    colours: Mapping[str, int]
    words: ChartWords

    def moment(self, at: datetime) -> str:
        return self.words.moment(at.astimezone(self.axis.zone))


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
            f"<title>{as_text(title)}</title>\n<style>{PAGE_STYLE}{CHART_STYLE}</style>\n</head>\n<body>",
            f"<h1>{as_text(title)}</h1>",
            f"<p>{as_text(f'{chart.counts} {chart.times}; {written}. {chart.idle}'.rstrip())}</p>",
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
    zone: tzinfo = UTC, words: ChartWords = ENGLISH_CHART,
) -> Chart:  # fmt: skip
    """The chart without a page around it, in the language of `words`; all else and errors as for `gantt_page`."""
    generated = utc(generated)
    axis = TimeAxis.over(
        [(bar.start, bar.end) for bar in bars] or [(generated, generated)], zone, left=PLOT_LEFT, right=PLOT_RIGHT
    )
    lines = _lines(rows, bars)
    colours = {
        name: index % COLOURS for index, name in enumerate(dict.fromkeys(bar.process for bar in bars if bar.process))
    }
    labs = len({line.row.group for line in lines})
    scene = _Scene(axis, colours, words)
    nothing = words.say(mark("There is nothing to show yet."))
    return Chart(
        counts=words.say(
            mark("%(jobs)s on %(machines)s in %(labs)s."),
            jobs=words.counted(_JOBS, len(bars)),
            machines=words.counted(_MACHINES, len(lines)),
            labs=words.counted(_LABS, labs),
        ),
        times=_times(bars, scene),
        idle=words.say(mark("More than %(time)s without work are left out."), time=words.duration(IDLE))
        if len(axis.spans) > 1
        else "",
        legend=_legend(bars, lines, scene, now=axis.shows(now)),
        drawing=_chart(title, lines, scene, now) if lines else f"<p>{as_text(nothing)}</p>",
        table=chart_table(bars, zone, words),
    )


def _times(bars: Sequence[Bar], scene: _Scene) -> str:
    words, zone = scene.words, scene.axis.zone
    if not bars:
        return words.say(mark("times in %(zone)s"), zone=zone)
    first, last = min(bar.start for bar in bars), max(bar.end for bar in bars)
    text = mark("%(first)s to %(last)s, times in %(zone)s")
    return words.say(text, first=scene.moment(first), last=scene.moment(last), zone=zone)


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


def _chart(title: str, lines: Sequence[_Line], scene: _Scene, now: datetime | None) -> str:
    axis, bottom = scene.axis, lines[-1].top + lines[-1].height
    note = scene.words.say(mark("A line for each machine, a bar for each job. The table below says the same."))
    view = f"0 0 {PLOT_RIGHT + 8:.0f} {bottom + 8:.0f}"
    parts = [
        f'<svg viewBox="{view}" role="img" aria-labelledby="chart-title chart-text">',
        f'<title id="chart-title">{as_text(title)}</title><desc id="chart-text">{as_text(note)}</desc>',
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="2.4" height="6"/></pattern></defs>',
        *(_shade(line, axis) for line in lines),
        *_grid(scene, bottom),
        *_breaks(scene, bottom),
    ]
    if axis.shows(now):
        parts.append(f'<path class="now" d="M{axis.x(now):.1f} {HEAD - 4}V{bottom:.1f}"/>')
    for group, members in groupby(lines, key=lambda line: line.row.group):
        for number, line in enumerate(members):
            if number == 0:
                parts.append(_label("lab", 4, line.top - 9, group, PLOT_RIGHT))
            parts.append(f'<path class="rule" d="M0 {line.top:.1f}H{PLOT_RIGHT}"/>')
            parts.append(_label("machine", 14, line.top + line.height / 2 + 4, line.row.name, PLOT_LEFT - 20))
            parts += _bars(line, scene)
    return "\n".join([*parts, "</svg>"])


def _label(kind: str, x: float, y: float, words: str, width: float) -> str:
    whole = f"<title>{as_text(words)}</title>"
    return f'<text class="{kind}" x="{x}" y="{y:.1f}">{as_text(_fit(words, width))}{whole}</text>'


def _fit(words: str, width: float) -> str:
    """The words, cut short if they are wider than the space."""
    letters = int(width / CHARACTER)
    return words if len(words) <= letters else f"{words[: max(0, letters - 1)].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _shade(line: _Line, axis: TimeAxis) -> str:
    boxes = [(axis.x(start), axis.x(end)) for start, end in line.row.closed]
    path = "".join(f"M{a:.1f} {line.top:.1f}H{b:.1f}v{line.height:.1f}H{a:.1f}z" for a, b in boxes if b > a)
    return f'<path class="closed" d="{path}"/>' if path else ""


def _grid(scene: _Scene, bottom: float) -> Iterator[str]:
    axis, labelled = scene.axis, 0.0
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
            yield f'<text class="date" x="{x:.1f}" y="{HEAD - 26}">{as_text(scene.words.day(first))}</text>'


def _breaks(scene: _Scene, bottom: float) -> Iterator[str]:
    axis, words = scene.axis, scene.words
    for (_, end), (start, _) in pairwise(axis.spans):
        box = f'x="{axis.x(start) - axis.gap_px:.1f}" y="{HEAD}" width="{axis.gap_px:.1f}" height="{bottom - HEAD:.1f}"'
        said = words.say(mark("%(time)s without work"), time=words.duration(start - end))
        yield f'<rect class="break" {box}><title>{as_text(said)}</title></rect>'


def _bars(line: _Line, scene: _Scene) -> Iterator[str]:
    axis = scene.axis
    for number, lane in enumerate(line.lanes):
        top = line.top + ROW_PADDING / 2 + number * LANE
        ends = [*(axis.x(bar.start) for bar in lane[1:]), PLOT_RIGHT]
        for bar, limit in zip(lane, ends, strict=True):
            left = axis.x(bar.start)
            width = max(3.0, axis.x(bar.end) - left)
            yield f'<g class="{_kind(bar, scene.colours)}"><title>{as_text(_tooltip(bar, scene))}</title>'
            yield _box(left, top + 2, width, LANE - 4, bar.state)
            yield f"{_bar_label(bar.label, left, width, limit, top + LANE / 2 + 4)}</g>"


def _bar_label(words: str, left: float, width: float, limit: float, y: float) -> str:
    """Inside the bar if the words fit, else behind it, else short inside, else left to the tooltip."""
    need = len(words) * CHARACTER
    if need + 10 <= width or (need > limit - left - width - 10 and width >= 7 * CHARACTER):
        return f'<text class="in" x="{left + 5:.1f}" y="{y:.1f}">{as_text(_fit(words, width - 8))}</text>'
    if need <= limit - left - width - 10:
        return f'<text x="{left + width + 5:.1f}" y="{y:.1f}">{as_text(words)}</text>'
    return ""


def _kind(bar: Bar, colours: Mapping[str, int]) -> str:
    colour = f"c{colours[bar.process]}" if bar.process else "plain"
    return f"bar {colour} {bar.state.name.lower()}"


def _box(x: float, y: float, width: float, height: float, state: BarState = BarState.MADE) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3"'
    hatch = f'<rect class="hatch" {place}/>' if state is BarState.SCRAPPED else ""
    return f"<rect {place}/>{hatch}"


def _tooltip(bar: Bar, scene: _Scene) -> str:
    words = scene.words
    times = words.say(
        mark("%(start)s to %(end)s (%(time)s)"),
        start=scene.moment(bar.start), end=scene.moment(bar.end), time=words.duration(bar.end - bar.start),
    )  # fmt: skip
    what = ", ".join(part for part in (bar.process, words.gettext(bar.state.value)) if part)
    parts = (bar.label, what, f"{bar.row}, {bar.group}", times, bar.why, bar.detail)
    return "\n".join(part for part in parts if part)


def _legend(bars: Sequence[Bar], lines: Sequence[_Line], scene: _Scene, *, now: bool) -> str:
    """What colours and fillings mean, as far as they occur."""
    words = scene.words
    swatches = [(f'<g class="bar c{n} made">{_box(1, 1, 22, 12)}</g>', name) for name, n in scene.colours.items()]
    for state in sorted({bar.state for bar in bars}, key=list(BarState).index):
        shape = f'<g class="bar plain {state.name.lower()}">{_box(1, 1, 22, 12, state)}</g>'
        swatches.append((shape, words.gettext(state.value)))
    if any(line.row.closed for line in lines):
        swatches.append(('<path class="closed" d="M0 0H24V14H0z"/>', words.say(mark("closed"))))
    if now:
        swatches.append(('<path class="now" d="M12 0V14"/>', words.say(mark("now"))))
    start = '<li><svg viewBox="0 0 24 14" aria-hidden="true">'
    return f"<ul>{''.join(f'{start}{swatch}</svg>{as_text(said)}</li>' for swatch, said in swatches)}</ul>"
