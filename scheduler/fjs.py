"""Flexible job shops in the `.fjs` text form of Brandimarte (1993) and of most public collections.

The first line tells jobs, machines and perhaps more, such as the mean number of alternatives. A line for each job
follows: how many operations, and for each how many alternatives and as many pairs of a machine and a duration. Machines
count from 1 on, or from 0 on where some operation names machine 0; whole numbers may be written as 12.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from core.errors import InputError, LimitError
from scheduler.calendars import Calendar
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task

__all__ = ["read_fjs"]

_ORIGIN = datetime(2026, 1, 5, tzinfo=UTC)
_MOST = 1_000_000
_PADDING = "\ufeff\x1a\0"  # what some editors put around a text
_WHOLE = re.compile(r"([0-9]{1,9})(?:\.0*)?")


def read_fjs(text: str, *, where: str = "fjs") -> Problem:
    """The problem of a `.fjs` text: one lab that is always open, durations as seconds.

    Args:
        text: the file's.
        where: its name, for errors.

    Raises:
        InputError: the text is not of that form.
    """
    lines = [(number, line.split()) for number, line in enumerate(text.strip(_PADDING).splitlines(), 1) if line.strip()]
    if not lines or len(lines[0][1]) < 2:
        raise InputError("the first line does not tell jobs and machines", where=f"{where}:1")
    jobs, machines = _numbers(lines[0][1][:2], f"{where}:{lines[0][0]}")
    if len(lines) - 1 != jobs:
        raise InputError(
            f"{jobs} jobs are announced, {len(lines) - 1} lines follow",
            where=f"{where}:1",
            hint="one line a job, and nothing behind them: tables of set-up times are not read",
        )
    if machines > _MOST:
        raise LimitError(f"{machines} machines are more than {_MOST}", where=f"{where}:1")
    rows = [
        (place := f"{where}:{number}", list(_operations(_numbers(words, place), place))) for number, words in lines[1:]
    ]
    named = {machine for _, row in rows for pairs in row for machine, _ in pairs}
    first = 0 if 0 in named else 1
    tasks: list[Task] = []
    arrows: list[Precedence] = []
    for job, (place, row) in enumerate(rows):
        for position, pairs in enumerate(row):
            if not all(first <= machine < first + machines for machine, _ in pairs):
                raise InputError(
                    f"operation {position + 1} names a machine that is not from {first} to {first + machines - 1}",
                    where=place,
                )
            options = tuple(Option(f"m{machine - first}", duration_s) for machine, duration_s in pairs)
            tasks.append(Task(f"j{job}.{position}", options))
            if position:
                arrows.append(Precedence(f"j{job}.{position - 1}", f"j{job}.{position}"))
    horizon_s = max(1, sum(max(option.duration_s for option in task.options) for task in tasks))
    shop = (Lab("shop", Calendar.always(horizon_s)),)
    on = tuple(Machine(f"m{number}", "shop", unattended=False) for number in range(machines))
    return Problem(_ORIGIN, horizon_s, shop, on, tuple(tasks), tuple(arrows))


def _numbers(words: Sequence[str], where: str) -> list[int]:
    found = [_WHOLE.fullmatch(word) for word in words]
    if not all(found):
        raise InputError("a whole number is expected in each place", where=where)
    return [int(each[1]) for each in found if each]


def _operations(numbers: Sequence[int], where: str) -> Iterator[list[tuple[int, int]]]:
    """Pairs of machine and duration by operation of a job."""
    position = 1
    for operation in range(numbers[0]):
        count = numbers[position] if position < len(numbers) else 0
        pairs = numbers[position + 1 : position + 1 + 2 * count]
        if count < 1 or len(pairs) < 2 * count:
            raise InputError(f"operation {operation + 1} lacks alternatives", where=where)
        yield list(zip(pairs[::2], pairs[1::2], strict=True))
        position += 1 + 2 * count
    if position < len(numbers):
        raise InputError(
            f"{len(numbers) - position} numbers are left behind {numbers[0]} operations",
            where=where,
            hint="perhaps a count of operations or of alternatives is too small",
        )
