"""Archives that are cut, changed or made to do harm: one sentence, and nothing is left behind in the database."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coordinator.archive import reading
from coordinator.archive.exporting import EVERYTHING, export
from coordinator.archive.importing import import_archive
from coordinator.archive.manifest import Kind
from coordinator.archive.reading import opened_archive
from coordinator.archive.writing import new_archive
from coordinator.files import FileStore
from coordinator.store import Store
from core.errors import InputError

from .rows import fill

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive in a folder, as it should be."""
    folder = tmp_path_factory.mktemp("good")
    store = Store(folder / "x.db")
    fill(store, 4, 3)
    store.close()
    files = FileStore(folder / "files")
    files.keep([b"G28\n" * 1000])
    export(folder / "x.db", files, folder / "archive", Kind.BACKUP, EVERYTHING, NOW)
    return folder / "archive"


@pytest.fixture
def archive(good: Path, tmp_path: Path) -> Path:
    return shutil.copytree(good, tmp_path / "archive")


def bring_in(source: Path, **how: Any) -> dict[str, int]:
    with opened_archive(source, **how) as archive:
        return import_archive(archive, source.parent / "new.db", FileStore(source.parent / "new"))


def refused(source: Path, message: str, **how: Any) -> None:
    with pytest.raises(InputError, match=message) as caught:
        bring_in(source, **how)
    assert "\n" not in str(caught.value)
    assert not (source.parent / "new.db").exists(), "all or nothing"
    assert FileStore(source.parent / "new").digests() == []


def manifest_of(archive: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((archive / "manifest.json").read_text())
    return found


def say(archive: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest."""
    manifest = manifest_of(archive)
    change(manifest)
    (archive / "manifest.json").write_text(json.dumps(manifest))


def rewrite(archive: Path, name: str, content: bytes) -> None:
    """Replace a member, and let the manifest agree: as somebody does who means harm."""
    (archive / name).write_bytes(content)
    facts = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    say(archive, lambda manifest: manifest["members"].update({name: facts}))


def zipped(archive: Path, *more: tuple[str, bytes]) -> Path:
    target = archive.parent / "archive.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(archive.rglob("*")):
            if path.is_file():
                packed.write(path, path.relative_to(archive).as_posix())
        for name, content in more:
            packed.writestr(name, content)
    return target


def test_as_it_should_be_it_is_taken(archive: Path) -> None:
    assert bring_in(archive)["events"] == 4


def test_what_was_not_written_to_its_end(archive: Path) -> None:
    (archive / "manifest.json").unlink()
    refused(archive, "there is no manifest.json in it")
    packed = zipped(archive)
    packed.write_bytes(packed.read_bytes()[:-100])
    refused(packed, "is no archive, or was not written to its end")
    packed.write_bytes(b"")
    refused(packed, "is no archive")
    refused(archive.parent / "nowhere", "no such file or folder")


def test_a_writer_that_is_killed_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    for name in ("out", "out.zip"):
        with pytest.raises(KeyboardInterrupt), new_archive(tmp_path / name) as writer:
            writer.add("events.jsonl", [b"{}\n"])
            raise KeyboardInterrupt
        with pytest.raises(ValueError, match="ends with its manifest"), new_archive(tmp_path / name):
            pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("pack", [lambda archive: archive, zipped], ids=["folder", "zip"])
def test_what_was_changed_or_cut(archive: Path, pack: Callable[[Path], Path]) -> None:
    lines = (archive / "events.jsonl").read_bytes()
    for content in (lines.replace(b'"at"', b'"to"', 1), lines[:-5], lines + b"\n", b""):
        (archive / "events.jsonl").write_bytes(content)
        refused(pack(archive), "is not what the manifest says: the archive was changed or cut|events.jsonl:1: ")
    (archive / "events.jsonl").write_bytes(lines)
    program = next((archive / "files").iterdir())
    program.write_bytes(program.read_bytes()[:-1])
    refused(pack(archive), "is not what the manifest says")
    program.unlink()
    refused(pack(archive), "'files/[0-9a-f]{64}' is missing")


def test_a_zip_whose_bytes_were_changed(archive: Path) -> None:
    packed = zipped(archive)
    with zipfile.ZipFile(packed) as opened:
        start = opened.getinfo("events.jsonl").header_offset
    data = bytearray(packed.read_bytes())
    data[start + 60] ^= 0xFF
    packed.write_bytes(data)
    refused(packed, "damaged|is not what the manifest says")


@pytest.mark.parametrize(
    "name", ["../evil.jsonl", "/etc/evil.jsonl", "files/../../evil", "files/evil", "a/b.jsonl", "x.exe"]
)
def test_a_name_that_leads_elsewhere(archive: Path, name: str) -> None:
    refused(zipped(archive, (name, b"evil")), "is not named in its manifest")
    facts = {"bytes": 4, "sha256": hashlib.sha256(b"evil").hexdigest()}
    say(archive, lambda manifest: manifest["members"].update({name: facts}))
    refused(zipped(archive, (name, b"evil")), "the manifest cannot be read")
    assert {path.name for path in archive.parent.iterdir()} <= {"archive", "archive.zip", "new", "new.db"}


def test_a_link_and_a_double(archive: Path) -> None:
    (archive / "files" / ("0" * 64)).symlink_to("/etc/passwd")
    refused(archive, "is a link")
    (archive / "files" / ("0" * 64)).unlink()
    with pytest.warns(UserWarning, match="Duplicate"):
        packed = zipped(archive, ("events.jsonl", b"other"))
    refused(packed, "two files of one name")


def test_a_bomb(archive: Path) -> None:
    rewrite(archive, f"files/{hashlib.sha256(bytes(2**24)).hexdigest()}", bytes(2**24))
    refused(zipped(archive), "would unpack to 16 MiB", most_bytes=2**23)
    assert not (archive.parent / "new").exists(), "nothing is unpacked first"
    say(
        archive,
        lambda manifest: [each.update(bytes=10) for each in manifest["members"].values() if each["bytes"] > 2**23],
    )
    refused(zipped(archive), "is not what the manifest says", most_bytes=2**23)


def test_a_huge_line(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_LINE_BYTES", 2**20)
    rewrite(archive, "events.jsonl", b" " * (3 * 2**20) + b"\n")
    refused(zipped(archive), "a line has more than 1 MiB")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "a version that is not known here"),
        ({"format": "other"}, "the manifest cannot be read: format"),
        ({"schema_revision": "9999"}, "schema '9999' is not known here"),
        ({"schema_revision": "../0001"}, "the manifest cannot be read: schema_revision"),
        ({"left_out": ["drivers", "events", "holds"]}, "events is not what schema"),
        ({"left_out": ["holds", "nothing"]}, "nothing is not what schema"),
        ({"left_out": ["drivers"]}, "holds is not what schema"),
        ({"more": 1}, "the manifest cannot be read: more"),
    ],
)
def test_a_manifest_that_says_something_else(archive: Path, change: dict[str, Any], message: str) -> None:
    say(archive, lambda manifest: manifest.update(change))
    refused(archive, message)


def test_a_manifest_that_is_none(archive: Path) -> None:
    for content in (b"", b"[]", b"\xff\xfe", b"{" * 100_000, b'{"version": NaN}'):
        (archive / "manifest.json").write_bytes(content)
        refused(archive, "the manifest cannot be read|a version that is not known")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "1"}, r"events.jsonl:1: id is not what its column holds"),
        ({"id": True}, "id is not what its column holds"),
        ({"id": 2**70}, "id is not what its column holds"),
        ({"at": "yesterday"}, "at is not what its column holds"),
        ({"at": "2030-01-01T00:00:00"}, "at is not what its column holds"),
        ({"at": "9999-12-31T23:59:59-23:00"}, "at is not what its column holds"),
        ({"why": None}, "why is not what its column holds"),
        ({"why": "\ud800"}, "why is not what its column holds"),
        ({"more": 1}, "'more' is unknown"),
        ({"id": 2}, "the rows from here on do not fit: UNIQUE constraint"),
    ],
)
def test_a_row_that_is_none(archive: Path, change: dict[str, Any], message: str) -> None:
    row = {"id": 1, "at": "2030-01-01T00:00:00Z", "kind": "a", "subject": "b", "who": "c", "why": "d", "data": {}}
    lines = [json.dumps(row | change), json.dumps(row | {"id": 2})]
    rewrite(archive, "events.jsonl", "\n".join(lines).encode() + b"\n")
    refused(archive, message)


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"id": NaN}', b'{"id": ' + b"9" * 10_000 + b"}"]
)
def test_a_line_that_is_no_json(archive: Path, line: bytes) -> None:
    rewrite(archive, "events.jsonl", line + b"\n")
    refused(archive, "events.jsonl:1: ")


def test_a_row_that_refers_to_nothing(archive: Path) -> None:
    rewrite(archive, "machines.jsonl", b"")
    rewrite(archive, "labs.jsonl", b"")
    rewrite(archive, "ways.jsonl", b"")
    refused(archive, "agents.jsonl:1: the rows from here on do not fit: FOREIGN KEY constraint failed")
