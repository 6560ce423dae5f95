"""Pages in this process, without a socket."""

from __future__ import annotations

from tests.coordinator.api.conftest import web as web
from tests.coordinator.service.conftest import bare as bare
