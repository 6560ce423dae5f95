"""The snippets of docs/commons.md say what the code says, and it names every part of the room."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/commons.md").read_text(encoding="utf-8")


def test_every_snippet_gives_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```pycon\n(.*?)```", TEXT, re.DOTALL)
    assert len(blocks) == TEXT.count("```") // 2
    test = doctest.DocTestParser().get_doctest("".join(blocks), {}, "commons.md", "docs/commons.md", 0)
    said: list[str] = []
    found = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL).run(test, out=said.append)
    assert found.attempted > 40
    assert not found.failed, "".join(said)


def test_every_part_of_the_room_is_named() -> None:
    rooms = {
        path.stem for path in (ROOT / "commons").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    for name in rooms - {"__init__", "cents"}:
        assert f"| `commons.{name}` |" in TEXT, name


def test_what_the_coordinator_uses_is_what_the_document_says() -> None:
    used = {
        name
        for path in (ROOT / "coordinator").rglob("*.py")
        for name in re.findall(r"^\s*(?:from|import) commons\.(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    parts = set(re.findall(r"^\| `commons\.(\w+)` \|", TEXT, re.MULTILINE))
    assert "The coordinator uses all of it" in TEXT
    assert parts <= used, "docs/commons.md says that the coordinator uses all of it"
