"""How much of a stranger's design is read before the reader gives up."""

from __future__ import annotations

from dataclasses import dataclass, fields

__all__ = ["Limits"]

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on a design repository; beyond any of them `open_design` raises LimitError.

    Attributes:
        total_bytes: all files together, unpacked.
        file_bytes: one file, unpacked.
        file_count: number of files.
        depth: folders above a file, the root not counted.
        ratio: unpacked bytes over packed bytes of an archive, once more than 16 MiB were unpacked.
        git_seconds: for one call of git, a clone among them.
    """

    total_bytes: int = 2048 * _MIB
    file_bytes: int = 512 * _MIB
    file_count: int = 50_000
    depth: int = 32
    ratio: int = 200
    git_seconds: int = 600

    def __post_init__(self) -> None:
        for each in fields(self):
            if getattr(self, each.name) < 1:
                raise ValueError(f"the limit {each.name} must be at least 1")
