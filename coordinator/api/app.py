"""The application as an ASGI app: routes below `/api/v1`, problems, limits and entity tags around them."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from coordinator.api import (
    accounts,
    agents,
    alerts,
    benefits,
    builds,
    campaigns,
    changes,
    claims,
    credit,
    design_changes,
    designs,
    events,
    federation,
    flows,
    fund,
    health,
    hooks,
    jobs,
    kits,
    labs,
    licences,
    machine_times,
    offers,
    papers,
    people,
    photos,
    pieces,
    pledges,
    programs,
    proposals,
    purchases,
    quotes,
    requests,
    shapes,
    shipments,
    stock,
    tasks,
    uploads,
)
from coordinator.api.etag import EntityTags
from coordinator.api.limits import BodyLimit, RateLimit
from coordinator.api.problems import CODES, INTERNAL, METHOD, PROBLEM_RESPONSES, TOO_MANY, Problem, add_problems
from coordinator.api.provider import Provider
from coordinator.service.access import VISITOR, Actor
from coordinator.service.application import Application
from coordinator.web.acts import UPLOAD_PATH
from coordinator.web.networks import STICK_PATH
from coordinator.web.site import add_pages, page_routers

__all__ = ["PREFIX", "create_app"]

PREFIX: Final = "/api/v1"
_NOUNS = (
    designs,
    shapes,
    builds,
    quotes,
    pledges,
    campaigns,
    fund,
    changes,
    papers,
    tasks,
    offers,
    claims,
    jobs,
    programs,
    uploads,
    pieces,
    photos,
    licences,
    purchases,
    kits,
    shipments,
    labs,
    stock,
    machine_times,
    requests,
    benefits,
    proposals,
    design_changes,
    people,
    accounts,
    alerts,
    agents,
    events,
    hooks,
    credit,
    federation,
    flows,
    health,
)
_MOST_BYTES = 2 * 2**20
_UPLOAD_BYTES = 256 * 2**20
_UPLOADS = re.compile(
    "|".join(
        (
            designs.UPLOAD_PATH,
            UPLOAD_PATH,
            programs.PATH,
            photos.PATH,
            uploads.PATH,
            federation.STICK_PATH,
            STICK_PATH,
            flows.IMPORT_PATH,
        )
    )
)


def create_app(
    application: Application,
    *,
    per_s: float = 50.0,
    burst: int = 400,
    public_url: str | None = None,
    visitor: Actor = VISITOR,
) -> FastAPI:
    """The app of an application.

    Args:
        application: what is served.
        per_s: requests a second that one address may make in the long run.
        burst: and at once.
        public_url: under which browsers reach it, such as "https://fab.example"; None where they reach it directly.
        visitor: who asks where nobody says who they are.
    """
    app = FastAPI(
        title="fabcommons",
        version="1",
        description=_description(),
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        routes=_routes(),
    )
    app.state.application = application
    app.state.public_url = public_url
    app.state.visitor = visitor
    house = application.house
    app.state.provider = Provider(house.settings.openid, house.real) if house.settings.openid is not None else None
    add_problems(app)
    add_pages(app, application)
    app.add_middleware(EntityTags)
    app.add_middleware(BodyLimit, most_bytes=_MOST_BYTES, upload_bytes=_UPLOAD_BYTES, uploads=_UPLOADS)
    app.add_middleware(RateLimit, per_s=per_s, burst=burst)
    document = partial(_document, app.title, app.version, app.description)
    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way
    return app


@cache
def _routes() -> list[BaseRoute]:
    """What every app of this process serves: to work out what each route takes lasts a second."""
    root = APIRouter(prefix=PREFIX, responses=PROBLEM_RESPONSES)
    for noun in _NOUNS:
        root.include_router(noun.router)
    every = APIRouter(generate_unique_id_function=lambda route: route.name)
    for router in (root, *page_routers()):
        every.include_router(router)
    return every.routes


@cache
def _document(title: str, version: str, description: str) -> dict[str, Any]:
    schema = get_openapi(title=title, version=version, description=description, routes=_routes())
    schemas = schema["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in schema["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)  # among the 4XX, as a problem document
    return schema


def _description() -> str:
    codes = {code.name: code for code in (*CODES.values(), METHOD, TOO_MANY, INTERNAL)}
    rows = "\n".join(f"| `{code.name}` | {code.status} | {code.title} |" for code in codes.values())
    return (
        "The coordinator of a network of workshops: it proposes, labs dispose. Reading needs no token. Errors are"
        f" problem documents (RFC 9457) with these codes:\n\n| code | status | meaning |\n|---|---|---|\n{rows}\n"
    )
