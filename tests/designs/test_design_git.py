"""designs.repository and designs.git through open_design: repositories from strangers, at any revision."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import InputError, LimitError, MissingToolError
from core.provenance import Severity
from designs.git import Git as Program
from designs.limits import Limits
from designs.repository import git_dir_of, is_address, without_secrets
from designs.source import open_design

Run = Callable[..., str]
Plant = Callable[..., Path]
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"


@pytest.fixture
def lamp(plant: Plant, git: Run) -> Path:
    """A work tree with a tag `v1`, a branch `wide` and a HEAD on `main`."""
    root = plant({"README.md": "one", "parts/arm.stl": LFS})
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "one")
    git(root, "tag", "-a", "v1", "-m", "first")
    for branch, text in (("wide", "two"), ("main", "three")):
        git(root, "checkout", "--quiet", *(["-b", branch] if branch == "wide" else [branch]))
        (root / "README.md").write_text(text)
        git(root, "commit", "--quiet", "-am", text)
    return root


def text_at(location: Path | str, revision: str | None = None) -> str:
    with open_design(location, revision=revision) as design:
        assert design.source.kind == ("folder" if revision is None and Path(location).name == "lamp" else "git")
        return design.locate("README.md").read_text()


def what(location: Path | str, revision: str | None = None, limits: Limits | None = None) -> str:
    with pytest.raises(InputError) as caught, open_design(location, revision=revision, limits=limits or Limits()):
        pass
    assert caught.value.exit_status == 2
    return str(caught.value)


def test_branches_tags_and_commits_are_read(lamp: Path, git: Run, scratch: Path) -> None:
    assert text_at(lamp, "v1") == "one"
    assert text_at(lamp, "wide") == "two"
    assert text_at(lamp, "main") == text_at(lamp, "HEAD") == "three"
    assert text_at(lamp, "main~1") == "one"
    commit = git(lamp, "rev-parse", "wide")
    assert text_at(lamp, commit) == text_at(lamp, commit[:9]) == "two"
    with open_design(lamp, revision="wide") as design:
        assert design.source.commit == commit
    assert list(scratch.iterdir()) == []


def test_a_work_tree_is_read_as_it_lies_and_knows_its_commit(lamp: Path, git: Run) -> None:
    (lamp / "README.md").write_text("not committed")
    assert text_at(lamp) == "not committed"
    with open_design(lamp) as design:
        assert design.source.commit == git(lamp, "rev-parse", "HEAD")
    with open_design(lamp / "parts") as design:  # no repository is looked for around a folder
        assert design.source.commit is None


def test_bare_repositories_and_file_addresses(lamp: Path, git: Run, tmp_path: Path) -> None:
    bare = tmp_path / "lamp clone.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(lamp), str(bare))
    assert text_at(bare) == text_at(bare.as_uri()) == "three"
    assert text_at(bare.as_uri(), "v1") == "one"
    with open_design(bare) as design:
        assert design.name == "lamp clone"
        assert design.source.location == str(bare)


def test_lfs_pointers_stay_pointers_and_no_filter_runs(lamp: Path, git: Run, tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    for name in ("smudge", "process"):
        git(lamp, "config", f"filter.lfs.{name}", f"touch '{trap}'")
    (lamp / ".gitattributes").write_text("*.stl filter=lfs\n")
    git(lamp, "config", "filter.lfs.required", "false")
    git(lamp, "config", "filter.lfs.clean", "cat")
    git(lamp, "config", "filter.lfs.process", "")
    git(lamp, "config", "core.fsmonitor", f"touch '{trap}'")
    git(lamp, "-c", "core.fsmonitor=false", "add", ".gitattributes")
    git(lamp, "-c", "core.fsmonitor=false", "commit", "--quiet", "-m", "attributes")
    trap.unlink(missing_ok=True)
    with open_design(lamp, revision="HEAD") as design:
        (finding,) = design.findings
        assert (finding.code, finding.file) == ("git-lfs-pointer", "parts/arm.stl")
    assert not trap.exists()


def test_submodules_are_findings_and_links_stay_inside(lamp: Path, git: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (lamp / "guide.md").symlink_to("README.md")
    (lamp / "passwd").symlink_to("/etc/passwd")
    (lamp / "up").symlink_to("../secret")
    commit = git(lamp, "rev-parse", "HEAD")
    git(lamp, "update-index", "--add", "--cacheinfo", f"160000,{commit},lib/threads")
    git(lamp, "add", "--all", "--", "guide.md", "passwd", "up")
    git(lamp, "commit", "--quiet", "-m", "links")
    with open_design(lamp, revision="HEAD") as design:
        assert {file.path for file in design.files} == {"README.md", "guide.md", "parts/arm.stl"}
        assert {(each.code, each.file, each.severity) for each in design.findings} == {
            ("link-leaves-root", "passwd", Severity.WARNING),
            ("link-leaves-root", "up", Severity.WARNING),
            ("submodule-absent", "lib/threads", Severity.WARNING),
            ("git-lfs-pointer", "parts/arm.stl", Severity.ERROR),
        }


def test_folder_zip_and_git_of_the_same_content_agree(lamp: Path, pack: Callable[..., Path]) -> None:
    files = {"README.md": "three", "parts/arm.stl": LFS}
    hashes = set()
    for location, revision in (
        (lamp, None),
        (lamp, "main"),
        (pack(files), None),
        (pack({f"lamp-main/{name}": text for name, text in files.items()}, "other.zip"), None),
    ):
        with open_design(location, revision=revision) as design:
            hashes.add(design.content_hash)
    assert len(hashes) == 1
    with open_design(lamp, revision="wide") as design:
        assert design.content_hash not in hashes


@pytest.mark.parametrize("revision", ["nope", "--all", "-v", "v1\n", "v1:README.md", "a b", ""])
def test_revisions_that_are_none_are_refused(lamp: Path, scratch: Path, revision: str) -> None:
    if revision:
        message = what(lamp, revision)
        assert "branch, tag or commit" in message
        assert "\n" not in message
    else:
        assert text_at(lamp, "HEAD") == "three"
    assert list(scratch.iterdir()) == []


def test_places_without_a_revision(plant: Plant, lamp: Path, git: Run, tmp_path: Path) -> None:
    assert "can be chosen in a git repository only" in what(plant({"a.md": "x"}, "plain"), "main")
    assert "can be chosen in a git repository only" in what(lamp / "parts", "main")
    empty = tmp_path / "empty.git"
    git(tmp_path, "init", "--quiet", "--bare", str(empty))
    assert "there is no commit yet" in what(empty)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(file_count=1), "more than 1 files"),
        (Limits(file_bytes=20), "a file is larger than 20 bytes"),
        (Limits(total_bytes=20), "a file is larger|all files together"),
    ],
)
def test_limits_hold_before_anything_is_written(lamp: Path, scratch: Path, limits: Limits, sentence: str) -> None:
    with pytest.raises(LimitError, match=sentence), open_design(lamp, revision="main", limits=limits):
        pass
    assert list(scratch.iterdir()) == []


def test_damaged_repositories_are_refused(lamp: Path, git: Run, scratch: Path) -> None:
    blob = git(lamp, "rev-parse", "main:README.md")
    (lamp / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert "README.md" in what(lamp, "main")
    (lamp / ".git" / "HEAD").write_text("nonsense")
    assert "branch, tag or commit" in what(lamp, "main")
    assert list(scratch.iterdir()) == []
    with open_design(lamp) as design:
        assert design.source.commit is None


@pytest.mark.parametrize("url", ["ext::touch {trap}", "{far}", "ssh://example.org/lamp"])
def test_missing_objects_are_fetched_from_nowhere(lamp: Path, git: Run, tmp_path: Path, url: str) -> None:
    """A partial clone names a remote that git would ask for what is missing: by commands of the stranger's choice."""
    trap, far = tmp_path / "ran", tmp_path / "far.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(lamp), str(far))
    blob = git(lamp, "rev-parse", "main:README.md")
    (lamp / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for name, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", url.format(trap=trap, far=far)),
        ("remote.origin.uploadpack", f"touch {trap}; git-upload-pack"),
        ("core.sshCommand", f"touch {trap};"),
        ("protocol.allow", "always"),
    ):
        git(lamp, "config", name, value)
    assert "README.md" in what(lamp, "main")
    assert not trap.exists()


def test_git_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(LimitError, match="git took longer than 1 s"):
        Program(tmp_path, where="lamp", limit_s=1).run("status")


def test_without_git_folders_are_still_read(lamp: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert text_at(lamp) == "three"
    with pytest.raises(MissingToolError, match="install git"), open_design(lamp, revision="main"):
        pass


@pytest.mark.parametrize(
    "location",
    [
        "ext::sh -c touch% ran",
        "http://example.org/lamp.git",
        "git://example.org/lamp.git",
        "ftp://example.org/lamp.git",
        "fd::17/foo",
    ],
)
def test_other_addresses_are_refused(location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "not read from an address of this kind" in what(location)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("git")
@pytest.mark.parametrize("revision", [None, "main"])
def test_an_address_that_does_not_answer_is_one_sentence(scratch: Path, revision: str | None) -> None:
    message = what("https://me:token@127.0.0.1:1/lamp.git", revision)
    assert message.startswith("https://127.0.0.1:1/lamp.git: git refuses: ")
    assert "token" not in message
    assert list(scratch.iterdir()) == []


@pytest.fixture
def remote(lamp: Path, git: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a bare copy of `lamp` on another computer, which a stand-in for ssh plays."""
    git(tmp_path, "clone", "--quiet", "--bare", str(lamp), str(tmp_path / "far" / "lamp.git"))
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nshift\nexec sh -c "$1"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(ssh))
    monkeypatch.setenv("GIT_SSH_VARIANT", "simple")
    return f"git@example.org:{tmp_path}/far/lamp.git"


def test_repositories_elsewhere_are_fetched(remote: str, lamp: Path, git: Run, scratch: Path) -> None:
    commit = git(lamp, "rev-parse", "wide")
    for revision, text in ((None, "three"), ("wide", "two"), ("v1", "one"), (commit, "two"), (commit[:9], "two")):
        with open_design(remote, revision=revision) as design:
            assert design.locate("README.md").read_text() == text
            assert (design.name, design.source.kind, design.source.location) == ("lamp", "git", remote)
            assert design.source.commit is not None
    assert list(scratch.iterdir()) == []


def test_what_a_repository_elsewhere_has_not_is_refused(remote: str, scratch: Path) -> None:
    assert "the repository has no branch, tag or commit 'nope'" in what(remote, "nope")
    assert "is no name of a branch, tag or commit" in what(remote, "--upload-pack=touch ran")
    assert "does not appear to be a git repository" in what(remote.replace("lamp.git", "gone.git"))
    assert "larger than 500 bytes" in what(remote, limits=Limits(total_bytes=500))
    assert list(scratch.iterdir()) == []


def test_addresses_and_places(tmp_path: Path) -> None:
    for address in ("https://a.org/b.git", "ssh://git@a.org/b", "git@a.org:b/c.git", "https://[::1]/b"):
        assert is_address(address)
    for other in ("lamp", "./a:b", "C:\\lamp", "https://", "ssh://-oProxyCommand=x/y", "-a@b:c", "file:///lamp"):
        assert not is_address(other)
    assert without_secrets("https://me:token@a.org/b@c") == "https://a.org/b@c"
    assert without_secrets("git@a.org:b") == "git@a.org:b"
    assert git_dir_of(tmp_path) is None
