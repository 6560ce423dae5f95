"""Files to a coordinator: small ones in one request, large ones in parts that go on after a lost line (tus 1.0.0)."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from coordinator.client.caller import API, Caller, new_key
from coordinator.client.problems import AwayError
from core.errors import FabcommonsError, InputError, StateError
from core.hashes import sha256_of_file

__all__ = ["WHOLE_BYTES", "Progress", "end", "send", "size_of", "whole"]

WHOLE_BYTES: Final = 8 * 2**20
"""A file that is not larger goes in one request."""
_PART_BYTES: Final = 4 * 2**20
_SPOKEN: Final = {"Tus-Resumable": "1.0.0"}
Progress = Callable[[int, int], None]
"""Told how many bytes have arrived, and of how many."""


def size_of(path: Path) -> int:
    """Of a file, in bytes.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open("rb"):
            return path.stat().st_size
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where=str(path)) from None


def whole(
    caller: Caller, method: str, path: str, said: str | Mapping[str, str], file: Path, kind: str, key: str | None
) -> Any:
    """Send a file as the body of one request, with its name or what else is said of it; what is answered, as JSON."""
    headers, params = {"Content-Type": kind, "Idempotency-Key": new_key(key)}, said
    if isinstance(said, str):
        params = {"name": said}
    answer = caller.send(method, path, keyed=True, params=params, headers=headers, content=file.read_bytes())
    return answer.json()


def send(caller: Caller, file: Path, progress: Progress | None = None) -> str:
    """Send a file in parts; returns the id of the upload, which is whole then.

    Args:
        caller: sends the requests.
        file: on this computer; it must not change meanwhile.
        progress: told after each part.

    Raises:
        InputError: the file cannot be read, or has changed meanwhile.
        FabcommonsError: the coordinator refuses.
        AwayError: it stays away for as many tries as the caller has patience.
    """
    size = size_of(file)
    told = base64.b64encode(sha256_of_file(file).encode()).decode()
    headers = {**_SPOKEN, "Upload-Length": str(size), "Upload-Metadata": f"sha256 {told}"}
    begun = caller.send("POST", "/uploads", headers=headers)
    place = begun.headers.get("location", "").removeprefix(API)
    if not place.startswith("/uploads/"):
        raise AwayError("what answers is no coordinator", where=caller.address)
    offset, failures = 0, 0
    with file.open("rb") as source:
        while offset < size:
            source.seek(offset)
            part = source.read(_PART_BYTES)
            if not part:
                raise InputError("the file has become shorter meanwhile", where=str(file))
            try:
                offset, failures = _offset(_patch(caller, place, offset, part)), 0
            except (AwayError, StateError) as error:  # lost on the way, or another part of ours is still arriving
                failures += 1
                pause_s = caller.patience.pause_s(failures, None, random.random())  # noqa: S311 (no secret)
                if pause_s is None:
                    raise
                caller.pause(pause_s)
                offset = _known(caller, place, error)
            if progress is not None:
                progress(offset, size)
    return str(place.rsplit("/", 1)[1])


def end(caller: Caller, upload_id: str) -> None:
    """Forget an upload that was used; if that fails it expires by itself."""
    try:
        caller.send("DELETE", f"/uploads/{upload_id}", headers=_SPOKEN)
    except FabcommonsError:
        return


def _patch(caller: Caller, place: str, offset: int, part: bytes) -> Any:
    headers = {**_SPOKEN, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return caller.send("PATCH", place, headers=headers, content=part)


def _known(caller: Caller, place: str, error: FabcommonsError) -> int:
    """How much the coordinator has."""
    try:
        return _offset(caller.send("HEAD", place, headers=_SPOKEN))
    except AwayError:
        raise error from None  # a HEAD has no words of its own


def _offset(answer: Any) -> int:
    stated = answer.headers.get("upload-offset", "")
    if not stated.isdecimal():
        raise AwayError("what answers does not say how much it has")
    return int(stated)
