"""`/uploads`: large files in parts, as tus 1.0.0 says (https://tus.io/protocols/resumable-upload).

Core protocol, creation, termination and expiration. It was chosen over the IETF's draft of resumable uploads because
it has been stable since 2016 and clients for it exist in many languages.
"""

from __future__ import annotations

import base64
import binascii
import re
from email.utils import format_datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, HTTPException, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from coordinator.api.context import App, Who
from coordinator.service.designs.uploads import MOST_BYTES, UploadView
from core.errors import InputError

__all__ = ["PATH", "UPLOAD_ID", "UploadId", "router"]

PATH: Final = r"/api/v1/uploads/[0-9a-f]{32}"
UPLOAD_ID: Final = r"^[0-9a-f]{32}$"
_VERSION: Final = "1.0.0"
_PART: Final = "application/offset+octet-stream"
_BODY = {"requestBody": {"required": True, "content": {_PART: {"schema": {"type": "string", "format": "binary"}}}}}
_GONE: Final[dict[int | str, dict[str, Any]]] = {204: {"description": "Done; the headers say how far it is."}}
UploadId = Annotated[str, Path(pattern=UPLOAD_ID)]
_Spoken = Annotated[str | None, Header(alias="Tus-Resumable", max_length=20, description="1.0.0, if anything.")]
_Length = Annotated[int, Header(alias="Upload-Length", ge=1, le=2**53 - 1, description="Bytes of the whole.")]
_Offset = Annotated[int, Header(alias="Upload-Offset", ge=0, le=2**53 - 1, description="Where this part begins.")]
_Metadata = Annotated[
    str | None,
    Header(alias="Upload-Metadata", max_length=1000, description="As tus says; `sha256` is compared at the end."),
]
router = APIRouter(prefix="/uploads", tags=["uploads"])


@router.options("", status_code=204, responses=_GONE)
def tell_upload_protocol() -> Response:
    """What of tus is understood here."""
    headers = {"Tus-Version": _VERSION, "Tus-Extension": "creation,termination,expiration"}
    return _answer(204, headers | {"Tus-Max-Size": str(MOST_BYTES)})


@router.get("")
def list_uploads(application: App, actor: Who) -> list[UploadView]:
    """Your files that are on their way, or here and not ended."""
    return application.uploads.mine(actor)


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses={201: {"description": "Begun; `Location` is where the parts go."}},
)
def begin_upload(
    application: App, actor: Who, length: _Length, metadata: _Metadata = None, spoken: _Spoken = None
) -> Response:
    """Announce a file; send it with PATCH, then name its id where it is wanted."""
    _require_version(spoken)
    found = application.uploads.begin(actor, length, _sha256(metadata))
    return _answer(201, {"Location": f"/api/v1/uploads/{found.id}", **_facts(found)})


@router.get("/{upload_id}")
def read_upload(application: App, actor: Who, upload_id: UploadId) -> UploadView:
    """How far one of your uploads is."""
    return application.uploads.one(actor, upload_id)


@router.head("/{upload_id}", response_class=Response)
def measure_upload(application: App, actor: Who, upload_id: UploadId, spoken: _Spoken = None) -> Response:
    """How far one of your uploads is, in the header `Upload-Offset`."""
    _require_version(spoken)
    found = application.uploads.one(actor, upload_id)
    return _answer(200, _facts(found))


@router.patch("/{upload_id}", status_code=204, responses=_GONE, openapi_extra=_BODY)
async def continue_upload(
    application: App, request: Request, actor: Who, upload_id: UploadId, offset: _Offset, spoken: _Spoken = None
) -> Response:
    """Send the next part, which begins where the last one ended. What comes of it is kept, even if the line is lost."""
    _require_version(spoken)
    await run_in_threadpool(application.uploads.one, actor, upload_id)  # to others it is not there, whatever they send
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _PART:
        raise HTTPException(415, f"a part is {_PART}")
    part = application.uploads.continued(actor, upload_id, offset)
    sink = await run_in_threadpool(part.__enter__)
    failed: BaseException | None = None
    try:
        async for chunk in request.stream():
            await run_in_threadpool(sink.write, chunk)
    except ClientDisconnect:
        pass  # what came counts
    except BaseException as error:
        failed = error
        raise
    finally:
        await run_in_threadpool(part.__exit__, type(failed) if failed else None, failed, None)
    found = await run_in_threadpool(application.uploads.one, actor, upload_id)
    return _answer(204, _facts(found))


@router.delete("/{upload_id}", status_code=204, responses=_GONE)
def end_upload(application: App, actor: Who, upload_id: UploadId, spoken: _Spoken = None) -> Response:
    """Forget one of your uploads, once it was used or is no longer wanted."""
    _require_version(spoken)
    application.uploads.end(actor, upload_id)
    return _answer(204, {})


def _answer(status: int, headers: dict[str, str]) -> Response:
    return Response(status_code=status, headers={"Tus-Resumable": _VERSION, "Cache-Control": "no-store", **headers})


def _facts(upload: UploadView) -> dict[str, str]:
    return {
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.size),
        "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
    }


def _require_version(spoken: str | None) -> None:
    if spoken is not None and spoken != _VERSION:
        raise HTTPException(412, f"tus {_VERSION} is spoken here", headers={"Tus-Version": _VERSION})


def _sha256(metadata: str | None) -> str | None:
    """The hash among pairs of a key and a value in base64.

    Raises:
        InputError: it is none.
    """
    pairs = dict(each.strip().partition(" ")[::2] for each in (metadata or "").split(","))
    if "sha256" not in pairs:
        return None
    try:
        found = base64.b64decode(pairs["sha256"], validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        found = ""
    if not re.fullmatch(r"[0-9a-f]{64}", found):
        raise InputError("the sha256 is none", where="Upload-Metadata", hint="64 hexadecimal digits, in base64")
    return found
