"""The Gantt page: what it shows, where, and that nothing of a stranger's text becomes markup."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.charts import gantt
from coordinator.charts.gantt import Bar, BarState, Row, gantt_page
from coordinator.charts.gantt_table import UNPRINTABLE
from coordinator.charts.gantt_words import ENGLISH_CHART

MADRID = ZoneInfo("Europe/Madrid")
NINE = datetime(2026, 11, 23, 9, tzinfo=MADRID)
VOID = {"meta", "br"}


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def bar(start: float = 0, end: float = 30, row: str = "Printer", group: str = "North", label: str = "Foot") -> Bar:
    return Bar(row, group, label, NINE + minutes(start), NINE + minutes(end), process="fdm")


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Every element of a page in order; fails if one is not closed where it should be."""

    source: str
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def texts(self, tag: str) -> list[str]:
        return [element.text for element in self.elements if element.tag == tag]

    def classed(self, tag: str, name: str) -> list[Element]:
        return [e for e in self.elements if e.tag == tag and name in e.attributes.get("class", "").split()]

    def chart_bars(self) -> list[Element]:
        """Bars of the chart (those of the legend have no tooltip)."""
        return [each for each in self.classed("g", "bar") if each.text]

    def boxes(self) -> list[tuple[float, float, float]]:
        """Left edge, top and width of every bar's box in the chart."""
        found = [e.attributes for e in self.elements if e.tag == "rect" and "class" not in e.attributes]
        return [(float(a["x"]), float(a["y"]), float(a["width"])) for a in found if a.get("x", "1") not in ("1", "1.0")]


def page(*bars: Bar, rows: tuple[Row, ...] = (), now: datetime | None = None) -> Page:
    return Page(gantt_page("A build", bars, rows=rows, now=now, generated=NINE, zone=MADRID))


def test_every_job_is_a_bar_and_a_line_of_the_table() -> None:
    found = page(bar(0, 30, label="Foot"), bar(40, 70, label="Clip"), bar(10, 20, row="Laser", label="Shelf"))
    assert sorted(each.text.splitlines()[0] for each in found.chart_bars()) == ["Clip", "Foot", "Shelf"]
    cells = found.texts("td")
    assert [cells[start : start + 4] for start in range(0, len(cells), 9)] == [
        ["Mon 23 Nov 09:00", "Mon 23 Nov 09:30", "30 min", "Foot"],
        ["Mon 23 Nov 09:10", "Mon 23 Nov 09:20", "10 min", "Shelf"],
        ["Mon 23 Nov 09:40", "Mon 23 Nov 10:10", "30 min", "Clip"],
    ]


def test_bars_stand_where_their_times_are() -> None:
    (first, top, wide), (second, same_top, narrow) = page(bar(0, 60), bar(90, 120)).boxes()
    assert top == same_top
    assert wide == pytest.approx(2 * narrow, abs=0.2)
    assert second - first == pytest.approx(1.5 * wide, abs=0.2)


def test_bars_that_overlap_are_put_under_each_other() -> None:
    boxes = page(bar(0, 60), bar(30, 90), bar(60, 120)).boxes()
    assert sorted(top for _, top, _ in boxes) == pytest.approx([boxes[0][1], boxes[0][1], boxes[0][1] + gantt.LANE])


def test_rows_come_in_the_order_given_with_their_labs_together() -> None:
    rows = (Row("Laser", "South"), Row("Printer", "North"), Row("Bench", "South"))
    found = page(bar(row="Mill", group="North"), rows=rows)
    names = [e.text for e in found.elements if e.tag == "text" and e.attributes["class"] in ("lab", "machine")]
    assert [name[: len(name) // 2] for name in names] == ["South", "Laser", "Bench", "North", "Printer", "Mill"]


@pytest.mark.parametrize("state", BarState)
def test_state_is_shown_in_chart_legend_tooltip_and_table(state: BarState) -> None:
    found = page(Bar("Printer", "North", "Foot", NINE, NINE + minutes(5), state, "fdm", "a note"))
    (drawn,) = found.chart_bars()
    assert state.name.lower() in drawn.attributes["class"].split()
    assert f"fdm, {state.value}" in drawn.text
    assert state.value in found.texts("li")
    assert found.texts("td")[5] == state.value
    assert found.texts("td")[8] == "a note"
    assert bool(found.classed("rect", "hatch")) == (state is BarState.SCRAPPED)


def test_processes_have_colours_of_their_own() -> None:
    names = [f"process {number}" for number in range(gantt.COLOURS)]
    bars = [Bar("M", "L", n, NINE, NINE + minutes(9), process=n) for n in names]
    kinds = {each.attributes["class"].split()[1] for each in page(*bars).chart_bars()}
    assert kinds == {f"c{number}" for number in range(gantt.COLOURS)}


def test_closed_hours_are_shaded_within_the_chart() -> None:
    closed = ((NINE - timedelta(days=9), NINE + minutes(10)), (NINE + timedelta(days=3), NINE + timedelta(days=4)))
    found = page(bar(0, 60), rows=(Row("Printer", "North", closed),))
    shade = [e for e in found.classed("path", "closed") if float(e.attributes["d"].split()[1].split("H")[0]) > 1]
    assert len(shade) == 1
    edges = [float(x) for x in re.findall(r"[MH]([\d.]+)", shade[0].attributes["d"])]
    assert edges[0] == gantt.PLOT_LEFT
    assert gantt.PLOT_LEFT < edges[1] < gantt.PLOT_RIGHT
    assert len(edges) == 3
    assert "closed" in found.texts("li")


def test_now_is_a_line_only_within_the_chart() -> None:
    assert len(page(bar(), now=NINE + minutes(10)).classed("path", "now")) == 2  # chart and legend
    assert page(bar(), now=NINE + timedelta(days=1)).classed("path", "now") == []


def test_long_idle_times_are_left_out_and_said_so() -> None:
    near, far = page(bar(0, 30), bar(90, 120)), page(bar(0, 30), bar(60 * 70, 60 * 70 + 30))
    assert (len(near.classed("rect", "break")), len(far.classed("rect", "break"))) == (0, 1)
    assert far.classed("rect", "break")[0].text == "69 h 26 min without work"
    assert "More than 5 h without work are left out." in far.texts("p")[0]
    assert "left out" not in near.texts("p")[0]
    assert far.boxes()[0][2] > near.boxes()[0][2]


def test_an_empty_plan_says_so() -> None:
    found = page()
    assert "There is nothing to show yet." in found.texts("p")
    assert found.texts("td") == []


HOSTILE = '</title></svg><script>alert(1)</script><img src=x onerror="a()">\'"&amp;\x00\u202egnp\ud800'


def test_names_of_strangers_never_become_markup() -> None:
    hostile = Bar(HOSTILE, HOSTILE, HOSTILE, NINE, NINE + minutes(5), BarState.SCRAPPED, HOSTILE, HOSTILE)
    calm = Bar("a", "b", "c", NINE, NINE + minutes(5), BarState.SCRAPPED, "d", "e")
    text = gantt_page(HOSTILE, [hostile], generated=NINE, rows=[Row(HOSTILE, HOSTILE)])
    shape = [(e.tag, *e.attributes) for e in Page(text).elements]
    plain = Page(gantt_page("t", [calm], generated=NINE, rows=[Row("a", "b")]))
    assert {each[0] for each in shape} == {each.tag for each in plain.elements}
    assert [e for e in shape if e[0] == "img" or any(name.startswith("on") for name in e[1:])] == []
    assert not re.search("[\x00\u202e\ud800]", text)
    text.encode("utf-8")


@given(name=st.text(max_size=60))
def test_any_name_is_shown_as_it_is(name: str) -> None:
    found = Page(gantt_page("t", [Bar("m", "l", name, NINE, NINE + minutes(5))], generated=NINE))
    shown = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", name)
    assert found.texts("td")[3].splitlines() == shown.splitlines()


def test_page_loads_nothing_from_outside() -> None:
    text = gantt_page("t", [bar()], generated=NINE)
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|//|@import|<script|<link|<img|src=|href=", text)
    assert re.findall(r"url\(([^)]*)\)", text) == ["#hatch"]


def test_short_first_day_leaves_its_place_to_the_next_date() -> None:
    dates = [e.text for e in page(bar(14 * 60, 60 * 40)).classed("text", "date")]
    assert sorted(dates) == ["Tue 24 Nov", "Wed 25 Nov"]


@pytest.mark.parametrize(
    ("label", "width", "limit", "shown"),
    [
        ("Foot", 100, 110, "Foot"),  # inside
        ("Foot", 20, 300, "Foot"),  # behind
        ("A very long name of a part", 80, 90, "A very lon\N{HORIZONTAL ELLIPSIS}"),  # cut short
        ("Foot", 10, 15, ""),  # no room
    ],
)
def test_labels_are_shown_where_there_is_room(label: str, width: float, limit: float, shown: str) -> None:
    text = gantt._bar_label(label, 0, width, limit, 10)
    assert re.sub("<[^>]*>", "", text) == shown


@pytest.mark.parametrize(
    ("span", "words"),
    [(timedelta(seconds=20), "20 s"), (minutes(45), "45 min"), (minutes(60), "1 h"), (minutes(85), "1 h 25 min")],
)
def test_durations_read_well(span: timedelta, words: str) -> None:
    assert ENGLISH_CHART.duration(span) == words


def test_times_that_run_backwards_are_refused() -> None:
    with pytest.raises(ValueError, match="'Foot' ends before it starts"):
        bar(30, 0)
    with pytest.raises(ValueError, match="closed time of 'Printer'"):
        Row("Printer", "North", ((NINE, NINE - minutes(1)),))


def test_times_without_a_zone_are_refused() -> None:
    naive = datetime(2026, 11, 23, 9)  # noqa: DTZ001 (the point of the test)
    with pytest.raises(ValueError, match="no time zone"):
        Bar("m", "l", "j", naive, naive)
    with pytest.raises(ValueError, match="no time zone"):
        gantt_page("t", [bar()], generated=naive)
    with pytest.raises(ValueError, match="no time zone"):
        gantt_page("t", [bar()], generated=NINE, now=naive)


def test_times_are_shown_in_the_zone_asked_for() -> None:
    text = gantt_page("t", [bar()], generated=NINE, zone=timezone(timedelta(hours=-3), "here"))
    assert "Mon 23 Nov 05:00" in text
    assert "times in here" in text
    assert 'datetime="2026-11-23T08:00:00+00:00"' in text
