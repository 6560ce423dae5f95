"""designs.tarball through open_design: tar archives from strangers, and nothing left behind."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputError, LimitError
from designs.limits import Limits
from designs.source import open_design

MIB = 2**20
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def member(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, aim: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(data), kind, aim
    return info, data


def tar(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=form) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return whole.getvalue()


def refuse(path: Path, data: bytes, scratch: Path, limits: Limits | None = None) -> InputError:
    """The error that opening raises, after looking that nothing is left behind."""
    path.write_bytes(data)
    with pytest.raises(InputError) as caught, open_design(path, limits=limits or Limits()):
        pass
    assert caught.value.exit_status == 2
    assert list(scratch.iterdir()) == []
    return caught.value


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("ending", PACKERS)
def test_a_tar_is_known_by_its_content_and_cleaned_up(tmp_path: Path, scratch: Path, ending: str, form: int) -> None:
    long = "/".join(["folder" * 5] * 4) + "/a.md"
    members = (member("lamp/./README.md", b"hello"), member("lamp/empty", kind=tarfile.DIRTYPE), member(f"lamp/{long}"))
    path = tmp_path / f"lamp.tar{ending}"
    path.write_bytes(PACKERS[ending](tar(*members, form=form)))
    for name in ("lamp.tar" + ending, "design.bin"):
        path = path.rename(tmp_path / name)
        with open_design(path) as design:
            assert design.source.kind == "tar"
            assert design.name == ("lamp" if name.startswith("lamp") else "design.bin")
            assert [file.path for file in design.files] == ["README.md", long]
            assert design.locate("README.md").read_text() == "hello"
    assert list(scratch.iterdir()) == []


def test_links_inside_are_kept(tmp_path: Path) -> None:
    members = (
        member("parts/foot.stl", b"solid foot"),
        member("first.stl", kind=tarfile.SYMTYPE, aim="parts/foot.stl"),
        member("second.stl", kind=tarfile.LNKTYPE, aim="parts/foot.stl"),
    )
    (tmp_path / "x.tar").write_bytes(tar(*members))
    with open_design(tmp_path / "x.tar") as design:
        assert [file.path for file in design.files] == ["first.stl", "parts/foot.stl", "second.stl"]
        assert design.locate("first.stl").read_text() == design.locate("second.stl").read_text() == "solid foot"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (member("../evil.md", b"x"), "climbs"),
        (member("/etc/evil.md", b"x"), "absolute"),
        (member("a.md", kind=tarfile.SYMTYPE, aim="../../evil"), "link out"),
        (member("a.md", kind=tarfile.SYMTYPE, aim="/etc/passwd"), "link out"),
        (member("a.md", kind=tarfile.LNKTYPE, aim="../evil"), "climbs"),
        (member("a.md", kind=tarfile.LNKTYPE, aim="later.md"), "link to no file"),
        (member("a.md", kind=tarfile.FIFOTYPE), "device"),
        (member("a.md", kind=tarfile.CHRTYPE), "device"),
        (member("ok.md", b"twice"), "cannot be unpacked"),
        (member("ok.md/inner.md", b"x"), "cannot be unpacked"),
    ],
)
def test_members_never_leave_the_folder(
    tmp_path: Path, scratch: Path, bad: tuple[tarfile.TarInfo, bytes], words: str
) -> None:
    error = refuse(tmp_path / "x.tar", tar(member("ok.md", b"ok"), bad, member("later.md")), scratch)
    assert words in str(error)
    assert not (tmp_path / "evil.md").exists()
    assert not (scratch.parent / "evil.md").exists()


def test_nothing_is_written_through_a_link(tmp_path: Path, scratch: Path) -> None:
    members = (member("a", kind=tarfile.SYMTYPE, aim="b"), member("b/x.md", b"b"), member("a/x.md", b"a"))
    assert "cannot be unpacked" in str(refuse(tmp_path / "x.tar", tar(*members), scratch))


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (gzip.compress(tar(member("zeros", bytes(40 * MIB)))), Limits()),
        (tar(member("a", bytes(2 * MIB))), Limits(file_bytes=MIB)),
        (tar(*(member(f"{n}", bytes(MIB)) for n in range(3))), Limits(total_bytes=2 * MIB)),
        (tar(*(member(f"{n}") for n in range(9))), Limits(file_count=8)),
        (tar(*(member(f"{n}", kind=tarfile.DIRTYPE) for n in range(40))), Limits(file_count=8)),
        (tar(member("a/b/c/d.md")), Limits(depth=2)),
        (tar(member("n" * 3 * MIB, b"x"), form=tarfile.GNU_FORMAT), Limits()),
        (tar(member("n" * 3 * MIB, b"x")), Limits()),
    ],
    ids=["bomb", "large file", "large in all", "many files", "many folders", "deep", "long gnu name", "long pax name"],
)
def test_too_much_is_refused(tmp_path: Path, scratch: Path, data: bytes, limits: Limits) -> None:
    assert isinstance(refuse(tmp_path / "x.tar.gz", data, scratch, limits), LimitError)


GOOD = tar(member("a.md", b"a" * 3000), member("b.md", b"b" * 3000))


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz"])
def test_a_cut_archive_is_damaged(tmp_path: Path, scratch: Path, ending: str) -> None:
    packed = PACKERS[ending](GOOD)
    error = refuse(tmp_path / "x.tar", packed[: len(packed) * 2 // 3], scratch)
    assert any(words in str(error) for words in ("damaged", "cannot be read"))


def test_a_file_cut_off_is_told(tmp_path: Path, scratch: Path) -> None:
    error = refuse(tmp_path / "x.tar", GOOD[:2000], scratch)
    assert "cut off" in str(error) or "damaged" in str(error)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255), ending=st.sampled_from(list(PACKERS)))
def test_a_changed_byte_is_read_or_refused(tmp_path: Path, scratch: Path, at: int, value: int, ending: str) -> None:
    data = PACKERS[ending](GOOD)
    at %= len(data)
    path = tmp_path / "x.tar"
    path.write_bytes(data[:at] + bytes([value]) + data[at + 1 :])
    with suppress(InputError), open_design(path) as design:
        assert design.files
    assert list(scratch.iterdir()) == []
