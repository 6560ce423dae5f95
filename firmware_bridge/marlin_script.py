"""What a run sends, in order: the marks of the job, the program, the wait for its end, and the proof of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from core.errors import InputError

__all__ = ["SAFE_END", "Script", "check_lines"]

_MAX_CHARS = 80

SAFE_END = ("M104 S0", "M140 S0", "M107", "M5", "M400")


def check_lines(lines: Sequence[str]) -> None:
    """See that each line can be sent.

    Raises:
        InputError: one cannot.
    """
    for number, line in enumerate(lines, start=1):
        if not line.isascii() or not line.isprintable() or len(line) > _MAX_CHARS:
            raise InputError(f"line {number} cannot be sent: {line[:30]!a}", hint="ASCII, at most 80 signs")


class Script:
    """The texts of a run, none of which has a number yet.

    Args:
        lines: the program's.
        job_id: for the marks in the machine's log.

    Attributes:
        token: the text whose echo proves that everything before it has been executed; None until it was asked for.
    """

    def __init__(self, lines: Iterable[str], job_id: str) -> None:
        self._job_id = job_id
        self._texts: Iterator[tuple[str, int | None]] = _texts(lines, job_id)
        self._tokens = 0
        self.token: str | None = None

    def following(self) -> tuple[str, int | None] | None:
        """The next text, and how many lines of the program are done with it (None: as before); None after the proof."""
        if self.token is not None:
            return None
        return next(self._texts, None) or (self.proof(), None)

    def proof(self) -> str:
        """A command that makes the firmware echo a new token."""
        self._tokens += 1
        # A small letter first: M118 takes A1, E1 and P0 at its head for parameters.
        self.token = f"done {self._job_id} {self._tokens}"
        return f"M118 {self.token}"

    @property
    def has_urgent(self) -> bool:
        """Whether there is something to send although nothing was answered."""
        return False

    @property
    def trouble(self) -> str | None:
        """Why the run cannot go on, or None."""
        return None

    @property
    def question(self) -> str:
        """What to ask when nothing is due: is it still there, and how warm?"""
        return "M105"

    def heard(self, line: str) -> tuple[int | None, str | None]:  # noqa: ARG002 - for scripts that care
        """Take what the machine says: lines of the program done, if it tells, and why the run cannot go on."""
        return None, None

    def pause(self) -> bool:
        """Whether the machine pauses by a command of its own; else nothing more is sent."""
        return False

    def resume(self) -> None:
        """Take back a pause of its own."""

    @property
    def proofs(self) -> int:
        """How many were asked for."""
        return self._tokens

    def insert(self, texts: Iterable[str]) -> None:
        """Send these before anything else of the program."""
        self._texts = chain([(text, None) for text in texts], self._texts)

    def end_safely(self) -> None:
        """Leave out the rest of the program: switch everything off, then prove that."""
        self._texts = iter([(line, None) for line in SAFE_END])
        self.token = None


def _texts(lines: Iterable[str], job_id: str) -> Iterator[tuple[str, int | None]]:
    yield f"M117 {job_id} start", 0
    number = 0
    for number, line in enumerate(lines, start=1):
        yield line, number
    yield "M400", number
    yield f"M117 {job_id} end", number
