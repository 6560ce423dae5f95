"""What a page asks of the database does not grow with the rows that it shows: no query a row."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from coordinator.api.app import create_app
from coordinator.files import FileStore
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER, Application
from coordinator.service.house import House
from coordinator.store import Store
from coordinator.web.site import PAGES
from tests.coordinator.service.conftest import Hand
from tests.coordinator.web.crowd import crowd

FEW, MANY = 3, 6
SHOWN = (
    "/", "/?process=fdm&lab=north", "/builds", "/builds/1", "/builds/1/cancel", "/tasks/2", "/jobs/J1",
    "/jobs/J1/sheet", "/designs", "/designs/1", "/designs/1/feedback", "/designs/1/benefits", "/together",
    "/campaigns/1", "/fund/1", "/labs", "/labs/north", "/labs/north/wall", "/labs/north/set-up",
    "/machines/printer-0", "/network", "/networks", "/credit", "/pieces/3", "/kits/J7", "/shipments/1",
    "/schedule?span=all", "/happenings", "/ledger", "/ledger?build=1", "/labs/north/given", "/begin", "/formulas",
    "/proposals", "/proposals/1", "/code", "/alerts", "/account",
)  # fmt: skip
ELSEWHERE = {  # of one thing that has no rows, of what is read from a design's files, or of what the crowd has none of
    "/builds/{build_id}/versions/{design_id}", "/designs/{design_id}/bill", "/designs/{design_id}/parts",
    "/designs/{design_id}/parts/{number}", "/designs/{design_id}/quote", "/machines/{machine_id}/ask/{kind}",
    "/ledger/{number}", "/people/{person_id}/given", "/log-in", "/join", "/formulas/{formula_id}",
    "/distributions/{distribution_id}", "/alerts/acknowledge", "/design-changes/{change_id}",
}  # fmt: skip


@dataclass(frozen=True)
class Crowded:
    """A network with so much of everything, and who may see all of it."""

    app: FastAPI
    store: Store
    steward: str

    def statements(self, path: str, *, known: bool) -> Counter[str]:
        """What a page asks of the database when it is asked for anew."""
        found: Counter[str] = Counter()

        def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            found[statement.partition(" WHERE ")[0]] += 1

        event.listen(self.store.engine, "before_cursor_execute", count)
        try:
            answer = asyncio.run(self._asked(path, known=known))
        finally:
            event.remove(self.store.engine, "before_cursor_execute", count)
        assert answer.status_code == 200, answer.text
        return found

    async def _asked(self, path: str, *, known: bool) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.steward}"} if known else {}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test") as client:
            return await client.get(path, headers=headers)


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Crowded, Crowded]]:
    """One with few rows, and one with many."""
    made = [_crowded(tmp_path_factory.mktemp("crowd"), many) for many in (FEW, MANY)]
    yield made[0], made[1]
    for each in made:
        each.store.close()


def _crowded(folder: Path, many: int) -> Crowded:
    store, clock = Store(folder / "x.db"), Hand()
    application = Application(House(store, FileStore(folder / "files"), clock, clock))
    crowd(application, many, clock.now())
    invited = application.invitations.make(KEEPER, Role.STEWARD, "")
    token = application.invitations.accept(invited.code, "ste", "ste@example.org").token
    made = Crowded(create_app(application, per_s=1e6, burst=10**6), store, token)
    made.statements("/ledger", known=False)  # tells the log once
    return made


@pytest.mark.parametrize("path", SHOWN)
def test_a_page_reads_more_rows_by_the_same_statements(networks: tuple[Crowded, Crowded], path: str) -> None:
    few, many = networks
    asked = [True] if path in {"/labs/north/set-up", "/alerts", "/account"} else [False, True]
    for known in asked:
        less, more = few.statements(path, known=known), many.statements(path, known=known)
        assert sum(more.values()) <= sum(less.values()), more - less


def _fits(step: str, path: str) -> bool:
    return step == path or step.startswith("{")


def test_every_page_is_counted_or_named_as_one_that_is_not() -> None:
    """A new page goes into `SHOWN` by its address, or into `ELSEWHERE`."""
    shown = [path.partition("?")[0].split("/") for path in SHOWN]

    def is_shown(page: str) -> bool:
        steps = page.split("/")
        return any(len(steps) == len(path) and all(map(_fits, steps, path)) for path in shown)

    assert {page for page in PAGES if is_shown(page)} | ELSEWHERE == set(PAGES)
