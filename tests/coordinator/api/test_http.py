"""What holds for every route: problems, pages, entity tags, idempotency keys, limits, events."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile

import httpx
import pytest

from coordinator.api.app import create_app
from coordinator.schema.builds import TaskState
from coordinator.schema.network import Role

from .conftest import API, Web


def problem(answer: httpx.Response, status: int, code: str) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert (answer.status_code, document["status"], document["code"]) == (status, status, code), answer.text
    return str(document["detail"])


def test_errors_are_problem_documents(web: Web) -> None:
    assert "there is no build 77" in problem(web.get("/builds/77"), 404, "unknown")
    problem(web.get("/nothing"), 404, "unknown")
    problem(web.get("/builds/x"), 422, "input")
    problem(web.call("PATCH", "/builds"), 405, "method")
    problem(web.post("/builds", json={"design_id": 1}), 401, "unauthenticated")
    problem(web.post("/builds", "des", json={"design_id": 1}), 403, "forbidden")
    assert "colour" in problem(web.post("/builds", "ada", json={"design_id": 1, "colour": "red"}), 422, "input")
    assert web.post("/builds", json={"design_id": 1}).headers["WWW-Authenticate"] == "Bearer"
    problem(web.get("/me", headers={"Authorization": "Bearer fab_nonsense"}), 401, "unauthenticated")


def test_an_error_of_the_program_tells_nothing_of_it(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret of the house")

    monkeypatch.setattr(web.town.application.builds, "all", fail)
    answer = web.get("/builds")
    problem(answer, 500, "internal")
    assert "secret" not in answer.text


def test_pages_hold_every_row_once(web: Web) -> None:
    build = web.town.order()
    found, after = [], ""
    while True:
        page = web.get(f"/builds/{build.id}/tasks?limit=1{after}").json()
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == sorted(set(found))
    assert len(found) == len(web.get(f"/builds/{build.id}/tasks?limit=200").json()["items"]) == 4
    problem(web.get("/builds?after=x"), 422, "input")
    problem(web.get("/builds?limit=201"), 422, "input")


def test_who_has_the_newest_version_is_told_so(web: Web) -> None:
    first = web.get("/labs/north")
    tag = first.headers["ETag"]
    again = web.get("/labs/north", headers={"If-None-Match": f'"x", W/{tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert web.get("/labs/north", "north").headers["ETag"] != tag, "private facts make another document"


def test_a_lab_is_written_only_over_what_was_read(web: Web) -> None:
    read = web.get("/labs/north", "north")
    entry = {**read.json()["entry"], "name": "North End"}
    write = {"headers": {"If-Match": read.headers["ETag"]}, "json": entry}
    assert web.call("PUT", "/labs/north", "north", **write).json()["name"] == "North End"
    problem(web.call("PUT", "/labs/north", "north", **write), 412, "changed")
    assert web.call("PUT", "/labs/north", "north", json=entry).status_code == 200
    problem(web.call("PUT", "/labs/south", "north", json={**entry, "id": "south"}), 403, "forbidden")
    problem(web.call("PUT", "/labs/west", "north", json={**entry, "id": "west", "machines": []}), 403, "forbidden")
    problem(web.call("PUT", "/labs/north", "north", json={**entry, "opening_hours": "late"}), 422, "input")


def test_a_request_with_a_key_happens_once(web: Web) -> None:
    design = web.town.upload()
    order = {"json": {"design_id": design.id, "quantity": 2}, "headers": {"Idempotency-Key": "order-17"}}
    first, second = web.post("/builds", "ada", **order), web.post("/builds", "ada", **order)
    assert (first.status_code, first.json()) == (201, second.json())
    assert len(web.get("/builds").json()["items"]) == 1
    other = {**order, "json": {"design_id": design.id, "quantity": 3}}
    problem(web.post("/builds", "ada", **other), 422, "key-reused")
    web.join("eve", Role.BUILDER)
    assert web.post("/builds", "eve", **order).json()["id"] != first.json()["id"], "keys are each actor's own"
    problem(web.post("/builds", "ada", json={}, headers={"Idempotency-Key": "a b"}), 422, "input")


def test_a_failed_request_leaves_its_key_free(web: Web) -> None:
    key = {"Idempotency-Key": "k"}
    problem(web.post("/builds", "ada", json={"design_id": 9}, headers=key), 404, "unknown")
    design = web.town.upload()
    assert web.post("/builds", "ada", json={"design_id": design.id}, headers=key).status_code == 201


def test_bodies_and_uploads_have_limits(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = b'{"design_id": 1, "x": "' + b"y" * (2 * 2**20) + b'"}'
    problem(web.post("/builds", "ada", content=huge), 413, "too-large")

    async def endless() -> object:
        for _ in range(40):
            yield b"y" * 2**16

    problem(web.post("/builds", "ada", content=endless()), 413, "too-large")
    problem(web.post("/designs/archive?name=x", content=b"no archive"), 401, "unauthenticated")
    problem(web.post("/designs/archive?name=x", "ada", content=b"no archive"), 422, "input")


def test_a_design_is_uploaded_once(web: Web) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("lamp/bom.csv", "Part,Qty,Process,Material\nPanel,2,Manual cutting,Plywood\n")
    upload = {"content": packed.getvalue()}
    first = web.post("/designs/archive?name=lamp", "des", **upload)
    assert first.status_code == 201, first.text
    assert (first.json()["name"], first.json()["lines"]) == ("lamp", 1)
    assert web.post("/designs/archive?name=other", "ada", **upload).json()["id"] == first.json()["id"]
    kept = web.get("/designs").json()["items"]
    assert [each["id"] for each in kept] == [first.json()["id"]]


def test_one_client_cannot_take_all(web: Web) -> None:
    now = [0.0]
    app = create_app(web.town.application, per_s=2.0, burst=5)
    limited = next(each for each in app.user_middleware if "burst" in each.kwargs)
    limited.kwargs["monotonic"] = lambda: now[0]
    web.app = app
    assert [web.get("/health").status_code for _ in range(6)] == [200] * 5 + [429]
    answer = web.get("/health")
    problem(answer, 429, "too-many")
    assert int(answer.headers["Retry-After"]) >= 1
    now[0] += 1.0
    assert [web.get("/health").status_code for _ in range(3)] == [200, 200, 429]


def test_events_are_taken_up_where_they_were_left(web: Web) -> None:
    """A listener that is cut off after any event and comes back has each once, also those of meanwhile."""
    application = web.town.application
    total = application.log.newest()

    async def listen(last: int, count: int) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        done = asyncio.Event()
        received = asyncio.Queue()  # type: ignore[var-annotated]
        headers = [(b"last-event-id", str(last).encode())]
        scope = {
            "type": "http", "method": "GET", "path": f"{API}/events", "raw_path": f"{API}/events".encode(),
            "query_string": b"", "headers": headers, "http_version": "1.1", "scheme": "http",
            "client": ("test", 1), "server": ("test", 80), "root_path": "", "asgi": {"version": "3.0"},
        }  # fmt: skip
        received.put_nowait({"type": "http.request", "body": b"", "more_body": False})

        async def send(message: dict[str, object]) -> None:
            for block in bytes(message.get("body", b"")).decode().split("\n\n"):  # type: ignore[call-overload]
                fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
                if "id" in fields and len(found) < count:
                    event = json.loads(fields["data"])
                    assert (fields["id"], fields["event"]) == (str(event["id"]), event["kind"])
                    found.append(event)
            if len(found) >= count:
                done.set()

        serving = asyncio.create_task(web.app(scope, received.get, send))
        await asyncio.wait_for(done.wait(), 20)
        received.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(serving, 20)
        return found

    async def scene() -> list[int]:
        first = await listen(0, 5)
        await asyncio.to_thread(web.town.join, "late", Role.BUILDER)
        last = int(str(first[-1]["id"]))
        rest = await listen(last, application.log.newest() - last)
        return [int(str(each["id"])) for each in (*first, *rest)]

    ids = asyncio.run(scene())
    assert ids == list(range(1, application.log.newest() + 1))
    assert len(ids) > total


def test_health_and_metrics_tell_what_there_is(web: Web) -> None:
    web.town.order()
    assert web.get("/health").json()["status"] == "ok"
    lines = web.get("/metrics").text.splitlines()
    assert 'fabcommons_builds{state="open"} 1' in lines
    assert f"fabcommons_events_total {web.town.application.log.newest()}" in lines
    for line in lines:
        assert line.startswith("#") or line.rpartition(" ")[2].isdecimal(), line


def test_a_whole_life_over_http(web: Web) -> None:
    """One print, one purchase and the assembly, by every hand that it takes."""
    build = web.town.order(web.town.upload("Foot,1,3D printing,PLA,foot.stl,", "Screw,4,,,,Shop"))
    for task in web.town.application.tasks.of(build.id, TaskState.ORDERED).items:
        assert web.post(f"/tasks/{task.id}/arrival", "ada").json()["state"] == "done"
    web.town.plan()
    work = web.post("/agent/work", "agent", json={"machines": ["north-printer"]}).json()
    assert web.get(f"/files/{work['program_sha256']}").text.startswith("G28")
    step = f"/agent/attempts/{work['attempt_id']}"
    fence = {"fence": work["fence"]}
    assert web.post(f"{step}/start", "agent", json=fence).json()["job_state"] == "running"
    told = {**fence, "attempt_id": work["attempt_id"], "lines_done": 3, "lines_total": 50, "state": "running"}
    assert web.post("/agent/attempts/progress", "agent", json={"attempts": [told]}).status_code == 200
    assert web.get(f"/jobs/{work['job_id']}").json()["progress"]["lines_done"] == 3
    end = {**fence, "outcome": "finished", "lines": 50, "message": "finished"}
    assert web.post(f"{step}/end", "agent", json=end).json()["job_state"] == "made"
    problem(web.post(f"{step}/start", "agent", json=fence), 409, "stale")
    web.town.clock.move(hours=2)
    web.town.plan()
    job = next(each for each in web.get(f"/jobs?build_id={build.id}&state=scheduled").json()["items"])
    problem(web.post(f"/jobs/{job['id']}/start", job["lab"], json={}), 409, "state")
    tasks = [line["task_id"] for line in web.get(f"/kits/{job['id']}").json()["lines"]]
    seen = {"tasks": tasks, "why": "carried over"}
    assert web.post(f"/kits/{job['id']}/ticks", job["lab"], json=seen).json()["complete"]
    assert web.post(f"/jobs/{job['id']}/start", job["lab"], json={}).status_code == 200
    assert web.post(f"/jobs/{job['id']}/end", job["lab"], json={}).json()["state"] == "made"
    assert web.get(f"/builds/{build.id}").json()["state"] == "finished"
    assert web.get(f"/builds/{build.id}/report").json()["complete"]
    assert web.get(f"/builds/{build.id}/plan").json()["document"]["runs"]
    assert web.post("/agent/work", "agent", json={"machines": ["north-printer"]}).status_code == 204
