"""Lists that were printed to PDF: the text layer as a table, by where words lie on the page. Pictures are not read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bom.grids import Grid, Row
from bom.headers import find_columns
from bom.words import plain
from core.errors import InputError

__all__ = ["MAX_PAGES", "grid_of_pages", "read_pdf"]

MAX_PAGES: Final = 40
_MAX_SECONDS: Final = 30
_CELL: Final = re.compile(r"\S+(?: \S+)*")
_HINT: Final = "put the list itself beside it, as CSV"


def read_pdf(path: Path, file: str) -> Grid:
    """The lines of the PDF as rows; their places count the lines that hold something, over all pages.

    Args:
        path: the PDF on this computer.
        file: its path in the design.

    Raises:
        InputError: it is damaged, locked, endless, has too many pages, or holds no text.
    """
    document = _text_of(path, file)
    if "error" in document:
        raise InputError(f"the PDF cannot be read: {document['error']}", where=file, hint=_HINT)
    if document["count"] > MAX_PAGES:
        raise InputError(f"the PDF has more than {MAX_PAGES} pages", where=file, hint=_HINT)
    if not any(each.strip() for each in document["pages"]):
        raise InputError("the PDF holds no text, only pictures", where=file, hint=_HINT)
    return grid_of_pages(document["pages"])


def _text_of(path: Path, file: str) -> dict[str, Any]:
    words = [sys.executable, "-m", "bom.pdftext", str(path.resolve()), str(MAX_PAGES)]
    root = str(Path(__file__).parents[1])
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, encoding="utf-8", timeout=_MAX_SECONDS, check=False, cwd=root
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"the PDF was not read within {_MAX_SECONDS} s", where=file, hint=_HINT) from error
    if "No module named 'pypdf'" in done.stderr:
        raise InputError("the PDF cannot be read: pypdf is not installed", where=file, hint="pip install pypdf")
    try:
        return dict(json.loads(done.stdout))
    except ValueError as error:
        raise InputError("the PDF ended the process that read it", where=file, hint=_HINT) from error


def grid_of_pages(pages: Sequence[str]) -> Grid:
    """The table: each piece of a line goes under the title of the header nearest to it; above a header into its own."""
    rows: list[Row] = []
    spans: list[tuple[int, int]] = []
    lines = (line for page in pages for line in page.splitlines() if line.strip())
    for number, line in enumerate(lines, start=1):
        pieces = [(found.start(), found.end(), plain(found.group())) for found in _CELL.finditer(line)]
        bare = Row(str(number), tuple(text for _, _, text in pieces))
        if find_columns(bare) is not None:
            spans = [(start, end) for start, end, _ in pieces]
            rows.append(bare)
        else:
            rows.append(Row(str(number), _aligned(pieces, spans)) if spans else bare)
    return Grid("", tuple(rows))


def _aligned(pieces: Sequence[tuple[int, int, str]], spans: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """The pieces as cells under the header's titles; what lies under the same title is joined."""
    cells = [""] * len(spans)
    for start, end, text in pieces:
        at = min(range(len(spans)), key=lambda each: _distance((start, end), spans[each]))
        cells[at] = f"{cells[at]} {text}".strip()
    return tuple(cells)


def _distance(piece: tuple[int, int], span: tuple[int, int]) -> tuple[int, float]:
    """How far apart: signs between them, then between their middles; columns are set left, right or centred."""
    gap = max(0, span[0] - piece[1], piece[0] - span[1])
    return gap, abs(sum(piece) - sum(span)) / 2
