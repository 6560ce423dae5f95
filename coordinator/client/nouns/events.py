"""The part of the API under `events`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coordinator.client.calls import Calls

__all__ = ["EventView", "Events"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """Something that happened. `who` is a pseudonym, an agent, a machine, a policy or the coordinator itself."""

    id: int
    at: datetime
    kind: str
    subject: str
    who: str
    why: str
    data: dict[str, Any]


class Events(Calls):
    """The part of the API under `events`."""

    def read_log(self, *, newest: bool = False) -> Iterator[EventView]:
        """The event log, a page at a time: from the first event on, or with `newest` from the last one back.

        `newest`: From the newest back; `next` goes on behind the oldest.
        """
        return self._pages(EventView, "/log", {"newest": newest}, 500)
