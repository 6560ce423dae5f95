"""A git repository's files at one commit.

Nothing is checked out: files are taken as objects, byte for byte as committed (`git ls-tree`, `git cat-file`), so no
filter, attribute, submodule or LFS download can run. A repository that lies elsewhere is fetched into a bare one of our
own first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.errors import InputError, LimitError
from designs.git import Git
from designs.landing import Landing
from designs.limits import Limits
from designs.meter import Meter
from designs.paths import inner_path

__all__ = ["Repository", "git_dir_of", "is_address", "without_secrets"]

_ADDRESS = re.compile(r"(?:https|ssh)://[\w\[]|\w[\w.-]*@\w[\w.-]*:(?!//)", re.ASCII)
_SIMPLE_REVISION = re.compile(r"[0-9A-Za-z_][\w/+-]*(?:\.[\w/+-]+)*", re.ASCII)
_CHUNK_BYTES = 2**16
_MAX_LINK_BYTES = 4096
_LINK, _SUBMODULE = "120000", "160000"


def is_address(location: str) -> bool:
    """Whether the text is an address that repositories are fetched from: https, ssh, or ``user@host:path``."""
    return _ADDRESS.match(location) is not None


def without_secrets(location: str) -> str:
    """The address without a user's name or token."""
    return re.sub(r"(?<=https://)[^/@]*@", "", location)


def git_dir_of(folder: Path) -> Path | None:
    """Where the folder's repository lies: its `.git` (a folder, or a file that points to one), or itself when bare."""
    inner = folder / ".git"
    if inner.exists():
        return inner
    bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()
    return folder if bare else None


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of `git ls-tree`."""

    mode: str
    object_id: str
    size_bytes: int
    path: str


class Repository:
    """A repository on this computer.

    Args:
        git_dir: the bare repository or the `.git` of a work tree.
        where: the design, for messages.
        limits: what is allowed.

    Raises:
        MissingToolError: git is not installed.
    """

    def __init__(self, git_dir: Path, *, where: str, limits: Limits) -> None:
        self._git = Git(git_dir, where=where, limit_s=limits.git_seconds)
        self._where = where
        self._limits = limits

    @classmethod
    def fetched(
        cls, address: str, git_dir: Path, *, revision: str | None, limits: Limits, settings: Sequence[str] = ()
    ) -> tuple[Repository, str | None]:
        """A copy of the repository at `address` in the new folder `git_dir`, and the revision to ask it for.

        One commit is fetched where the other side allows it, else all branches and tags.

        Raises:
            InputError: it cannot be fetched, or `revision` is no name.
            LimitError: it is too large or takes too long.
            MissingToolError: git is not installed.
        """
        where = without_secrets(address)
        _check_name(revision or "HEAD", where)
        git = Git(git_dir, where=where, limit_s=limits.git_seconds, protocols="https:ssh", settings=settings)
        git.run("init", "--quiet", "--bare", "--template=")
        fetch = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-commit-graph")
        repository = cls(git_dir, where=where, limits=limits)
        if revision is None or _SIMPLE_REVISION.fullmatch(revision):
            try:
                git.run(*fetch, "--depth=1", "--", address, revision or "HEAD", growth_bytes=limits.total_bytes)
                return repository, "FETCH_HEAD"
            except LimitError:
                raise
            except InputError:
                if revision is None:
                    raise
        refs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        git.run(*fetch, "--", address, *refs, growth_bytes=limits.total_bytes)
        return repository, revision

    def commit(self, revision: str | None) -> str:
        """The commit's id (hexadecimal) that a branch, tag or commit names; that of HEAD for None.

        Raises:
            InputError: the repository has none of that name.
        """
        name = revision or "HEAD"
        _check_name(name, self._where)
        try:
            return self._git.run("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}").strip()
        except LimitError:
            raise
        except InputError as error:
            what = f"the repository has no branch, tag or commit {name!r}" if revision else "there is no commit yet"
            raise InputError(what, where=self._where, hint="list them with `git branch -a` and `git tag`") from error

    def unpack(self, commit: str, target: Path) -> tuple[str, ...]:
        """Write the commit's files below the empty folder `target`; returns the paths of its submodules.

        Raises:
            InputError: an object is missing, or a path is not possible.
            LimitError: too many, too large, or too deep.
        """
        entries = list(self._entries(commit))
        landing = Landing(target, where=self._where)
        with self._git.talk("cat-file", "--batch") as (questions, answers):
            for entry in entries:
                if entry.mode != _SUBMODULE:
                    self._land(entry, landing, questions, answers)
        landing.finish()
        return tuple(entry.path for entry in entries if entry.mode == _SUBMODULE)

    def _entries(self, commit: str) -> Iterator[_Entry]:
        """What `git ls-tree -r` lists, every entry counted before the next is read."""
        meter = Meter(self._limits, where=self._where)
        with self._git.talk("ls-tree", "-r", "-z", "-l", "--full-tree", commit) as (_, listing):
            rest = b""
            while chunk := listing.read(_CHUNK_BYTES):
                *lines, rest = (rest + chunk).split(b"\0")
                for line in lines:
                    facts, _, path = line.partition(b"\t")
                    mode, _, object_id, size = facts.decode("ascii").split()
                    entry = _Entry(mode, object_id, int(size) if size.isdecimal() else 0, os.fsdecode(path))
                    meter.begin_file(entry.path)
                    meter.add_bytes(entry.size_bytes)
                    yield entry

    def _land(self, entry: _Entry, landing: Landing, questions: IO[bytes], answers: IO[bytes]) -> None:
        path = inner_path(entry.path, where=self._where)
        questions.write(f"{entry.object_id}\n".encode("ascii"))
        questions.flush()
        header = answers.readline().split()
        if len(header) != 3 or header[1] != b"blob":
            raise InputError(f"the content of {path} is not in the repository", where=self._where)
        content = self._content(answers, int(header[2]))
        if entry.mode == _LINK:
            if entry.size_bytes > _MAX_LINK_BYTES:
                raise InputError(f"{path} is a link to a name that is too long", where=self._where)
            landing.link(path, os.fsdecode(b"".join(content)))
        else:
            landing.write(path, content)
        answers.read(1)

    def _content(self, answers: IO[bytes], size_bytes: int) -> Iterator[bytes]:
        while size_bytes:
            chunk = answers.read(min(size_bytes, _CHUNK_BYTES))
            if not chunk:
                raise InputError("git stopped in the middle of a file", where=self._where)
            size_bytes -= len(chunk)
            yield chunk


def _check_name(revision: str, where: str) -> None:
    if revision.startswith("-") or not revision.isprintable():
        raise InputError(f"{revision!r} is no name of a branch, tag or commit", where=where)
