"""Formulas are read and said in words; an income is shared to the cent, each cent with what it is for."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.benefits.contributions import Contribution
from commons.benefits.distribution import Distribution, compared, distributed
from commons.benefits.formula import Claim, Formula, read_formula
from core.errors import InputError

EXAMPLES = Path(__file__).parents[2] / "examples/benefits"
FORMULAS = {path.stem: read_formula(path.read_text(), where=path.name) for path in sorted(EXAMPLES.glob("*.toml"))}
KINDS = ("design", "making", "care", "machine", "money", "order", "founding", "nothing")
ROWS = st.tuples(
    st.sampled_from(("ada", "ben", "cem", "lab north")), st.sampled_from(KINDS), st.integers(0, 10_000),
    st.none() | st.integers(0, 9_999), st.integers(0, 10**6),
)  # fmt: skip
GIVEN = st.lists(ROWS, max_size=30).map(lambda rows: [Contribution(f"e{at}", *row) for at, row in enumerate(rows)])
NAMES = st.sampled_from(sorted(FORMULAS))


@given(NAMES, st.integers(0, 10**12), GIVEN)
def test_an_income_is_shared_to_the_cent(name: str, income: int, given_: list[Contribution]) -> None:
    found = distributed(FORMULAS[name], income, given_)
    assert sum(line.amount for line in found.lines) == income == sum(found.totals().values())
    assert all(line.amount > 0 for line in found.lines)
    who = {each.id: each.who for each in given_}
    assert all(line.contribution is None or who[line.contribution] == line.who for line in found.lines)


@given(NAMES, st.lists(st.integers(0, 10**6), min_size=1, max_size=5), GIVEN)
def test_debts_are_paid_once_and_no_more(name: str, incomes: list[int], given_: list[Contribution]) -> None:
    formula = FORMULAS[name]
    before: list[Distribution] = []
    for income in incomes:
        before.append(distributed(formula, income, given_, before))
    paid: Counter[tuple[str, str | None]] = Counter()
    for each in before:
        for line in each.lines:
            paid[line.bucket, line.contribution] += line.amount
    for bucket in formula.buckets:
        if bucket.claim is Claim.DEBT and bucket.to is None:
            assert all(paid[bucket.name, one.id] <= one.value(formula.rate) for one in given_)


@given(NAMES, st.integers(0, 10**6), GIVEN)
def test_what_counts_once_counts_once(name: str, income: int, given_: list[Contribution]) -> None:
    formula = FORMULAS[name]
    first = distributed(formula, income, given_)
    second = distributed(formula, income, given_, [first])
    for bucket in formula.buckets:
        if bucket.claim is Claim.ONCE:
            assert not [line for line in second.lines if line.bucket == bucket.name and line.contribution]


@given(st.integers(0, 10**9), GIVEN)
def test_equal_shares_are_equal(income: int, given_: list[Contribution]) -> None:
    totals = distributed(FORMULAS["equal"], income, given_).totals()
    shares = [amount for who, amount in totals.items() if who != FORMULAS["equal"].rest]
    assert not shares or max(shares) - min(shares) <= 1


def test_an_hour_is_paid_by_the_rate_that_was_set() -> None:
    given_ = [Contribution("e1", "ada", "making", 60, 3000), Contribution("e2", "ben", "making", 90)]
    found = distributed(FORMULAS["hours"], 10_000, given_)
    assert found.totals() == {FORMULAS["hours"].rest: 4000, "ada": 3000, "ben": 3000}
    assert [(line.who, line.contribution) for line in found.lines_of("ada")] == [("ada", "e1")]


def test_formulas_are_compared() -> None:
    given_ = [Contribution("e1", "ada", "design", 600), Contribution("e2", "ben", "making", 60)]
    table = compared(list(FORMULAS.values()), 100_000, given_)
    assert {sum(row[formula.name] for row in table.values()) for formula in FORMULAS.values()} == {100_000}
    assert table["ada"]["Equal shares"] == table["ben"]["Equal shares"] == 50_000
    assert table["ben"]["Hours times rate"] == 2000


def test_a_formula_is_said_in_words() -> None:
    words = FORMULAS["buckets"].words()
    alike = "alike where nothing of it has a price"
    assert words[0] == f"20 % (design) go to who gave design, in proportion to its value, each time anew; {alike}."
    assert words[1].endswith("until that value is paid.")
    assert "10 % go to the association." in words
    assert words[-1] == "What nobody has a claim to goes to reserve of the commons."
    assert len(words) == len(FORMULAS["buckets"].buckets) + 2


GOOD = (EXAMPLES / "hours.toml").read_text()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("percent = 100", "percent = 99", "come to 99 percent, not to 100"),
        ("percent = 100", 'percent = "100"', "'percent' is no int"),
        ("percent = 100", "percent = true", "'percent' is no int"),
        ("percent = 100", "percent = 0", "1 to 100 percent"),
        ('claim = "debt"', 'claim = "rent"', "'rent' is not a valid Claim"),
        ('by = "value"', 'by = "hours"', "shares by value"),
        ("fabcommons-benefit/1", "fabcommons-benefit/9", "the version is 'fabcommons-benefit/9'"),
        ("rate = 2000", "", "'rate' is missing"),
        ("rate = 2000", "rate = -1", "a rate is not below zero"),
        ("rate = 2000", "pace = 2000", "unknown key 'pace'"),
        ('currency = "EUR"', 'currency = "euros"', "three letters"),
        ("[[bucket]]", "[[bucket", "no TOML"),
        ("counts = [", 'to = "ada"\ncounts = [', "either counts contributions or goes to somebody"),
    ],
)
def test_what_is_wrong_is_said(before: str, after: str, said: str) -> None:
    assert before in GOOD
    with pytest.raises(InputError) as told:
        read_formula(GOOD.replace(before, after), where="ours.toml")
    assert said in str(told.value)
    assert "ours.toml" in str(told.value)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        assert isinstance(read_formula(text, where="x"), Formula)


def test_a_contribution_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        Contribution("e1", "ada", "making", -1)
    with pytest.raises(ValueError, match="stands once"):
        distributed(FORMULAS["equal"], 1, [Contribution("e1", "ada", "making")] * 2)
    with pytest.raises(ValueError, match="loss"):
        distributed(FORMULAS["equal"], -1, [])


def test_a_design_without_a_price_is_not_worth_nothing() -> None:
    cited = [
        Contribution("c1", "dee", "design"),
        Contribution("c2", "eve", "design"),
        Contribution("c3", "dee", "design"),
    ]
    found = distributed(FORMULAS["buckets"], 10_000, cited)
    assert found.totals().items() >= {"dee": 1000, "eve": 1000}.items()
    assert {line.contribution for line in found.lines if line.who == "dee"} == {"c1", "c3"}
    priced = distributed(FORMULAS["buckets"], 10_000, [*cited[:1], Contribution("c2", "eve", "design", amount=5)])
    assert "dee" not in priced.totals(), "beside what has a price it has none"


def test_who_asks_nothing_for_an_hour_gets_nothing_for_it() -> None:
    free = [Contribution("c1", "dee", "design", minutes=60, rate=0)]
    assert "dee" not in distributed(FORMULAS["buckets"], 10_000, free).totals()
