"""Every page, with nothing in the network and with something; what it may load; what strangers wrote into it."""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from coordinator.api.app import create_app
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from coordinator.web.assets import address_of
from coordinator.web.site import PAGES
from tests.coordinator.api.conftest import Web
from tests.coordinator.conftest import block_stl, print_program
from tests.coordinator.service.conftest import Town

ADDRESSES = {
    "/": "What is needed",
    "/?process=fdm&lab=north&page=1": "What is needed",
    "/builds": "Builds",
    "/builds/1": "lamp",
    "/builds/1/cancel": "Kept",
    "/tasks/1": "How many",
    "/designs/1/feedback": "text for the designer",
    "/designs": "Designs",
    "/designs/1": "lamp",
    "/designs/1/bill": "Why it is read so",
    "/designs/1/parts": "foot.stl",
    "/designs/1/parts/1": "three dimensions",
    "/together": "Together",
    "/labs": "Labs",
    "/labs/north": "north",
    "/labs/north/wall": "stands still",
    "/machines/north-printer": "What it can do",
    "/machines/north-printer/ask/cancel": "for operators of the lab",
    "/network": "Network",
    "/designs/1/benefits": "who gets what of an income",
    "/formulas": "Rules for sharing incomes",
    "/proposals": "What we decide together",
    "/code": "How we treat each other",
    "/networks": "Other networks",
    "/credit": "This network does without it",
    "/pieces/1": "Foot",
    "/schedule": "Schedule",
    "/schedule?span=all&build=1&lab=south": "Schedule",
    "/happenings": "What happened",
    "/ledger": "Who gave what to whom",
    "/ledger?build=1&lab=north": "in the ledger",
    "/labs/north/given": "Received",
    "/begin": "First steps",
    "/log-in?back=%2Fbuilds": "Password",
    "/join?code=inv_1": "Invitation",
}
WHO_IS_KNOWN = {"/kits/J1", "/labs/north/set-up", "/shipments/1", "/account", "/alerts", "/alerts/acknowledge"}
WHO_IS_KNOWN |= {"/designs/1/quote", "/campaigns/1", "/fund/1"}
WHO_IS_KNOWN |= {"/builds/1/versions/2", "/jobs/J1", "/jobs/J1/sheet"}  # others test these, with somebody
WHO_IS_KNOWN |= {"/formulas/1", "/distributions/1", "/proposals/1", "/design-changes/1"}
WHO_IS_KNOWN |= {"/ledger/1", "/people/p-1/given"}
OF_NOTHING = ("/ledger", "/", "/begin", "/builds", "/designs", "/labs", "/network", "/schedule", "/happenings")


def get(web: Web, path: str, **headers: str) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(web.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(send())


class Elements(HTMLParser):
    """The elements of a page, and what they load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def check_page(answer: httpx.Response) -> Elements:
    """Nothing inline runs, nothing comes from another host, ids are unique, every form field has a label."""
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    elements = Elements(answer.text)
    ids = [values["id"] for _, values in elements.found if "id" in values]
    assert len(ids) == len(set(ids)), sorted(each or "" for each in ids)
    for tag, values in elements.found:
        assert tag not in ("style", "iframe", "object", "embed", "base")
        assert not [name for name in values if name.startswith("on") or name == "style"], (tag, values)
        for name in ("src", "href", "action"):
            assert (values.get(name) or "/").startswith(("/", "#")), (tag, values)
            assert not (values.get(name) or "/").startswith("//")
        assert tag != "script" or values.get("src")
    return elements


def live_parts(web: Web, path: str, query: bytes = b"") -> str:
    """The first event of a page that is watched by somebody who has nothing of it."""

    async def listen() -> str:
        scope: dict[str, Any] = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query,
            "headers": [], "client": ("test", 1), "server": ("test", 80), "scheme": "http", "http_version": "1.1",
            "root_path": "",
        }  # fmt: skip
        heard: asyncio.Queue[bytes] = asyncio.Queue()
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                await heard.put(message.get("body", b""))

        served = asyncio.create_task(web.app(scope, receive, send))
        text = ""
        while "data: " not in text:
            text += (await heard.get()).decode()
        gone.set()
        web.town.application.house.bell.ring()
        await asyncio.wait({served}, timeout=30)
        return text

    return asyncio.run(listen())


@pytest.fixture
def shown(web: Web) -> Web:
    """A network with a design and a build that is planned and half made."""
    web.town.order()
    return web


def test_every_page_is_asked_for() -> None:
    patterns = [re.compile(re.sub(r"\{\w+\}", "[^/]+", each) + r"\Z") for each in PAGES]
    asked = {address.partition("?")[0] for address in ADDRESSES}
    assert all(any(pattern.match(each) for each in asked | WHO_IS_KNOWN) for pattern in patterns)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_says_what_it_is_of(shown: Web, address: str) -> None:
    answer = get(shown, address)
    assert answer.status_code == 200, answer.text
    assert ADDRESSES[address] in answer.text
    elements = check_page(answer)
    for tag, values in elements.found:
        if tag in ("script", "link", "img"):
            loaded = get(shown, str(values.get("src") or values.get("href")))
            assert loaded.status_code == 200, values
            assert "immutable" in loaded.headers["cache-control"]


@pytest.mark.parametrize("address", OF_NOTHING)
def test_an_empty_network_has_pages(bare: Town, address: str) -> None:
    web = Web(bare, app=create_app(bare.application, per_s=1e6, burst=10**6))
    answer = get(web, address)
    assert answer.status_code == 200, answer.text
    check_page(answer)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nowhere", 404),
        ("/builds/99", 404),
        ("/builds/x", 422),
        ("/labs/%2e%2e", 404),
        ("/?page=0", 422),
        ("/builds?after=%00", 422),
        ("/assets/x/../app.py", 404),
    ],
)
def test_a_problem_is_a_page_for_people(shown: Web, address: str, status: int) -> None:
    answer = get(shown, address)
    assert answer.status_code == status
    check_page(answer)
    assert "To the board" in answer.text


def test_a_problem_of_the_api_stays_a_document(shown: Web) -> None:
    assert shown.get("/builds/99").headers["content-type"] == "application/problem+json"


def test_the_board_names_what_nobody_makes_and_what_waits_behind_it(web: Web) -> None:
    web.town.order(web.town.upload("Frame,1,Welding,Steel,,", "Screw,4,,,,Shop"))
    text = get(web, "/").text
    assert "Frame" in text
    assert "no machine" in text.lower() or "unplaceable" in text
    needed = web.town.application.board.needed().items
    assert [each.task for each in needed][:1] == ["Frame"]
    assert get(web, "/?process=fdm").text.count("Frame") == 0


def test_who_watches_a_page_is_sent_its_parts(shown: Web) -> None:
    told = live_parts(shown, "/builds/1/live")
    assert '\\"task-' in told or "task-1" in told
    assert '"parts"' in told
    page = get(shown, "/builds/1").text
    digest = re.search(r'data-parts="([0-9a-f]{16})"', page)
    assert digest is not None
    assert f"id: {digest[1]}" in told, "who has just loaded the page has nothing to be told"


NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}@parts@"


def test_what_strangers_wrote_does_not_run(web: Web) -> None:
    town = web.town
    row = '"' + NASTY.replace('"', '""') + '"'
    town.upload(f"{row},2,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 20), foot__gcode=print_program())
    design = town.application.designs.all().items[0]
    town.application.builds.order(Call(town.people["ada"]), design.id, 1, lead_days=0.0)
    town.plan()
    lab = town.application.labs.one(KEEPER, "north")
    entry = {**lab.entry, "name": NASTY, "machines": [{**each, "name": NASTY} for each in lab.entry["machines"]]}
    town.application.labs.put_one(Call(town.people["north"]), "north", entry)
    for address in (*ADDRESSES, "/machines/" + entry["machines"][0]["id"]):
        if address.startswith("/machines/north-printer"):
            continue
        answer = get(web, address)
        assert answer.status_code == 200, answer.text
        elements = check_page(answer)
        pictures = [values.get("src") or "" for tag, values in elements.found if tag == "img"]
        assert all(each.startswith(("/assets/", "/api/v1/designs/1/parts/")) for each in pictures)
        assert "49" not in re.findall(r"onerror=alert\(1\)&gt;(\d+)", answer.text)
    assert "&lt;script&gt;" in get(web, "/builds/1").text


def test_an_asset_is_packed_for_who_takes_that(shown: Web) -> None:
    address = address_of("fabcommons.css")
    plain, packed = get(shown, address, **{"Accept-Encoding": "identity"}), get(shown, address)
    assert plain.text == packed.text
    assert packed.headers["content-encoding"] == "gzip"
    assert get(shown, "/assets/old/fabcommons.css").headers["cache-control"] == "no-cache"


def test_the_board_does_not_say_that_all_is_made_while_a_build_is_planned(web: Web) -> None:
    """What a new build needs is known once it is planned."""
    all_made = "Everything that was ordered is made"
    fresh = get(web, "/").text
    assert ("Nothing has been ordered yet." in fresh, all_made in fresh) == (True, False)
    design = web.town.upload()
    web.town.application.builds.order(Call(web.town.people["ada"]), design.id, 1, lead_days=0.0)
    page = get(web, "/").text
    assert ("1 build is being planned" in page, all_made in page) == (True, False)
    web.town.plan()
    assert "being planned" not in get(web, "/").text
