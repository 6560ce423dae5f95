"""The part of the API under `tasks`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    TaskState,
    TaskView,
)

__all__ = ["Tasks"]


class Tasks(Calls):
    """The part of the API under `tasks`."""

    def list_tasks(self, *, state: TaskState | None = None) -> Iterator[TaskView]:
        """The tasks of all builds; those that are open can be claimed lot by lot."""
        return self._pages(TaskView, "/tasks", {"state": state}, 200)

    def read_task(self, task_id: int) -> TaskView:
        """One task."""
        return self._one(TaskView, "GET", f"/tasks/{segment(task_id)}")

    def note_arrival(self, task_id: int, *, key: str | None = None) -> TaskView:
        """Say that a purchase is there."""
        return self._one(TaskView, "POST", f"/tasks/{segment(task_id)}/arrival", key=new_key(key))
