"""What changed between two versions or forks of a design, in parts, not in lines of text.

A part is the same in both when its name and sub-assembly agree, then when its name alone does, then when its file has
the same content: then it was renamed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bom.bill import Bill, BillLine
from core.hashes import sha256_of_file
from core.part_settings import PartSettings
from core.trees import normal_form
from designs.design import Design, FileRole

__all__ = ["Change", "ChangeKind", "compare", "difference_document"]

_FIELDS: Final = (
    "quantity", "unit", "status", "make", "process", "material", "thickness_mm", "alternatives", "tolerance_mm",
    "feature_mm", "settings", "assembly", "supplier", "notes",
)  # fmt: skip
_PART_ROLES: Final = frozenset({FileRole.MESH, FileRole.SOLID, FileRole.DRAWING, FileRole.CIRCUIT, FileRole.TOOLPATH})


class ChangeKind(StrEnum):
    """What happened."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        kind: what happened.
        subject: "part", "file" (a part file without a line) or "design".
        name: of the part or path of the file; after a renaming the new one.
        field: what is different about it ("quantity", "content", "licence"), or "name" after a renaming; empty for
            what was added or removed.
        before, after: the values, or None where there is none.
    """

    kind: ChangeKind
    subject: str
    name: str
    field: str = ""
    before: str | None = None
    after: str | None = None


def compare(old: tuple[Design, Bill], new: tuple[Design, Bill]) -> tuple[Change, ...]:
    """The changes from one open design to the other: of the design itself, its parts in order, other part files."""
    contents = _Contents(old[0]), _Contents(new[0])
    return (
        *_of_design(old[0], new[0]),
        *_of_parts(old[1].lines, new[1].lines, contents),
        *_of_files(old, new, contents),
    )


def difference_document(old: str, new: str, changes: Sequence[Change]) -> dict[str, Any]:
    """A JSON document.

    Returns:
        ``{"before", "after", "changes": [{"kind", "subject", "name", "field", "before", "after"}]}``.
    """
    return {
        "before": old,
        "after": new,
        "changes": [
            {
                "kind": each.kind.value,
                "subject": each.subject,
                "name": each.name,
                "field": each.field or None,
                "before": each.before,
                "after": each.after,
            }
            for each in changes
        ],
    }


class _Contents:
    """Hashes of a design's files, each taken once."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._known: dict[str, str | None] = {}

    def of(self, path: str | None) -> str | None:
        """The SHA-256 of the file's content; None when it is not here."""
        if path is None:
            return None
        if path not in self._known:
            file = self._design.file(path)
            here = file is not None and file.present
            self._known[path] = sha256_of_file(self._design.locate(path)) if here else None
        return self._known[path]


def _of_design(old: Design, new: Design) -> Iterator[Change]:
    one, other = old.manifest, new.manifest
    for field, before, after in (
        ("name", one.title if one else None, other.title if other else None),
        ("version", one.version if one else None, other.version if other else None),
        ("licence", old.licence, new.licence),
    ):
        if before != after:
            yield Change(ChangeKind.CHANGED, "design", new.name, field, before, after)


def _of_parts(
    old: Sequence[BillLine], new: Sequence[BillLine], contents: tuple[_Contents, _Contents]
) -> Iterator[Change]:
    partner = _pair(old, new, contents)
    for line in new:
        before = partner.get(line.key)
        if before is None:
            yield Change(ChangeKind.ADDED, "part", line.name, after=_amount(line))
            continue
        if normal_form(before.name) != normal_form(line.name):
            yield Change(ChangeKind.RENAMED, "part", line.name, "name", before.name, line.name)
        yield from _of_line(before, line, contents)
    kept = {line.key for line in partner.values()}
    for line in old:
        if line.key not in kept:
            yield Change(ChangeKind.REMOVED, "part", line.name, before=_amount(line))


def _pair(
    old: Sequence[BillLine], new: Sequence[BillLine], contents: tuple[_Contents, _Contents]
) -> dict[str, BillLine]:
    """Key of a new line -> the old line that it is; the surest ways first, equals in their order."""
    pairs: dict[str, BillLine] = {}
    left = list(old)
    ways: tuple[Callable[[BillLine, _Contents], Hashable], ...] = (
        lambda line, _: (normal_form(line.name), line.assembly),
        lambda line, _: normal_form(line.name),
        lambda line, files: files.of(line.files[0]) if line.files else None,
    )
    for way in ways:
        waiting: dict[Hashable, list[BillLine]] = defaultdict(list)
        for line in left:
            waiting[way(line, contents[0])].append(line)
        for line in new:
            looks = way(line, contents[1])
            if line.key not in pairs and looks is not None and waiting[looks]:
                pairs[line.key] = waiting[looks].pop(0)
        taken = {line.key for line in pairs.values()}
        left = [line for line in left if line.key not in taken]
    return pairs


def _of_line(before: BillLine, after: BillLine, contents: tuple[_Contents, _Contents]) -> Iterator[Change]:
    for field in _FIELDS:
        one, other = (_text(getattr(line, field)) for line in (before, after))
        if one != other:
            yield Change(ChangeKind.CHANGED, "part", after.name, field, one, other)
    paths = [line.files[0] if line.files else None for line in (before, after)]
    hashes = [known.of(path) for known, path in zip(contents, paths, strict=True)]
    if None in hashes or paths[0] is None or paths[1] is None:
        if paths[0] != paths[1]:
            yield Change(ChangeKind.CHANGED, "part", after.name, "file", paths[0], paths[1])
    elif hashes[0] != hashes[1]:
        yield Change(ChangeKind.CHANGED, "part", after.name, "content", paths[0], paths[1])


def _of_files(
    old: tuple[Design, Bill], new: tuple[Design, Bill], contents: tuple[_Contents, _Contents]
) -> Iterator[Change]:
    """Part files that are no line's first file: by path, then by content."""
    removed = [path for path in _loose(*old) if new[0].file(path) is None]
    by_content = {digest: path for path in removed if (digest := contents[0].of(path)) is not None}
    for path in _loose(*new):
        digest = contents[1].of(path)
        if old[0].file(path) is not None:
            before = contents[0].of(path)
            if before is not None and digest is not None and before != digest:
                yield Change(ChangeKind.CHANGED, "file", path, "content", path, path)
        elif digest in by_content:
            earlier = by_content.pop(digest)
            removed.remove(earlier)
            yield Change(ChangeKind.RENAMED, "file", path, "name", earlier, path)
        else:
            yield Change(ChangeKind.ADDED, "file", path)
    for path in removed:
        yield Change(ChangeKind.REMOVED, "file", path)


def _loose(design: Design, bill: Bill) -> list[str]:
    linked = {line.files[0] for line in bill.lines if line.files}
    return [file.path for file in design.files if file.role in _PART_ROLES and file.path not in linked]


def _amount(line: BillLine) -> str | None:
    return None if line.quantity is None else f"{line.quantity:g} {line.unit}"


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, PartSettings):
        return value.text or None
    return f"{value:g}" if isinstance(value, float) else str(value)
