"""Documents of other networks: forged, changed, replayed, contradicting ones; in any order the same is held."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.federation.canonical import canonical, parse
from commons.federation.documents import Document, DocumentKind, ForgedError, Signer, read_document
from commons.federation.inbox import Inbox, Taken
from commons.federation.keys import SUBJECT, _word, follower_in, handover, same_words, words_of
from core.errors import InputError

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
NORTH, SOUTH = Signer(b"n" * 32), Signer(b"s" * 32)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def document(number: int = 1, subject: str = "design/7", body: Any = "a lamp", signer: Signer = NORTH) -> Document:
    return signer.sign(DocumentKind.DESIGN, subject, number, NOW, body)


def inbox() -> Inbox:
    return Inbox({NORTH.network: "north"})


@given(VALUES)
def test_a_value_has_one_form_and_comes_back(value: Any) -> None:
    data = canonical(value)
    assert parse(data, where="x") == value
    assert canonical(parse(data, where="x")) == data
    assert parse(json.dumps(value, indent=2).encode(), where="x") == value


def test_keys_stand_in_the_order_of_the_standard() -> None:
    assert canonical({"\U0001f600": 1, "\ufb33": 2, "a": 3, "\u20ac": 4}).decode() == (
        '{"a":3,"\u20ac":4,"\U0001f600":1,"\ufb33":2}'
    )


@pytest.mark.parametrize("value", [0.5, 2**53, float("nan"), {1: 2}, b"x", "\ud800", {"a": {1}}])
def test_what_has_no_single_form_is_refused(value: Any) -> None:
    with pytest.raises(InputError):
        canonical(value)


def test_what_lies_too_deep_is_refused() -> None:
    deep: Any = []
    for _ in range(30):
        deep = [deep]
    with pytest.raises(InputError, match="deep"):
        canonical(deep)
    with pytest.raises(InputError):
        parse(b"[" * 100_000, where="x")


@pytest.mark.parametrize("data", [b'{"a":1,"a":2}', b"0.5", b"NaN", b"\xff", b"{", b"1e3"])
def test_what_readers_would_disagree_about_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="no document"):
        parse(data, where="a stick")


@given(VALUES, st.integers(1, 10**6))
def test_a_document_is_read_as_it_was_signed(body: Any, number: int) -> None:
    made = document(number, body=body)
    read = read_document(made.data, now=NOW, where="a stick")
    assert read == made
    assert (read.network, read.number, read.body, read.made_at) == (NORTH.network, number, body, NOW)


@pytest.mark.parametrize("key", ["network", "kind", "subject", "number", "made_at", "body", "signature"])
def test_what_was_changed_on_its_way_is_refused(key: str) -> None:
    said = json.loads(document().data)
    other = json.loads(document(2, "design/8", "a bomb", SOUTH).data)
    said[key] = "offer" if key == "kind" else (NOW - timedelta(days=1)).isoformat() if key == "made_at" else other[key]
    with pytest.raises(ForgedError, match="does not hold"):
        read_document(json.dumps(said).encode(), now=NOW, where="a stick")


def test_who_signs_for_another_is_refused() -> None:
    said = json.loads(document(signer=SOUTH).data)
    said["network"] = NORTH.network
    with pytest.raises(ForgedError):
        read_document(canonical(said), now=NOW, where="a stick")


def test_another_form_of_a_key_or_signature_is_refused() -> None:
    said = json.loads(document().data)
    for key in ("network", "signature"):
        for form in (said[key] + "=", said[key][:-1], said[key][:-1] + chr(ord(said[key][-1]) + 1), 7):
            with pytest.raises(InputError):
                read_document(json.dumps({**said, key: form}).encode(), now=NOW, where="a stick")


def test_keys_that_are_too_many_or_too_few_are_refused() -> None:
    said = json.loads(document().data)
    fewer = {key: said[key] for key in said if key != "body"}
    wrong: list[Any] = [{**said, "more": 1}, fewer, [], {**said, "version": "x"}]
    for changed in wrong:
        with pytest.raises(InputError, match="this is no"):
            read_document(json.dumps(changed).encode(), now=NOW, where="a stick")


def test_the_future_is_refused() -> None:
    with pytest.raises(InputError, match="from the future"):
        read_document(document().data, now=NOW - timedelta(hours=2), where="a stick")


@pytest.mark.parametrize(("subject", "number"), [("", 1), ("a b", 1), ("x" * 201, 1), ("a", 0), ("a", -1)])
def test_a_document_has_a_subject_and_a_number(subject: str, number: int) -> None:
    with pytest.raises(InputError):
        document(number, subject)


def test_a_replayed_document_changes_nothing() -> None:
    box, first, second = inbox(), document(1), document(2, body="a better lamp")
    assert [box.take(each) for each in (first, second, first, second)] == [
        Taken.NEW,
        Taken.NEW,
        Taken.KNOWN,
        Taken.KNOWN,
    ]
    assert [each.body for each in box.said()] == ["a better lamp"]
    late = inbox()
    assert [late.take(each) for each in (second, first)] == [Taken.NEW, Taken.OLD]
    assert late.said() == box.said()


def test_what_is_withdrawn_stays_withdrawn() -> None:
    box = inbox()
    box.take(document(1))
    box.take(document(2, body=None))
    assert box.said() == []
    assert box.take(document(1)) is Taken.KNOWN
    assert box.said() == []


def test_who_is_not_listened_to_is_refused() -> None:
    with pytest.raises(InputError, match="nobody here knows"):
        inbox().take(document(signer=SOUTH))


ROWS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(["a", "b"]), st.sampled_from(["x", "y", None])), max_size=8
)


@given(ROWS, st.randoms())
def test_in_any_order_the_same_is_held(rows: list[tuple[int, str, str | None]], random: Any) -> None:
    made = [document(*row) for row in rows]
    one, other = inbox(), inbox()
    for each in made:
        one.take(each)
    shuffled = [*made, *made]
    random.shuffle(shuffled)
    for each in shuffled:
        other.take(each)
    assert one.said() == other.said()
    assert one.conflicts == other.conflicts


def test_two_documents_with_one_number_are_both_kept_and_neither_is_used() -> None:
    box = inbox()
    assert box.take(document(1)) is Taken.NEW
    assert box.take(document(2, body="a lamp of brass")) is Taken.NEW
    assert box.take(document(2, body="a lamp of steel")) is Taken.CONFLICT
    assert box.said() == [], "not the older one either: something newer was said, and nobody knows what"
    assert len(box.conflicts[NORTH.network, 2]) == 2
    assert box.take(document(3, body="a lamp of brass, as we meant")) is Taken.NEW
    assert [each.number for each in box.said()] == [3]


def test_the_words_of_a_key_are_proquints_of_its_hash() -> None:
    digest = hashlib.sha256(base64.urlsafe_b64decode(NORTH.network + "=")).digest()
    words = words_of(NORTH.network).split("-")
    assert len(words) == 6
    consonants, vowels = "bdfghjklmnprstvz", "aiou"
    for at, word in enumerate(words):
        bits = 0
        for letter in word:
            bits = bits * 16 + consonants.index(letter) if letter in consonants else bits * 4 + vowels.index(letter)
        assert bits.to_bytes(2) == digest[2 * at : 2 * at + 2]
    assert words_of(SOUTH.network) != words_of(NORTH.network)
    assert same_words(" ".join(words).upper() + "\n", NORTH.network)
    assert not same_words(" ".join(words[1:]), NORTH.network)
    with pytest.raises(InputError):
        words_of("not a key")


def test_one_address_of_the_published_proposal_is_said_as_there() -> None:
    """127.0.0.1 is lusab-babad in the proposal."""
    assert _word(0x7F00) + "-" + _word(0x0001) == "lusab-babad"


def test_a_key_is_followed_by_one_that_says_so_itself() -> None:
    made = handover(NORTH, SOUTH, 5, NOW)
    read = read_document(made.data, now=NOW, where="a stick")
    assert follower_in(read, now=NOW, where="a stick") == SOUTH.network


def test_nobody_is_handed_a_key_that_is_not_theirs() -> None:
    mallory = Signer(b"m" * 32)
    theirs = json.loads(handover(NORTH, SOUTH, 5, NOW).data)["body"]["accepted"]
    taken = mallory.sign(DocumentKind.KEY, SUBJECT, 5, NOW, {"key": SOUTH.network, "accepted": theirs})
    with pytest.raises(InputError, match="does not say that it follows"):
        follower_in(taken, now=NOW, where="a stick")
    for body in (None, {}, {"key": SOUTH.network}, {"key": SOUTH.network, "accepted": "x"}):
        with pytest.raises(InputError):
            follower_in(NORTH.sign(DocumentKind.KEY, SUBJECT, 5, NOW, body), now=NOW, where="a stick")
