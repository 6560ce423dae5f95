"""Pages in this process, without a socket; and in a real browser, against a real server."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
import yaml

from coordinator.api.app import create_app
from coordinator.service.application import KEEPER
from coordinator.service.house import Call
from tests.coordinator.api.conftest import web as web
from tests.coordinator.conftest import LABS
from tests.coordinator.service.conftest import Town
from tests.coordinator.service.conftest import bare as bare
from tests.coordinator.web.browsing import PEER, WITHOUT_A_GPU, Visit


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser without a window; Debian's."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    missing = "chromium is not on PATH" if program is None else None
    if not PEER.exists():
        missing = "browser is not installed: ./dev peers browser"
    if missing is not None:
        if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    sys.path.append(str(PEER))
    try:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *WITHOUT_A_GPU])
            yield browser
            browser.close()
    finally:
        sys.path.remove(str(PEER))


@pytest.fixture
def asking(bare: Town) -> Town:
    """Two labs that are asked before they make anything."""
    bare.application.labs.put(Call(KEEPER), yaml.safe_load(LABS.replace("automatically", "asks")))
    return bare


@contextmanager
def serving(town: Town) -> Iterator[str]:
    """A server of a town; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = create_app(town.application, per_s=1e6, burst=10**6)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            town.application.house.closing.set()
            town.application.house.bell.ring()
            server.should_exit = True
            thread.join(60)


@pytest.fixture
def visit(chromium: Any, bare: Town) -> Iterator[Callable[..., Visit]]:
    """Opens browsers at a server of this town."""
    visits: list[Visit] = []
    with serving(bare) as address:

        def open_one(**options: Any) -> Visit:
            visits.append(Visit(chromium.new_context(**options), address))
            return visits[-1]

        yield open_one
        for each in visits:
            each.context.close()
    assert [each.wrong for each in visits if each.wrong] == []
