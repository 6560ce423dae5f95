"""Counts files and bytes as they come in, and refuses what goes past the limits."""

from __future__ import annotations

from core.errors import LimitError
from designs.limits import Limits

__all__ = ["Meter"]

_HINT = "open only the folder that holds the design, or raise the limit"
_RATIO_FREE_BYTES = 16 * 2**20


class Meter:
    """The running totals of one design.

    Args:
        limits: what is allowed.
        where: the design, for messages.
        packed_bytes: size of the archive that is being unpacked, or None when nothing is packed.
    """

    def __init__(self, limits: Limits, *, where: str, packed_bytes: int | None = None) -> None:
        self._limits = limits
        self._where = where
        self._packed_bytes = packed_bytes
        self._files = 0
        self._total_bytes = 0
        self._file_bytes = 0

    def begin_file(self, path: str) -> None:
        """Count one file at this POSIX path.

        Raises:
            LimitError: it is one too many, or lies too deep.
        """
        self._files += 1
        self._file_bytes = 0
        if self._files > self._limits.file_count:
            self._refuse(f"there are more than {self._limits.file_count:,} files")
        if path.count("/") > self._limits.depth:
            self._refuse(f"folders are nested more than {self._limits.depth} deep")

    def add_bytes(self, count: int) -> None:
        """Count bytes of the file that was begun last.

        Raises:
            LimitError: the file, or all together, became too large, or the archive unpacks to too much.
        """
        self._file_bytes += count
        self._total_bytes += count
        if self._file_bytes > self._limits.file_bytes:
            self._refuse(f"a file is larger than {self._limits.file_bytes:,} bytes")
        if self._total_bytes > self._limits.total_bytes:
            self._refuse(f"all files together are larger than {self._limits.total_bytes:,} bytes")
        if self._is_bomb():
            self._refuse(f"the archive unpacks to more than {self._limits.ratio} times its size")

    def _is_bomb(self) -> bool:
        if self._packed_bytes is None or self._total_bytes <= _RATIO_FREE_BYTES:
            return False
        return self._total_bytes > self._packed_bytes * self._limits.ratio

    def _refuse(self, reason: str) -> None:
        raise LimitError(reason, where=self._where, hint=_HINT)
