"""What an exchange could not carry: notes on reading, losses on writing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Note", "Reading", "Writing", "differences", "strangers"]

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was not taken up, or had to be assumed.

    Attributes:
        where: the lab, and the machine or key in it.
        what: one sentence without a final full stop.
    """

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a foreign document says in our words.

    Attributes:
        document: a labs document (`docs/labs.md`).
        notes: what it does not hold.
    """

    document: dict[str, Any]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Writing:
    """A document in another format.

    Attributes:
        document: in JSON values.
        losses: what somebody who reads it does not learn.
    """

    document: Any
    losses: tuple[Note, ...]


def differences(before: Mapping[str, Any], after: Mapping[str, Any], where: str) -> Iterator[Note]:
    """What the first of two lab documents says and the second does not, key by key; machines by their place in it."""
    for key, value in before.items():
        if key == "machines":
            others = list(after.get(key, ()))
            for number, machine in enumerate(value):
                other = others[number] if number < len(others) else {}
                yield from differences(machine, other, f"{where}, machine {machine['id']}")
        elif isinstance(value, Mapping) and isinstance(after.get(key), Mapping):
            yield from differences(value, after[key], f"{where}, {key}")
        elif key not in after:
            yield Note(where, f"{key} is left out: {_shown(value)}")
        elif after[key] != value:
            yield Note(where, f"{key} becomes {_shown(after[key])}: {_shown(value)}")


def strangers(found: Mapping[str, Any], known: Iterable[str], where: str) -> Iterator[Note]:
    """Notes on keys that say something and are not taken up."""
    taken = set(known)
    for key, value in found.items():
        if key not in taken and value not in (None, "", [], {}, False):
            yield Note(where, f"{key} is not taken up: {_shown(value)}")


def gathered(notes: Iterable[Note]) -> tuple[Note, ...]:
    """The same sentence about many labs in one line."""
    counted = Counter((note.where, note.what) for note in notes)
    return tuple(
        Note(where, what if times == 1 else f"{what} ({times} times)") for (where, what), times in counted.items()
    )


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
