"""Files in a store that several computers share: proved when they come, fetched once, never half there."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from coordinator.files import FileStore
from coordinator.shared_files import SharedFiles, files_at
from core.errors import InputError, MissingToolError, StateError

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: pip install 'fabcommons[scale]'")
PEER = Path(__file__).parents[2] / ".peers" / "s3"
TEXT = b"G28\n" * 1000
DIGEST = hashlib.sha256(TEXT).hexdigest()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server in a process of its own, reached by s3fs as a coordinator reaches any."""
    packages = PEER / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    if not packages.exists():
        what = "no S3 server is installed: ./dev peers s3"
        if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
            pytest.fail(what)
        pytest.skip(what)
    command = [str(PEER / "bin" / "python"), "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        found = next((each for line in server.stderr if (each := re.search(r"http://127\.0\.0\.1:\d+", line))), None)
        assert found is not None, "the server has ended"
        threading.Thread(target=server.stderr.read, daemon=True).start()  # or its log would fill the pipe
        sys.path.append(str(packages))
        try:
            yield found[0]
        finally:
            sys.path.remove(str(packages))
            server.kill()


@pytest.fixture(params=["memory", "file", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param != "s3":
        return f"memory://bucket-{uuid4().hex}/net" if request.param == "memory" else f"file://{tmp_path}/bucket/net"
    at = {"AWS_ENDPOINT_URL": request.getfixturevalue("s3"), "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in (at | {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}).items():
        monkeypatch.setenv(name, value)
    bucket = f"bucket-{uuid4().hex}"
    httpx.put(f"{at['AWS_ENDPOINT_URL']}/{bucket}").raise_for_status()
    return f"s3://{bucket}/net"


def write(url: str, name: str, content: bytes) -> None:
    store, prefix = fsspec.core.url_to_fs(url)
    store.makedirs(prefix, exist_ok=True)
    store.pipe_file(f"{prefix}/{name}", content)


def test_what_one_computer_keeps_another_has(tmp_path: Path, url: str) -> None:
    one, other = SharedFiles(tmp_path / "one", url), SharedFiles(tmp_path / "other", url)
    assert other.digests() == []
    with pytest.raises(KeyError):
        other.path(DIGEST)
    assert one.keep([TEXT[:10], TEXT[10:]]) == DIGEST
    assert other.digests() == [DIGEST]
    assert other.path(DIGEST) == tmp_path / "other" / DIGEST
    assert other.path(DIGEST).read_bytes() == TEXT
    assert [path.name for path in (tmp_path / "other").iterdir()] == [DIGEST], "nothing half there is left"


def test_a_copy_here_is_fetched_once_and_may_be_deleted(tmp_path: Path, url: str) -> None:
    SharedFiles(tmp_path / "one", url).keep([TEXT])
    other = SharedFiles(tmp_path / "other", url)
    other.path(DIGEST)
    write(url, DIGEST, b"damaged since")
    assert other.path(DIGEST).read_bytes() == TEXT
    other.path(DIGEST).unlink()
    with pytest.raises(StateError, match="not what its name says"):
        other.path(DIGEST)
    assert list((tmp_path / "other").iterdir()) == [], "what is damaged is not kept"


def test_an_object_that_was_cut_short_is_put_there_again(tmp_path: Path, url: str) -> None:
    files = SharedFiles(tmp_path / "one", url)
    files.keep([TEXT])
    write(url, DIGEST, TEXT[:7])
    files.keep([TEXT])
    assert SharedFiles(tmp_path / "other", url).path(DIGEST).read_bytes() == TEXT


def test_what_was_kept_before_is_shared(tmp_path: Path, url: str) -> None:
    assert FileStore(tmp_path / "one").keep([TEXT]) == DIGEST
    files = SharedFiles(tmp_path / "one", url)
    assert (files.share(), files.share()) == (1, 0)
    assert SharedFiles(tmp_path / "other", url).path(DIGEST).read_bytes() == TEXT


def test_what_is_forgotten_is_gone_everywhere_but_in_copies(tmp_path: Path, url: str) -> None:
    files = SharedFiles(tmp_path / "one", url)
    files.keep([TEXT])
    write(url, "a note of somebody", b"not ours")
    files.forget([DIGEST, "0" * 64])
    assert files.digests() == []
    with pytest.raises(KeyError):
        SharedFiles(tmp_path / "other", url).path(DIGEST)


@pytest.mark.parametrize("name", ["../net.db", "..", "", "0" * 63, "a note of somebody"])
def test_nothing_but_hashes_is_asked_of_the_store(tmp_path: Path, url: str, name: str) -> None:
    write(url, "a note of somebody", b"not ours")
    with pytest.raises(KeyError):
        SharedFiles(tmp_path / "one", url).path(name)


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "bucket").write_text("a file stands there")
    files = SharedFiles(tmp_path / "one", f"file://{tmp_path}/bucket/net")
    with pytest.raises(StateError, match="the store of files does not answer"):
        files.keep([TEXT])


@pytest.mark.parametrize("address", ["bucket", "http://host/x", "s4://bucket", "://", "simplecache::s3://bucket"])
def test_other_addresses_are_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(InputError, match="no address of a store"):
        files_at(tmp_path, address)


def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(MissingToolError, match="gcsfs is not installed") as caught:
        files_at(tmp_path, "gs://bucket/net")
    assert caught.value.hint == "pip install gcsfs"
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingToolError, match="fsspec is not installed"):
        files_at(tmp_path, "s3://bucket/net")


def test_a_bucket_that_is_not_there_says_so(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ENDPOINT_URL", s3), ("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test")):
        monkeypatch.setenv(f"AWS_{name}", value)
    nowhere = SharedFiles(tmp_path / "one", f"s3://Not a bucket-{uuid4().hex}/net")
    with pytest.raises(StateError, match="the store of files does not answer") as refused:
        nowhere.keep([TEXT])
    assert "keys" in (refused.value.hint or "")


def test_without_an_address_the_folder_is_all() -> None:
    assert type(files_at(Path("files"), None)) is FileStore
