"""docs/api.md and docs/serving.md say what the API and the commands are, and no more."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import typer.main

from coordinator.api.app import PREFIX, create_app
from coordinator.api.limits import BodyLimit
from coordinator.api.problems import CODES, INTERNAL, METHOD, TOO_MANY
from coordinator.cli import app as commands
from coordinator.schema.network import Role
from coordinator.service.access import RIGHTS
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import bare as bare

DOCS = Path(__file__).parents[3] / "docs"
API = (DOCS / "api.md").read_text(encoding="utf-8")
SERVING = (DOCS / "serving.md").read_text(encoding="utf-8")


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the table whose first heading is this."""
    table = text[text.index(f"| {heading} |") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_every_code_of_a_problem_is_listed() -> None:
    codes = {(each.name, str(each.status), each.title) for each in (*CODES.values(), METHOD, TOO_MANY, INTERNAL)}
    listed = rows(API, "code")
    assert {(code.strip("`"), status, title) for code, status, title in listed} == codes
    assert len(listed) == len(codes)


def schema(town: Town) -> dict[str, Any]:
    return create_app(town.application).openapi()


def test_every_path_is_in_the_tables_and_exists(bare: Town) -> None:
    operations = schema(bare)["paths"]
    paths = {path.removeprefix(PREFIX) for path in operations}
    nouns = {path.split("/")[1] for path in paths}
    named = re.findall(r"`(?:[A-Z]+ )?/([a-z-]+)[^`]*`", "\n".join(row[0] for row in rows(API, "where")))
    assert set(named) == nouns
    for method, path in re.findall(r"`(GET|POST|PUT|DELETE) (/[^`]+)`", API + SERVING):
        plain = path.removeprefix("/api/v1").partition("?")[0]
        shape = re.compile(re.sub(r"\b(ID|SHA256)\b", r"\\{[a-z_]+\\}", plain))
        found = [each for each in operations if shape.fullmatch(each.removeprefix(PREFIX))]
        assert plain == "/openapi.json" or (found and method.lower() in operations[found[0]]), path


def test_every_operation_is_described_and_answers_problems(bare: Town) -> None:
    document = schema(bare)
    names = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["description"].endswith((".", ".)")), where
            assert {"4XX", "5XX"} <= set(operation["responses"]), where
            assert "422" not in operation["responses"], where
            names.append(operation["operationId"])
    assert len(names) == len(set(names))
    examples = [name for name, each in document["components"]["schemas"].items() if "examples" in each]
    assert len(examples) > 8


def test_the_options_of_serve_are_those_in_the_table() -> None:
    group = typer.main.get_command(commands)
    options = {
        name
        for parameter in group.commands["serve"].params  # type: ignore[attr-defined]
        for name in parameter.opts
        if name != "--help"
    }
    named = {name for row in rows(SERVING, "option of `serve`") for name in re.findall(r"`(--[a-z-]+)`", row[0])}
    assert named == options


def test_every_role_is_explained_and_has_a_right() -> None:
    told = {row[0].removesuffix(" of a lab").removesuffix(" of a design") for row in rows(SERVING, "role")}
    assert told == {str(role) for role in Role}
    assert set().union(*RIGHTS.values()) == set(Role) - {Role.VISITOR}


def test_the_sizes_that_are_told_hold(bare: Town) -> None:
    layers = [each for each in create_app(bare.application).user_middleware if each.cls is BodyLimit]  # type: ignore[comparison-overlap]
    assert layers[0].kwargs["most_bytes"] == 2 * 2**20
    assert layers[0].kwargs["upload_bytes"] == 256 * 2**20
    assert "2 MiB" in API
    assert "256 MiB" in API
