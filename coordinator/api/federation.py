"""`/federation`: what this network says to others as signed documents, and what it hears of its neighbours."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as File
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import ConfigDict, Field
from starlette.background import BackgroundTask

from commons.federation.documents import DocumentKind
from coordinator.api.common import Body, RowId
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.api.reach import HttpReach
from coordinator.api.receiving import received
from coordinator.api.uploads import UPLOAD_ID
from coordinator.service.access import Actor, Right
from coordinator.service.application import Application
from coordinator.service.designs.designs import DesignView
from coordinator.service.federation.bringing import HeardView
from coordinator.service.federation.neighbours import NAME, NeighbourView, RefusedView
from coordinator.service.federation.publishing import DocumentView, OwnView
from coordinator.service.federation.pulling import PulledView
from coordinator.service.federation.stick import TakenView
from coordinator.service.paging import Page

__all__ = ["STICK_PATH", "Name", "Way", "packed_stick", "router"]

STICK_PATH: Final = "/api/v1/federation/stick"
router = APIRouter(prefix="/federation", tags=["federation"])
Name = Annotated[str, Path(pattern=NAME)]
_ZIP: Final = "application/zip"
_ZIP_BODY: Final[dict[str, Any]] = {"content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}}}
_KEY: Final = r"^[A-Za-z0-9_-]{43}$"


class Published(Body):
    """The kinds of facts that are published."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kinds": ["design", "offer"]}]})
    kinds: list[DocumentKind] = Field(max_length=10)


class NewNeighbour(Body):
    """A network to listen to: its address (empty where it is heard of by stick only), and the key that you were given.

    Without a key the one that the address shows is noted, and counts once its words were compared. The name is yours.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": "https://fab.example", "public_key": None}]})
    url: str = Field(max_length=500)
    public_key: str | None = Field(default=None, pattern=_KEY)
    name: str | None = Field(default=None, pattern=NAME)


class Words(Body):
    """The words of a key, as the people of that network read them out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"words": "lusab-babad-gutih-tugad-mudof-sakat"}]})
    words: str = Field(max_length=200)


class UploadedStick(Body):
    """What another network packed, uploaded in parts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"upload_id": "0" * 32}]})
    upload_id: str = Field(pattern=UPLOAD_ID)


def _way(request: Request, application: App) -> HttpReach:
    """The way to other networks; tests put in a shorter one."""
    found = getattr(request.app.state, "reach", None)
    return found or HttpReach(local=application.house.settings.local_neighbours)


Way = Annotated[HttpReach, Depends(_way)]


@router.get("")
def read_federation(application: App) -> OwnView:
    """This network as others see it: its name, its key, the words of the key, and what it publishes."""
    return application.federation.publishing.own()


@router.put("")
def choose_published(application: App, call: Asked, body: Published) -> OwnView:
    """Choose what is published; for stewards. What is no longer chosen is withdrawn at once."""
    return application.federation.publishing.choose(call, body.kinds)


@router.post("/publish")
def publish_now(application: App, call: Asked) -> OwnView:
    """Sign now what has changed, instead of within a minute; for stewards."""
    return application.federation.publishing.publish(call)


@router.post("/key")
def change_key(application: App, call: Asked) -> OwnView:
    """Sign with a new key from now on, which the old key signs; for stewards."""
    return application.federation.publishing.rotate(call)


@router.get("/documents")
def list_documents(
    application: App,
    after: Annotated[int, Query(ge=0, le=2**53 - 1, description="Only documents with a higher number.")] = 0,
    limit: Limit = 50,
) -> Page[DocumentView]:
    """What this network says, signed, in the order of its numbers; the form is fabcommons-document/1."""
    return application.federation.publishing.documents(after, limit)


@router.get("/stick", response_class=FileResponse, responses={200: _ZIP_BODY})
def pack_stick(application: App, actor: Who) -> FileResponse:
    """Everything that is published, with the archives of designs, as a zip file for a stick; for stewards."""
    return packed_stick(application, actor)


@router.post("/stick", openapi_extra={"requestBody": {"required": True, **_ZIP_BODY}})
async def take_stick(application: App, request: Request, actor: Who) -> TakenView:
    """Take in what another network packed; for stewards."""
    actor.require(Right.KEEP_NEIGHBOURS)  # before a byte is taken
    async with received(request) as file:
        return await run_in_threadpool(application.federation.stick.take, actor, file)


@router.post("/stick/uploaded")
def take_uploaded_stick(application: App, actor: Who, body: UploadedStick) -> TakenView:
    """Take in what another network packed and what was uploaded in parts; for stewards."""
    actor.require(Right.KEEP_NEIGHBOURS)
    return application.federation.stick.take(actor, application.uploads.whole(actor, body.upload_id))


@router.get("/neighbours")
def list_neighbours(application: App) -> list[NeighbourView]:
    """The networks that are listened to, by name."""
    return application.federation.neighbours.all()


@router.post("/neighbours", status_code=201)
def add_neighbour(application: App, call: Asked, way: Way, body: NewNeighbour) -> NeighbourView:
    """Listen to a network; for stewards. Without a key nothing is taken from it before its words were compared."""
    return application.federation.neighbours.add(call, body.url, body.public_key, body.name, way)


@router.post("/neighbours/{name}/confirm")
def confirm_neighbour(application: App, call: Asked, name: Name, body: Words) -> NeighbourView:
    """Say which words its people read out to you; the key counts if they are its own. For stewards."""
    return application.federation.neighbours.confirm(call, name, body.words)


@router.post("/neighbours/{name}/pull")
def pull_neighbour(application: App, actor: Who, way: Way, name: Name) -> PulledView:
    """Ask a network now for what is new, instead of within a quarter of an hour; for stewards."""
    return application.federation.pulling.pull(actor, name, way)


@router.delete("/neighbours/{name}")
def leave_neighbour(application: App, call: Asked, name: Name) -> NeighbourView:
    """Listen no more; all that came from it goes, but for designs that were brought in. For stewards."""
    return application.federation.neighbours.leave(call, name)


@router.get("/heard")
def list_heard(
    application: App,
    kind: Annotated[DocumentKind | None, Query(description="Only of this kind.")] = None,
    neighbour: Annotated[str | None, Query(max_length=40, description="Only of this one.")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[HeardView]:
    """What neighbours say and what holds of it now, the newest first."""
    return application.federation.bringing.heard(kind, neighbour, after=after, limit=limit)


@router.post("/heard/{heard_id}/bring-in", status_code=201)
def bring_in_design(application: App, call: Asked, way: Way, heard_id: RowId) -> DesignView:
    """Make a neighbour's design one of yours, with its origin and licence."""
    return application.federation.bringing.bring_in(call, heard_id, way)


@router.get("/refused")
def list_refused(application: App, actor: Who, after: After = None, limit: Limit = 50) -> Page[RefusedView]:
    """What came and was refused, and why, the newest first; for stewards."""
    return application.federation.neighbours.refused(actor, after=after, limit=limit)


def packed_stick(application: Application, actor: Actor) -> FileResponse:
    """A stick as an answer, gone from the disk when it was sent."""
    actor.require(Right.KEEP_NEIGHBOURS)
    with _kept_on_success() as folder:
        target = folder / "stick.zip"
        application.federation.stick.pack(actor, target)
    name = "fabcommons-stick.zip"
    return FileResponse(target, media_type=_ZIP, filename=name, background=BackgroundTask(_remove, folder))


@contextmanager
def _kept_on_success() -> Iterator[File]:
    folder = File(tempfile.mkdtemp(prefix="fabcommons-"))
    try:
        yield folder
    except BaseException:
        _remove(folder)
        raise


def _remove(folder: File) -> None:
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()
