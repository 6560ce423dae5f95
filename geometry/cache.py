"""What was measured, kept by content: the same file is never measured twice, whatever its name and in whichever design.

One JSON file for each content lies in a folder that is passed in. What is damaged or of another version is ignored and
written anew; a file appears whole, so several processes may share the folder.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from core.hashes import sha256_of_file
from geometry.content import Fault
from geometry.drawing import DrawingFacts, DrawingLayer
from geometry.mesh import MeshFacts
from geometry.part import PartFacts

__all__ = ["FactCache"]

_VERSION = 1  # of what is measured; raise it when the same file would measure differently
_PASSING = frozenset({"step-not-installed", "solid-too-complex", "part-crashed"})  # may be otherwise next time


@dataclass(frozen=True, slots=True)
class FactCache:
    """A folder of measurements; made when the first is kept."""

    folder: Path

    def key(self, path: Path) -> str:
        """What tells this file's measurement from all others: content, kind and the version of the measuring.

        Raises:
            OSError: the file cannot be read.
        """
        return f"{sha256_of_file(path)}-{path.suffix.lower().removeprefix('.')}-{_VERSION}"

    def get(self, key: str) -> PartFacts | Fault | None:
        """What was measured, or None when it is not known or cannot be read."""
        try:
            return _from_document(json.loads(self._path(key).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def put(self, key: str, outcome: PartFacts | Fault) -> None:
        """Keep what was measured, unless another try may end otherwise.

        Raises:
            OSError: the folder cannot be written.
        """
        if isinstance(outcome, Fault) and outcome.code in _PASSING:
            return
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=target.parent, delete=False) as part:
            json.dump({"kind": type(outcome).__name__, **asdict(outcome)}, part)
        Path(part.name).replace(target)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def _from_document(document: Any) -> PartFacts | Fault:
    """Raises KeyError, TypeError or ValueError when the document is none of ours."""
    facts = dict(document)
    match facts.pop("kind"):
        case "Fault":
            return Fault(**facts)
        case "MeshFacts":
            return MeshFacts(**{**facts, "extents_mm": _triple(facts["extents_mm"])})
        case "DrawingFacts":
            layers = tuple(DrawingLayer(**layer) for layer in facts["layers"])
            clauses = {name: tuple(facts[name]) for name in ("left_out", "doubts")}
            return DrawingFacts(**{**facts, "layers": layers, **clauses})
    raise ValueError("unknown kind of measurement")


def _triple(numbers: Any) -> tuple[float, float, float]:
    x, y, z = map(float, numbers)
    return x, y, z
