"""The part of the API under `uploads`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coordinator.client.calls import Calls, segment

__all__ = ["UploadView", "Uploads"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadView:
    """A file on its way here: `offset` bytes of `size` are on the disk. It goes when nothing more comes until then."""

    id: str
    size: int
    offset: int
    expires_at: datetime


class Uploads(Calls):
    """The part of the API under `uploads`."""

    def list_uploads(self) -> tuple[UploadView, ...]:
        """Your files that are on their way, or here and not ended."""
        found: tuple[UploadView, ...] = self._any(tuple[UploadView, ...], "GET", "/uploads")
        return found

    def read_upload(self, upload_id: str) -> UploadView:
        """How far one of your uploads is."""
        return self._one(UploadView, "GET", f"/uploads/{segment(upload_id)}")
