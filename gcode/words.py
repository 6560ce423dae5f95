"""One line of G-code as words: a letter and a number each.

Grammar: RS274/NGC (NIST, 2000) as Marlin 2.1 and GRBL 1.1 read it. Blanks do not count, letters have no case, `( )` and
`;` start comments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.errors import InputError

__all__ = ["MAX_NUMBER", "MIN_NUMBER", "Block", "parse_line", "strip_comments"]

_WORD = re.compile(r"\s*([A-Z])\s*([+-]?(?:\d+\.?\d*|\.\d+))?")
_PAREN = re.compile(r"\([^()]*\)")
# Marlin reads the rest of these lines as text (versions, messages, file names, model checks), not as words.
_TEXT_COMMAND = re.compile(r"\s*(M(?:115|117|118|16|20|23|28|30|32|33|928|862\.\d))(?![\d.])(.*)", re.IGNORECASE)
# Slicers name a plate's objects so. Unquoted, no name may look like a command: RepRapFirmware takes several a line.
_OBJECT_NAME = re.compile(
    r"\s*(M486)\s*(?:S\s*\d{1,4}\s*)?A\s*(\"[^\"*;{}]*\"|(?!.*(?:\b|_)[GMT]\s*\d)[\w.:,+=#@-][\w.:,+=#@ -]*)\s*$",
    re.IGNORECASE,
)
MAX_NUMBER = 1e9
MIN_NUMBER = 1e-9  # what is nearer to 0 counts as 0: no machine tells it apart, and no time becomes infinite
_NOTHING: Mapping[str, float | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Block:
    """One line, understood.

    Attributes:
        raw: the line as it stood.
        commands: G, M and leading T words in order, without leading zeros ("G1", "G38.2", "T0").
        words: the other letters; None for a letter that stands alone (`G28 X`).
        text: the argument of a command that takes free text (M117), else "".
        comment: what stood in comments, joined by blanks.
    """

    raw: str
    commands: tuple[str, ...]
    words: Mapping[str, float | None]
    text: str = ""
    comment: str = ""

    @property
    def command(self) -> str | None:
        """The first command, or None."""
        return self.commands[0] if self.commands else None

    @property
    def is_empty(self) -> bool:
        """Whether the line asks for nothing."""
        return not self.commands and not self.words

    def value(self, letter: str) -> float | None:
        """The number of a letter, or None when it is absent or stands alone."""
        return self.words.get(letter)


def strip_comments(text: str) -> tuple[str, str]:
    """The line without comments and outer blanks, and the comments.

    Raises:
        InputError: a parenthesis is not closed or not opened.
    """
    if ";" not in text and "(" not in text and ")" not in text:
        return text.strip(), ""
    code, semicolon, tail = text.partition(";")
    comments = [found[1:-1].strip() for found in _PAREN.findall(code)]
    code = _PAREN.sub(" ", code)
    if "(" in code or ")" in code:
        raise InputError(f"a comment's parenthesis stands alone in {text.strip()!r}")
    if semicolon:
        comments.append(tail.strip())
    return code.strip(), " ".join(comments)


def parse_line(text: str, *, messages: bool = True) -> Block:
    """Read one line.

    Args:
        text: the line, with or without its end; no line number or checksum of a serial protocol.
        messages: whether some commands take the rest of the line as text, as with Marlin; GRBL knows none such.

    Raises:
        InputError: a sign is not part of any word, a letter stands twice, a number is beyond all machines, or a
            comment is broken.
    """
    message = (_TEXT_COMMAND.match(text) or _OBJECT_NAME.match(text)) if messages else None
    if message:
        return Block(text, (message[1].upper(),), _NOTHING, message[2].strip())
    code, comment = strip_comments(text)
    if not code or code == "%":  # RS274 marks a program's ends by a lone percent sign
        return Block(text, (), _NOTHING, "", comment)
    commands, words = _split(code.upper(), text)
    return Block(text, tuple(commands), words, "", comment)


def _split(code: str, text: str) -> tuple[list[str], dict[str, float | None]]:
    commands: list[str] = []
    words: dict[str, float | None] = {}
    at, end, match = 0, len(code), _WORD.match
    while at < end:
        found = match(code, at)
        if found is None:
            raise InputError(f"{code[at:].strip()[:20]!r} is not a word of G-code in {text.strip()[:60]!r}")
        at = found.end()
        letter, number = found.groups()
        if letter in "GM" or (letter == "T" and not commands and not words):
            commands.append(_command(letter, number, text))
        elif letter in words:
            raise InputError(f"{letter} stands twice in {text.strip()[:60]!r}")
        else:
            words[letter] = None if number is None else _value(letter, number)
    return commands, words


def _value(letter: str, number: str) -> float:
    value = float(number)
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise InputError(f"{letter} is beyond a thousand million")
    return 0.0 if -MIN_NUMBER < value < MIN_NUMBER else value


def _command(letter: str, number: str | None, text: str) -> str:
    if number is not None and number.isdigit():
        return letter + (number.lstrip("0") or "0")
    if number is None or number[0] in "+-.":
        raise InputError(f"{letter} needs a plain number in {text.strip()[:60]!r}")
    whole, _, part = number.partition(".")
    part = part.rstrip("0")
    return letter + (whole.lstrip("0") or "0") + (f".{part}" if part else "")
