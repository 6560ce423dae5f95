"""`docs/findings.md` and the code name the same findings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("bom", "coordinator", "designs", "geometry")
WITH_CODE_FIRST = {"Fault", "Finding", "_finding", "_leave_out"}


def codes_in_code() -> Iterator[str]:
    """Text constants that stand where calls take a finding's code."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                places = node.args[:1] if called in WITH_CODE_FIRST else []
                places += [each.value for each in node.keywords if each.arg == "code"]
                yield from (each.value for each in places if isinstance(each, ast.Constant))


def test_the_document_names_every_code_and_no_other() -> None:
    text = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)
    assert len(named) == len(set(named)), "a code is described twice"
    assert set(named) == set(codes_in_code())
