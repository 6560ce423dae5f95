"""The town of the service's tests, its API, and commands that ask it."""

from __future__ import annotations

from tests.coordinator.api.conftest import web
from tests.coordinator.commands.conftest import alone, command, served
from tests.coordinator.service.conftest import Town, bare, town

__all__ = ["Town", "alone", "bare", "command", "served", "town", "web"]
