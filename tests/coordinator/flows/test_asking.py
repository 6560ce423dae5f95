"""The ledger over HTTP and by commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coordinator.service.refusals import ForbiddenError
from core.errors import InputError
from tests.commons.accounting import balances
from tests.coordinator.api.conftest import Web
from tests.coordinator.commands.conftest import ADDRESS, Command


def test_work_is_entered_seen_and_taken_back_over_http(web: Web) -> None:
    ada = web.town.people["ada"].id
    said = {"kind": "translation", "minutes": 90, "note": "the manual"}
    entered = web.post("/work", "ada", json=said, headers={"Idempotency-Key": "k"})
    assert entered.status_code == 200, entered.text
    assert web.post("/work", "ada", json=said, headers={"Idempotency-Key": "k"}).json() == entered.json()
    number = entered.json()["number"]
    assert web.get(f"/ledger?person={ada}").json()["items"] == [entered.json()]
    assert web.get("/ledger?person=p-0000000000").json()["items"] == []
    assert web.get("/ledger?lab=north").json()["items"] == []
    assert web.get("/ledger?build_id=1").json()["items"] == []
    assert web.get("/ledger?design_id=1").status_code == 404
    given = web.get(f"/people/{ada}/given").json()
    assert given["gave"] == [
        {"action": "work", "kind": "translation", "unit": "min", "quantity": "90", "events": 1}
    ]  # fmt: skip
    back = web.post(f"/ledger/{number}/correction", "ada", json={"why": "an hour", "instead": "60"})
    assert back.json()["corrects"] == entered.json()["id"]
    assert web.get(f"/ledger/{number}").json()["taken_back_by"] == back.json()["id"]
    assert web.get(f"/people/{ada}/given").json()["gave"][0]["quantity"] == "60"
    assert web.post(f"/ledger/{number}/correction", "ada", json={"why": "x"}).status_code == 409
    assert web.get("/ledger/99").status_code == 404
    assert web.get("/labs/north/given").json()["gave"] == []
    assert web.get("/labs/nowhere/given").status_code == 404
    assert web.get("/people/p-0000000000/given").status_code == 404


def test_a_long_ledger_is_read_page_by_page(web: Web) -> None:
    for minutes in range(1, 8):
        web.post("/work", "ada", json={"kind": "care", "minutes": minutes})
    seen, after = [], ""
    while True:
        page = web.get(f"/ledger?limit=3{after}").json()
        seen += [each["effort"] for each in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == [str(each) for each in range(7, 0, -1)]


def test_the_ledger_by_commands(served: Web, command: Command, tmp_path: Path) -> None:
    ada = ("--coordinator", ADDRESS, "--token", served.tokens["ada"])
    ste = ("--coordinator", ADDRESS, "--token", served.tokens["ste"])
    entered = json.loads(command("work", "enter", "care", "30", "--note", "swept", "--json", *ada))
    assert json.loads(command("ledger", "list", "--json", *ada)) == [entered]
    assert "care" in command("ledger", "show", str(entered["number"]), *ada)
    assert "work" in command("ledger", "list", *ada)
    json.loads(command("rate", "set", "care", "1500", "--json", *ada))
    me = served.town.people["ada"].id
    assert "1500" in command("rate", "list", me, *ada)
    with pytest.raises(ForbiddenError):
        command("rate", "set-lab", "north", "300", *ada)
    north = ("--coordinator", ADDRESS, "--token", served.tokens["north"])
    assert "300" in command("rate", "set-lab", "north", "300", *north)
    assert "300" in command("rate", "lab", "north", *ada)
    flows, accounts = tmp_path / "x.jsonld", tmp_path / "x.beancount"
    told = json.loads(command("ledger", "export", "-o", str(flows), "--json", *ada))
    assert told == {"file": str(flows), "format": "valueflows", "bytes": flows.stat().st_size}
    assert "bytes" in command("ledger", "export", "--format", "beancount", "-o", str(accounts), *ada)
    assert balances(accounts.read_text(encoding="utf-8"))
    found = json.loads(command("ledger", "import", str(flows), "--source", "myself", "--json", *ste))
    assert (found["new"], found["known"]) == (0, 1)
    with pytest.raises(ForbiddenError):
        command("ledger", "import", str(flows), *ada)
    flows.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="just @context and @graph"):
        command("ledger", "import", str(flows), *ste)
    with pytest.raises(InputError, match="cannot be written"):
        command("ledger", "export", "-o", str(tmp_path / "none" / "x"), *ada)
    assert "work" in command("ledger", "person", me, *ada)
    back = json.loads(command("ledger", "correct", str(entered["number"]), "not me", "--json", *ada))
    assert back["corrects"] == entered["id"]


def test_a_large_document_goes_in_parts(
    served: Web, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coordinator.client.uploading.WHOLE_BYTES", 10)
    ste = ("--coordinator", ADDRESS, "--token", served.tokens["ste"])
    command("work", "enter", "care", "30", *ste)
    file = tmp_path / "x.jsonld"
    command("ledger", "export", "-o", str(file), *ste)
    assert json.loads(command("ledger", "import", str(file), "--json", *ste))["known"] == 1
