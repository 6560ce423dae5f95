"""Log-in with an OpenID provider: a real one, over HTTP, with keys of its own; and what attackers try."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from coordinator.api.app import create_app
from coordinator.schema.account import SignUp
from coordinator.schema.alert import AlertAddressRow
from coordinator.schema.network import Role
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from coordinator.service.membership.openid import OpenIdClient
from core.errors import InputError
from tests.coordinator.api.conftest import Web
from tests.coordinator.service.test_alerts import with_settings
from tests.coordinator.web.test_acts import Browser, joined
from tests.coordinator.web.test_pages import check_page

CLIENT, SECRET = "fab", "s:cret/%"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def at(now: datetime) -> int:
    return int(now.timestamp())


@dataclass
class Provider:
    """A small OpenID provider. `twist` changes what a token says, `sign` how it is signed."""

    now: Callable[[], datetime]
    issuer: str = ""
    subject: str = "subject-1"
    claims: dict[str, Any] = field(default_factory=dict)
    key: Any = RSA_KEY
    kid: str = "one"
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] | None = None
    asked: list[str] = field(default_factory=list)
    broken: bytes | None = None

    def authorise(self, address: str) -> tuple[str, str]:
        """What the browser is sent back with, when its owner has logged in: code and state."""
        assert address.startswith(f"{self.issuer}/door?"), address
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code"
        assert query["redirect_uri"] == "http://test/log-in/callback"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return code, query["state"]

    def token(self, form: dict[str, str], authorization: str | None) -> tuple[int, dict[str, Any]]:
        expected = base64.b64encode(b"fab:s%3Acret%2F%25").decode()
        if authorization != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if asked is None or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        said = {
            "iss": self.issuer, "sub": self.subject, "aud": CLIENT, "nonce": asked["nonce"], "iat": at(self.now()),
            "exp": at(self.now()) + 300, **self.claims,
        }  # fmt: skip
        said = {name: value for name, value in said.items() if value is not None}
        signed = self.sign(said) if self.sign else jwt.encode(said, self.key, "RS256", {"kid": self.kid})
        return 200, {"id_token": signed, "access_token": "x", "token_type": "Bearer"}

    def document(self, path: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/door",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys", **self.metadata,
            }  # fmt: skip
        if path == "/keys":
            public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [{**public, "kid": self.kid, "use": "sig"}]}
        return None


@pytest.fixture
def provider(web: Web) -> Iterator[Provider]:
    made = Provider(web.town.real.now)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            found = made.document(self.path)
            self.answer(200 if found is not None else 404, found or {})

        def do_POST(self) -> None:
            made.asked.append(self.path)
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(*made.token(form, self.headers.get("authorization")))

        def answer(self, status: int, document: dict[str, Any]) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode() if made.broken is None else made.broken)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    with_settings(web.town, openid=OpenIdClient(made.issuer, CLIENT, SECRET), public_url="http://test")
    web.app = create_app(web.town.application, per_s=1e6, burst=10**6, public_url="http://test")
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def open_network(web: Web, **chosen: object) -> None:
    now = web.town.application.choices.now()
    update = {"sign_up": SignUp.OPEN, "newcomer_role": Role.BUILDER, **chosen}
    web.town.application.choices.put(Call(KEEPER), now.model_copy(update=update))


def leaves(browser: Browser, provider: Provider, path: str = "/log-in/elsewhere") -> tuple[str, str]:
    answer = browser._send("GET", path, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303, answer.text
    return provider.authorise(answer.headers["location"])


def comes_back(browser: Browser, code: str | None, state: str, **more: str) -> httpx.Response:
    query = {"state": state, **({"code": code} if code else {}), **more}
    return browser.get(f"/log-in/callback?{urlencode(query)}")


def log_in(web: Web, provider: Provider, path: str = "/log-in/elsewhere") -> tuple[Browser, httpx.Response]:
    browser = Browser(web)
    return browser, comes_back(browser, *leaves(browser, provider, path))


def person(browser: Browser) -> str:
    found = browser.get("/api/v1/me")
    return str(found.json()["id"])


def require_plain_page(answer: httpx.Response, status: int, *words: str) -> None:
    assert answer.status_code == status, answer.text
    check_page(answer)
    for each in words:
        assert each in answer.text, answer.text
    assert "Traceback" not in answer.text


# -- as it is meant


def test_in_an_open_network_the_first_log_in_makes_a_person_and_the_next_finds_it(web: Web, provider: Provider) -> None:
    open_network(web)
    provider.claims = {"name": "Ada \u202e<b>", "email": "ada@example.org", "email_verified": True}
    browser, answer = log_in(web, provider, "/log-in/elsewhere?back=/builds")
    assert (answer.status_code, answer.headers["location"]) == (303, "/builds")
    me = person(browser)
    assert me.startswith("p-")
    assert browser.get("/api/v1/people/" + me).json()["name"] == "Ada <b>"
    assert [each["role"] for each in browser.get("/api/v1/me").json()["grants"]] == ["builder"]
    again, _ = log_in(web, provider)
    assert person(again) == me
    provider.subject = "subject-2"
    other, _ = log_in(web, provider)
    assert person(other) not in (me, "visitor"), "the same address of mail is not the same person"
    browser.post("/log-out")
    assert person(browser) == "visitor"
    log = web.town.application.log.after(0, 9999)
    assert "ada@example.org" not in str(log)
    assert provider.subject not in str(log)


def test_where_people_are_invited_a_stranger_needs_an_invitation(web: Web, provider: Provider) -> None:
    _, answer = log_in(web, provider)
    require_plain_page(answer, 403, "invitation")
    code = web.town.application.invitations.make(KEEPER, Role.OPERATOR, "north").code
    assert f"/log-in/elsewhere?invitation={code}" in Browser(web).get(f"/join?code={code}").text
    browser, answer = log_in(web, provider, f"/log-in/elsewhere?invitation={code}")
    assert answer.status_code == 303, answer.text
    assert [each["role"] for each in browser.get("/api/v1/me").json()["grants"]] == ["operator"]
    provider.subject = "somebody else"
    _, answer = log_in(web, provider, f"/log-in/elsewhere?invitation={code}")
    require_plain_page(answer, 409, "used")


def test_who_is_logged_in_links_and_unlinks(web: Web, provider: Provider) -> None:
    browser = joined(web, Role.BUILDER, name="bea")
    me = person(browser)
    assert "Log in with 127.0.0.1 from now on" in browser.get("/account").text
    cross = browser._send("GET", "/account/identities/link", headers={"Sec-Fetch-Site": "cross-site"})
    require_plain_page(cross, 403)
    require_plain_page(browser.get("/account/identities/link"), 403)
    answer = comes_back(browser, *leaves(browser, provider, "/account/identities/link"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert provider.issuer in browser.get("/account").text
    again, _ = log_in(web, provider)
    assert person(again) == me
    eve = joined(web, Role.BUILDER, name="eve")
    require_plain_page(comes_back(eve, *leaves(eve, provider, "/account/identities/link")), 409, "another person")
    assert eve.post("/account/identities/1/unlink").status_code == 404
    assert browser.post("/account/identities/1/unlink", back="/account").status_code == 303 or again
    require_plain_page(log_in(web, provider)[1], 403)


def test_nobody_locks_themselves_out(web: Web, provider: Provider) -> None:
    open_network(web)
    browser, _ = log_in(web, provider)
    require_plain_page(browser.post("/account/identities/1/unlink"), 409, "password")


def test_who_logs_out_or_in_as_another_meanwhile_links_nothing(web: Web, provider: Provider) -> None:
    browser = joined(web, Role.BUILDER, name="bea")
    code, state = leaves(browser, provider, "/account/identities/link")
    browser.post("/log-out")
    require_plain_page(comes_back(browser, code, state), 403)


def test_a_verified_address_is_enough_only_where_the_stewards_say_so_and_both_sides_verified_it(
    web: Web, provider: Provider
) -> None:
    provider.claims = {"email": "Ada@Example.org", "email_verified": True}
    require_plain_page(log_in(web, provider)[1], 403)
    open_network(web, sign_up=SignUp.INVITATION, link_by_email=True)
    require_plain_page(log_in(web, provider)[1], 403)  # what ada wrote when she joined, nobody has verified
    with web.town.application.house.store.transaction() as session:
        now = web.town.real.now()
        row = AlertAddressRow(
            person_id=web.town.people["ada"].id, scheme="mailto", address="ada@example.org", label="x", made_at=now,
            code_sha256="", code_until=now, tries=0, verified_at=None, failures=0, last_answer="", ended_at=None,
        )  # fmt: skip
        session.add(row)
    require_plain_page(log_in(web, provider)[1], 403)
    with web.town.application.house.store.transaction() as session:
        session.merge(row).verified_at = now
    for unproved in ({"email_verified": False}, {"email_verified": "true"}, {"email_verified": None}):
        provider.claims = {"email": "ada@example.org", **unproved}
        require_plain_page(log_in(web, provider)[1], 403)
    provider.claims = {"email": "Ada@Example.org", "email_verified": True}
    browser, answer = log_in(web, provider)
    assert answer.status_code == 303
    assert person(browser) == web.town.people["ada"].id


def test_keys_change_and_forged_tokens_do_not_make_us_ask_for_ever(web: Web, provider: Provider) -> None:
    open_network(web)
    assert log_in(web, provider)[1].status_code == 303
    assert log_in(web, provider)[1].status_code == 303
    assert provider.asked.count("/keys") == 1
    provider.key, provider.kid = rsa.generate_private_key(public_exponent=65537, key_size=2048), "two"
    web.town.real.move(minutes=1)
    assert log_in(web, provider)[1].status_code == 303
    assert provider.asked.count("/keys") == 2
    provider.sign = lambda said: jwt.encode(said, RSA_KEY, "RS256", {"kid": secrets.token_hex(4)})
    for _ in range(5):
        require_plain_page(log_in(web, provider)[1], 401)
    assert provider.asked.count("/keys") <= 3


# -- what attackers try


def tampered(**changed: Any) -> Callable[[Provider], None]:
    def twist(provider: Provider) -> None:
        provider.claims = changed

    return twist


def signed(sign: Callable[[Provider, dict[str, Any]], str]) -> Callable[[Provider], None]:
    def twist(provider: Provider) -> None:
        provider.sign = lambda said: sign(provider, said)

    return twist


def with_public_key_as_secret(_: Provider, said: dict[str, Any]) -> str:
    """The HMAC of a token under the provider's public key, which everybody knows."""
    key = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return hmac_token(said, key)


def hmac_token(said: dict[str, Any], key: bytes) -> str:
    import hmac

    def packed(part: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")

    text = packed({"alg": "HS256", "kid": "one"}) + b"." + packed(said)
    return (text + b"." + base64.urlsafe_b64encode(hmac.new(key, text, "sha256").digest()).rstrip(b"=")).decode()


def with_its_own_key(_: Provider, said: dict[str, Any]) -> str:
    own = ec.generate_private_key(ec.SECP256R1())
    head = {"kid": "one", "jwk": json.loads(ECAlgorithm.to_jwk(own.public_key()))}
    return jwt.encode(said, own, "ES256", head)


ATTACKS: dict[str, Callable[[Provider], None]] = {
    "another audience": tampered(aud="other"),
    "an audience of many without a party": tampered(aud=["fab", "other"]),
    "another party": tampered(aud=["fab", "other"], azp="other"),
    "another party alone": tampered(azp="other"),
    "no audience": tampered(aud=None),
    "another issuer": tampered(iss="https://evil.example"),
    "no issuer": tampered(iss=None),
    "no subject": tampered(sub=None),
    "a subject that is too long": tampered(sub="x" * 256),
    "another nonce": tampered(nonce="x"),
    "no nonce": tampered(nonce=None),
    "expired": tampered(exp=1),
    "never expires": tampered(exp=None),
    "an expiry in words": tampered(exp="tomorrow"),
    "from the future": tampered(iat=at(datetime(2040, 1, 1, tzinfo=UTC))),
    "not good yet": tampered(nbf=at(datetime(2040, 1, 1, tzinfo=UTC))),
    "signed by nobody": signed(lambda _, said: jwt.encode(said, None, "none")),
    "the public key as a secret": signed(with_public_key_as_secret),
    "the client's secret": signed(lambda _, said: hmac_token(said, SECRET.encode())),
    "a key of the attacker's in the head": signed(with_its_own_key),
    "a key of the attacker's": signed(
        lambda _, said: jwt.encode(said, rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256")
    ),
    "no token": signed(lambda _, said: "nonsense"),
    "a token that was cut": signed(lambda provider, said: jwt.encode(said, provider.key, "RS256")[:-20]),
}


def test_a_token_that_does_not_stand_up_lets_nobody_in(web: Web, provider: Provider) -> None:
    open_network(web)
    before = web.town.application.log.newest()
    for name, attack in ATTACKS.items():
        provider.claims, provider.sign = {}, None
        attack(provider)
        browser, answer = log_in(web, provider)
        assert answer.status_code == 401, name
        require_plain_page(answer, 401)
        assert person(browser) == "visitor", name
    assert web.town.application.log.newest() == before
    provider.claims, provider.sign = {}, None
    assert log_in(web, provider)[1].status_code == 303, "it was the attacks that were refused"


def test_a_state_or_code_is_good_once_in_the_browser_that_began(web: Web, provider: Provider) -> None:
    open_network(web)
    browser = Browser(web)
    code, state = leaves(browser, provider)
    victim = Browser(web)
    require_plain_page(comes_back(victim, code, state), 401)
    leaves(victim, provider)
    require_plain_page(comes_back(victim, code, state), 401)  # it has a cookie, of another journey
    assert comes_back(browser, code, state).status_code == 303
    require_plain_page(comes_back(browser, code, state), 401)
    code, state = leaves(browser, provider)
    provider.codes.clear()
    require_plain_page(comes_back(browser, code, state), 401)
    for forged in ("", "x", "jny_0000000000000000_" + "A" * 43, state[:-1] + "x"):
        require_plain_page(comes_back(browser, "x", forged), 401)
    code, state = leaves(browser, provider)
    web.town.real.move(minutes=10)
    require_plain_page(comes_back(browser, code, state), 401, "too long")


def test_an_answer_of_another_provider_is_refused(web: Web, provider: Provider) -> None:
    """Mix-up (RFC 9207): the code would be shown to the wrong one."""
    open_network(web)
    browser = Browser(web)
    asked = len(provider.asked)
    code, state = leaves(browser, provider)
    require_plain_page(comes_back(browser, code, state, iss="https://evil.example"), 401)
    assert "/token" not in provider.asked[asked:]
    provider.metadata = {"authorization_response_iss_parameter_supported": True}
    web.town.real.move(hours=2)
    code, state = leaves(browser, provider)
    require_plain_page(comes_back(browser, code, state), 401)
    code, state = leaves(browser, provider)
    assert comes_back(browser, code, state, iss=provider.issuer).status_code == 303


def test_nobody_is_sent_to_another_site(web: Web, provider: Provider) -> None:
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        require_plain_page(Browser(web).get(f"/log-in/elsewhere?{urlencode({'back': back})}"), 422)


def test_a_refusal_is_a_plain_page(web: Web, provider: Provider) -> None:
    browser = Browser(web)
    for error in ("access_denied", "<script>alert(1)</script>", "x" * 1999):
        _, state = leaves(browser, provider)
        answer = comes_back(browser, None, state, error=error)
        require_plain_page(answer, 401, "let nobody in")
        assert "<script>alert" not in answer.text


def test_a_provider_that_answers_nonsense_is_a_plain_page(web: Web, provider: Provider) -> None:
    for broken in (b"", b"[]", b"<html>", b"{" * 100_000, b'"' + b"x" * 300_000 + b'"'):
        provider.broken = broken
        require_plain_page(Browser(web).get("/log-in/elsewhere"), 409, "cannot be reached")


def test_a_configuration_that_does_not_stand_up_is_refused(web: Web, provider: Provider) -> None:
    wrong = ({"issuer": "https://evil.example"}, {"authorization_endpoint": None}, {"authorization_endpoint": "ftp://x/"},
             {"authorization_endpoint": "javascript:alert(1)"})  # fmt: skip
    for metadata in wrong:
        provider.metadata = dict(metadata)
        web.town.real.move(hours=2)
        require_plain_page(Browser(web).get("/log-in/elsewhere"), 409)


def test_without_a_provider_there_is_no_such_door(web: Web) -> None:
    require_plain_page(Browser(web).get("/log-in/elsewhere"), 404)
    assert "elsewhere" not in Browser(web).get("/log-in").text


@pytest.mark.parametrize(
    "issuer", ["http://id.example", "https://id.example/?x=1", "ftp://x", "", "https://id.example/#a"]
)
def test_an_issuer_that_is_none_is_refused(issuer: str) -> None:
    with pytest.raises(InputError):
        OpenIdClient(issuer, "fab", SECRET)
    assert SECRET not in repr(OpenIdClient("https://id.example", "fab", SECRET))
