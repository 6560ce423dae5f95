"""Bodies that are files: to the disk as they come, and gone when the request is answered."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from core.errors import LimitError

__all__ = ["received"]


@asynccontextmanager
async def received(request: Request, most_bytes: int | None = None) -> AsyncIterator[Path]:
    """The body of a request as a file. How large any may be says `coordinator.api.limits`; `most_bytes`, this one.

    Raises:
        LimitError: it is larger.
    """
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
        path, size = Path(scratch, "upload"), 0
        with path.open("wb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if most_bytes is not None and size > most_bytes:
                    raise LimitError(f"the body is larger than {most_bytes:,} bytes")
                await run_in_threadpool(file.write, chunk)
        yield path
