"""A machine is steered from afar as people do it: a coordinator, an agent and its machine, each a process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from firmware_bridge.twin.log import read_log

from .test_processes import printers
from .test_processes import world as world
from .world import World

pytestmark = pytest.mark.timeout(400)  # many processes on a busy computer


def ended(one: World, machine: str, request_id: int) -> dict[str, Any]:
    """A request once its agent has said what came of it."""

    def found() -> dict[str, Any]:
        return next(each for each in one.get(f"/machines/{machine}/requests") if each["id"] == request_id)

    one.until(lambda: found()["state"] not in ("asked", "told"), "the request is answered")
    return found()


def test_a_run_is_paused_resumed_and_stopped_from_afar(world: Any, tmp_path: Path) -> None:
    one: World = world(**printers(tmp_path), speed="20")
    build = one.order()
    running: list[dict[str, Any]] = []

    def runs() -> bool:
        one.act(build)
        jobs = one.get(f"/jobs?build_id={build}&state=running")["items"]
        running[:] = [each for each in jobs if (each["progress"] or {}).get("state") == "running"]
        return bool(running)

    one.until(runs, "a machine runs")
    job = running[0]
    machine, lab = job["machine"], job["lab"]

    def ask(kind: str, **more: str) -> dict[str, Any]:
        asked = one.post(f"/machines/{machine}/requests", lab, kind=kind, **more)
        return ended(one, machine, asked["id"])

    def state() -> str:
        return str((one.get(f"/jobs/{job['id']}")["progress"] or {}).get("state"))

    assert ask("pause")["state"] == "done"
    one.until(lambda: state() == "paused", "the machine has paused")
    assert ask("pause")["state"] == "refused", "it is paused already"
    page = re.search(r"own\s+page:\s+(http://\S+)", (tmp_path / f"{lab}.out").read_text())
    assert page is not None
    local = httpx.get(page[1])
    assert machine in local.text
    assert "paused" in local.text
    assert ask("resume")["state"] == "done"
    one.until(lambda: state() in ("running", "draining"), "it goes on")
    refused = one.call("POST", f"/machines/{machine}/requests", lab, json={"kind": "cancel object", "object": "0"})
    assert (refused.status_code, refused.json()["code"]) == (409, "state"), "its program marks no objects"
    assert ask("stop now")["state"] == "done"
    one.until(lambda: one.get(f"/jobs/{job['id']}")["state"] == "failed", "the job has failed")
    assert "stopped" in one.get(f"/jobs/{job['id']}")["message"]
    assert [each["kind"] for each in one.get(f"/jobs/{job['id']}/requests")] == ["stop now", "resume", "pause", "pause"]
    log = [each.get("event") for each in read_log(tmp_path / lab / "machines" / f"{machine}.log")]
    assert any(each in ("halt", "kill", "halted", "emergency") for each in log), sorted(set(map(str, log)))
