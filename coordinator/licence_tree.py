"""The licences of a design over its parts: which files have one of their own, who is to be named, what clashes.

A file's own licence is what stands nearest to it, in the order of REUSE (specification 3.3): a header or a companion
``NAME.license``, then a pattern of `REUSE.toml` or of `.reuse/dep5`, then the licence file of the deepest folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, Final

from commons.licences.advice import Advice, advise
from commons.licences.mixture import Clash, clashes
from commons.licences.parties import Making
from designs.design import Design, Manifest
from designs.licensing import Statement, read_licensing
from designs.manifest import is_placeholder
from designs.spdx import both

__all__ = ["LicenceTree", "credit_of", "read_licence_tree"]

_MOST_NAMED: Final = 5
_LONGEST_NAME: Final = 100
_WITHOUT_MAIL: Final = re.compile(r"\s*[<(]?[^\s<>()]+@[^\s<>()]+[>)]?")


@dataclass(frozen=True, slots=True)
class LicenceTree:
    """The licences of a design and of those of its part files that have another.

    Attributes:
        whole: SPDX expression, or None where none is stated.
        files: by path, where it is another than that of the whole.
    """

    whole: str | None
    files: Mapping[str, str] = field(default_factory=dict)

    def of(self, file: str | None) -> str | None:
        """The licence of a part file; that of the whole for what has none of its own."""
        return self.files.get(file, self.whole) if file is not None else self.whole

    def of_all(self) -> str | None:
        """One expression for a product with all its parts; None where the whole states none."""
        return both([self.whole, *self.files.values()]) if self.whole is not None else None

    def asks(self, kind: str, file: str | None, making: Making) -> Advice:
        """What is asked of who does a task.

        Args:
            kind: of the task; who assembles has all parts in hand.
            file: of its part, or None.
            making: who, and what for.
        """
        return advise(self.of_task(kind, file), making)

    def of_task(self, kind: str, file: str | None) -> str | None:
        """The licence of what a task makes: of a part, or of a product with all its parts."""
        return self.of_all() if kind == "assemble" else self.of(file)

    def clashes(self) -> list[Clash]:
        """Where the licence of the whole and those of its parts do not go together."""
        return clashes(self.whole, self.files)


def read_licence_tree(design: Design, files: Iterable[str]) -> LicenceTree:
    """The licences of an open design.

    Args:
        design: open.
        files: paths of part files; others are left out.
    """
    statements = [each for each in read_licensing(design).statements if each.scope]
    found = {path: licence for path in sorted(set(files)) if (licence := _own(statements, path)) is not None}
    return LicenceTree(design.licence, {path: licence for path, licence in found.items() if licence != design.licence})


def _own(statements: Iterable[Statement], path: str) -> str | None:
    best: tuple[tuple[int, int], str] | None = None
    for at, each in enumerate(statements):
        rank = _rank(each, path)
        if rank is not None:  # of two that are as near the later holds, as in a copyright file
            best = max(best or ((-1, -1), ""), ((rank, at), each.expression), key=lambda found: found[0])
    return None if best is None else best[1]


def _rank(statement: Statement, path: str) -> int | None:
    """How near a statement stands to a file, or None where it does not hold for it."""
    rule, scope, place = statement.provenance.rule, statement.scope, statement.provenance.file or ""
    if rule == "SPDX header":
        return 1_000 if scope == path else None
    if rule.startswith("licence file"):
        return len(PurePosixPath(scope).parts) if path.startswith(f"{scope}/") else None
    if rule == "annotation":
        folder = str(PurePosixPath(place).parent)
        inside = path if folder == "." else path.removeprefix(f"{folder}/")
        return 900 if (folder == "." or inside != path) and _matches(scope.split(", "), inside) else None
    if rule == "stanza of the copyright file":
        return 800 if _matches(scope.split(), path) else None
    return None  # a manifest's word for hardware, documentation or software is that for the whole


def _matches(patterns: Iterable[str], path: str) -> bool:
    return any(fnmatchcase(path, each) for each in patterns)


def credit_of(manifest: Manifest | None) -> str | None:
    """Who made the design, by the licensors of its manifest; without mail addresses. None where it does not say."""
    if manifest is None:
        return None
    stated = manifest.fields.get("licensor") or manifest.fields.get("author") or manifest.fields.get("authors")
    names = [name for each in (stated if isinstance(stated, list) else [stated]) if (name := _name(each))]
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown} et al." if len(names) > _MOST_NAMED else shown or None


def _name(stated: Any) -> str:
    name = stated.get("name") if isinstance(stated, dict) else stated
    if not isinstance(name, str) or is_placeholder(name):
        return ""
    return " ".join(_WITHOUT_MAIL.sub("", name).split())[:_LONGEST_NAME]
