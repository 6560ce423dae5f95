"""Open a design wherever it lies: a folder, a zip or tar archive, a git repository."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

from core.errors import InputError, MissingToolError
from designs.archive import is_zip, unpack_zip
from designs.design import Design, Source
from designs.limits import Limits
from designs.reader import read_design
from designs.repository import Repository, git_dir_of, is_address, without_secrets
from designs.tarball import is_tar, unpack_tar

__all__ = ["open_design"]

_LIMITS = Limits()
_ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz"})
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)::?//|[A-Za-z][A-Za-z0-9+.-]*::")


@contextmanager
def open_design(
    location: str | Path, *, revision: str | None = None, limits: Limits = _LIMITS, git_settings: Sequence[str] = ()
) -> Iterator[Design]:
    """A design, read; its files are valid until the context ends, and what was unpacked is removed then.

    Args:
        location: a folder; a zip or tar archive, known by its content; a git repository on this computer (a work tree,
            a bare repository, a ``file://`` address) or elsewhere (``https://``, ``ssh://``, ``user@host:path``).
        revision: branch, tag or commit of a git repository. Without it a work tree is read as the folder it is, any
            other repository at its HEAD.
        limits: what is allowed.
        git_settings: further settings of git while it fetches, such as "http.followRedirects=false".

    Raises:
        InputError: nothing is there, or it is no design, or it has no such revision.
        LimitError: it is too large, too deep or too many.
        MissingToolError: a git repository is to be read, and git is not installed.
    """
    text = str(location)
    if is_address(text):
        with _fetched(text, revision, limits, git_settings) as design:
            yield design
        return
    path = _local_path(text)
    git_dir = git_dir_of(path) if path.is_dir() else None
    if git_dir is not None and (revision is not None or git_dir == path):
        with TemporaryDirectory(prefix="fabcommons-") as scratch:
            repository = Repository(git_dir, where=text, limits=limits)
            yield _at_commit(repository, revision, text, Path(scratch), limits)
    elif revision is not None:
        raise InputError("a revision can be chosen in a git repository only, and this is none", where=text)
    elif path.is_dir():
        yield read_design(path, Source("folder", text, _head(git_dir, text, limits)), limits)
    else:
        with _unpacked(path, text, limits) as design:
            yield design


def _local_path(text: str) -> Path:
    if not text:
        raise InputError("no path was given", hint="name a folder, a zip or tar archive or a git repository")
    scheme = _SCHEME.match(text)
    if scheme is None:
        path = Path(text)
    elif text.startswith("file://"):
        path = Path(unquote(urlsplit(text).path))
    else:
        raise InputError(
            "designs are not read from an address of this kind",
            where=without_secrets(text),
            hint="https://, ssh:// and file:// addresses of git repositories are read",
        )
    try:
        exists = path.exists()
    except OSError:  # a name that no file system takes
        exists = False
    if not exists:
        raise InputError("there is nothing at this path", where=text, hint="check the spelling")
    return path


@contextmanager
def _unpacked(path: Path, text: str, limits: Limits) -> Iterator[Design]:
    kind = _archive_kind(path)
    if kind is None:
        what, hint = "the file is no archive", "give the folder that holds it"
        if path.suffix.casefold() in _ARCHIVES:
            what, hint = "the archive is damaged: it does not begin as one", "fetch it again"
        raise InputError(what, where=text, hint=f"{hint}; a zip or tar archive or a git repository is read too")
    with TemporaryDirectory(prefix="fabcommons-") as scratch:
        target = Path(scratch, "files")
        target.mkdir()
        root = unpack_zip(path, target, limits) if kind == "zip" else unpack_tar(path, target, Path(scratch), limits)
        yield read_design(root, Source(kind, text), limits)


def _archive_kind(path: Path) -> str | None:
    if not path.is_file():
        return None
    return "zip" if is_zip(path) else "tar" if is_tar(path) else None


@contextmanager
def _fetched(address: str, revision: str | None, limits: Limits, settings: Sequence[str]) -> Iterator[Design]:
    with TemporaryDirectory(prefix="fabcommons-") as scratch:
        repository, known_as = Repository.fetched(
            address, Path(scratch, "repository"), revision=revision, limits=limits, settings=settings
        )
        target = Path(scratch, "files")
        yield _at_commit(repository, known_as, without_secrets(address), target, limits)


def _at_commit(repository: Repository, revision: str | None, text: str, target: Path, limits: Limits) -> Design:
    commit = repository.commit(revision)
    submodules = repository.unpack(commit, target)
    return read_design(target, Source("git", text, commit), limits, submodules=submodules)


def _head(git_dir: Path | None, text: str, limits: Limits) -> str | None:
    """The commit that a work tree has checked out, where it can be read."""
    if git_dir is not None:
        with suppress(InputError, MissingToolError):
            return Repository(git_dir, where=text, limits=limits).commit(None)
    return None
