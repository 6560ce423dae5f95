"""A cache answers with what was kept, byte for byte, or not at all."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import InputError
from machines.toolpaths.cache import ToolpathCache, cache_key

KEY = cache_key("a question")


def test_what_was_kept_comes_back(cache: ToolpathCache) -> None:
    assert cache.get(KEY) is None
    cache.put(KEY, {"duration_s": 1.5, "holds": []}, {"plate.gcode": b"G1"})
    entry = cache.get(KEY)
    assert entry is not None
    assert entry.facts == {"duration_s": 1.5, "holds": []}
    assert entry.files["plate.gcode"].read_bytes() == b"G1"


def test_another_question_has_another_key() -> None:
    keys = {cache_key(*words) for words in [("a", "b"), ("ab",), ("a", ["b"]), ("b", "a"), ("a", 1), ("a", "1")]}
    assert len(keys) == 6


@pytest.mark.parametrize("name", ["plate.gcode", "entry.json"])
@pytest.mark.parametrize("damage", [b"", b"G1 X9", b"{}", b"\xff\xfe"])
def test_damage_is_seen_and_removed(cache: ToolpathCache, name: str, damage: bytes) -> None:
    cache.put(KEY, {"duration_s": 1.5}, {"plate.gcode": b"G1 X1"})
    place = cache.folder / KEY[:2] / KEY
    (place / name).write_bytes(damage)
    assert cache.get(KEY) is None
    assert not place.exists()
    assert cache.put(KEY, {"duration_s": 2.0}, {"plate.gcode": b"G1 X2"})
    assert cache.get(KEY) is not None


def test_changed_facts_are_seen(cache: ToolpathCache) -> None:
    cache.put(KEY, {"holds": ["it leaks"]}, {"plate.gcode": b"G1"})
    document = cache.folder / KEY[:2] / KEY / "entry.json"
    document.write_text(document.read_text().replace('"it leaks"', ""))
    assert cache.get(KEY) is None


def test_a_file_that_is_gone_is_seen(cache: ToolpathCache) -> None:
    cache.put(KEY, {}, {"plate.gcode": b"G1"})
    (cache.folder / KEY[:2] / KEY / "plate.gcode").unlink()
    assert cache.get(KEY) is None


def test_an_entry_cannot_point_outside(cache: ToolpathCache, tmp_path: Path) -> None:
    cache.put(KEY, {}, {"plate.gcode": b"G1"})
    document = cache.folder / KEY[:2] / KEY / "entry.json"
    document.write_text(document.read_text().replace("plate.gcode", "../plate.gcode"))
    assert cache.get(KEY) is None


def test_the_longest_unused_goes_first(tmp_path: Path) -> None:
    cache = ToolpathCache(tmp_path, max_bytes=4000)
    keys = [cache_key(number) for number in range(4)]
    for age, key in enumerate(keys[:3]):
        cache.put(key, {}, {"plate.gcode": bytes(1000)})
        os.utime(cache.folder / key[:2] / key / "entry.json", ns=(age + 1, age + 1))
    assert cache.get(keys[0]) is not None  # used again: now the second is the oldest
    cache.put(keys[3], {}, {"plate.gcode": bytes(1000)})
    assert [cache.get(key) is not None for key in keys] == [True, False, True, True]


def test_the_newest_stays_whatever_it_weighs(tmp_path: Path) -> None:
    cache = ToolpathCache(tmp_path, max_bytes=10)
    cache.put(KEY, {}, {"plate.gcode": bytes(1000)})
    assert cache.get(KEY) is not None


def test_many_keep_the_same_at_once(cache: ToolpathCache) -> None:
    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(lambda _: cache.put(KEY, {"n": 1}, {"plate.gcode": b"G1"}), range(40)))
    assert {entry.files["plate.gcode"].read_bytes() for entry in entries} == {b"G1"}
    assert [path.name for path in (cache.folder / KEY[:2]).iterdir()] == [KEY]


def test_what_another_process_is_writing_is_neither_counted_nor_evicted(cache: ToolpathCache) -> None:
    small = ToolpathCache(cache.folder, max_bytes=1)
    writing, killed = (small.folder / KEY[:2] / f".part-{name}" for name in ("now", "long-ago"))
    for part in (writing, killed):
        part.mkdir(parents=True)
        (part / "plate.gcode").write_bytes(b"G1" * 100)
    os.utime(killed, (0, 0))
    small.put(KEY, {}, {"plate.gcode": b"G1"})
    assert writing.exists()
    assert not killed.exists()
    assert small.get(KEY) is not None


def test_nonsense_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        ToolpathCache(tmp_path / "file").put(KEY, {}, {})
    with pytest.raises(ValueError, match="64 hexadecimal"):
        ToolpathCache(tmp_path).get("../../etc/passwd")
    with pytest.raises(ValueError, match="more than nothing"):
        ToolpathCache(tmp_path, max_bytes=0)
