"""designs.archive through open_design: zip archives from strangers, and nothing left behind."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputError, LimitError
from designs.landing import Landing
from designs.limits import Limits
from designs.source import open_design

Tree = dict[str, str | bytes]
Pack = Callable[[Tree], Path]
MIB = 2**20


def refuse(path: Path, scratch: Path, limits: Limits | None = None) -> InputError:
    """The error that opening raises, after looking that nothing is left behind."""
    with pytest.raises(InputError) as caught, open_design(path, limits=limits or Limits()):
        pass
    assert caught.value.exit_status == 2
    assert list(scratch.iterdir()) == []
    return caught.value


def entries(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_zip_is_known_by_its_content_and_cleaned_up(pack: Pack, scratch: Path) -> None:
    path = pack({"README.md": "hello", "parts/a.gcode": "G28"}).rename(scratch.parent / "design.bin")
    with open_design(path) as design:
        assert design.source.kind == "zip"
        assert design.name == "design.bin"
        assert [file.path for file in design.files] == ["README.md", "parts/a.gcode"]
        assert design.locate("parts/a.gcode").read_text() == "G28"
        assert len(list(scratch.iterdir())) == 1
    assert list(scratch.iterdir()) == []


def test_one_top_folder_is_the_root(pack: Pack) -> None:
    with open_design(pack({"lamp-main/README.md": "x", "lamp-main/a/b.md": "y", "__MACOSX/._a": "z"})) as design:
        assert [file.path for file in design.files] == ["README.md", "a/b.md"]
        assert design.name == "lamp"


def test_what_was_unpacked_goes_even_when_the_work_fails(pack: Pack, scratch: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_design(pack({"a.md": "x"})):
        raise ZeroDivisionError
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        ("../evil.txt", "climbs out"),
        ("a/../../evil.txt", "climbs out"),
        ("a\\..\\..\\evil.txt", "climbs out"),
        ("/evil.txt", "absolute path"),
        ("C:\\evil.txt", "absolute path"),
        ("c:evil.txt", "absolute path"),
        ("./", "no name for a file"),
    ],
)
def test_members_that_leave_the_folder_are_refused(
    pack: Pack, scratch: Path, tmp_path: Path, member: str, sentence: str
) -> None:
    path = pack({"fine.md": "x", member: "evil"})
    before = entries(tmp_path)
    assert sentence in refuse(path, scratch).what
    assert entries(tmp_path) == before


def link(archive: zipfile.ZipFile, name: str, aim: str) -> None:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, aim)


@pytest.mark.parametrize(
    ("name", "aim"), [("l", "/etc/passwd"), ("l", "../x"), ("a/l", "../../x"), ("l", "a/../../x"), ("l", "")]
)
def test_links_out_of_the_archive_are_refused(scratch: Path, tmp_path: Path, name: str, aim: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("fine.md", "x")
        link(archive, name, aim)
    assert "link out of the zip archive" in refuse(path, scratch).what


def test_no_file_is_written_through_a_link(scratch: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link(archive, "docs", "parts")
        archive.writestr("docs/a.md", "x")
    assert "cannot be unpacked" in refuse(path, scratch).what


def test_links_inside_the_archive_are_files(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link(archive, "parts/left.gcode", "../common/arm.gcode")
        archive.writestr("common/arm.gcode", "G28")
    with open_design(path) as design:
        assert [(file.path, file.size_bytes) for file in design.files] == [
            ("common/arm.gcode", 3),
            ("parts/left.gcode", 3),
        ]


def test_a_bomb_is_refused_by_its_headers(pack: Pack, scratch: Path) -> None:
    path = pack({"zeros.stl": bytes(64 * MIB)})
    error = refuse(path, scratch)
    assert isinstance(error, LimitError)
    assert error.what == "the archive unpacks to more than 200 times its size"
    assert "a file is larger" in refuse(path, scratch, Limits(ratio=10**6, file_bytes=MIB)).what


def test_a_bomb_that_lies_in_its_headers_is_refused_by_its_bytes(pack: Pack, scratch: Path) -> None:
    path = pack({"zeros.stl": bytes(64 * MIB)})
    honest = (64 * MIB).to_bytes(4, "little")
    data = path.read_bytes()
    assert data.count(honest) == 2
    path.write_bytes(data.replace(honest, (1000).to_bytes(4, "little")))
    refuse(path, scratch)  # the zip reader stops at the stated size, and the checksum does not match


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(file_count=2), "more than 2 files"),
        (Limits(total_bytes=5), "all files together"),
        (Limits(depth=1), "nested more than 1 deep"),
    ],
)
def test_limits_of_an_archive(pack: Pack, scratch: Path, limits: Limits, sentence: str) -> None:
    error = refuse(pack({"a": "123", "b": "12", "c/d/e": "1"}), scratch, limits)
    assert isinstance(error, LimitError)
    assert sentence in error.what


def test_a_table_of_contents_without_end_is_refused_before_it_is_read(scratch: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(200):
            archive.writestr(f"{number:0100d}", b"")
    error = refuse(path, scratch, Limits(file_count=20))
    assert isinstance(error, LimitError)
    assert error.what == "the zip archive lists more than 20 files"


def test_damaged_and_encrypted_archives(pack: Pack, scratch: Path) -> None:
    path = pack({"a.md": "some text " * 100, "b.md": "more"})
    data = bytearray(path.read_bytes())
    data[36:46] = bytes(10)
    path.write_bytes(data)
    assert refuse(path, scratch).what == "the zip archive is damaged"
    sound = pack({"a.md": "x"}).read_bytes()
    start = sound.index(b"PK\1\2")
    path.write_bytes(sound[: start + 8] + b"\1" + sound[start + 9 :])
    assert refuse(path, scratch).what == "the zip archive is encrypted"
    path.write_bytes(sound[: start + 10] + b"\x63" + sound[start + 11 :])
    assert "method that is not supported" in refuse(path, scratch).what


def test_archives_that_contradict_themselves(scratch: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.md", "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.md", "two")
    assert refuse(path, scratch).what == "a.md stands twice in the zip archive"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "file")
        archive.writestr("a/b", "in a folder of the same name")
    assert "a/b cannot be unpacked" in refuse(path, scratch).what
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("n" * 300, "x")
    assert "File name too long" in refuse(path, scratch).what


def test_a_landing_never_writes_over_what_is_there(tmp_path: Path) -> None:
    landing = Landing(tmp_path, where="lamp.zip")
    landing.write(PurePosixPath("a.md"), [b"one"])
    with pytest.raises(InputError, match=r"a\.md cannot be unpacked: File exists"):
        landing.write(PurePosixPath("a.md"), [b"two"])
    landing.link(PurePosixPath("a.md"), "b.md")
    with pytest.raises(InputError, match=r"a\.md cannot be unpacked: File exists"):
        landing.finish()
    assert (tmp_path / "a.md").read_text() == "one"


def test_one_document_is_no_design(pack: Pack, scratch: Path) -> None:
    error = refuse(pack({"[Content_Types].xml": "<Types/>", "3D/3dmodel.model": "<model/>"}), scratch)
    assert "is one document" in error.what


def test_an_archive_without_files(pack: Pack, scratch: Path) -> None:
    assert refuse(pack({}), scratch).what == "there are no files in it"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_archive_opens_or_is_refused(scratch: Path, data: st.DataObject) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.md", "text " * 50)
        archive.writestr("parts/a.gcode", "G28\n" * 50)
    content = bytearray(buffer.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    path = scratch.parent / "damaged.zip"
    path.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    with suppress(InputError), open_design(path) as design:
        assert design.files
    assert list(scratch.iterdir()) == []
