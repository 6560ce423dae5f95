"""What pydantic says comes to people in our words."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from core.misfits import in_words


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")
    quantity: Annotated[int, Field(ge=1, le=10)] = 1
    lab: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] = "north"
    name: Annotated[str, Field(max_length=3, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    state: Literal["open", "done"] = "open"
    due_at: AwareDatetime | None = None
    began_at: datetime | None = None
    tags: list[str] = Field(default=[], max_length=1)
    sure: bool = False
    layer_mm: Annotated[float, Field(le=2.0)] = 0.2
    why: Annotated[str, Field(min_length=1)] = "so"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"quantity": 0}, "1 or more is expected"),
        ({"layer_mm": 3.0}, "2 or less is expected"),
        ({"why": ""}, "this must not be empty"),
        ({"quantity": 11}, "10 or less is expected"),
        ({"quantity": "two"}, "a whole number is expected"),
        ({"quantity": 1.5}, "a whole number is expected"),
        ({"lab": "North!"}, "an id has small letters, digits and hyphens, 40 at most"),
        ({"name": "four"}, "3 characters at most are expected"),
        ({"name": "\x00"}, "characters that cannot be seen are not taken here"),
        ({"state": "shut"}, "'open' or 'done' is expected"),
        ({"due_at": "2030-01-01T10:00"}, "the offset from UTC is missing; a moment is expected"),
        ({"began_at": "soon"}, "a moment is expected, such as 2030-02-01T12:00+01:00"),
        ({"tags": "one"}, "a list is expected here"),
        ({"tags": ["one", "two"]}, "1 at most are expected"),
        ({"sure": "perhaps"}, "yes or no is expected"),
        ({"colour": "red"}, "this key is not known"),
        ([], "keys and values are expected here"),
    ],
)
def test_what_is_wrong_is_said_plainly(document: Any, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _Order.model_validate(document)
    (error,) = refused.value.errors()
    assert in_words(error["type"], error["msg"], error.get("ctx", {})).startswith(said)


def test_our_own_rules_speak_for_themselves() -> None:
    assert in_words("value_error", "Value error, a moment lies from 1970 to 2200") == "a moment lies from 1970 to 2200"


def test_no_kind_comes_through_as_pydantic_says_it() -> None:
    kinds = pytest.importorskip("pydantic_core._pydantic_core").list_all_errors()
    assert len(kinds) > 80
    for each in kinds:
        if each["type"] not in ("value_error", "assertion_error"):
            said = in_words(each["type"], each["message_template_python"], each.get("example_context") or {})
            assert "Input" not in said, each["type"]
            assert "{" not in said, each["type"]
            assert said != each["message_template_python"], each["type"]
