"""A clean bill and manifest written beside the old ones, ready for a pull request. Nothing that is there is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from bom.bill import Bill
from bom.cleaning import clean_csv
from bom.lines import conclude
from bom.linking import Linker
from bom.okh import losh_fields
from bom.sources import read_text
from bom.substitutes import uncounted_parts
from core.errors import FabcommonsError, InputError
from designs.design import Design
from designs.writing import completed_toml, toml_text
from geometry.survey import Surveying, survey

__all__ = ["write_fixes"]

_OPEN_KNOW_HOW: Final = frozenset({"okh-losh", "okh-v1", "ohm"})
_MAX_TRIES: Final = 100


def write_fixes(design: Design, bill: Bill, measure: Surveying = survey) -> tuple[str, ...]:
    """Write `bom.csv` and `okh.toml` beside the old ones; under another name where there are such files already.

    Where there is no bill, `bom.csv` lists the part files, and their amounts are blank: nobody knows them yet.

    Returns:
        The new files' paths inside the design; a file that would say what an old one says is not written.

    Raises:
        InputError: the design is no folder.
        FabcommonsError: the disk refuses.
    """
    if design.source.kind != "folder":
        what = f"files can be written into a folder only, and this is a {design.source.kind}"
        raise InputError(what, where=design.source.location, hint="unpack or clone it, and give the folder")
    written = []
    bom_path = None
    bill = bill if bill.lines else _of_part_files(design, bill)
    if bill.lines:
        source = bill.sources[0] if bill.sources else ""
        folder = str(PurePosixPath(source).parent)
        text = clean_csv(bill)
        bom_path = _same(design, source, text) or _write(design, folder, "bom.csv", text)
        written.append(bom_path)
    known = design.manifest if design.manifest and design.manifest.dialect in _OPEN_KNOW_HOW else None
    folder = str(PurePosixPath(known.path).parent) if known else "."
    fields = losh_fields(design, bill, bom_path=bom_path, measure=measure)
    manifest = _manifest_text(design, fields)
    old = known.path if known else ""
    written.append(_same(design, old, manifest) or _write(design, folder, "okh.toml", manifest))
    return tuple(path for path in written if design.file(path) is None)


def _of_part_files(design: Design, bill: Bill) -> Bill:
    """A bill to fill in where there is none: a line for each part file, its amount blank.

    Beside a list that cannot be read nothing is written: that list is to be mended.
    """
    if any(each.code == "bom-unreadable" for each in bill.findings):
        return bill
    lines = conclude(design, uncounted_parts(design), Linker(design, "")).lines
    return replace(bill, lines=tuple(each.line for each in lines))


def _same(design: Design, path: str, text: str) -> str | None:
    """The path, if the file there holds this text."""
    return path if path and read_text(design, path) == text else None


def _manifest_text(design: Design, fields: dict[str, Any]) -> str:
    """An OKH-LOSH manifest with what was derived added, its own text left as it stands where that is possible."""
    manifest = design.manifest
    text = read_text(design, manifest.path) if manifest and manifest.dialect == "okh-losh" else None
    if manifest is not None and text is not None:
        changed = {name: value for name, value in fields.items() if manifest.fields.get(name) != value}
        changed.pop("okhv", None)
        completed = completed_toml(text, changed) if changed else text
        if completed is not None:
            return completed
    return toml_text(fields)


def _write(design: Design, folder: str, name: str, text: str) -> str:
    """Write a new file; returns its path inside the design."""
    for path in _names(folder, name):
        try:
            with (design.root / path).open("x", encoding="utf-8", newline="") as file:
                file.write(text)
        except FileExistsError:
            continue
        except OSError as error:
            raise FabcommonsError(f"the file cannot be written: {error.strerror}", where=path) from error
        return path
    raise InputError(f"there are {_MAX_TRIES} files of this kind already", where=f"{folder}/{name}")


def _names(folder: str, name: str) -> Iterator[str]:
    """``bom.csv``, ``bom-clean.csv``, ``bom-clean-2.csv``, ..."""
    pure = Path(name)
    ends = ("", "-clean", *(f"-clean-{number}" for number in range(2, _MAX_TRIES)))
    for end in ends:
        path = str(PurePosixPath(folder) / f"{pure.stem}{end}{pure.suffix}")
        yield path
