"""What the commons take in a coordinator that holds 100,000 economic events; as a Markdown table.

    ./dev python -m benchmarks.commons_store
    ./dev python -m benchmarks.commons_store --events 10000

The events are those of `benchmarks.commons`, from the same seed, all of one build; the database is SQLite in a file.
What goes over HTTP is asked of the application itself, without a network, with everything that is checked on the way.
Seconds are the processor's; the peer of a distribution is the library alone, with the same contributions in memory.
Memory is what the process takes at most while it does a row's work, beyond what it held before, by the kernel's
own count (Linux).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks.commons import draw_events
from commons.benefits.contributions import Contribution
from commons.benefits.distribution import distributed
from commons.benefits.formula import read_formula
from coordinator.api.app import create_app
from coordinator.files import FileStore
from coordinator.schema.builds import BuildRow, BuildState, DesignRow
from coordinator.schema.governance import DistributionRow
from coordinator.schema.network import Role
from coordinator.schema.service import ImportRow, OrderRow
from coordinator.service.access import Actor
from coordinator.service.application import KEEPER, Application
from coordinator.service.benefits.views import DistributionView
from coordinator.service.clock import RealClock
from coordinator.service.flows.book import Entry, enter
from coordinator.service.governance.proposals import Voting
from coordinator.service.house import Call, House
from coordinator.store import Store

_INCOME = 100_000_000
_AT_ONCE = 5_000
_PAGE, _PAGED = 200, 10_000
_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


@dataclass
class Days:
    """A clock that is moved, so that what is decided after a day is decided now."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """The moment."""
        return datetime.now(UTC) + self.ahead


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        clock = Days()
        house = House(Store(Path(folder) / "x.db"), FileStore(Path(folder) / "files"), clock, RealClock())
        application = Application(house)
        seed(application, options.events)
        steward = Call(joined(application))
        adopt(application, clock, steward)
        print("| what | s | MB more |\n|---|---:|---:|")
        asyncio.run(measure(application, options.events, steward))


def seed(application: Application, count: int) -> None:
    """A design, a build, and the events of it."""
    now = datetime.now(UTC)
    application.flows.names()
    with application.house.store.transaction() as session:
        design = DesignRow(name="lamp", location=".", content_hash="0" * 64)
        session.add(design)
        session.flush()
        facts: dict[str, Any] = {"kind": "folder", "files": 1, "lines": 1, "tasks": 1, "questions": [], "findings": []}
        session.add(
            ImportRow(design_id=design.id, archive_sha256="0" * 64, imported_at=now, imported_by="p", facts=facts)
        )
        build = BuildRow(design=design, quantity=1, state=BuildState.OPEN, labs_file="", opened_at=now)
        session.add(build)
        session.flush()
        order = OrderRow(
            build_id=build.id, ordered_by="p", lead_days=0, checked=False, plan_wanted=0, plan_made=0, plan_why=""
        )
        session.add(order)
    events = draw_events(count, random.Random(1))
    for start in range(0, count, _AT_ONCE):
        with application.house.change("coordinator") as change:
            enter(change, [Entry(each, build_id=1, design_id=1) for each in events[start : start + _AT_ONCE]])


def joined(application: Application) -> Actor:
    """A steward."""
    invited = application.invitations.make(KEEPER, Role.STEWARD, "")
    return application.tokens.actor(application.invitations.accept(invited.code, "ste", "ste@example.org").token)


def adopt(application: Application, clock: Days, call: Call) -> None:
    """The formula of buckets holds."""
    formula = application.formulas.begin(call, "buckets", 1, "to begin with")
    application.formulas.propose(call, formula.id, Voting(hours=24))
    clock.ahead = timedelta(days=2)
    if application.proposals.decide_due() != 1:
        raise SystemExit("the formula was not adopted")


async def measure(application: Application, count: int, call: Call) -> None:
    """A row for each kind of work, the first look at all the events apart from those that come later."""
    transport = httpx.ASGITransport(create_app(application, per_s=1e9, burst=10**9))
    async with httpx.AsyncClient(transport=transport, base_url="http://commons", timeout=60) as client:
        (await client.get("/api/v1/ledger?limit=1")).raise_for_status()  # what an app does once is done
        row("balances of all, read for the first time", lambda: application.flows.ledger().balances())
        row("balances of all, once more", lambda: application.flows.ledger().balances())
        settled: list[DistributionView] = []
        row("a distribution is proposed", lambda: settled.append(propose(application, call)))
        row("it is confirmed", lambda: application.distributions.confirm(call, settled[0].id, ""))
        peer(application, settled[0].id)
        await pages(client)
        for form in ("valueflows", "beancount"):
            await export(client, form, count)


def propose(application: Application, call: Call) -> DistributionView:
    """An income of the build, shared by what was given to it."""
    return application.distributions.propose(call, 1, 1, _INCOME, "EUR", "sold", "")


def peer(application: Application, number: int) -> None:
    """The library alone."""
    with application.house.reading() as session:
        stored = session.get_one(DistributionRow, number)
        formula = read_formula(stored.formula.text, where="formula")
        given = [Contribution(**each) for each in stored.document["contributions"]]
    row(f"(the library alone shares it by {len(given):,} contributions)", lambda: distributed(formula, _INCOME, given))


async def pages(client: httpx.AsyncClient) -> None:
    """So many rows of the ledger, page by page."""
    took, address = [], f"/api/v1/ledger?limit={_PAGE}"
    after: str | None = ""
    for _ in range(_PAGED // _PAGE):
        begun = time.process_time()
        found = (await client.get(address + (f"&after={after}" if after else ""))).raise_for_status().json()
        took.append(time.process_time() - begun)
        after = found["next"]
        if after is None:
            break
    middle, most = statistics.median(took), max(took)
    what = f"{len(took) * _PAGE:,} rows of `/ledger` by pages of {_PAGE}: the median page"
    print(f"| {what} | {middle:.3f} | |\n| the slowest of them | {most:.3f} | |", flush=True)


async def export(client: httpx.AsyncClient, form: str, count: int) -> None:
    """The ledger as a file; what was received is in its memory too."""
    held, begun = held_kb(), time.process_time()
    answer = (await client.get(f"/api/v1/ledger/{form}")).raise_for_status()
    told(f"{count:,} events exported for {form}, {len(answer.content) / 1e6:.0f} MB", begun, held)


def row(what: str, work: Callable[[], object]) -> None:
    """Do it, and print a row of the table."""
    held, begun = held_kb(), time.process_time()
    work()
    told(what, begun, held)


def told(what: str, begun: float, held: int) -> None:
    """Print a row: how long since, how much more memory at most."""
    took = time.process_time() - begun
    print(f"| {what} | {took:.2f} | {max(0, _memory_kb('VmHWM') - held) / 1000:.0f} |", flush=True)


def held_kb() -> int:
    """What the process holds; its peak counts from now on."""
    if _RESET.exists():
        _RESET.write_text("5")
    return _memory_kb("VmRSS")


def _memory_kb(key: str) -> int:
    if not _STATUS.exists():
        return 0
    return next(int(line.split()[1]) for line in _STATUS.read_text().splitlines() if line.startswith(f"{key}:"))


if __name__ == "__main__":
    main()
