"""What strangers and other labs try: each is refused, and leaves nothing behind."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordinator.api.app import PREFIX
from coordinator.service.reaching.outside import fetch_settings
from core.errors import InputError

from .conftest import Web
from .test_accounts import Counted
from .test_http import problem

NASTY = [
    "'; DROP TABLE people; --",
    '" OR 1=1 --',
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}",
    "../../etc/passwd",
    "\u202egnp.exe",
    "a" * 500,
]


def test_an_agent_acts_on_nothing_of_another_lab(web: Web) -> None:
    web.town.order()
    web.tokens["thief"] = web.post("/tokens", "south", json={"label": "box", "agent_of": "south"}).json()["token"]
    assert web.post("/agent/work", "thief", json={"machines": ["north-printer"]}).status_code == 204
    work = web.post("/agent/work", "agent", json={"machines": ["north-printer"]}).json()
    step, fence = f"/agent/attempts/{work['attempt_id']}", {"fence": work["fence"]}
    problem(web.post(f"{step}/start", "thief", json=fence), 404, "unknown")
    problem(web.post(f"{step}/release", "thief", json=fence), 404, "unknown")
    end = {**fence, "outcome": "finished", "message": "mine"}
    problem(web.post(f"{step}/end", "thief", json=end), 404, "unknown")
    told = {**fence, "attempt_id": work["attempt_id"], "lines_done": 1, "lines_total": 1, "state": "running"}
    problem(web.post("/agent/attempts/progress", "thief", json={"attempts": [told]}), 404, "unknown")
    assert web.get(f"/jobs/{work['job_id']}").json()["state"] == "dispatched"
    assert [each["id"] for each in web.get("/agent/machines", "thief").json()] == []
    problem(web.get("/agent/machines", "north"), 403, "forbidden")


def test_nobody_answers_for_another_lab_not_even_a_steward(web: Web) -> None:
    build = web.town.order(web.town.upload("Panel,2,Manual cutting,,,"))
    offer = next(each for each in web.get(f"/offers?build_id={build.id}&state=offered").json()["items"])
    others = {"north", "south"} - {offer["lab"]}
    for who in (*others, "ste", "ada", "des", "agent"):
        problem(web.post(f"/offers/{offer['id']}/accept", who, json={"why": ""}), 403, "forbidden")
    problem(web.post(f"/offers/{offer['id']}/accept", json={"why": ""}), 401, "unauthenticated")
    assert web.get(f"/offers/{offer['id']}").json()["state"] == "offered"
    assert web.post(f"/offers/{offer['id']}/decline", offer["lab"], json={"why": "no"}).json()["state"] == "declined"
    problem(web.post(f"/offers/{offer['id']}/accept", offer["lab"], json={"why": "yes"}), 409, "state")


def test_private_facts_are_seen_by_those_only_whom_they_concern(web: Web) -> None:
    entry = web.get("/labs/north", "north").json()["entry"]
    entry |= {"contact": {"email": "door@north.example"}, "address": {"street": "Back Lane 7"}}
    assert web.call("PUT", "/labs/north", "north", json=entry).status_code == 200
    for who in (None, "ada", "south"):
        seen = web.get("/labs", who).text + web.get("/machines", who).text + web.get("/people", who).text
        for private in ("door@north", "Back Lane", '"driver"'):
            assert private not in seen, (who, private)
        assert seen.count("@example.org") == (0 if who is None else 1), "each sees their own"
    own = web.get("/labs", "north").text
    assert "Back Lane" in own
    assert '"driver"' in own
    log = web.get("/log?limit=500").text
    assert "@" not in log
    assert "Back Lane" not in log


def test_a_token_reaches_no_further_than_its_scopes_and_its_person(web: Web) -> None:
    ada = web.town.people["ada"].id
    made = web.post("/tokens", "ste", json={"label": "cron", "scopes": ["steward"]}).json()
    web.tokens["cron"] = made["token"]
    problem(web.post("/tokens", "ada", json={"label": "up", "scopes": ["steward"]}), 403, "forbidden")
    problem(web.post("/tokens", "agent", json={"label": "up", "scopes": ["agent"]}), 403, "forbidden")
    problem(web.post("/tokens", json={"label": "up", "scopes": ["builder"]}), 401, "unauthenticated")
    problem(web.post(f"/people/{ada}/roles", "ada", json={"role": "steward"}), 403, "forbidden")
    problem(web.post("/invitations", "north", json={"role": "operator", "lab": "south"}), 403, "forbidden")
    problem(web.post("/invitations", "north", json={"role": "steward"}), 403, "forbidden")
    assert web.call("DELETE", f"/tokens/{made['id']}", "ste").json()["revoked"]
    problem(web.get("/me", "cron"), 401, "unauthenticated")
    web.call("DELETE", f"/people/{ada}", "ada")
    problem(web.get("/me", "ada"), 401, "unauthenticated")
    assert web.get(f"/people/{ada}", "ste").json()["name"] is None
    ste = web.town.people["ste"].id
    problem(web.call("DELETE", f"/people/{ste}", "ste"), 409, "state")


def test_an_invitation_is_good_once_and_a_guess_is_worthless(web: Web) -> None:
    made = web.post("/invitations", "ste", json={"role": "builder"}).json()
    body = {"code": made["code"], "name": "Bob"}
    head, public, secret = made["code"].split("_", 2)  # a secret may hold underscores
    guess = f"{head}_{public}_{'A' * len(secret)}"
    problem(web.post("/invitations/accept", json={**body, "code": guess}), 401, "unauthenticated")
    assert web.post("/invitations/accept", json=body).status_code == 201
    problem(web.post("/invitations/accept", json=body), 409, "state")
    late = web.post("/invitations", "ste", json={"role": "builder"}).json()
    web.town.real.move(hours=200)
    problem(web.post("/invitations/accept", json={"code": late["code"], "name": "Late"}), 409, "state")
    assert secret not in web.get("/invitations", "ste").text
    database = (web.town.folder / "x.db").read_bytes() + (web.town.folder / "x.db-wal").read_bytes()
    assert secret.encode() not in database
    assert web.tokens["ada"].split("_", 2)[2].encode() not in database


def packed(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return target.getvalue()


TRAPS = {
    "out of it": lambda: packed(**{"../../evil.csv": b"Part,Qty\nx,1\n"}),
    "absolute": lambda: packed(**{"/etc/evil.csv": b"Part,Qty\nx,1\n"}),
    "bomb": lambda: packed(**{"bomb.stl": b"\0" * (50 * 2**20)}),
    "cut short": lambda: packed(**{"bom.csv": b"Part,Qty\nx,1\n"})[:-30],
    "empty": lambda: b"PK\x05\x06" + b"\0" * 18,
}


def test_an_archive_that_is_a_trap_is_refused(web: Web) -> None:
    for name, make in TRAPS.items():
        answer = web.post("/designs/archive?name=trap", "ada", content=make())
        assert answer.status_code in (413, 422), (name, answer.text)
        assert answer.json()["code"] in ("input", "too-large"), name
    assert web.get("/designs").json()["items"] == []


def test_files_are_reached_by_a_hash_only(web: Web) -> None:
    for name in ("..%2F..%2Fetc%2Fpasswd", "a" * 63, "A" * 64, "%00" * 64):
        assert web.get(f"/files/{name}").status_code in (404, 422), name


ADDRESSES = [
    "http://example.org/x.git",
    "file:///etc",
    "ssh://git@example.org/x.git",
    "git@example.org:x.git",
    "ext::sh -c id",
    "https://user:secret@example.org/x.git",
    "https://example.org:8443/x.git",
    "https://127.0.0.1/x.git",
    "https://[::1]/x.git",
    "https://localhost/x.git",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/x.git",
    "https://0x7f000001/x.git",
    "https://2130706433/x.git",
    "https://[::ffff:10.0.0.1]/x.git",
    "https://exa mple.org/x",
    "--upload-pack=id",
    "/etc",
    "",
]


def test_nobody_reaches_our_own_network_through_a_design(web: Web) -> None:
    for address in ADDRESSES:
        problem(web.post("/designs", "ada", json={"url": address}), 422, "input")


@pytest.mark.parametrize(
    "resolved",
    [["10.1.2.3"], ["93.184.215.14", "192.168.1.1"], ["fd00::1"], ["::ffff:127.0.0.1"], ["100.64.0.1"], ["224.0.0.1"]],
)
def test_a_public_name_of_a_private_computer_is_refused(resolved: list[str]) -> None:
    with pytest.raises(InputError, match="not public"):
        fetch_settings("https://example.org/x.git", resolve=lambda _: resolved)


def test_git_goes_where_we_looked_and_nowhere_else() -> None:
    told = fetch_settings("https://example.org/x.git", resolve=lambda _: ["93.184.215.14", "2606:2800:21f::1"])
    assert told == (
        "http.followRedirects=false",
        "http.curloptResolve=example.org:443:93.184.215.14,[2606:2800:21f::1]",
    )


def test_text_of_strangers_stays_text(web: Web) -> None:
    build = web.town.order(web.town.upload("Panel,2,Manual cutting,,,"))
    lots = [lot.id for task in web.town.application.tasks.of(build.id).items for lot in task.lots]
    for text in NASTY:
        claim = {"lot_id": lots[0], "machine": "south-bench", "why": text}
        made = web.post("/claims", "south", json=claim)
        assert (made.status_code, made.json()["why"]) == (201, text)
        assert made.headers["content-type"] == "application/json"
        web.post(f"/claims/{made.json()['id']}/withdraw", "south", json={"why": text})
        assert web.town.application.log.after(web.town.application.log.newest() - 1)[0].why == text
        code = web.post("/invitations", "ste", json={"role": "builder"}).json()["code"]
        assert web.post("/invitations/accept", json={"code": code, "name": text[:100]}).status_code == 201
        query = web.get("/jobs", params={"lab": text[:40]})
        assert (query.status_code, query.json()["items"]) == (200, [])
    people = web.get("/people", "ste").json()["items"]
    assert {text[:100] for text in NASTY} <= {each["name"] for each in people}


TABLES = ("people", "accounts", "labs", "jobs", "events", "hooks")


def test_sql_and_html_in_every_text_field_stay_text(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each field of each body that takes any text is given each nasty one, by a steward who may do nearly all."""
    monkeypatch.setattr(web.town.application.accounts, "_passwords", Counted())
    web.town.order(web.town.upload("Panel,2,Manual cutting,,,"))
    document = web.app.openapi()
    fields = [
        (method.upper(), path.removeprefix(PREFIX), body, name)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for body in [_example(document, operation)]
        for name in _texts(document, operation)
    ]
    assert {"name", "why", "label", "login", "url", "code", "message"} <= {name for *_, name in fields}
    slots = {"lab_id": "north", "machine_id": "north-bench", "person_id": web.town.people["ada"].id}
    for method, path, body, name in fields:
        where = re.sub(r"\{([a-z_]+)\}", lambda slot: slots.get(slot[1], "1"), path)
        for text in NASTY:
            answer = web.call(method, where, "ste", json={**body, name: text})
            assert answer.status_code < 500, (method, where, name, text, answer.text)
            assert answer.headers["content-type"] in ("application/json", "application/problem+json"), where
    chosen = {"name": NASTY[2], "sign_up": "invitation"}
    assert web.call("PUT", "/network", "ste", json=chosen).json()["name"] == NASTY[2]
    with web.town.application.house.store.engine.connect() as connection:
        for table in TABLES:
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own words


def _body(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return dict(document["components"]["schemas"].get(name, {}))


def _example(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    return dict(_body(document, operation).get("examples", [{}])[0])


def _texts(document: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """The fields that are text, or may be."""
    properties = _body(document, operation).get("properties", {})
    return [
        name
        for name, part in properties.items()
        if any(each.get("type") == "string" for each in (part, *part.get("anyOf", ())))
    ]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(NASTY),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def bodies(schema: dict[str, Any], part: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Documents that look like what an operation asks for, with some values that do not."""
    if "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    names = list(part.get("properties", {}))
    fitting = st.fixed_dictionaries(
        {}, optional={name: VALUES | _fitting(schema, part["properties"][name]) for name in names}
    )
    return fitting | VALUES


def _fitting(schema: dict[str, Any], part: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in part:
        part = schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    if "enum" in part:
        return st.sampled_from(part["enum"])
    kinds = {
        "integer": st.integers(1, 3),
        "number": st.floats(0, 3),
        "boolean": st.booleans(),
        "string": st.just("north"),
    }
    return kinds.get(part.get("type", ""), VALUES)


def test_no_request_makes_the_coordinator_fail(web: Web) -> None:
    """Random documents to every operation by every role: no 500, and every refusal is a problem document."""
    web.town.order()
    schema = web.app.openapi()
    operations = [
        (method.upper(), path.removeprefix(PREFIX), operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if not path.endswith("/events")
    ]
    slots = st.sampled_from(
        ["1", "2", "north", "north-printer", "J1", "0" * 64, "p-0123456789", "-1", "%2e%2e", "é", "9" * 30]
    )

    @settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        method, path, operation = data.draw(st.sampled_from(operations))
        while "{" in path:
            head, _, rest = path.partition("{")
            path = head + data.draw(slots) + rest.partition("}")[2]
        named = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
        query = {name: data.draw(slots) for name in named if data.draw(st.booleans())}
        content = operation.get("requestBody", {}).get("content", {})
        body = None
        if "application/json" in content:
            body = json.dumps(data.draw(bodies(schema, content["application/json"]["schema"]))).encode()
        who = data.draw(st.sampled_from([None, "ada", "des", "north", "agent"]))
        if path == "/agent/work":
            body = b'{"machines": ["north-printer"], "wait_s": 0}'
        answer = web.call(method, path, who, params=query, content=body)
        assert answer.status_code < 500, (method, path, body, answer.text)
        if answer.status_code >= 400:
            assert method == "HEAD" or answer.json()["status"] == answer.status_code
        else:
            assert str(answer.status_code) in operation["responses"], (method, path, answer.status_code)

    ask()
    grants = [grant for each in web.get("/people").json()["items"] for grant in each["grants"]]
    stewards = [each for each in grants if each["role"] == "steward"]
    assert len(stewards) == 1, "nobody has risen"
