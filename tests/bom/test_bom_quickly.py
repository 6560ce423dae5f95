"""Frozen values that are made quickly are the same values."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from bom.bill import BillLine
from bom.quickly import quickly_made


@dataclass(frozen=True, slots=True)
class Plain:
    """A value as `dataclasses` makes it."""

    name: str
    amount: float = 1.0
    uses: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError("an amount is never negative")


@quickly_made
@dataclass(frozen=True, slots=True)
class Quick:
    """The same, made quickly."""

    name: str
    amount: float = 1.0
    uses: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError("an amount is never negative")


def test_it_takes_the_same_arguments() -> None:
    assert list(inspect.signature(Quick).parameters) == list(inspect.signature(Plain).parameters)
    assert Quick("a", 2, uses={"b": 1}) == Quick(name="a", amount=2, uses={"b": 1})
    assert repr(Quick("a")) == repr(Plain("a")).replace("Plain", "Quick")
    with pytest.raises(TypeError, match=r"Quick.__init__\(\) missing 1 required positional argument: 'name'"):
        Quick()  # type: ignore[call-arg]


def test_defaults_are_made_anew_for_each() -> None:
    first, second = Quick("a"), Quick("a")
    assert first.uses == {}
    assert first.uses is not second.uses


def test_it_stays_frozen_and_refuses_bad_data() -> None:
    with pytest.raises(FrozenInstanceError):
        Quick("a").name = "b"  # type: ignore[misc]
    with pytest.raises(ValueError, match="never negative"):
        Quick("a", -1.0)
    with pytest.raises(ValueError, match="never negative"):
        replace(Quick("a"), amount=-1.0)


def test_it_can_be_copied_and_sent_to_another_process() -> None:
    line = BillLine("bolt", "Bolt", 4.0)
    assert pickle.loads(pickle.dumps(line)) == line == copy.deepcopy(line)  # noqa: S301  # our own bytes


def test_a_class_whose_fields_are_not_plain_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Counted:
        name: str
        length: int = field(init=False, default=0)

    with pytest.raises(TypeError, match="length is no plain field"):
        quickly_made(Counted)
    with pytest.raises(TypeError, match="no plain field with a slot"):
        quickly_made(dataclass(frozen=True)(type("Open", (), {"__annotations__": {"name": str}})))
