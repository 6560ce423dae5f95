"""The part of the API under `webhooks`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coordinator.client.calls import Calls, segment

__all__ = ["ForgeView", "HookView", "NewForge", "NewHook", "Webhooks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeView:
    """A door for the forge of a design."""

    id: int
    design_id: int
    made_by: str
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HookView:
    """A webhook. `told` is the last event that it took; it ends where it fails for two days."""

    id: int
    url: str
    kinds: tuple[str, ...]
    told: int
    failures: int
    last_answer: str
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewForge:
    """A new door; path and secret are entered at the forge. The secret is not shown again."""

    forge: ForgeView
    path: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHook:
    """A new webhook; the secret, with which messages are verified, is not shown again."""

    hook: HookView
    secret: str


class Webhooks(Calls):
    """The part of the API under `webhooks`."""

    def list_hooks(self) -> tuple[HookView, ...]:
        """Your webhooks, and how far each has come."""
        found: tuple[HookView, ...] = self._any(tuple[HookView, ...], "GET", "/hooks")
        return found

    def make_hook(self, url: str, *, kinds: Sequence[str] = ()) -> NewHook:
        """Have an address told of events from now on; its secret is shown this once."""
        return self._one(NewHook, "POST", "/hooks", body={"url": url, "kinds": kinds})

    def end_hook(self, hook_id: int) -> HookView:
        """Tell an address nothing more."""
        return self._one(HookView, "DELETE", f"/hooks/{segment(hook_id)}")

    def list_forges(self, design_id: int) -> tuple[ForgeView, ...]:
        """The doors of a design's forge, for its maintainers."""
        found: tuple[ForgeView, ...] = self._any(tuple[ForgeView, ...], "GET", f"/designs/{segment(design_id)}/forges")
        return found

    def make_forge(self, design_id: int) -> NewForge:
        """Make a door at which the design's forge tells of changes; its secret is shown this once."""
        return self._one(NewForge, "POST", f"/designs/{segment(design_id)}/forges")

    def end_forge(self, forge_id: int) -> ForgeView:
        """Close a door."""
        return self._one(ForgeView, "DELETE", f"/forges/{segment(forge_id)}")
