"""What a person means by a part's name, or by the beginning of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from bom.bill import Bill, BillLine, Excluded
from bom.graph import Task, TaskGraph, TaskKind
from core.errors import InputError
from core.trees import normal_form

__all__ = ["Subject", "find_subject"]

Subject: TypeAlias = Task | BillLine | Excluded

_NEAR = 6
_LIKENESS = 0.5


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key (or an empty text) and a name, and what they stand for."""

    key: str
    name: str
    subject: Subject

    @property
    def text(self) -> str:
        return f"{self.name} ({self.key})" if self.key else self.name


def find_subject(bill: Bill, graph: TaskGraph, part: str) -> Subject:
    """The task, or the line or excluded thing that makes none, which a text names; what is counted comes first.

    Args:
        bill: the bill that the graph was made of.
        graph: its tasks.
        part: a task's id, a line's key, a name, or a beginning that only one of them has.

    Raises:
        InputError: it names nothing, or several; the hint has the near ones.
    """
    if part in graph.graph:
        return graph.task(part)
    form = normal_form(part)
    ways: tuple[Callable[[_Entry], bool], ...] = (
        lambda each: bool(form) and each.key == part,
        lambda each: bool(form) and normal_form(each.name) == form,
        lambda each: bool(form) and any(normal_form(word).startswith(form) for word in (each.key, each.name)),
    )
    entries = _entries(bill, graph)
    for fits in ways:
        fitting = [each for each in entries if fits(each)]
        counted = [each for each in fitting if not isinstance(each.subject, Excluded)]
        found: dict[object, _Entry] = {}
        for each in counted or fitting:
            found.setdefault(_identity(each), each)
        if len(found) == 1:
            return next(iter(found.values())).subject
        if found:
            what = f"{part!r} may be any of {len(found)} parts"
            raise InputError(what, where=bill.design, hint=f"say which: {_listed(found.values())}")
    raise InputError(f"no part is called {part!r}", where=bill.design, hint=_near(entries, form))


def _identity(entry: _Entry) -> object:
    """Equal lines have one task; what is excluded twice under one name is the same to whoever asks."""
    return normal_form(entry.name) if isinstance(entry.subject, Excluded) else id(entry.subject)


def _entries(bill: Bill, graph: TaskGraph) -> list[_Entry]:
    first: dict[str, Task] = {}  # a line's first task comes before its later steps
    tasks = graph.order()
    for task in tasks:
        for share in graph.shares(task.id):
            first.setdefault(share.line, task)
    return [
        *(_Entry(line.key, line.name, first.get(line.key, line)) for line in bill.lines),
        *(_Entry(task.id, task.name, task) for task in tasks if task.kind is TaskKind.ASSEMBLE),
        *(_Entry("", each.name, each) for each in bill.excluded),
    ]


def _listed(entries: Iterable[_Entry]) -> str:
    texts = [each.text for each in entries]
    more = f" and {len(texts) - _NEAR} more" if len(texts) > _NEAR else ""
    return ", ".join(texts[:_NEAR]) + more


def _near(entries: list[_Entry], form: str) -> str:
    words = {normal_form(word): each.text for each in reversed(entries) for word in (each.key, each.name) if word}
    near = [words[word] for word in get_close_matches(form, words, _NEAR, _LIKENESS)]
    near += [text for word, text in words.items() if form and form in word]
    return f"did you mean {', '.join(list(dict.fromkeys(near))[:_NEAR])}?" if near else "`bom read` lists all parts"
