"""Tables of wikis and AsciiDoc: MediaWiki's and AsciiDoc's as rows, DokuWiki's header lines as Markdown's.

Sources: MediaWiki "Help:Tables" (`{|`, `|-`, `!` and `|` cells, `!!` and `||` between the cells of a line), DokuWiki
"Formatting syntax" (`^ head ^` and `| cell |`), and the AsciiDoc language's "Tables" (`|===`, `| cell`, in rows of as
many cells as the first line of cells has).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bom.grids import Grid, Row

__all__ = ["begins_wiki_table", "read_asciidoc_table", "read_wiki_table", "with_bars"]

_DOKU_HEAD: Final = re.compile(r"\s*\^[^^|]*[\^|].*[\^|]\s*$")
_ATTRIBUTE: Final = r"[\w-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s|\"']+)"
_ATTRIBUTES: Final = re.compile(rf"\s*{_ATTRIBUTE}(?:\s+{_ATTRIBUTE})*\s*\|(?!\|)")
_WIKI_LINK: Final = re.compile(r"\[(https?://[^\s\]]+)\s+([^\]]+)\]")
_PAGE_LINK: Final = re.compile(r"\[\[([^\]|]+)(?:\|([^\]]+))?\]\]")


def begins_wiki_table(line: str) -> bool:
    """Whether a MediaWiki table begins in the line."""
    return line.lstrip().startswith("{|")


def with_bars(line: str) -> str:
    """The line, a DokuWiki header's carets as bars."""
    return line.replace("^", "|") if "^" in line and _DOKU_HEAD.match(line) else line


def read_wiki_table(lines: Sequence[str], start: int) -> tuple[Grid, int]:
    """The MediaWiki table that begins in this line, and the number of the line behind it; lines count from 0."""
    rows: list[Row] = []
    cells: list[str] = []
    place = start
    at = start
    for at in range(start + 1, len(lines)):
        line = lines[at].strip()
        if line.startswith(("|-", "|}")):
            rows += [Row(str(place + 1), tuple(cells))] if any(cells) else []
            cells = []
            if line.startswith("|}"):
                return Grid("", tuple(rows)), at + 1
        elif line[:1] in {"|", "!"} and not line.startswith("|+"):
            place = place if cells else at
            cells += map(_cell, re.split(r"!!|\|\|", line[1:]) if line[0] == "!" else line[1:].split("||"))
        elif cells and line:
            cells[-1] = f"{cells[-1]} {_cell(line)}".strip()
    rows += [Row(str(place + 1), tuple(cells))] if any(cells) else []
    return Grid("", tuple(rows)), at + 1


def read_asciidoc_table(lines: Sequence[str], start: int) -> tuple[Grid, int]:
    """The AsciiDoc table between this line and the next ``|===``, and the number of the line behind it."""
    cells: list[tuple[int, str]] = []
    width = 0
    at = start
    for at in range(start + 1, len(lines)):
        line = lines[at].strip()
        if line == "|===":
            break
        if line.startswith("|"):
            cells += [(at, _cell(each)) for each in line[1:].split("|")]
            width = width or len(cells)
        elif line and cells:
            cells[-1] = (cells[-1][0], f"{cells[-1][1]} {_cell(line)}")
    rows = [cells[first : first + width] for first in range(0, len(cells), width or 1)]
    filled = (Row(str(row[0][0] + 1), tuple(text for _, text in row)) for row in rows if any(text for _, text in row))
    return Grid("", tuple(filled)), at + 1


def _cell(text: str) -> str:
    """The cell without its attributes, its links as Markdown's."""
    bare = _ATTRIBUTES.sub("", text, count=1).strip() if _ATTRIBUTES.match(text) else text.strip()
    bare = _PAGE_LINK.sub(lambda found: found[2] or found[1], _WIKI_LINK.sub(r"[\2](\1)", bare))
    return bare.replace("'''", "").replace("''", "")
