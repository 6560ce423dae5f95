"""What somebody reads who may not."""

from __future__ import annotations

import re

import pytest

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
