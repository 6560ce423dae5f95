"""What has changed between two formulas, in plain words."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from commons.benefits.difference import difference
from commons.benefits.formula import Formula, read_formula

EXAMPLES = sorted((Path(__file__).parents[2] / "examples/benefits").glob("*.toml"))
BUCKETS = (Path(__file__).parents[2] / "examples/benefits/buckets.toml").read_text()


def changed(*pairs: tuple[str, str]) -> Formula:
    text = BUCKETS
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return read_formula(text, where="changed")


@pytest.mark.parametrize(
    ("pairs", "sentences"),
    [
        ([("percent = 20", "percent = 25"), ("percent = 40", "percent = 35")],
         ["Design: 25 % instead of 20 %.", "Making: 35 % instead of 40 %."]),
        ([('name = "care"', 'name = "kindness"')], ["What was called care is called kindness."]),
        ([('["making"]', '["making", "care"]')], ["Making: who gave care has a part in it too."]),
        ([('["making"]', '["checking"]')],
         ["Making: who gave checking has a part in it too.", "Making: who gave making has no part in it any more."]),
        ([('by = "hours"', 'by = "value"')], ["Machines: shared by value, not by hours."]),
        ([('claim = "debt"', 'claim = "once"')],
         ["Making: a claim to it lasts on the next income only, not until it is paid."]),
        ([("rate = 2000", "rate = 2500")],
         ["Who set no rate is counted with 25.00 EUR an hour instead of 20.00 EUR."]),
        ([('rest = "reserve of the commons"', 'rest = "the clinic"')],
         ["What nobody has a claim to goes to the clinic instead of reserve of the commons."]),
        ([('to = "the association"', 'to = "the union"')], ["Association: all of it goes to the union."]),
        ([('currency = "EUR"', 'currency = "USD"')], ["It is for incomes in USD, not in EUR any more."]),
    ],
)  # fmt: skip
def test_each_change_is_a_sentence(pairs: list[tuple[str, str]], sentences: list[str]) -> None:
    assert difference(changed(), changed(*pairs)) == sentences


def test_what_is_new_and_gone_is_said_in_full() -> None:
    old, new = changed(), read_formula(EXAMPLES[1].read_text(), where="equal")
    found = difference(old, new)
    assert found[0] == "It is called Equal shares, not Buckets any more."
    assert sum(each.startswith("New: 100 % (everybody)") for each in found) == 1
    assert sum(each.startswith("Gone: ") for each in found) == 6


@pytest.mark.parametrize(("first", "second"), list(product(EXAMPLES, repeat=2)), ids=lambda path: path.stem)
def test_only_the_same_formula_differs_in_nothing(first: Path, second: Path) -> None:
    found = difference(*(read_formula(path.read_text(), where=path.name) for path in (first, second)))
    assert (found == []) == (first == second)
