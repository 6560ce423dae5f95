"""Bodies that are files: to the disk as they come, and gone when the request is answered."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

__all__ = ["received"]


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Path]:
    """The body of a request as a file. How large it may be says `coordinator.api.limits`."""
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as scratch:
        path = Path(scratch, "upload")
        with path.open("wb") as file:
            async for chunk in request.stream():
                await run_in_threadpool(file.write, chunk)
        yield path
