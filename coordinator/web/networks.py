"""Other networks: what we tell them, to whom we listen, what they say, what was refused and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, RedirectResponse, Response
from pydantic import Field, StringConstraints

from commons.federation.documents import DocumentKind
from coordinator.api.common import RowId
from coordinator.api.context import After, App, Who
from coordinator.api.federation import Name, Way, packed_stick
from coordinator.service.access import Right
from coordinator.service.application import Application
from coordinator.service.federation.bringing import HeardView
from coordinator.service.federation.publishing import PUBLISHABLE
from coordinator.service.house import Call
from coordinator.web.forms import Plain, Sent, back_to
from coordinator.web.languages import mark
from coordinator.web.page import Page, Shown
from coordinator.web.receiving import sent_file

__all__ = ["STICK_PATH", "networks", "origin_of", "router", "told_by_neighbours"]

STICK_PATH: Final = "/networks/stick"
router = APIRouter(include_in_schema=False)
_MOST_SHOWN: Final = 30
_MOST_FACTS: Final = 5
_MOST_CHARS: Final = 200
_KINDS: Final = {
    DocumentKind.DESIGN: mark("Designs: name, licence, hashes, and the files themselves"),
    DocumentKind.OFFER: mark("What nobody here can make: part, process, material, how many, by when"),
    DocumentKind.PLAN: mark("Orders: what is expected when, without who ordered it or where it goes"),
    DocumentKind.ATTESTATION: mark("What was observed: so many made of a part, so many failed"),
}


@dataclass(frozen=True, slots=True)
class SaidRow:
    """What a neighbour says, as texts; what it does not say is empty. Of facts: part, made, failed."""

    heard: HeardView
    what: str
    design: str
    licence: str
    quantity: str
    process: str
    material: str
    expected: str
    facts: tuple[tuple[str, str, str], ...]


class KindsSent(Sent):
    """What is to be published."""

    kinds: list[DocumentKind] = Field(default=[], max_length=10)


class NeighbourSent(Sent):
    """A network; an empty key is none."""

    url: Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] = ""
    public_key: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9_-]{43})?$", strip_whitespace=True)] = ""
    name: Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9-]{0,39})?$", strip_whitespace=True)] = ""


class WordsSent(Sent):
    """What the others read out."""

    words: Annotated[str, StringConstraints(min_length=1, max_length=200)]


def networks(application: App, actor: Who, of: Annotated[str, Query(max_length=40)] = "", after: After = None) -> Page:
    """Every neighbour, and what came."""

    def show() -> Shown:
        federation = application.federation
        heard = federation.bringing.heard(neighbour=of or None, after=after)
        facts: dict[str, Any] = {
            "own": federation.publishing.own(),
            "kinds": [(kind, _KINDS[kind]) for kind in PUBLISHABLE],
            "neighbours": federation.neighbours.all(),
            "heard": heard,
            "rows": [said_row(each) for each in heard.items],
            "of": of,
            "refused": federation.neighbours.refused(actor, limit=20).items if actor.may(Right.KEEP_NEIGHBOURS) else [],
        }
        return Shown("networks", facts)

    return Page(application, actor, show)


def told_by_neighbours(application: Application) -> dict[str, Any]:
    """For the page of designs: those of neighbours that are not ours yet."""
    heard = application.federation.bringing.heard(DocumentKind.DESIGN, limit=_MOST_SHOWN).items
    return {"told": [said_row(each) for each in heard if each.here is None and not each.in_conflict]}


def said_row(heard: HeardView) -> SaidRow:
    """What a page shows of it; what strangers wrote may be of any kind and length."""
    body = heard.body
    design = body["design"] if isinstance(body.get("design"), dict) else body
    facts = body["facts"][:_MOST_FACTS] if isinstance(body.get("facts"), list) else []
    return SaidRow(
        heard=heard, what=_text(body.get("part")) or _text(design.get("name")) or heard.subject,
        design=_text(design.get("name")), licence=_text(design.get("licence")), quantity=_text(body.get("quantity")),
        process=_text(body.get("process")), material=_text(body.get("material")),
        expected=_text(body.get("expected"))[:10],
        facts=tuple(
            (_text(each.get("part")), _text(each.get("made")), _text(each.get("failed")))
            for each in facts if isinstance(each, dict)
        ),
    )  # fmt: skip


def _text(value: Any) -> str:
    return str(value)[:_MOST_CHARS] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def origin_of(application: Application, design_id: int) -> dict[str, Any]:
    """For the page of a design: from whom it was brought in."""
    return {"origin": application.federation.bringing.origin(design_id)}


@router.post("/networks/kinds", response_class=RedirectResponse, status_code=303)
def choose_kinds(application: App, actor: Who, sent: Annotated[KindsSent, Form()]) -> Response:
    """Choose what is published."""
    application.federation.publishing.choose(Call(actor), sent.kinds)
    return back_to(sent.back)


@router.post("/networks/key", response_class=RedirectResponse, status_code=303)
def change_key(application: App, actor: Who, sent: Plain) -> Response:
    """Go over to a new key."""
    application.federation.publishing.rotate(Call(actor))
    return back_to(sent.back)


@router.post("/networks/neighbours", response_class=RedirectResponse, status_code=303)
def add(application: App, actor: Who, way: Way, sent: Annotated[NeighbourSent, Form()]) -> Response:
    """Add a network."""
    key, name = sent.public_key or None, sent.name or None
    application.federation.neighbours.add(Call(actor), sent.url, key, name, way)
    return back_to(sent.back)


@router.post("/networks/neighbours/{name}/confirm", response_class=RedirectResponse, status_code=303)
def confirm(application: App, actor: Who, name: Name, sent: Annotated[WordsSent, Form()]) -> Response:
    """Say the words that the others read out."""
    application.federation.neighbours.confirm(Call(actor), name, sent.words)
    return back_to(sent.back)


@router.post("/networks/neighbours/{name}/pull", response_class=RedirectResponse, status_code=303)
def pull(application: App, actor: Who, way: Way, name: Name, sent: Plain) -> Response:
    """Ask now."""
    application.federation.pulling.pull(actor, name, way)
    return back_to(sent.back)


@router.post("/networks/neighbours/{name}/leave", response_class=RedirectResponse, status_code=303)
def leave(application: App, actor: Who, name: Name, sent: Plain) -> Response:
    """Listen no more."""
    application.federation.neighbours.leave(Call(actor), name)
    return back_to(sent.back)


@router.post("/networks/heard/{heard_id}/bring-in", response_class=RedirectResponse, status_code=303)
def bring_in(application: App, actor: Who, way: Way, heard_id: RowId, sent: Plain) -> Response:  # noqa: ARG001 (a form)
    """Make a neighbour's design one of ours; leads to it."""
    design = application.federation.bringing.bring_in(Call(actor), heard_id, way)
    return back_to(f"/designs/{design.id}")


@router.get(STICK_PATH, response_class=FileResponse)
def pack(application: App, actor: Who) -> FileResponse:
    """A file for a stick."""
    return packed_stick(application, actor)


@router.post(STICK_PATH, response_class=RedirectResponse, status_code=303)
async def take(application: App, request: Request, actor: Who) -> Response:
    """Take what came on a stick."""
    actor.require(Right.KEEP_NEIGHBOURS)  # before a byte is taken
    async with sent_file(request, "stick", "a file as another network has packed it") as sent:
        await run_in_threadpool(application.federation.stick.take, actor, sent.path)
    return back_to("/networks")
