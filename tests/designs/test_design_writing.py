"""What is written as TOML or YAML reads back the same."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from designs.documents import parse_yaml
from designs.writing import completed_toml, okh_v1_text, toml_text, yaml_text

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
PLAIN = TEXT | st.integers(-(2**60), 2**60) | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
FIELDS = st.dictionaries(TEXT, VALUES, max_size=5)


@settings(deadline=None)
@given(FIELDS)
def test_toml_reads_back_the_same(fields: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(fields)) == fields


@settings(deadline=None)
@given(st.dictionaries(st.text("abc-", min_size=1, max_size=4), st.lists(TEXT) | TEXT, max_size=4))
def test_yaml_reads_back_the_same(fields: dict[str, Any]) -> None:
    text = yaml_text(fields)
    assert yaml.safe_load(text) == fields
    assert parse_yaml(okh_v1_text(fields)).fields == fields


@settings(deadline=None)
@given(FIELDS, FIELDS)
def test_what_is_added_leaves_the_rest_as_it_was(fields: dict[str, Any], more: dict[str, Any]) -> None:
    text = completed_toml(toml_text(fields), more)
    assert text is None or tomllib.loads(text) == fields | more


def test_comments_and_order_survive() -> None:
    text = '# ours\nname = "x" # short\n\n[[part]]\nname = "a"\n'
    more = {"bom": "bom.csv", "tsdc": ["3DP"], "part-more": [{"a": 1}]}
    assert completed_toml(text, more) == (
        '# ours\nname = "x" # short\nbom = "bom.csv"\ntsdc = ["3DP"]\n\n[[part]]\nname = "a"\n\n[[part-more]]\na = 1\n'
    )


def test_a_plain_value_is_replaced_in_its_line() -> None:
    text = "a = 1 # one\nb = 2 # two\n[c]\na = 3\n"
    assert completed_toml(text, {"a": "new"}) == 'a = "new"\nb = 2 # two\n\n[c]\na = 3\n'


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("name = \n", {"a": 1}),
        ('a = """\nx\n"""\n', {"a": 1}),
        ("[a]\nb = 1\n", {"a": 1}),
        ("[a.b]\n", {"a": {"c": 1}}),
    ],
)
def test_what_cannot_be_done_in_place_is_not_done(text: str, more: dict[str, Any]) -> None:
    assert completed_toml(text, more) is None


def test_long_lists_are_written_line_by_line() -> None:
    assert toml_text({"export": ["a" * 60, "b" * 60]}).count("\n") == 4


def test_other_values_are_refused() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        toml_text({"a": None})
