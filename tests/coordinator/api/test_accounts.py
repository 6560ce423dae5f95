"""Log-in with a browser: cookies, passwords, sign-up, resets, and what other sites cannot make a browser do."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from coordinator.api.app import create_app
from coordinator.service.membership.passwords import Passwords, login_name, require_good
from core.errors import InputError

from .conftest import Web
from .test_http import problem

GOOD = "four lamps under snow"
OURS = {"Sec-Fetch-Site": "same-origin"}


class Counted(Passwords):
    """Cheap, and counts how often it compares."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.compared = 0

    def match(self, kept: str | None, password: str) -> bool:
        self.compared += 1
        return super().match(kept, password)


@pytest.fixture
def passwords(web: Web, monkeypatch: pytest.MonkeyPatch) -> Counted:
    made = Counted()
    monkeypatch.setattr(web.town.application.accounts, "_passwords", made)
    return made


def cookie(answer: httpx.Response) -> str:
    """The session that an answer gives to the browser."""
    header = answer.headers["set-cookie"]
    for word in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert word in header
    return header.partition("=")[2].partition(";")[0]


def shown(session: str, **headers: str) -> dict[str, Any]:
    return {"headers": {"Cookie": f"fabcommons={session}", **headers}}


def with_password(web: Web, who: str, login: str) -> str:
    """Set a first password; returns the session that begins."""
    answer = web.call("PUT", "/account/password", who, json={"login": login, "password": GOOD})
    assert answer.status_code == 200, answer.text
    return cookie(answer)


def test_a_person_logs_in_and_out(web: Web, passwords: Counted) -> None:
    ada = web.town.people["ada"].id
    first = with_password(web, "ada", "Ada@Example.org")
    answer = web.post("/session", json={"login": " ADA@example.org", "password": GOOD})
    assert (answer.status_code, answer.json()) == (201, {"person_id": ada})
    assert answer.headers["cache-control"] == "no-store"
    session = cookie(answer)
    assert session not in answer.text
    assert web.get("/me", **shown(session)).json() == web.get("/me", "ada").json()
    account = web.get("/account", **shown(session)).json()
    assert (account["login"], len(account["sessions"])) == ("ada@example.org", 2)
    assert web.call("DELETE", "/session", **shown(session, **OURS)).json()["logged_out"]
    assert web.get("/me", **shown(session)).json()["id"] == "visitor"
    assert web.get("/me", **shown(first)).json()["id"] == ada, "the other browser is still logged in"
    again = cookie(web.post("/session", json={"login": "ada@example.org", "password": GOOD}))
    assert web.call("DELETE", "/account/sessions", **shown(again, **OURS)).status_code == 200
    assert [web.get("/me", **shown(each)).json()["id"] for each in (first, again)] == ["visitor"] * 2
    assert web.get("/me", "ada").json()["id"] == ada, "tokens stay"


def test_a_session_ends_by_itself_and_with_its_person(web: Web, passwords: Counted) -> None:
    session = with_password(web, "ada", "ada")
    web.town.real.move(hours=169)
    assert web.get("/me", **shown(session)).json()["id"] == "visitor"
    session = cookie(web.post("/session", json={"login": "ada", "password": GOOD}))
    assert web.call("DELETE", f"/people/{web.town.people['ada'].id}", **shown(session, **OURS)).status_code == 200
    assert web.get("/me", **shown(session)).json()["id"] == "visitor"
    problem(web.post("/session", json={"login": "ada", "password": GOOD}), 401, "unauthenticated")
    with_password(web, "des", "ada")  # the name is free again


def test_nothing_of_a_secret_lies_in_the_database_or_the_log(web: Web, passwords: Counted) -> None:
    session = with_password(web, "ada", "ada-in-private")
    code = web.post(f"/people/{web.town.people['ada'].id}/password-reset", "ste").json()["code"]
    database = (web.town.folder / "x.db").read_bytes() + (web.town.folder / "x.db-wal").read_bytes()
    for secret in (session.split("_", 2)[2], code.split("_", 2)[2], GOOD):
        assert secret.encode() not in database
    log = web.get("/log?limit=500").text
    assert "ada-in-private" not in log
    assert "person.password-set" in log


def test_who_guesses_learns_nothing_and_is_slowed_down(web: Web, passwords: Counted) -> None:
    """A name that nobody has gets the same answer, after the same work."""
    with_password(web, "ada", "ada")
    answers = []
    for login in ("ada", "nobody"):
        before = passwords.compared
        answers.append(web.post("/session", json={"login": login, "password": "wrong"}))
        assert passwords.compared == before + 1, login
    assert answers[0].json() == answers[1].json()
    assert answers[0].headers.keys() == answers[1].headers.keys()
    codes = [web.post("/session", json={"login": "ada", "password": f"wrong {n}"}).status_code for n in range(12)]
    assert codes == [401] * 9 + [429] * 3
    refused = web.post("/session", json={"login": "ada", "password": GOOD})
    problem(refused, 429, "too-many")
    assert int(refused.headers["Retry-After"]) >= 1
    worked = passwords.compared
    web.post("/session", json={"login": "ada", "password": GOOD})
    assert passwords.compared == worked, "who is slowed down costs no work"
    web.town.real.move(minutes=2)
    assert web.post("/session", json={"login": "ada", "password": GOOD}).status_code == 201


def test_one_address_cannot_try_many_names(web: Web, passwords: Counted) -> None:
    codes = [web.post("/session", json={"login": f"name{n}", "password": "x"}).status_code for n in range(61)]
    assert codes == [401] * 60 + [429]


def test_no_other_site_makes_a_browser_change_anything(web: Web, passwords: Counted) -> None:
    session = with_password(web, "ste", "ste")
    body = {"role": "builder"}
    stranger = {"Origin": "https://evil.example"}
    for headers in ({}, stranger, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                    {"Origin": "null"}, {**stranger, "Host": "test"}):  # fmt: skip
        problem(web.post("/invitations", json=body, **shown(session, **headers)), 403, "forbidden")
        problem(web.call("DELETE", "/session", **shown(session, **headers)), 403, "forbidden")
    for headers in (OURS, {"Origin": "http://test"}):
        assert web.post("/invitations", json=body, **shown(session, **headers)).status_code == 201, headers
    assert web.get("/people", **shown(session, **stranger)).status_code == 200, "reading shows other sites nothing"
    assert "access-control-allow-origin" not in web.get("/people", **shown(session, **stranger)).headers
    form = web.post("/invitations", data={"role": "steward"}, **shown(session, **OURS))
    problem(form, 422, "input")
    log_in = {"json": {"login": "ste", "password": GOOD}}
    problem(web.post("/session", headers=stranger, **log_in), 403, "forbidden")
    assert web.post("/session", **log_in).status_code == 201, "a program names no page"


def test_behind_a_proxy_the_cookie_is_for_tls_only(web: Web, passwords: Counted) -> None:
    web.app = create_app(web.town.application, per_s=1e6, burst=10**6, public_url="https://fab.example")
    with_password(web, "ada", "ada")
    answer = web.post("/session", json={"login": "ada", "password": GOOD}, headers={"Origin": "https://fab.example"})
    header = answer.headers["set-cookie"]
    assert header.startswith("__Host-fabcommons=ses_")
    assert "Secure" in header
    named = {"Cookie": f"__Host-fabcommons={cookie(answer)}"}
    ours = {**named, "Origin": "https://fab.example"}
    for origin in ("http://fab.example", "https://fab.example.evil.example", "http://test"):
        problem(web.call("DELETE", "/session", headers={**named, "Origin": origin}), 403, "forbidden")
    assert web.get("/me", headers={"Cookie": f"fabcommons={cookie(answer)}"}).json()["id"] == "visitor"
    assert web.call("DELETE", "/session", headers=ours).status_code == 200


def test_a_planted_session_is_of_no_use(web: Web, passwords: Counted) -> None:
    """Session fixation: after log-in another secret counts, and the planted one is over or its owner's own."""
    with_password(web, "ada", "ada")
    planted = with_password(web, "des", "eve")
    made_up = "ses_" + "0" * 16 + "_" + "A" * 43
    for before in (planted, made_up, "x" * 50):
        answer = web.post("/session", json={"login": "ada", "password": GOOD}, **shown(before, **OURS))
        fresh = cookie(answer)
        assert fresh != before
        assert web.get("/me", **shown(before)).json()["id"] == "visitor", before
        assert web.get("/me", **shown(fresh)).json()["id"] == web.town.people["ada"].id


def test_changing_a_password_needs_the_old_one_and_ends_other_sessions(web: Web, passwords: Counted) -> None:
    other = with_password(web, "ada", "ada")
    change = {"login": "ada", "password": "another four lamps"}
    session = cookie(web.post("/session", json={"login": "ada", "password": GOOD}))
    for old in ({}, {"old": "wrong"}):
        problem(web.call("PUT", "/account/password", "ada", json={**change, **old}), 403, "forbidden")
    answer = web.call("PUT", "/account/password", json={**change, "old": GOOD}, **shown(session, **OURS))
    assert answer.status_code == 200, answer.text
    assert [web.get("/me", **shown(each)).json()["id"] for each in (other, session)] == ["visitor"] * 2
    assert web.get("/account", **shown(cookie(answer))).json()["login"] == "ada"
    problem(web.post("/session", json={"login": "ada", "password": GOOD}), 401, "unauthenticated")


def test_a_token_of_few_roles_sets_no_first_password(web: Web, passwords: Counted) -> None:
    """A password opens all that its person may; a token that was made for less must not become one."""
    ada = web.town.people["ada"].id
    web.post(f"/people/{ada}/roles", "ste", json={"role": "steward"})
    problem(web.call("PUT", "/account/password", "ada", json={"login": "ada", "password": GOOD}), 403, "forbidden")
    problem(web.call("PUT", "/account/password", "agent", json={"login": "box", "password": GOOD}), 403, "forbidden")
    problem(web.call("PUT", "/account/password", json={"login": "nemo", "password": GOOD}), 401, "unauthenticated")


def test_a_steward_helps_who_forgot_once(web: Web, passwords: Counted) -> None:
    session = with_password(web, "ada", "ada")
    ada = web.town.people["ada"].id
    path = f"/people/{ada}/password-reset"
    for who, status, code in ((None, 401, "unauthenticated"), ("north", 403, "forbidden"), ("ada", 403, "forbidden")):
        problem(web.post(path, who), status, code)
    early, late = (web.post(path, "ste").json()["code"] for _ in range(2))
    body = {"login": "ada", "password": "another four lamps"}
    problem(web.post("/account/password/reset", json={**body, "code": early}), 409, "state")
    problem(web.post("/account/password/reset", json={**body, "code": late[:-3] + "AAA"}), 401, "unauthenticated")
    answer = web.post("/account/password/reset", json={**body, "code": late})
    assert answer.json()["person_id"] == ada
    assert web.get("/me", **shown(session)).json()["id"] == "visitor"
    problem(web.post("/account/password/reset", json={**body, "code": late}), 409, "state")
    expired = web.post(path, "ste").json()["code"]
    web.town.real.move(hours=25)
    problem(web.post("/account/password/reset", json={**body, "code": expired}), 409, "state")


def test_stewards_choose_who_may_come_in(web: Web, passwords: Counted) -> None:
    body = {"name": "Eve", "login": "eve", "password": GOOD}
    assert web.get("/network").json()["sign_up"] == "invitation"
    problem(web.post("/account", json=body), 403, "forbidden")
    chosen: dict[str, Any] = {
        "name": "Bay", "sign_up": "open", "newcomer_role": "builder", "alert_services": ["matrixs"],
        "link_by_email": True,
    }  # fmt: skip
    problem(web.call("PUT", "/network", "north", json=chosen), 403, "forbidden")
    problem(web.call("PUT", "/network", "ste", json={**chosen, "newcomer_role": "steward"}), 422, "input")
    problem(web.call("PUT", "/network", "ste", json={**chosen, "alert_services": ["file"]}), 422, "input")
    assert web.call("PUT", "/network", "ste", json=chosen).json() == chosen == web.get("/network").json()
    answer = web.post("/account", json=body)
    assert answer.status_code == 201, answer.text
    me = web.get("/me", **shown(cookie(answer))).json()
    assert [each["role"] for each in me["grants"]] == ["builder"]
    problem(web.post("/account", json={**body, "login": "EVE"}), 409, "state")
    web.call("PUT", "/network", "ste", json={**chosen, "newcomer_role": None})
    last = web.post("/account", json={**body, "login": "adam"})
    assert web.get("/me", **shown(cookie(last))).json()["grants"] == []


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short words", "12 to 256"),
        ("x" * 257, "12 to 256"),
        ("abababababab", "repeats"),
        ("ada@example.org1", "log-in name"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        require_good(password, "ada@example.org")


def test_log_in_names_are_compared_as_people_read_them() -> None:
    assert login_name(" ADA@Example.org") == login_name("ada@example.org")
    assert login_name("Straße") == login_name("STRASSE")
    for bad in ("ab", "a b c", "a\u200bda\n", "\ufdfa" * 100, "x" * 255):
        with pytest.raises(InputError):
            login_name(bad)


def test_the_usual_hash_is_argon2id_with_64_mib() -> None:
    kept = Passwords().kept(GOOD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Passwords().match(kept, GOOD)
    assert not Passwords().match(kept, GOOD + "!")
    assert not Passwords().match("no hash", GOOD)


def test_maintainers_keep_their_own_design_only(web: Web) -> None:
    first, second = web.town.upload(), web.town.upload("Panel,2,Manual cutting,,,")
    people = {name: web.town.people[name].id for name in ("ada", "des")}
    role = {"role": "maintainer", "design_id": first.id}
    problem(web.post(f"/people/{people['des']}/roles", "ada", json=role), 403, "forbidden")
    problem(web.post(f"/people/{people['des']}/roles", "ste", json={"role": "maintainer"}), 422, "input")
    problem(web.post(f"/people/{people['des']}/roles", "ste", json={**role, "design_id": 99}), 404, "unknown")
    given = web.post(f"/people/{people['des']}/roles", "ste", json=role).json()["grants"]
    assert {"role": "maintainer", "lab": "", "design": f"design {first.id}"} in given
    web.tokens["des"] = with_maintainer(web, "des")
    assert web.post(f"/people/{people['ada']}/roles", "des", json=role).status_code == 200
    other = {**role, "design_id": second.id}
    problem(web.post(f"/people/{people['ada']}/roles", "des", json=other), 403, "forbidden")
    problem(web.post("/invitations", "ste", json={"role": "maintainer"}), 422, "input")
    taken = web.post(f"/people/{people['ada']}/roles/withdraw", "des", json=role).json()["grants"]
    assert "maintainer" not in [each["role"] for each in taken]


def with_maintainer(web: Web, who: str) -> str:
    """A token of a designer that reaches the new role too: made by the person, who logs in."""
    code = web.post(f"/people/{web.town.people[who].id}/password-reset", "ste").json()["code"]
    answer = web.post("/account/password/reset", json={"code": code, "login": who, "password": GOOD})
    made = web.post(
        "/tokens", json={"label": "x", "scopes": ["designer", "maintainer"]}, **shown(cookie(answer), **OURS)
    )
    assert made.status_code == 201, made.text
    return str(made.json()["token"])
