"""Uploads in parts and programs for jobs, over HTTP: the protocol's answers, and what attackers try."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import zipfile
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.coordinator.conftest import block_stl, print_program

from .conftest import API, Web
from .conftest import web as web

PART = {"Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}


def design() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("lamp/bom.csv", "Part,Qty\nScrew,4\n")
    return packed.getvalue()


def begin(web: Web, data: bytes, who: str = "ada", sha256: str | None = None) -> str:
    """Announce; the path of the upload."""
    told = base64.b64encode((sha256 or hashlib.sha256(data).hexdigest()).encode()).decode()
    headers = {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename bGFtcA==,sha256 {told}"}
    answer = web.post("/uploads", who, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    return answer.headers["Location"].removeprefix(API)


def part(web: Web, path: str, offset: int, data: bytes, who: str = "ada") -> httpx.Response:
    return web.call("PATCH", path, who, headers={**PART, "Upload-Offset": str(offset)}, content=data)


def test_a_design_comes_in_parts(web: Web) -> None:
    data = design()
    path = begin(web, data)
    assert part(web, path, 0, data[:50]).headers["Upload-Offset"] == "50"
    measured = web.call("HEAD", path, "ada")
    assert (measured.status_code, measured.headers["Upload-Offset"]) == (200, "50")
    assert measured.headers["Upload-Length"] == str(len(data))
    assert measured.headers["Cache-Control"] == "no-store"
    assert part(web, path, 50, data[50:]).status_code == 204
    upload_id = path.rsplit("/", 1)[1]
    made = web.post("/designs/uploaded", "ada", json={"upload_id": upload_id, "name": "lamp"})
    assert (made.status_code, made.json()["name"]) == (201, "lamp")
    assert [each["id"] for each in web.get("/uploads", "ada").json()] == [upload_id]
    assert web.call("DELETE", path, "ada").status_code == 204
    assert web.get("/uploads", "ada").json() == []
    assert web.call("HEAD", path, "ada").status_code == 404


def test_what_is_understood_is_told(web: Web) -> None:
    answer = web.call("OPTIONS", "/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,termination,expiration"
    assert int(answer.headers["Tus-Max-Size"]) == 512 * 2**20


def test_another_version_is_not_spoken(web: Web) -> None:
    answer = web.post("/uploads", "ada", headers={"Upload-Length": "5", "Tus-Resumable": "0.2.2"})
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")


def test_another_type_is_no_part(web: Web) -> None:
    path = begin(web, b"abc")
    answer = web.call("PATCH", path, "ada", headers={"Upload-Offset": "0"}, content=b"abc")
    assert (answer.status_code, answer.json()["code"]) == (415, "media")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 422),
        ({"Upload-Length": "-1"}, 422),
        ({"Upload-Length": "0"}, 422),
        ({"Upload-Length": "1e3"}, 422),
        ({"Upload-Length": str(2**40)}, 413),
        ({"Upload-Length": str(2**60)}, 422),
        ({"Upload-Length": "3", "Upload-Metadata": "sha256 !!!"}, 422),
        ({"Upload-Length": "3", "Upload-Metadata": "sha256 YWJj"}, 422),
    ],
)
def test_lies_about_length_and_hash_are_refused(web: Web, headers: dict[str, str], status: int) -> None:
    answer = web.post("/uploads", "ada", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert web.get("/uploads", "ada").json() == []


@pytest.mark.parametrize("offset", ["1", "999", str(2**53 - 1)])
def test_lies_about_offsets_are_refused(web: Web, offset: str) -> None:
    path = begin(web, b"abcdef")
    answer = part(web, path, int(offset), b"x")
    assert (answer.status_code, answer.json()["code"]) == (409, "state")
    assert web.call("HEAD", path, "ada").headers["Upload-Offset"] == "0"


def test_more_than_announced_is_refused_whatever_the_headers_say(web: Web) -> None:
    path = begin(web, b"abc")
    assert part(web, path, 0, b"x" * 100).status_code == 413

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            await asyncio.sleep(0)
            yield b"x" * 100

    headers = {**PART, "Upload-Offset": "0"}  # of no stated length
    assert web.call("PATCH", path, "ada", headers=headers, content=chunks()).status_code == 413
    assert web.call("HEAD", path, "ada").headers["Upload-Offset"] == "0"


def test_another_persons_upload_is_not_there(web: Web) -> None:
    path = begin(web, b"abc")
    upload_id = path.rsplit("/", 1)[1]
    for who in ("ste", "north", "des", "agent", None):
        asked = [
            web.get(path, who),
            web.call("HEAD", path, who),
            web.call("PATCH", path, who, headers={**PART, "Upload-Offset": "0"}, content=b"abc"),
            web.call("DELETE", path, who),
        ]
        assert {each.status_code for each in asked} == {404}, who
    for who in ("ste", "des"):
        taken = web.post("/designs/uploaded", who, json={"upload_id": upload_id, "name": "mine"})
        assert taken.status_code == 404
    assert web.call("HEAD", path, "ada").headers["Upload-Offset"] == "0"


def test_what_is_not_what_its_hash_says_is_refused(web: Web) -> None:
    path = begin(web, b"abc", sha256="0" * 64)
    answer = part(web, path, 0, b"abc")
    assert (answer.status_code, answer.json()["code"]) == (422, "input")
    assert web.call("HEAD", path, "ada").status_code == 404


@pytest.mark.parametrize("upload_id", ["../../x", "%2e%2e", "A" * 32, "0" * 31, "0" * 33])
def test_an_id_is_no_path(web: Web, upload_id: str) -> None:
    assert web.get(f"/uploads/{upload_id}", "ada").status_code in (404, 422)
    body = {"upload_id": upload_id, "name": "x"}
    assert web.post("/designs/uploaded", "ada", json=body).status_code == 422


@pytest.fixture
def job(web: Web, monkeypatch: pytest.MonkeyPatch) -> str:
    """A job that waits for a program."""
    monkeypatch.setattr("coordinator.service.planning.planner.with_toolpaths", lambda plan, *_: plan)
    web.town.order(web.town.upload("Foot,2,3D printing,PLA,foot.stl,", foot__stl=block_stl(20, 20, 20)))
    (found,) = web.get("/jobs?state=waiting for toolpath").json()["items"]
    return str(found["id"])


def test_a_lab_gives_the_program_of_its_job(web: Web, job: str) -> None:
    path, text = f"/jobs/{job}/program?name=foot.gcode", print_program()
    for who in ("ada", "south", "ste", "agent", None):
        assert web.call("PUT", path, who, content=text).status_code in (401, 403), who
    refused = web.call("PUT", path, "north", content=print_program(nozzle_c=290))
    assert (refused.status_code, refused.json()["code"], refused.json()["where"]) == (422, "input", "foot.gcode")
    headers = {"Idempotency-Key": "once"}
    given = web.call("PUT", path, "north", content=text, headers=headers)
    assert given.status_code == 200, given.text
    assert given.json()["state"] == "scheduled"
    assert web.call("PUT", path, "north", content=text, headers=headers).json() == given.json()
    assert web.call("PUT", path, "north", content=text + "\n", headers=headers).json()["code"] == "key-reused"
    assert web.call("PUT", path, "north", content=text).json()["code"] == "state"
    assert web.get(f"/files/{given.json()['program_sha256']}").text == text


def test_a_program_comes_in_parts_too(web: Web, job: str) -> None:
    data = print_program().encode()
    path = begin(web, data, "north")
    body = {"upload_id": path.rsplit("/", 1)[1], "name": "foot.gcode"}
    assert web.post(f"/jobs/{job}/program/uploaded", "north", json=body).json()["code"] == "state"
    assert part(web, path, 0, data, "north").status_code == 204
    assert web.post(f"/jobs/{job}/program/uploaded", "south", json=body).status_code == 403
    assert web.post(f"/jobs/{job}/program/uploaded", "north", json=body).json()["state"] == "scheduled"
