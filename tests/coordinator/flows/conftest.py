"""The town of the service's tests: two labs, an operator in each, a builder and a steward."""

from __future__ import annotations

from tests.coordinator.service.conftest import Town, bare, town

__all__ = ["Town", "bare", "town"]
