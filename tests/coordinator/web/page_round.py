"""The round: every page that the coordinator serves, as addresses in the network of `world_filled`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.coordinator.web.world import World

__all__ = ["ANSWERS", "NO_PAGES", "PICTURES", "PROBLEMS", "ROUND", "STRANGERS", "addresses", "page_routes"]

ROUND: Final[Mapping[str, tuple[str, ...]]] = {
    "/": ("/", "/?process=fdm&lab=ria-makerspace"),
    "/builds": ("/builds",),
    "/builds/{build_id}": ("/builds/1", "/builds/2", "/builds/{goal}"),
    "/builds/{build_id}/cancel": ("/builds/1/cancel",),
    "/builds/{build_id}/versions/{design_id}": ("/builds/1/versions/{newer}",),
    "/tasks/{task_id}": ("/tasks/{task}",),
    "/jobs/{job_id}": ("/jobs/{running}", "/jobs/{scheduled}"),
    "/jobs/{job_id}/sheet": ("/jobs/{scheduled}/sheet",),
    "/designs": ("/designs",),
    "/designs/{design_id}": ("/designs/{station}", "/designs/{lamp}", "/designs/{fork}"),
    "/designs/{design_id}/bill": ("/designs/{station}/bill", "/designs/{lamp}/bill"),
    "/designs/{design_id}/parts": ("/designs/{station}/parts", "/designs/{lamp}/parts"),
    "/designs/{design_id}/parts/{number}": ("/designs/{station}/parts/1",),
    "/designs/{design_id}/feedback": ("/designs/{station}/feedback",),
    "/designs/{design_id}/benefits": ("/designs/{station}/benefits",),
    "/designs/{design_id}/quote": ("/designs/{station}/quote?quantity=3",),
    "/design-changes/{change_id}": ("/design-changes/{change}",),
    "/together": ("/together",),
    "/campaigns/{campaign_id}": ("/campaigns/1", "/campaigns/2"),
    "/fund/{round_id}": ("/fund/1",),
    "/labs": ("/labs",),
    "/labs/{lab_id}": ("/labs/ria-makerspace", "/labs/lerez-fablab", "/labs/douro-workshop"),
    "/labs/{lab_id}/wall": ("/labs/ria-makerspace/wall",),
    "/labs/{lab_id}/set-up": ("/labs/ria-makerspace/set-up",),
    "/labs/{lab_id}/given": ("/labs/ria-makerspace/given",),
    "/people/{person_id}/given": ("/people/{ada}/given",),
    "/machines/{machine_id}": ("/machines/ria-printer-1", "/machines/ria-printer-2", "/machines/ria-laser"),
    "/machines/{machine_id}/ask/{kind}": ("/machines/{steered}/ask/cancel", "/machines/{steered}/ask/stop now"),
    "/network": ("/network",),
    "/networks": ("/networks",),
    "/credit": ("/credit",),
    "/pieces/{piece_id}": ("/pieces/{piece}",),
    "/kits/{job_id}": ("/kits/{kit}",),
    "/shipments/{shipment_id}": ("/shipments/1",),
    "/schedule": ("/schedule?span=all",),
    "/happenings": ("/happenings",),
    "/ledger": ("/ledger", "/ledger?build=1"),
    "/ledger/{number}": ("/ledger/{flow}",),
    "/begin": ("/begin",),
    "/log-in": ("/log-in?back=%2Fbuilds",),
    "/join": ("/join?code={invitation}",),
    "/account": ("/account",),
    "/formulas": ("/formulas",),
    "/formulas/{formula_id}": ("/formulas/1", "/formulas/2"),
    "/distributions/{distribution_id}": ("/distributions/1", "/distributions/2"),
    "/proposals": ("/proposals",),
    "/proposals/{proposal_id}": ("/proposals/1", "/proposals/3", "/proposals/4"),
    "/code": ("/code",),
    "/alerts": ("/alerts",),
    "/alerts/acknowledge": ("{acknowledge}",),
}
"""By route. Where a page shows different things at different addresses, there are several."""

STRANGERS: Final = ("/", "/log-in?back=%2Fbuilds", "/join?code={invitation}", "/begin", "/builds/1", "/kits/{kit}")
"""Pages that look otherwise to who is not logged in."""

NO_PAGES: Final[Mapping[str, str]] = {
    "/assets/{digest}/{name}": "styles, scripts and pictures of the pages",
    "/log-in/elsewhere": "leads to a provider at another host",
    "/account/identities/link": "leads to a provider at another host",
    "/log-in/callback": "leads on, or is a problem as those below",
    "/networks/stick": "a file to take along",
}
"""Routes in the round's way that are no pages, each with what it is."""

ANSWERS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "trial": ("/schedule", {"machine": "ria-printer-1", "hours": "48"}),
    "benefits": ("/designs/{station}/benefits", {"income": "100", "formula": "1"}),
    "agent": ("/labs/ria-makerspace/agents", {"name": "the box", "back": "/labs/ria-makerspace"}),
    "offers": ("/labs/ria-makerspace/offers/accept", {"build": "1", "back": "/labs/ria-makerspace"}),
    "invited": ("/begin", {"role": "builder", "lab": "", "back": "/begin"}),
}
"""Pages that answer a form: where it goes, and what is in it."""

PROBLEMS: Final[Mapping[int, tuple[str, Mapping[str, str] | None]]] = {
    401: ("/account", None),
    403: ("/begin/network", {"name": "Mine", "sign_up": "open", "newcomer_role": ""}),
    404: ("/builds/999", None),
    409: ("/proposals/2/speak", {"word": "yes", "why": "late"}),
    422: ("/builds/x", None),
}
"""Pages of problems by status; by a form where one is given."""


PICTURES: Final[Mapping[str, str]] = {
    "board": "/",
    "builds": "/builds",
    "build": "/builds/1",
    "build-pledges": "/builds/{goal}",
    "version": "/builds/3/versions/{newer}",
    "design": "/designs/{station}",
    "bill": "/designs/{lamp}/bill",
    "parts": "/designs/{station}/parts",
    "part": "/designs/{station}/parts/6",
    "quote": "/designs/{station}/quote?quantity=3",
    "design-change": "/design-changes/{change}",
    "labs": "/labs",
    "lab": "/labs/ria-makerspace",
    "lab-set-up": "/labs/ria-makerspace/set-up",
    "wall": "/labs/ria-makerspace/wall",
    "machine": "/machines/{steered}",
    "job": "/jobs/{scheduled}",
    "piece": "/pieces/{piece}",
    "kit": "/kits/{kit}",
    "shipment": "/shipments/1",
    "schedule": "/schedule?span=all",
    "trial": "trial",
    "network": "/network",
    "networks": "/networks",
    "credit": "/credit",
    "together": "/together",
    "campaign": "/campaigns/1",
    "ledger": "/ledger",
    "given": "/people/{ada}/given",
    "distribution": "/distributions/1",
    "proposals": "/proposals",
    "proposal": "/proposals/3",
    "alerts": "/alerts",
    "account": "/account",
    "happenings": "/happenings",
    "begin": "/begin",
}
"""Which pages the manual shows, by the name of the picture; an answer to a form by its name."""


def addresses(world: World, of: Mapping[str, tuple[str, ...]] = ROUND) -> list[str]:
    """All addresses of the round."""
    return [each.format(**world.found) for some in of.values() for each in some]


def page_routes(app: Any) -> set[str]:
    """The paths of an app that people's browsers ask for: no programs' routes, and no streams of what changes."""
    return {
        path
        for path, methods in _routes(app)
        if "GET" in methods and not path.startswith("/api/") and not path.endswith("/live")
    }


def _routes(router: Any, prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    for each in router.routes:
        if hasattr(each, "methods"):
            yield prefix + each.path, each.methods
        else:  # FastAPI keeps a router that was included as it is
            yield from _routes(each.original_router, prefix + each.include_context.prefix)
