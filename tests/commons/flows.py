"""Economic events of all kinds, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from commons.flows.actions import RULES, Action, Counts, Side
from commons.flows.events import Event, Measure, reversal

START = datetime(2030, 1, 1, tzinfo=UTC)
AGENTS = ("lab:north", "lab:south", "person:ada", "person:ada-2", "https://fab.example/people/7?x=\u00fc&y=1")
STOCKS = ("stock:a", "stock:b", "stock:A")
WORDS = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20).filter(str.isprintable)
VALUES = st.one_of(st.integers(1, 10**6).map(Fraction), st.integers(1, 10**15).map(lambda n: Fraction(n, 10**9)))
MEASURES = st.builds(Measure, VALUES, st.sampled_from(("h", "H", "g", "EUR", "piece")))


@st.composite
def events(draw: st.DrawFn, name: str) -> Event:
    """An event that keeps all the rules."""
    action = draw(st.sampled_from(list(Action)))
    rule = RULES[action]
    quantity = draw(MEASURES) if rule.counts is not Counts.EFFORT else None
    effort = draw(MEASURES) if rule.counts is not Counts.RESOURCE else None
    maybe = st.none() | st.sampled_from(STOCKS)
    return Event(
        id=name,
        action=action,
        at=START + timedelta(seconds=draw(st.integers(0, 10**6)), microseconds=draw(st.integers(0, 999_999))),
        provider=draw(st.sampled_from(AGENTS)),
        receiver=draw(st.none() | st.sampled_from(AGENTS)),
        quantity=quantity,
        effort=effort,
        resource=draw(maybe),
        to_resource=draw(maybe) if rule.receives else None,
        specification=draw(st.none() | st.just("part:clip")),
        kinds=tuple(draw(st.lists(WORDS, max_size=2, unique=True))),
        process=draw(st.none() | st.just("job:7")) if rule.side is not Side.NONE else None,
        state=draw(st.none() | st.just("pass")),
        fulfils=draw(st.sampled_from([(), ("offer:1",), ("offer:1", "offer:2")])),
        note=draw(st.just("") | WORDS),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events, and corrections of some of them: now and then two of one, now and then of an event that is not there."""
    count = draw(st.integers(0, 8))
    first = [draw(events(f"event:{number}")) for number in range(count)]
    absent = draw(events("event:absent"))
    wrong = draw(st.lists(st.sampled_from([*first, absent]), max_size=5))
    return first + [reversal(each, f"back:{number}", START) for number, each in enumerate(wrong)]
