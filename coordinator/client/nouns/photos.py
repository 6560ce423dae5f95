"""The part of the API under `photos`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment

__all__ = ["PhotoView", "Photos"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoView:
    """A photo. `task` says what it shows, `number` which piece of the job; the size is that of the image."""

    id: int
    piece_id: int
    build_id: int
    task: str
    number: int
    width_px: int
    height_px: int
    caption: str
    added_by: str
    added_at: datetime
    removed_at: datetime | None


class Photos(Calls):
    """The part of the API under `photos`."""

    def list_photos(self, piece_id: int) -> tuple[PhotoView, ...]:
        """The photos of a piece, in the order in which they came."""
        found: tuple[PhotoView, ...] = self._any(tuple[PhotoView, ...], "GET", f"/pieces/{segment(piece_id)}/photos")
        return found

    def read_photo(self, photo_id: int) -> bytes:
        """A photo, of at most 1600 pixels on its longest side."""
        return self._caller.bytes(f"/photos/{segment(photo_id)}/image")

    def read_photo_thumbnail(self, photo_id: int) -> bytes:
        """A photo, of at most 320 pixels on its longest side."""
        return self._caller.bytes(f"/photos/{segment(photo_id)}/thumbnail")

    def remove_photo(self, photo_id: int, *, why: str = "", key: str | None = None) -> PhotoView:
        """Show a photo no more: for who has added it, and stewards.

        `why`: Others read it.
        """
        return self._one(PhotoView, "DELETE", f"/photos/{segment(photo_id)}", query={"why": why}, key=new_key(key))
