"""The part of the API under `designs`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment

__all__ = ["DesignView", "Designs", "QuestionView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignView:
    """A design at one version; `content_sha256` says which."""

    id: int
    name: str
    location: str
    commit: str | None
    content_sha256: str
    licence: str | None
    imported_at: datetime
    imported_by: str
    files: int
    lines: int
    tasks: int
    questions: tuple[QuestionView, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """What only the designer can say; `about` is what an answer names, the question's own sentence where it is null."""

    item: str
    question: str
    options: tuple[str, ...]
    about: str | None = None


class Designs(Calls):
    """The part of the API under `designs`."""

    def list_designs(self) -> Iterator[DesignView]:
        """Every design, the oldest first."""
        return self._pages(DesignView, "/designs", {}, 200)

    def import_design(self, url: str, *, revision: str | None = None, key: str | None = None) -> DesignView:
        """Import a design from a git repository at a public https address. The same content is the same design."""
        return self._one(DesignView, "POST", "/designs", body={"url": url, "revision": revision}, key=new_key(key))

    def read_design(self, design_id: int) -> DesignView:
        """One design, with what only its designer can say."""
        return self._one(DesignView, "GET", f"/designs/{segment(design_id)}")

    def import_uploaded_design(self, upload_id: str, name: str, *, key: str | None = None) -> DesignView:
        """Import a design from an archive that was uploaded in parts; the upload stays until it is ended or expires."""
        return self._one(
            DesignView, "POST", "/designs/uploaded", body={"upload_id": upload_id, "name": name}, key=new_key(key)
        )
