"""Whatever a stranger writes into the documents of matching is answered, or refused in one sentence with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from core.errors import FabcommonsError
from machines.labs_document import MachineDocument
from machines.matching import Verdict, match
from machines.matching.arrays import match_all
from machines.matching.documents import NeedDocument, machines_in, needs_in

_T = TypeVar("_T")
NOTHING_THERE = Path(__file__).parent / "questions"
NUMBERS = st.one_of(
    st.integers(-3, 400),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0, -0.0, 1e-300, 1e300, 10**30, 0.1]),
)
WORDS = st.sampled_from(
    [
        "fdm",
        "laser cutting",
        "PLA",
        "plywood",
        "acrylic",
        "IT9",
        "40 H7",
        "Ender 3",
        "K40",
        "x",
        "",
        "yes",
        "§",
        "a" * 300,
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=6,
)
SOUND: dict[str, st.SearchStrategy[Any]] = {
    "process": st.sampled_from(["fdm", "laser cutting", "CNC", "turning", "bending", "embroidery", "vinyl cutting"]),
    "material": st.sampled_from(["PLA", "plywood", "acrylic", "vinyl", "steel", "moon dust"]),
    "size_mm": st.lists(st.floats(0.001, 1e6), min_size=2, max_size=3),
    "thickness_mm": st.floats(0.001, 1e6),
    "block": st.booleans(),
}


def documents(keys: list[str], sound: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Objects of known and unknown keys; half of the values are such as belong there."""
    mixed = {key: st.one_of(sound.get(key, VALUES), VALUES) for key in keys}
    return st.fixed_dictionaries({}, optional={**mixed, "nonsense": VALUES}) | VALUES


NEEDS = documents(list(NeedDocument.model_fields), SOUND)
MACHINES = documents(
    list(MachineDocument.model_fields),
    {
        "id": st.just("it"),
        "model": st.sampled_from(["Ender 3", "K40", "Glowforge Pro", "Shapeoko 3", "Cameo 4"]),
        "envelope_mm": st.lists(st.floats(0.001, 1e6), min_size=3, max_size=3),
        "thickness_mm": st.just({"plywood": [1, 4]}),
    },
)


def refused_in_a_sentence(read: Callable[[], tuple[_T, ...]], place: str) -> tuple[_T, ...]:
    """What is read; nothing where it is refused in one sentence that names the place."""
    said = ""
    try:
        return read()
    except FabcommonsError as error:
        said = str(error)
    assert place in said
    assert "\n" not in said
    assert len(said) < 1000
    return ()


@given(NEEDS | st.lists(NEEDS, max_size=2))
def test_a_need_is_understood_or_refused(document: Any) -> None:
    needs = refused_in_a_sentence(lambda: needs_in(document, where="NEED.json", folder=NOTHING_THERE), "NEED.json")
    (printer,) = machines_in([{"id": "p", "model": "Ender 3"}], where="m")
    for each in needs:
        assert match(each.requirement, printer).verdict in Verdict


@given(MACHINES | st.lists(MACHINES, max_size=2))
def test_a_machine_is_understood_or_refused(document: Any) -> None:
    machines = refused_in_a_sentence(lambda: machines_in(document, where="MACHINES.json"), "MACHINES.json")
    asked = [
        {"process": "laser cutting", "material": "plywood", "size_mm": [300, 20, 3], "block": True},
        {
            "process": "fdm",
            "material": "PLA",
            "size_mm": [300, 20, 3],
            "tolerance": "IT9",
            "axes": 5,
            "feature_mm": 0.3,
        },
    ]
    needs = [each.requirement for each in needs_in(asked, where="n", folder=NOTHING_THERE)]
    table = match_all(needs, machines)
    for row, need in enumerate(needs):
        for column, machine in enumerate(machines):
            assert table.verdict(row, column) is match(need, machine).verdict
