"""The documents are true: what they name exists, what exists is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main
from pydantic import BaseModel

from coordinator.cli import app
from coordinator.cli.nouns import NOUNS
from machines import labs_document

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (document.parent / target).exists(), target


def commands() -> set[str]:
    group = typer.main.get_command(app)
    found = set()
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        found |= {f"{name} {sub}" for sub in command.commands} if hasattr(command, "commands") else {name}
    return found


def test_every_command_is_described_and_the_readme_names_no_other() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    described = text + (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for command in commands():
        group, _, verb = command.partition(" ")
        row = re.search(rf"^\| `{group}` \|.*`{verb}`", described, re.MULTILINE) if verb else None
        assert row or f"fabcommons {command}" in described, command
    words = {word for command in commands() for word in command.split()}
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    named = set(re.findall(r"^(?:\./dev )?fabcommons ([a-z]+)", blocks, re.MULTILINE))
    assert named
    assert named <= words | NOUNS.keys()


def test_every_key_of_the_labs_file_is_described() -> None:
    text = (ROOT / "docs" / "labs.md").read_text(encoding="utf-8")
    models = [each for each in vars(labs_document).values() if isinstance(each, type) and issubclass(each, BaseModel)]
    assert len(models) > 10
    for model in models:
        for key in model.model_fields:
            assert f"`{key}`" in text, key


def test_every_room_is_in_the_contract() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    configuration = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for room in rooms:
        assert f"`{room}`" in text, room
        assert configuration.count(f'"{room}"') >= 3, room
