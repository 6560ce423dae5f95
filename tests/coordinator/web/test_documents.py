"""The manual's page about pages names each of them, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from coordinator.web.site import PAGES

TEXT = (Path(__file__).parents[3] / "docs" / "pages.md").read_text(encoding="utf-8")


def test_the_manual_names_every_page() -> None:
    table = TEXT.partition("| page |")[2].partition("\n\n")[0]
    named = {each for row in table.splitlines()[2:] for each in re.findall(r"`(/[^`]*)`", row)}
    assert named == {re.sub(r"\{\w+\}", "ID", each) for each in PAGES}
