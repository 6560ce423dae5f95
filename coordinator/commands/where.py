"""Which coordinator a command asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError

__all__ = ["Where"]


@dataclass(frozen=True, slots=True)
class Where:
    """Which coordinator is asked, and as whom; what is None comes from environment, settings or log-in.

    Attributes:
        coordinator: an address.
        token: of who asks.
        folder: a coordinator's folder, instead of an address.
        plain_http: whether the token may go over a network without encryption.
    """

    coordinator: str | None = None
    token: str | None = None
    folder: Path | None = None
    plain_http: bool = False

    def __post_init__(self) -> None:
        if self.coordinator is not None and self.folder is not None:
            raise InputError("a coordinator is asked by its address or in its folder", hint="--coordinator or --dir")
