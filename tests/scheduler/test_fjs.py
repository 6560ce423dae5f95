"""Dialects of the `.fjs` form, and texts that are not of it."""

from __future__ import annotations

import pytest

from core.errors import InputError
from scheduler.fjs import read_fjs
from scheduler.problem import Problem

PLAIN = "2 3 1.5\n2 1 1 5 2 2 4 3 6\n1 1 3 7\n"


def _shop(problem: Problem) -> list[tuple[str, tuple[tuple[str, int], ...]]]:
    return [(task.id, tuple((each.machine, each.duration_s) for each in task.options)) for task in problem.tasks]


@pytest.mark.parametrize(
    "text",
    [
        "2 3 1.5\n2 1 0 5 2 1 4 2 6\n1 1 2 7\n",  # machines from 0 on
        "2\t3\n2   1   1  5   2  2 4  3 6   \n\n1 1 3 7\n\n  \n",  # no mean, wide columns, blank lines
        "2 3 1.5 9 1\r\n2 1 1 5.0 2 2 4.00 3 6\r\n1 1 3 7.\r\n\x1a",  # more in the first line, whole decimals, DOS
        "\ufeff" + PLAIN,
    ],
)
def test_dialects_tell_the_same_shop(text: str) -> None:
    problem = read_fjs(text)
    assert _shop(problem) == _shop(read_fjs(PLAIN))
    assert _shop(problem)[1] == ("j0.1", (("m1", 4), ("m2", 6)))
    assert [(each.before, each.after) for each in problem.precedences] == [("j0.0", "j0.1")]
    assert [machine.id for machine in problem.machines] == ["m0", "m1", "m2"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "jobs and machines"),
        ("2 3\n1 1 1 5\n", "2 jobs are announced, 1 lines"),
        (PLAIN + "0 4 4\n4 0 4\n", "2 jobs are announced, 4 lines"),
        ("1 2\n1 1 1 5.5\n", "whole number"),
        ("1 2\n1 1 1 -5\n", "whole number"),
        ("1 2\n2 1 1 5\n", "operation 2 lacks alternatives"),
        ("1 2\n1 1 1 5 1 2 4\n", "3 numbers are left behind 1 operations"),
        ("1 2\n1 1 3 5\n", "not from 1 to 2"),
        ("1 2\n2 1 0 5 1 2 5\n", "not from 0 to 1"),
    ],
)
def test_other_texts_are_refused(text: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read_fjs(text)
