"""Two processes on one PostgreSQL serve one network; one of them is killed, and nothing is lost or made twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from coordinator.schema.service import HoldRow
from coordinator.store import Store

from .replicas import Replicas
from .test_processes import printers, starts
from .world import good

pytestmark = pytest.mark.timeout(400)  # many processes on a busy computer


@pytest.fixture
def network(tmp_path: Path, databases: Callable[[], str]) -> Iterator[Replicas]:
    made = Replicas(tmp_path, database_url=databases(), speed="300", **printers(tmp_path))
    try:
        made.serve()
        made.settle()
        for lab in made.labs["labs"]:
            made.agent(lab["id"])
        yield made
    finally:
        made.close()


def holders(network: Replicas) -> dict[str, str]:
    """Who plans and who keeps, by what is held; of a holder the process."""
    store = Store(str(network.database_url))
    with store.reading() as session:
        found = {row.name: row.holder.split(":")[1] for row in session.scalars(select(HoldRow))}
    store.close()
    return found


def leader(network: Replicas) -> int:
    """Which replica plans."""
    found: list[int] = []

    def planning() -> bool:
        holder = holders(network).get("planner")
        found[:] = [
            number
            for number in range(network.count)
            if f"serve{number}" in network.processes and str(network.processes[f"serve{number}"].pid) == holder
        ]
        return bool(found)

    network.until(planning, "one of the replicas plans")
    return found[0]


def test_the_planner_is_killed_and_the_other_replica_takes_over(network: Replicas) -> None:
    first = network.order()
    network.until(lambda: network.get(f"/jobs?build_id={first}")["items"], "the build is planned")
    killed = leader(network)
    network.kill_replica(killed)
    second = int(network.post("/builds", "builder", design_id=network.get(f"/builds/{first}")["design_id"])["id"])
    assert leader(network) != killed
    for build in (first, second):
        report = network.finished(build)
        assert good(report) == dict.fromkeys(("Foot", "Arm", "Cap", "Knob", "station"), 1)
    assert set(starts(network).values()) == {1}
    ids = [event["id"] for event in network.events()]
    assert ids == sorted(set(ids))
    opened = Counter(event["kind"] for event in network.events())
    assert opened["build.finished"] == 2, "each was told once"


def test_a_log_in_at_one_replica_is_good_at_the_other_and_ends_at_both(network: Replicas) -> None:
    addresses = [f"http://127.0.0.1:{port}" for port in network.proxy.targets]
    known = {"login": "builder", "password": "a dozen letters and more"}
    headers = {"Authorization": f"Bearer {network.tokens['builder']}"}
    answer = httpx.put(f"{addresses[0]}/api/v1/account/password", headers=headers, json=known)
    assert answer.is_success, answer.text
    with httpx.Client() as browser:
        shown = browser.post(f"{addresses[0]}/api/v1/session", json=known, headers={"Origin": addresses[0]})
        assert shown.is_success, shown.text
        cookie = dict(shown.cookies)
        for address in addresses:
            assert httpx.get(f"{address}/api/v1/me", cookies=cookie).json()["id"].startswith("p-")
        out = httpx.delete(f"{addresses[1]}/api/v1/session", cookies=cookie, headers={"Origin": addresses[1]})
        assert out.is_success, out.text
        for address in addresses:
            assert httpx.get(f"{address}/api/v1/me", cookies=cookie).json()["id"] == "visitor"
