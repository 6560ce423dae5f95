"""What somebody reads who may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coordinator.schema.network import Role
from coordinator.service.access import RIGHTS, Actor, Right
from coordinator.service.refusals import ForbiddenError


@pytest.mark.parametrize("right", Right)
def test_a_refusal_is_plain_english(right: Right) -> None:
    with pytest.raises(ForbiddenError) as refused:
        Actor("p-1").require(right, "north")
    assert str(refused.value).startswith(f"p-1 may not {right} in north")
    assert "lab in north" not in str(refused.value), "the place is said once"
    allowed = re.findall(r"\b(an?) (\w+)", refused.value.hint or "")
    assert {role for _, role in allowed} == set(RIGHTS[right])
    assert all((article == "an") == (role[0] in "aeiou") for article, role in allowed)


def test_the_document_has_every_right_and_who_has_it() -> None:
    text = (Path(__file__).parents[3] / "docs" / "serving.md").read_text(encoding="utf-8")
    table = text.partition("| right | who has it |\n|---|---|\n")[2].partition("\n\n")[0]
    rows = [tuple(cell.strip() for cell in line.strip("| ").split("|")) for line in table.splitlines()]
    assert rows == [(str(right), ", ".join(each for each in Role if each in RIGHTS[right])) for right in Right]
