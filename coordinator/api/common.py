"""Types that the bodies and paths of several nouns share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

__all__ = ["Body", "Email", "FullName", "LabId", "MachineId", "Moment", "PersonId", "Reason", "RowId", "Why"]

_PLAIN = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
RowId = Annotated[int, Path(ge=1, le=2**53 - 1)]
LabId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
MachineId = LabId
PersonId = Annotated[str, Path(pattern=r"^p-[0-9a-f]{10}$")]
FullName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]
Reason = Annotated[str, StringConstraints(max_length=500, pattern=_PLAIN)]
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _sensible(at: datetime) -> datetime:
    if not _FIRST <= at <= _LAST:
        raise ValueError(f"a moment lies from {_FIRST.year} to {_LAST.year}")
    return at.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_sensible)]
"""A moment with its zone, in UTC from here on; far ones, with which nothing can be reckoned, are refused."""


class Body(BaseModel):
    """What clients send; keys that are not known are refused, so that a slip of the pen is no silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Why(Body):
    """The reason for a step, one sentence."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "the spool is empty"}]})
    why: Reason = Field(default="")
