"""A stick instead of a line: packed by one network, taken by another, whatever somebody has done to it on the way."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

import pytest

from commons.federation.documents import DocumentKind, Signer
from coordinator.api.exchange import Exchange
from coordinator.archive.exporting import export
from coordinator.archive.manifest import Kind
from coordinator.archive.nouns import Scope
from coordinator.schema.builds import DesignRow
from coordinator.service.federation import stick
from coordinator.service.federation.archives import archives_of
from tests.coordinator.api.test_http import problem

from .conftest import Network


def packed(network: Network) -> bytes:
    answer = network.web.get("/federation/stick", "ste")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    return answer.content


def take(network: Network, data: bytes) -> Any:
    return network.web.post("/federation/stick", "ste", content=data)


def by_stick(north: Network, south: Network) -> None:
    """North knows south by its key only."""
    body = {"url": "", "public_key": south.key, "name": "south"}
    assert north.web.post("/federation/neighbours", "ste", json=body).status_code == 201


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return target.getvalue()


def test_a_design_goes_by_stick_and_is_brought_in_without_a_line(north: Network, south: Network) -> None:
    by_stick(north, south)
    assert take(north, packed(south)).json() == {"new": 1, "known": 0, "refused": 0, "reasons": [], "archives": 1}
    assert take(north, packed(south)).json()["known"] == 1
    (heard,) = north.heard()
    digest = heard["body"]["archive"]["sha256"]
    problem(north.web.get(f"/files/{digest}"), 404, "unknown")  # theirs are not handed out by us
    brought = north.web.post(f"/federation/heard/{heard['id']}/bring-in", "ada")
    assert brought.status_code == 201, brought.text
    assert north.asked == []
    problem(north.web.post("/federation/neighbours/south/pull", "ste"), 409, "state")


def test_leaving_takes_what_came_by_stick_from_the_disk(north: Network, south: Network) -> None:
    by_stick(north, south)
    take(north, packed(south))
    shelf = archives_of(north.application.house)
    assert len(shelf.digests()) == 1
    north.web.call("DELETE", "/federation/neighbours/south", "ste")
    assert shelf.digests() == north.heard() == []


def test_what_nobody_here_trusts_is_refused(north: Network, south: Network) -> None:
    told = take(north, packed(south)).json()
    assert (told["new"], told["refused"], told["archives"]) == (0, 1, 0)
    assert "do not listen to" in told["reasons"][0]
    assert "do not listen to" in north.refused()[0]
    assert archives_of(north.application.house).digests() == []


def test_an_old_stick_takes_nothing_back(north: Network, south: Network) -> None:
    by_stick(north, south)
    old = packed(south)
    with south.application.house.store.transaction() as session:
        session.get_one(DesignRow, 1).name = "a safer lamp"
    south.publish()
    take(north, packed(south))
    told = take(north, old).json()
    assert (told["new"], told["refused"]) == (0, 1)
    assert "an old copy, or a replay" in told["reasons"][0]
    assert [each["body"]["name"] for each in north.heard()] == ["a safer lamp"]


def test_a_changed_or_forged_document_on_a_stick_is_refused(north: Network, south: Network) -> None:
    by_stick(north, south)
    files = members(packed(south))
    now = north.web.town.real.now()
    forged = json.loads(Signer.new().sign(DocumentKind.DESIGN, "design/1", 10**14, now, {"name": "bomb"}).data)
    wrong = [
        files["documents.jsonl"].replace(b"lamp", b"bomb"),
        json.dumps({**forged, "network": south.key}).encode(),
        b"{}", b"\xff\xfe", b'{"a":1,"a":2}', b"[" * 5000,
    ]  # fmt: skip
    for each in wrong:
        told = take(north, zipped({"documents.jsonl": each})).json()
        assert (told["new"], told["known"], told["refused"]) == (0, 0, 1), each[:40]
    assert north.heard() == []
    assert len(north.refused()) == len(wrong)


def test_an_archive_that_is_not_what_its_name_says_is_refused(north: Network, south: Network) -> None:
    by_stick(north, south)
    files = members(packed(south))
    name = next(each for each in files if each.startswith("files/"))
    answer = take(north, zipped({**files, name: files[name] + b"x"}))
    assert "hash is another" in problem(answer, 422, "input")
    assert archives_of(north.application.house).digests() == []


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "files/../x", "documents.jsonl/x", "files/" + "A" * 64, "x"])
def test_a_file_of_another_name_is_refused(north: Network, name: str) -> None:
    problem(take(north, zipped({"documents.jsonl": b"", name: b"x"})), 422, "input")


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04", zipped({}), zipped({"files/" + "0" * 64: b"x"})])
def test_what_is_no_stick_is_refused(north: Network, data: bytes) -> None:
    problem(take(north, data), 422, "input")


def test_a_stick_that_unpacks_to_too_much_is_refused(
    north: Network, south: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_stick(north, south)
    files = members(packed(south))
    problem(take(north, zipped({"documents.jsonl": b"x" * 2**21})), 413, "too-large")
    monkeypatch.setattr(stick, "MOST_BYTES", 10)
    problem(take(north, zipped(files)), 413, "too-large")
    problem(south.web.get("/federation/stick", "ste"), 413, "too-large")
    monkeypatch.setattr(stick, "_MOST_MEMBERS", 1)
    problem(take(north, zipped(files)), 413, "too-large")


# -- beside the service


def test_what_changed_is_signed_and_neighbours_are_asked_by_themselves(north: Network, south: Network) -> None:
    def fail(error: BaseException) -> None:
        raise error

    north.listen_to(south)
    way = north.web.app.state.reach
    ours, theirs = (Exchange(each.application, failed=fail, reach=way) for each in (north, south))
    assert ours.turn() == 1, "the key is made, and what is there already is heard"
    assert north.key
    south.web.town.upload("Screw,9,,,,Shop", x__txt="x")
    assert theirs.turn() == 1
    assert theirs.turn() == 0
    assert ours.turn() == 0, "not before a quarter of an hour is over"
    north.web.town.real.move(minutes=15)
    assert ours.turn() == 1
    assert len(north.heard()) == 2


def test_a_thread_beside_the_service_ends_with_it(north: Network) -> None:
    wrong: list[BaseException] = []
    exchange = Exchange(north.application, failed=wrong.append)
    exchange.start()
    exchange.stop()
    assert not exchange._thread.is_alive()
    assert wrong == []


def test_a_store_put_back_from_last_night_signs_above_what_others_have_seen(north: Network, south: Network) -> None:
    """Numbers are of the time, so that a coordinator that lost a day goes on above them."""
    north.listen_to(south)
    north.pull()
    before = south.web.get("/federation").json()["newest"]
    south.web.town.real.move(hours=1)
    with south.application.house.store.transaction() as session:
        session.get_one(DesignRow, 1).name = "a lamp again"
    assert south.publish()["newest"] >= before + 3_600_000
    north.web.town.real.move(hours=1)
    assert north.pull()["new"] == 1


def test_the_secret_of_the_key_is_in_no_answer_and_no_public_export(south: Network, tmp_path: Any) -> None:
    secret = base64.urlsafe_b64encode(south.signer().secret).rstrip(b"=").decode()
    house = south.application.house
    export(south.web.town.folder / "x.db", house.files, tmp_path / "out", Kind.EXPORT, Scope(), house.real.now())
    written = "".join(each.read_text(encoding="utf-8") for each in (tmp_path / "out").glob("*.json*"))
    assert south.key in written
    assert secret not in written
    for path in ("/federation", "/federation/documents", "/log"):
        assert secret not in south.web.get(path).text
