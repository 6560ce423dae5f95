"""What an archive says of itself: version, schema, and each member's size and SHA-256. It is written last."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.errors import InputError, LimitError
from core.misfits import in_words

__all__ = ["MANIFEST", "MOST_MANIFEST_BYTES", "Kind", "Manifest", "Member", "read_manifest"]

MANIFEST: Final = "manifest.json"
MOST_MANIFEST_BYTES: Final = 64 * 2**20
_Name = Annotated[str, StringConstraints(pattern=r"^(?:[a-z][a-z_]{0,59}\.jsonl|files/[0-9a-f]{64})$")]
_Table = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,59}$")]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Kind(StrEnum):
    """What an archive is for."""

    BACKUP = "backup"  # everything
    EXPORT = "export"  # to go elsewhere; what was left out is named


class Member(BaseModel):
    """One file of an archive."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    bytes: int = Field(ge=0)
    sha256: _Digest


class Manifest(BaseModel):
    """What an archive holds.

    Attributes:
        format, version: of the archive.
        kind: what it is for.
        schema_revision: of the database that it was written from.
        written_at: when.
        left_out: tables that were not written.
        missing_files: hashes that the tables name and that were not in the store of files.
        members: every other file of the archive, by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal["fabcommons"] = "fabcommons"
    version: Literal[1] = 1
    kind: Kind
    schema_revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-z_]{1,40}$")]
    written_at: datetime
    left_out: list[_Table] = Field(max_length=1000)
    missing_files: list[str]
    members: dict[_Name, Member] = Field(max_length=1_000_000)

    @property
    def total_bytes(self) -> int:
        """All members together."""
        return sum(each.bytes for each in self.members.values())

    @property
    def tables(self) -> dict[str, str]:
        """Member by table."""
        return {name.removesuffix(".jsonl"): name for name in self.members if name.endswith(".jsonl")}

    @property
    def files(self) -> dict[str, str]:
        """Member by SHA-256 of the content."""
        return {name.removeprefix("files/"): name for name in self.members if name.startswith("files/")}

    def document(self) -> bytes:
        """As it is written."""
        return self.model_dump_json(indent=1).encode() + b"\n"


def read_manifest(data: bytes, where: str) -> Manifest:
    """Read a manifest that comes from outside.

    Raises:
        InputError: it is none, or of a version that is not known.
        LimitError: it is too large.
    """
    if len(data) > MOST_MANIFEST_BYTES:
        raise LimitError(f"the manifest has more than {MOST_MANIFEST_BYTES >> 20} MiB", where=where)
    try:
        found = Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(each)[:80] for each in first["loc"])
        if place == "version":
            hint = "a newer fabcommons may read it"
            raise InputError("the archive has a version that is not known here", where=where, hint=hint) from None
        what = in_words(first["type"], first["msg"], first.get("ctx", {}))
        raise InputError(f"the manifest cannot be read: {place}: {what}", where=where) from None
    for digest, name in found.files.items():
        if found.members[name].sha256 != digest:
            raise InputError("the manifest gives a file two hashes", where=f"{where}: {name}")
    return found
