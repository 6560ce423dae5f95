"""The part of the API under `service`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from dataclasses import dataclass

from coordinator.client.calls import Calls

__all__ = ["Health", "Service"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """That the coordinator answers and its database too; `simulated` where time and machines are not real."""

    status: str
    version: str
    simulated: bool
    last_event: int


class Service(Calls):
    """The part of the API under `service`."""

    def read_health(self) -> Health:
        """Whether all is well."""
        return self._one(Health, "GET", "/health")

    def read_metrics(self) -> str:
        """Counts for Prometheus (text format 0.0.4)."""
        return self._caller.text("/metrics")
