"""How commands print: to people in tables, to programs in JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleDimensions
from rich.text import Text

from core.provenance import Finding, Question

__all__ = [
    "console",
    "error_console",
    "print_findings",
    "print_json",
    "print_questions",
    "say",
    "warn",
    "working",
    "write_json",
]


_PIPED_COLUMNS = 200  # room for whole file names where no terminal says how wide it is


class _Wide(Console):
    @property
    def size(self) -> ConsoleDimensions:
        """What the environment says now, else the terminal; wide in a pipe."""
        stated = os.environ.get("COLUMNS", "")
        if stated.isdecimal() and 0 < len(stated) < 6:
            return ConsoleDimensions(max(1, int(stated)), super().size.height)
        return super().size if self.is_terminal else ConsoleDimensions(_PIPED_COLUMNS, super().size.height)

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        self._width, self._height = new_size


class _Terminal(_Wide):
    def on_broken_pipe(self) -> None:
        """Go on in silence: machines that run must not stop because nobody reads any more."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


console = _Terminal(highlight=False, emoji=False)
error_console = _Wide(stderr=True, highlight=False, emoji=False)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    console.file.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def say(text: str) -> None:
    """A line for people; words of strangers in it are never taken for mark-up. Programs get it in one piece."""
    console.print(Text(text), soft_wrap=not console.is_terminal)


def warn(text: str) -> None:
    """A line on standard error."""
    error_console.print(Text(text), soft_wrap=not error_console.is_terminal)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on a terminal that something goes on, which takes long and does not know how long; nothing in a pipe."""
    if not error_console.is_terminal:
        yield
        return
    with error_console.status(Text(what)):
        yield


def print_findings(findings: Iterable[Finding]) -> None:
    """What is wrong or odd, a line each."""
    for each in findings:
        place = f"{each.file}: " if each.file and each.file not in each.message else ""
        fix = f" ({each.fix})" if each.fix else ""
        say(f"{each.severity}: {place}{each.message}{fix}")


def print_questions(questions: Iterable[Question]) -> None:
    """What only a person can know, a line each."""
    for each in questions:
        options = f" [{' | '.join(each.options)}]" if each.options else ""
        item = "" if each.item in each.question else f"{each.item}: "
        say(f"? {item}{each.question}{options}")


def write_json(path: Path, document: Any) -> None:
    """Write a JSON file whole: a reader sees the old one or the new one."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
