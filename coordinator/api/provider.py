"""An OpenID provider, asked over HTTPS: where browsers are sent, and what its word is worth.

OpenID Connect Core 1.0 (3.1, authorization code flow; 3.1.3.7, validation of the ID token), Discovery 1.0, PKCE
(RFC 7636), the issuer in the answer (RFC 9207), and the advice of RFC 9700. Whoever runs the coordinator names the
provider, so it may be inside the network; what it answers is still bounded, and no redirect of it is followed.
"""

from __future__ import annotations

import hmac
import json
import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import httpx
import jwt
from jwt.types import Options

from coordinator.service.membership.identities import Claims, Departure, Journey
from coordinator.service.membership.openid import OpenIdClient
from coordinator.service.refusals import UnauthenticatedError
from core.clock import Clock
from core.errors import StateError

__all__ = ["ALGORITHMS", "Provider"]

_LOG = logging.getLogger("fabcommons")
ALGORITHMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    "EdDSA": "OKP",
}
"""How a token may be signed, and the kind of key that belongs to it: none that a secret or nobody at all signs."""
_MOST_BYTES: Final = 256 * 1024
_TIMEOUT_S: Final = 10.0
_FRESH_FOR: Final = timedelta(hours=1)
_NOT_AGAIN_FOR: Final = timedelta(seconds=30)  # keys that are not known are asked for, though not by every forged token
_LEEWAY: Final = timedelta(minutes=1)
_UNCHECKED: Final[Options] = {
    "verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False, "verify_iss": False,
    "verify_sub": False, "verify_jti": False,
}  # fmt: skip
"""The signature is proved by the library, all else by `_what_is_wrong`, on the clock that is passed in."""
_LONGEST_NAME: Final = 100
_AWAY: Final = "the provider of log-ins cannot be reached or answers nonsense"


class Provider:
    """One provider, as this coordinator knows it. For several threads."""

    def __init__(
        self, client: OpenIdClient, clock: Clock,
        transport: Callable[[], httpx.BaseTransport] = httpx.HTTPTransport,
    ) -> None:  # fmt: skip
        """Args: client: what we are to it; clock: of the computer; transport: makes the way out."""
        self._client = client
        self._clock = clock
        self._transport = transport
        self._lock = threading.Lock()
        self._known: dict[str, tuple[datetime, dict[str, Any]]] = {}

    @property
    def name(self) -> str:
        """As people know it."""
        return urlsplit(self._client.issuer).hostname or self._client.issuer

    def address(self, departure: Departure, redirect: str) -> str:
        """Where a browser is sent.

        Raises:
            StateError: the provider cannot be reached, or does not say where.
        """
        query = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": redirect,
            "scope": "openid profile email",
            "state": departure.state,
            "nonce": departure.nonce,
            "code_challenge": departure.challenge,
            "code_challenge_method": "S256",
        }
        door = self._endpoint("authorization_endpoint")
        return f"{door}{'&' if urlsplit(door).query else '?'}{urlencode(query)}"

    def require_own_answer(self, issuer: str | None) -> None:
        """Refuse an answer that another provider gave, or that does not say whose it is though it should (RFC 9207).

        Raises:
            UnauthenticatedError: it is.
            StateError: the provider cannot be reached.
        """
        says = self._metadata().get("authorization_response_iss_parameter_supported") is True
        if (issuer is None and says) or issuer not in (None, self._client.issuer):
            raise UnauthenticatedError("another provider gave this answer", hint="log in again")

    def claims(self, code: str, journey: Journey, redirect: str) -> Claims:
        """Exchange a code for what the provider says, and prove that.

        Raises:
            UnauthenticatedError: the code is not taken, or the token does not stand up.
            StateError: the provider cannot be reached.
        """
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect,
            "code_verifier": journey.verifier, "client_id": self._client.client_id,
        }  # fmt: skip
        auth: tuple[str, str] | None = None
        if self._client.secret:
            ways = self._metadata().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            if "client_secret_basic" in ways:  # RFC 6749, 2.3.1: both are form-encoded first
                auth = (quote(self._client.client_id, safe=""), quote(self._client.secret, safe=""))
            else:
                form["client_secret"] = self._client.secret
        status, answer = self._ask("POST", self._endpoint("token_endpoint"), data=form, auth=auth)
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise UnauthenticatedError("the provider did not take this log-in", hint="log in again")
        return self._proved(token, journey.nonce)

    def _proved(self, token: str, nonce: str) -> Claims:
        try:
            said = self._signed(token)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
            _LOG.warning("a token of the OpenID provider was refused: %s", type(error).__name__)
            raise UnauthenticatedError("the provider's token is not signed by it", hint="log in again") from None
        wrong = _what_is_wrong(said, self._client, nonce, self._clock.now())
        if wrong:
            _LOG.warning("a token of the OpenID provider was refused: %s", wrong)
            raise UnauthenticatedError(f"the provider's token is not for this log-in: {wrong}", hint="log in again")
        name, email = said.get("name") or said.get("preferred_username"), said.get("email")
        verified = email if said.get("email_verified") is True and isinstance(email, str) and len(email) <= 254 else ""
        called = "".join(each for each in name if each.isprintable()).strip() if isinstance(name, str) else ""
        return Claims(said["iss"], said["sub"], called[:_LONGEST_NAME], verified)

    def _signed(self, token: str) -> dict[str, Any]:
        """What a token says whose signature one of the provider's keys proves."""
        head = jwt.get_unverified_header(token)
        algorithm, wanted = head.get("alg"), head.get("kid")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise jwt.InvalidAlgorithmError
        keys = self._keys(algorithm, wanted)
        failure: Exception = jwt.InvalidKeyError()
        for each in keys:
            try:
                key = jwt.PyJWK(each, algorithm=algorithm).key
                return dict(jwt.decode(token, key, algorithms=[algorithm], options=_UNCHECKED))
            except jwt.PyJWTError as error:
                failure = error
        raise failure

    def _keys(self, algorithm: str, wanted: object) -> list[dict[str, Any]]:
        """The keys that may have signed so; asked for anew where none has the name, as providers change them."""
        address = self._endpoint("jwks_uri")
        found = _fitting(self._read(address), algorithm, wanted)
        return found or _fitting(self._read(address, not_older=_NOT_AGAIN_FOR), algorithm, wanted)

    def _metadata(self) -> dict[str, Any]:
        found = self._read(self._client.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self._client.issuer:  # Discovery 1.0, 4.3
            raise StateError(_AWAY, hint="its configuration names another issuer")
        return found

    def _endpoint(self, name: str) -> str:
        address = self._metadata().get(name)
        plain = self._client.issuer.startswith("http://")  # only on this computer, see OpenIdClient
        if not isinstance(address, str) or urlsplit(address).scheme not in (("https", "http") if plain else ("https",)):
            raise StateError(_AWAY, hint=f"its configuration has no {name} of https")
        return address

    def _read(self, address: str, not_older: timedelta = _FRESH_FOR) -> dict[str, Any]:
        """A document of the provider, kept for a while."""
        with self._lock:
            known = self._known.get(address)
            if known is not None and self._clock.now() - known[0] < not_older:
                return known[1]
        status, answer = self._ask("GET", address)
        if status != 200:
            raise StateError(_AWAY, hint=f"it answers {status}")
        with self._lock:
            self._known[address] = (self._clock.now(), answer)
        return answer

    def _ask(self, method: str, address: str, **how: Any) -> tuple[int, dict[str, Any]]:
        body = b""
        try:
            with (
                httpx.Client(transport=self._transport(), timeout=_TIMEOUT_S, trust_env=False) as client,
                client.stream(method, address, headers={"accept": "application/json"}, **how) as answer,
            ):
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise StateError(_AWAY, hint="it answers too much")
            found = json.loads(body)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise StateError(_AWAY, hint=f"try again later ({type(error).__name__})") from None
        if not isinstance(found, dict):
            raise StateError(_AWAY, hint="it answers no JSON object")
        return answer.status_code, found


def _fitting(keys: dict[str, Any], algorithm: str, wanted: object) -> list[dict[str, Any]]:
    listed = keys.get("keys")
    return [
        each
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
        and each.get("kty") == ALGORITHMS[algorithm]
        and each.get("use", "sig") == "sig"
        and each.get("alg", algorithm) == algorithm
        and (wanted is None or each.get("kid") == wanted)
    ]


def _what_is_wrong(said: dict[str, Any], client: OpenIdClient, nonce: str, now: datetime) -> str | None:
    """Core 1.0, 3.1.3.7: what does not hold of a token, or None."""
    audience = said.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    azp = said.get("azp")
    checks = {
        "another issuer": said.get("iss") == client.issuer,
        "no subject": isinstance(said.get("sub"), str) and 0 < len(said["sub"]) <= 255,
        "another audience": client.client_id in audiences,
        "another party": azp == client.client_id if azp is not None else len(audiences) == 1,
        "another nonce": hmac.compare_digest(str(said.get("nonce")).encode(), nonce.encode()),
        "expired": _moment(said.get("exp")) > (now - _LEEWAY).timestamp(),
        "from the future": 0 < _moment(said.get("iat")) < (now + _LEEWAY).timestamp(),
        "not good yet": "nbf" not in said or 0 < _moment(said["nbf"]) < (now + _LEEWAY).timestamp(),
    }  # fmt: skip
    return next((words for words, holds in checks.items() if not holds), None)


def _moment(value: object) -> float:
    """Seconds since the epoch, or 0 for what is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11 else 0.0
