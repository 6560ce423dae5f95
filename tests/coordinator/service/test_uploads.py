"""Files in parts: what came counts, whoever dies; nobody sends more than was announced, or to another's file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordinator.parts import Parts
from coordinator.schema.network import Role
from coordinator.service.access import VISITOR, Actor
from coordinator.service.application import Application
from coordinator.service.designs.uploads import MOST_BYTES, Uploads
from coordinator.service.refusals import ForbiddenError, UnauthenticatedError, UnknownError
from core.errors import InputError, LimitError, StateError

from .conftest import Town
from .conftest import bare as bare
from .conftest import town as town

DATA = bytes(range(256)) * 40


def digest(data: bytes = DATA) -> str:
    return hashlib.sha256(data).hexdigest()


def send(uploads: Uploads, actor: Actor, upload_id: str, offset: int, data: bytes) -> int:
    with uploads.continued(actor, upload_id, offset) as sink:
        sink.write(data)
    return uploads.one(actor, upload_id).offset


def folder(town: Town) -> list[str]:
    return sorted(each.name for each in (town.folder / "files" / "uploads").glob("*"))


def test_parts_make_a_whole(town: Town) -> None:
    uploads, ada = town.application.uploads, town.people["ada"]
    begun = uploads.begin(ada, len(DATA), digest())
    assert send(uploads, ada, begun.id, 0, DATA[:1000]) == 1000
    with pytest.raises(StateError, match="1,000 of 10,240 bytes"):
        uploads.whole(ada, begun.id)
    assert send(uploads, ada, begun.id, 1000, DATA[1000:]) == len(DATA)
    assert uploads.whole(ada, begun.id).read_bytes() == DATA
    uploads.end(ada, begun.id)
    assert (uploads.mine(ada), folder(town)) == ([], [])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 300), max_size=6), lost=st.sets(st.integers(0, 6)))
def test_wherever_it_is_cut_the_whole_is_the_same(town: Town, cuts: list[int], lost: set[int]) -> None:
    data = bytes(range(250))
    uploads, ada = town.application.uploads, town.people["ada"]
    begun = uploads.begin(ada, len(data), digest(data))
    places = sorted({min(each, len(data)) for each in cuts} | {len(data)})
    for number, place in enumerate(places):
        offset = uploads.one(ada, begun.id).offset
        part = data[offset:place]
        try:
            with uploads.continued(ada, begun.id, offset) as sink:
                sink.write(part[: len(part) // 2])
                if number in lost:
                    raise ConnectionError
                sink.write(part[len(part) // 2 :])
        except ConnectionError:
            uploads = Uploads(town.application.house)  # as after a restart
    offset = uploads.one(ada, begun.id).offset
    if offset < len(data):
        send(uploads, ada, begun.id, offset, data[offset:])
    assert uploads.whole(ada, begun.id).read_bytes() == data
    uploads.end(ada, begun.id)


def test_what_was_written_and_not_counted_is_written_anew(town: Town) -> None:
    """The power goes after a byte is on the disk and before the database knows of it."""
    uploads, ada = town.application.uploads, town.people["ada"]
    begun = uploads.begin(ada, 6, digest(b"abcdef"))
    send(uploads, ada, begun.id, 0, b"abc")
    with Path(town.folder / "files" / "uploads" / f"{begun.id}.part").open("ab") as file:
        file.write(b"XYZXYZXYZ")
    assert uploads.one(ada, begun.id).offset == 3
    send(uploads, ada, begun.id, 3, b"def")
    assert uploads.whole(ada, begun.id).read_bytes() == b"abcdef"


def test_what_has_left_the_disk_is_said(town: Town) -> None:
    uploads, ada = town.application.uploads, town.people["ada"]
    begun = uploads.begin(ada, 6, None)
    send(uploads, ada, begun.id, 0, b"abc")
    Parts(town.folder / "files" / "uploads").forget(begun.id)
    with pytest.raises(StateError, match="no longer on the disk"):
        send(uploads, ada, begun.id, 3, b"def")
    assert uploads.mine(ada) == []


@pytest.mark.parametrize("offset", [0, 2, 4, 6, 2**40])
def test_a_part_begins_where_the_last_one_ended(town: Town, offset: int) -> None:
    uploads, ada = town.application.uploads, town.people["ada"]
    begun = uploads.begin(ada, 6, None)
    send(uploads, ada, begun.id, 0, b"abc")
    with pytest.raises(StateError, match="3 bytes are here"):
        send(uploads, ada, begun.id, offset, b"x")
    assert uploads.one(ada, begun.id).offset == 3


def test_more_than_was_announced_is_not_taken(town: Town) -> None:
    uploads, ada = town.application.uploads, town.people["ada"]
    begun = uploads.begin(ada, 6, None)
    with pytest.raises(LimitError, match="more comes"), uploads.continued(ada, begun.id, 0) as sink:
        sink.write(b"abcd")
        sink.write(b"efgh")
    assert uploads.one(ada, begun.id).offset == 4
    assert (town.folder / "files" / "uploads" / f"{begun.id}.part").stat().st_size == 4


def test_what_is_not_what_its_hash_says_is_gone(town: Town) -> None:
    uploads, ada = town.application.uploads, town.people["ada"]
    begun = uploads.begin(ada, 3, digest(b"abc"))
    with pytest.raises(InputError, match="not what its hash says"):
        send(uploads, ada, begun.id, 0, b"abd")
    assert (uploads.mine(ada), folder(town)) == ([], [])


def test_two_writers_are_one_too_many(town: Town) -> None:
    uploads, ada = town.application.uploads, town.people["ada"]
    begun = uploads.begin(ada, 6, None)
    with uploads.continued(ada, begun.id, 0) as sink:
        sink.write(b"abc")
        with pytest.raises(StateError, match="another request"):
            send(Uploads(town.application.house), ada, begun.id, 0, b"XXX")
    assert send(uploads, ada, begun.id, 3, b"def") == 6
    assert uploads.whole(ada, begun.id).read_bytes() == b"abcdef"


ACTS: list[Callable[[Application, Actor, str], object]] = [
    lambda application, who, each: application.uploads.one(who, each),
    lambda application, who, each: application.uploads.whole(who, each),
    lambda application, who, each: application.uploads.end(who, each),
    lambda application, who, each: application.uploads.continued(who, each, 3).__enter__(),
]


@pytest.mark.parametrize("act", ACTS)
def test_what_is_anothers_is_not_there(town: Town, act: Callable[[Application, Actor, str], object]) -> None:
    ada = town.people["ada"]
    begun = town.application.uploads.begin(ada, 3, None)
    send(town.application.uploads, ada, begun.id, 0, b"abc")
    for who in (town.people["ste"], town.people["north"], VISITOR, Actor("visitor")):
        with pytest.raises(UnknownError, match="no such upload of yours"):
            act(town.application, who, begun.id)
    assert town.application.uploads.whole(ada, begun.id).read_bytes() == b"abc"
    assert town.application.uploads.mine(town.people["ste"]) == []


def test_who_may_send_files(town: Town) -> None:
    for name in ("ada", "ste", "north"):
        assert town.application.uploads.begin(town.people[name], 1, None).offset == 0
    with pytest.raises(UnauthenticatedError):
        town.application.uploads.begin(VISITOR, 1, None)
    with pytest.raises(ForbiddenError):
        town.application.uploads.begin(town.agent("north"), 1, None)


@pytest.mark.parametrize("size", [0, -1, MOST_BYTES + 1])
def test_sizes_have_limits(town: Town, size: int) -> None:
    with pytest.raises(LimitError):
        town.application.uploads.begin(town.people["ada"], size, None)


def test_one_person_has_so_much_on_the_way(town: Town) -> None:
    uploads, ada, bob = town.application.uploads, town.people["ada"], town.join("bob", Role.BUILDER)
    first = uploads.begin(ada, MOST_BYTES, None)
    uploads.begin(ada, MOST_BYTES, None)
    with pytest.raises(LimitError, match="2 of your uploads"):
        uploads.begin(ada, 1, None)
    assert uploads.begin(bob, 1, None)
    uploads.end(ada, first.id)
    for _ in range(19):
        uploads.begin(ada, 1, None)
    with pytest.raises(LimitError, match="20 of your uploads"):
        uploads.begin(ada, 1, None)


def test_a_full_disk_is_said(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coordinator.service.designs.uploads._SPARE_BYTES", 2**60)
    with pytest.raises(StateError, match="nearly full"):
        town.application.uploads.begin(town.people["ada"], 1, None)


def test_what_nobody_continues_goes(town: Town) -> None:
    uploads, ada = town.application.uploads, town.people["ada"]
    left, kept = uploads.begin(ada, 3, None), uploads.begin(ada, 3, None)
    send(uploads, ada, left.id, 0, b"a")
    town.real.move(hours=20)
    send(uploads, ada, kept.id, 0, b"a")
    (town.folder / "files" / "uploads" / f"{'0' * 32}.part").write_bytes(b"of nobody")
    (town.folder / "files" / "uploads" / "note.txt").write_bytes(b"not ours")
    town.real.move(hours=5)
    with pytest.raises(UnknownError):
        uploads.one(ada, left.id)
    assert uploads.sweep() == 1
    assert folder(town) == sorted([f"{kept.id}.part", "note.txt"])
    assert [each.id for each in uploads.mine(ada)] == [kept.id]


@pytest.mark.parametrize("name", ["", "../x", "A" * 32, "0" * 31, "0" * 33, "/etc/passwd"])
def test_a_part_lies_nowhere_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=name or "^$"):
        Parts(tmp_path).path(name)
