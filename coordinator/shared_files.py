"""Files that several computers share: kept in a store for objects, such as S3, with copies in a folder here.

The store is reached through fsspec (Apache Arrow's and Dask's way to files elsewhere, extra ``scale``), which needs a
package of its own for each kind of store: s3fs for ``s3://``, gcsfs for ``gs://``, adlfs for ``abfs://``.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from coordinator.files import FileStore, is_digest
from core.errors import FabcommonsError, InputError, MissingToolError, StateError
from core.hashes import sha256_of_file

__all__ = ["SharedFiles", "files_at"]

_PACKAGES: Final = {"s3": "s3fs", "gs": "gcsfs", "abfs": "adlfs", "memory": "fsspec", "file": "fsspec"}


def files_at(root: Path, url: str | None) -> FileStore:
    """The files of a coordinator.

    Args:
        root: the folder that has them, or copies of them.
        url: such as ``s3://bucket/prefix``, or None where the folder is all there is.

    Raises:
        InputError: the address is none, or of a kind that is not supported.
        MissingToolError: fsspec, or its package for this kind of store, is not installed.
    """
    return FileStore(root) if url is None else SharedFiles(root, url)


class SharedFiles(FileStore):
    """A store of objects named by their hash; the folder here has copies, each proved when it came.

    A copy may be deleted at any time: it is fetched again when it is needed.
    """

    def __init__(self, root: Path, url: str) -> None:
        """Args: root: the folder for copies; url: such as ``s3://bucket/prefix``.

        Raises:
            InputError: the address is none, or of a kind that is not supported.
            MissingToolError: fsspec, or its package for this kind of store, is not installed.
        """
        super().__init__(root)
        self._store, self._prefix = _opened(url)
        self._url = url

    def keep(self, chunks: Iterable[bytes]) -> str:
        """Keep what comes, here and in the store.

        Raises:
            OSError: the folder cannot be written.
            StateError: the store cannot be reached.
        """
        digest = super().keep(chunks)
        self._put(digest)
        return digest

    def digests(self) -> list[str]:
        """The SHA-256 of all that is kept, in the store or only here, in order.

        Raises:
            StateError: the store cannot be reached.
        """
        return sorted({*super().digests(), *self._stored()})

    def forget(self, digests: Iterable[str]) -> None:
        """Take files of these hashes away, here and in the store."""
        gone = list(digests)
        super().forget(gone)
        with self._reached():
            for digest in gone:
                with suppress(FileNotFoundError):
                    self._store.rm_file(self._place(digest))

    def path(self, digest: str) -> Path:
        """Where the copy of this file lies; fetched now if there is none.

        Raises:
            KeyError: it is not kept.
            StateError: the store cannot be reached, or what it has is not what its name says.
        """
        with suppress(KeyError):
            return super().path(digest)
        if not is_digest(digest):
            raise KeyError(digest)
        part = self._root / f".{os.getpid()}-{secrets.token_hex(4)}.part"
        self._root.mkdir(parents=True, exist_ok=True)
        try:
            with self._reached():
                self._store.get_file(self._place(digest), str(part))
            if sha256_of_file(part) != digest:
                hint = "put the file back from a backup, or delete the object"
                raise StateError("the object is not what its name says", where=f"{self._url}: {digest}", hint=hint)
            part.replace(self._root / digest)
        except FileNotFoundError:
            raise KeyError(digest) from None
        finally:
            part.unlink(missing_ok=True)
        return self._root / digest

    def share(self) -> int:
        """Put into the store what is only here, as after a move to it; returns how many files that were.

        Raises:
            StateError: the store cannot be reached.
        """
        alone = sorted(set(super().digests()) - set(self._stored()))
        for digest in alone:
            self._put(digest)
        return len(alone)

    def _put(self, digest: str) -> None:
        """An object that is there in full is left alone: of one name there is one content."""
        source, place = self._root / digest, self._place(digest)
        with self._reached():
            if not self._store.exists(place) or self._store.size(place) != source.stat().st_size:
                self._store.makedirs(self._prefix, exist_ok=True)
                self._store.put_file(str(source), place)

    def _stored(self) -> list[str]:
        with self._reached():
            try:
                found = self._store.ls(self._prefix, detail=False)
            except FileNotFoundError:  # nothing was put there yet
                return []
        return [name for each in found if is_digest(name := str(each).rpartition("/")[2])]

    def _place(self, digest: str) -> str:
        return f"{self._prefix}/{digest}"

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Errors of the store as ours; that something is not there is told by `FileNotFoundError`, as of any file."""
        try:
            yield
        except (FabcommonsError, FileNotFoundError):
            raise
        except Exception as error:  # each kind of store has errors of its own, of no common kind
            what = f"the store of files does not answer: {type(error).__name__}: {error}"
            hint = "look at the address and the keys, and that the bucket may be written"
            raise StateError(what[:300], where=self._url, hint=hint) from error


def _opened(url: str) -> tuple[Any, str]:
    """A file system of fsspec, and the folder in it."""
    kind, separator, _ = url.partition("://")
    if not separator or kind not in _PACKAGES:
        hint = f"write s3://bucket/prefix; known are {', '.join(_PACKAGES)}"
        raise InputError("this is no address of a store of files", where=url[:60], hint=hint)
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        hint = f"pip install 'fabcommons[scale]' {_PACKAGES[kind]}"
        raise MissingToolError("fsspec is not installed", where=url, hint=hint) from None
    try:
        # what is listed is not kept: others write there too
        store, prefix = url_to_fs(url, use_listings_cache=False)
    except ImportError:
        hint = f"pip install {_PACKAGES[kind]}"
        raise MissingToolError(f"{_PACKAGES[kind]} is not installed", where=url, hint=hint) from None
    if not prefix.strip("/"):
        raise InputError("the address names no bucket", where=url[:60], hint="write s3://bucket/prefix")
    return store, prefix.rstrip("/")
