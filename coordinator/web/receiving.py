"""Files that browsers send with a form: to the disk as they come, and gone when the request is answered."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from core.errors import InputError

__all__ = ["SentFile", "sent_file"]


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file of a form.

    Attributes:
        path: on this computer, until the request is answered.
        name: that it has in the browser, without a folder.
        fields: the other fields.
    """

    path: Path
    name: str
    fields: Mapping[str, str]


@asynccontextmanager
async def sent_file(request: Request, field: str, hint: str) -> AsyncIterator[SentFile]:
    """The one file of a form. How large it may be says `coordinator.api.limits`.

    Args:
        request: with the form.
        field: its name in the form.
        hint: what to choose.

    Raises:
        InputError: no file was chosen.
    """
    async with request.form(max_files=1, max_fields=3) as form:
        found = form.get(field)
        if not isinstance(found, UploadFile) or not found.filename:
            raise InputError("no file was chosen", where=field, hint=hint)
        with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
            path = Path(scratch, "upload")
            with path.open("wb") as file:
                while chunk := await found.read(2**20):
                    await run_in_threadpool(file.write, chunk)
            name = found.filename.replace("\\", "/").rsplit("/", 1)[-1]
            yield SentFile(path, name, {key: value for key, value in form.items() if isinstance(value, str)})
