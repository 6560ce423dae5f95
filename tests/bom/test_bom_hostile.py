"""Lines made to keep a reader busy: marks that nobody closes, runs of one sign. Each list is read, and at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bom.reader import read_bill
from designs.source import open_design

THINGS = ("bolt", "nut", "washer", "bearing", "belt", "motor")
LISTS = {
    "bom.csv": ("Part,Qty,Notes,Size\n", "{1},{0},,\n", 'plate {1},3,"{0}","{0}"\n'),
    "bom.md": ("# BOM\n\n", "- {0} x {1}\n", "- {0}\n"),
    "bom.txt": ("", "{0} x {1}\n", "{0}\n"),
}


@pytest.mark.timeout(30)  # each takes about a second; one search from each sign to the end takes minutes
@pytest.mark.parametrize("sign", ["`", "[", "9", "`a ", "(", "1 ", "- "])
@pytest.mark.parametrize("name", LISTS)
def test_no_line_keeps_a_reader_busy(name: str, sign: str, tmp_path: Path) -> None:
    head, good, bad = LISTS[name]
    rows = [good.format(number, thing) for number, thing in enumerate(THINGS, start=1)]
    rows += [bad.format((sign * 4_900)[:4_900], number) for number in range(20)]
    (tmp_path / name).write_text(head + "".join(rows), encoding="utf-8")
    with open_design(tmp_path) as design:
        bill = read_bill(design)
    assert set(THINGS) <= {each.name for each in bill.lines}
