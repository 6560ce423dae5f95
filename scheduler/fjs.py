"""Flexible job shops in the `.fjs` text form of Brandimarte (1993) and of most public collections.

The first line tells jobs, machines and perhaps the mean number of alternatives. A line for each job follows: how many
operations, and for each how many alternatives and as many pairs of a machine (from 1 on) and a duration.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from core.errors import InputError, LimitError
from scheduler.calendars import Calendar
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Task

__all__ = ["read_fjs"]

_ORIGIN = datetime(2026, 1, 5, tzinfo=UTC)
_MOST = 1_000_000


def read_fjs(text: str, *, where: str = "fjs") -> Problem:
    """The problem of a `.fjs` text: one lab that is always open, durations as seconds.

    Args:
        text: the file's.
        where: its name, for errors.

    Raises:
        InputError: the text is not of that form.
    """
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines or len(lines[0][1]) < 2:
        raise InputError("the first line does not tell jobs and machines", where=f"{where}:1")
    jobs, machines = _numbers(lines[0][1][:2], f"{where}:{lines[0][0]}")
    if len(lines) - 1 < jobs:
        raise InputError(f"{jobs} jobs are announced, {len(lines) - 1} lines follow", where=f"{where}:1")
    if machines > _MOST:
        raise LimitError(f"{machines} machines are more than {_MOST}", where=f"{where}:1")
    tasks: list[Task] = []
    arrows: list[Precedence] = []
    for job, (number, words) in enumerate(lines[1 : jobs + 1]):
        place = f"{where}:{number}"
        for position, options in enumerate(_operations(_numbers(words, place), machines, place)):
            tasks.append(Task(f"j{job}.{position}", options))
            if position:
                arrows.append(Precedence(f"j{job}.{position - 1}", f"j{job}.{position}"))
    horizon_s = max(1, sum(max(option.duration_s for option in task.options) for task in tasks))
    shop = (Lab("shop", Calendar.always(horizon_s)),)
    on = tuple(Machine(f"m{number}", "shop", unattended=False) for number in range(machines))
    return Problem(_ORIGIN, horizon_s, shop, on, tuple(tasks), tuple(arrows))


def _numbers(words: Sequence[str], where: str) -> list[int]:
    if not all(word.isascii() and word.isdecimal() and len(word) < 10 for word in words):
        raise InputError("a whole number is expected in each place", where=where)
    return [int(word) for word in words]


def _operations(numbers: Sequence[int], machines: int, where: str) -> Iterator[tuple[Option, ...]]:
    position = 1
    for operation in range(numbers[0]):
        count = numbers[position] if position < len(numbers) else 0
        pairs = numbers[position + 1 : position + 1 + 2 * count]
        if count < 1 or len(pairs) < 2 * count:
            raise InputError(f"operation {operation + 1} lacks alternatives", where=where)
        if not all(1 <= machine <= machines for machine in pairs[::2]):
            raise InputError(f"operation {operation + 1} names a machine that is not from 1 to {machines}", where=where)
        yield tuple(Option(f"m{pairs[2 * k] - 1}", pairs[2 * k + 1]) for k in range(count))
        position += 1 + 2 * count
