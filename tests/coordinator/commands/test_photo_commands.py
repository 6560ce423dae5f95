"""`fabcommons photo`."""

from __future__ import annotations

from pathlib import Path

from tests.coordinator.api.conftest import Web
from tests.coordinator.service.test_photos import as_camera

from .conftest import ADDRESS, Command


def test_it_is_added_and_removed_by_commands(served: Web, command: Command, tmp_path: Path) -> None:
    served.town.order()
    file = tmp_path / "foot.jpg"
    file.write_bytes(as_camera())
    at = ("--coordinator", ADDRESS, "--token", served.tokens["north"])
    assert "as drawn" in command("photo", "add", "1", str(file), "--caption", "as drawn", *at)
    assert "as drawn" in command("photo", "list", "1", *at)
    assert "removed at" in command("photo", "remove", "1", "--why", "blurred", *at)
    assert "as drawn" not in command("photo", "list", "1", *at)
