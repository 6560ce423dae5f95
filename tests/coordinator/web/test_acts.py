"""What people do with forms: each act once, by whom may, and back to where they were."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile

import httpx
import pytest

from coordinator.schema.builds import JobState, OfferState
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from coordinator.service.runs.jobs import JobView
from coordinator.service.work.offers import OfferView
from tests.coordinator.api.conftest import Web
from tests.coordinator.web.test_pages import get

OURS = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "correct horse battery staple"  # noqa: S105 - of nobody


class Browser:
    """Keeps its cookies; follows where it is sent."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self.cookies = httpx.Cookies()

    def _send(self, method: str, path: str, **options: object) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._web.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test", cookies=self.cookies) as client:
                answer = await client.request(method, path, **options)  # type: ignore[arg-type]
                self.cookies = client.cookies
                return answer

        return asyncio.run(send())

    def get(self, path: str) -> httpx.Response:
        return self._send("GET", path)

    def post(self, path: str, *, site: str = "same-origin", **fields: str) -> httpx.Response:
        return self._send("POST", path, data=fields, headers={"Sec-Fetch-Site": site})

    def upload(self, path: str, content: bytes) -> httpx.Response:
        return self._send("POST", path, files={"archive": ("lamp.zip", content)}, headers=OURS)


def joined(web: Web, role: Role, lab: str = "", name: str = "someone") -> Browser:
    """A browser of somebody who has come by an invitation."""
    code = web.town.application.invitations.make(KEEPER, role, lab).code
    browser = Browser(web)
    answer = browser.post("/join", code=code, name=name, login=f"{name}@example.org", password=PASSWORD)
    assert answer.status_code == 303, answer.text
    first = (f"/labs/{lab}",) if role is Role.OPERATOR else ("/", "/begin")  # an operator begins at the lab
    assert answer.headers["location"] in first
    return browser


@pytest.fixture
def builder(web: Web) -> Browser:
    return joined(web, Role.BUILDER, name="bea")


def test_who_joins_is_logged_in_and_may_leave_and_come_back(web: Web, builder: Browser) -> None:
    assert "Log out" in builder.get("/").text
    assert "a visitor" not in builder.get("/account").text
    builder.post("/log-out")
    assert "Log in" in builder.get("/").text
    assert builder.get("/account").status_code == 401
    wrong = builder.post("/log-in", login="bea@example.org", password=PASSWORD[1:])
    assert wrong.status_code == 401
    back = builder.post("/log-in", login="BEA@example.org", password=PASSWORD, back="/builds")
    assert back.headers["location"] == "/builds"
    assert "Log out" in builder.get("/").text


def test_an_invitation_stays_good_where_the_password_is_refused(web: Web) -> None:
    code = web.town.application.invitations.make(KEEPER, Role.BUILDER, "").code
    browser = Browser(web)
    assert browser.post("/join", code=code, name="Bo", login="bo@example.org", password=PASSWORD[:5]).status_code == 422
    joined(web, Role.BUILDER, name="taken")
    taken = browser.post("/join", code=code, name="Bo", login="taken@example.org", password=PASSWORD)
    assert taken.status_code == 409
    assert browser.post("/join", code=code, name="Bo", login="bo@example.org", password=PASSWORD).status_code == 303


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(web: Web, builder: Browser, back: str) -> None:
    assert builder.post("/log-out", back=back).status_code == 422


def test_a_page_of_another_site_can_do_nothing(web: Web, builder: Browser) -> None:
    for path in ("/designs/fetch", "/log-out", "/designs/1/order"):
        assert builder.post(path, site="cross-site", url="https://x.example/y").status_code == 403
    stranger = Browser(web)
    assert stranger.post("/log-in", site="cross-site", login="bea@example.org", password=PASSWORD).status_code == 403


def packed() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("lamp/bom.csv", "Part,Qty,Process,Material,File,Supplier\nPanel,1,Manual cutting,Plywood,,\n")
        archive.writestr("lamp/LICENSE", "SPDX-License-Identifier: CERN-OHL-P-2.0\n")
    return target.getvalue()


def test_a_builder_brings_a_design_in_orders_it_once_and_sees_it(web: Web, builder: Browser) -> None:
    assert "Bring a design in" in builder.get("/designs").text
    answer = builder.upload("/designs/upload", packed())
    assert answer.status_code == 303, answer.text
    page = builder.get(answer.headers["location"]).text
    key = re.search(r'name="key" value="([0-9a-f]{32})"', page)
    assert key is not None
    twice = [
        builder.post("/designs/1/order", key=key[1], quantity="2", due="2030-02-01", deliver_to="") for _ in range(2)
    ]
    assert {each.headers["location"] for each in twice} == {"/builds/1"}
    assert len(web.town.application.builds.all().items) == 1
    build = web.town.application.builds.one(1)
    assert build.due_at is not None
    assert build.due_at.isoformat() >= "2030-02-01T22:00"
    assert builder.post("/designs/1/order", key="0" * 32, due="2030-02-31").status_code == 422
    assert "Order it" not in get(web, "/designs/1").text


def test_an_upload_of_a_visitor_is_refused_before_it_is_read(web: Web) -> None:
    assert Browser(web).upload("/designs/upload", packed()).status_code == 401


@pytest.fixture
def asking(web: Web) -> Web:
    """A network whose labs are asked before they make anything, with one panel to cut."""
    town = web.town
    for lab in ("north", "south"):
        entry = {**town.application.labs.one(KEEPER, lab).entry, "policy": {"accepts": "asks"}}
        town.application.labs.put_one(Call(town.people[lab]), lab, entry)
    town.order(town.upload("Panel,1,Manual cutting,Plywood,,"))
    return web


def offered(web: Web) -> OfferView:
    offers = web.town.application.offers.all(state=OfferState.OFFERED).items
    return next(each for each in offers if each.task == "Panel")


def test_an_operator_takes_work_does_it_and_says_so(asking: Web) -> None:
    application, offer = asking.town.application, offered(asking)
    operator, path = joined(asking, Role.OPERATOR, offer.lab, name="olga"), f"/labs/{offer.lab}"
    assert f"/offers/{offer.id}/answer" in operator.get("/").text
    assert "/answer" not in get(asking, "/").text
    assert operator.post(f"/offers/{offer.id}/answer", yes="true", why="we can").status_code == 303
    (job,) = application.jobs.all(offer.lab).items
    assert f"/jobs/{job.id}/start" in operator.get(path).text
    assert f"/jobs/{job.id}/start" not in get(asking, path).text
    assert operator.post(f"/jobs/{job.id}/start", back=path).headers["location"] == path
    assert f"/jobs/{job.id}/end" in operator.get(path).text
    assert operator.post(f"/jobs/{job.id}/end", yes="false", why="it split").status_code == 303
    assert "it split" in operator.get("/").text
    assert operator.post(f"/jobs/{job.id}/verdict", yes="true", why="it holds").status_code == 303
    assert application.jobs.one(job.id).state is JobState.MADE


def test_a_lab_claims_what_is_proposed_to_another(asking: Web) -> None:
    offer = offered(asking)
    lab = "south" if offer.lab == "north" else "north"
    operator = joined(asking, Role.OPERATOR, lab, name="otto")
    board = operator.get("/").text
    assert f"/lots/{offer.lot_id}/claim" in board
    assert f"/offers/{offer.id}/answer" not in board
    assert operator.post(f"/lots/{offer.lot_id}/claim", machine=f"{lab}-bench").status_code == 303
    asking.town.plan()
    assert [job.lab for job in asking.town.application.jobs.all().items if job.task == "Panel"] == [lab]


def test_who_may_not_is_told_so_as_a_page(web: Web, builder: Browser) -> None:
    web.town.order(web.town.upload("Panel,1,Manual cutting,Plywood,,"))
    job = web.town.application.jobs.all().items[0]
    answer = builder.post(f"/jobs/{job.id}/start")
    assert answer.status_code == 403
    assert ">Who asks may not do this</h1>" in answer.text


def panel(web: Web, **how: object) -> JobView:
    """Accepted work by hand."""
    web.town.order(web.town.upload("Panel,1,Manual cutting,Plywood,,", "Screw,4,,,,Shop"), **how)
    for offer in web.town.application.offers.all().items:
        if offer.state is OfferState.OFFERED:
            web.town.application.offers.answer(Call(web.town.people[offer.lab]), offer.id, accept=True, why="we can")
    return next(each for each in web.town.application.jobs.all().items if each.task == "Panel")


def test_a_machine_that_is_locked_has_no_button_to_begin(web: Web) -> None:
    """Why stands in its place."""
    job = panel(web)
    operator = joined(web, Role.OPERATOR, job.lab, "olga")
    begins = f'action="/jobs/{job.id}/start"'
    assert begins in operator.get(f"/labs/{job.lab}").text
    web.town.application.locks.lock(Call(web.town.people[job.lab]), job.machine, "the vice is loose")
    page = operator.get(f"/labs/{job.lab}").text
    assert (begins in page, "is locked: the vice is loose" in page) == (False, True)


def test_who_made_a_piece_is_not_asked_to_check_it(web: Web) -> None:
    """Others are."""
    job = panel(web, checked=True)
    maker, peer = joined(web, Role.OPERATOR, job.lab, "olga"), joined(web, Role.BUILDER, name="pia")
    assert maker.post(f"/jobs/{job.id}/start").status_code == 303
    assert maker.post(f"/jobs/{job.id}/end", yes="true").status_code == 303
    piece = web.town.application.jobs.one(job.id).pieces[0].id
    checks = f'action="/pieces/{piece}/check"'
    for path in ("/", f"/pieces/{piece}"):
        assert checks not in maker.get(path).text
        assert "You had a hand in it" in maker.get(path).text
        assert checks in peer.get(path).text
