"""A page that many ask for at once is made once; after a change it is made anew."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from coordinator.schema.network import Role
from coordinator.service.access import VISITOR
from coordinator.service.application import KEEPER
from coordinator.web.page import Page, Shown, Site
from tests.coordinator.service.conftest import Town


def test_many_who_ask_at_once_wait_for_one_page(bare: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coordinator.web.page.time", SimpleNamespace(monotonic=lambda: 0.0))
    site, made, begun, go_on = Site(bare.application), [], threading.Event(), threading.Event()

    def show() -> Shown:
        made.append(1)
        begun.set()
        assert go_on.wait(60)
        return Shown("happenings", {"events": [], "older": None})

    def ask() -> str:
        return site.seen(Page(bare.application, VISITOR, show), "/happenings", "", "en").html

    with ThreadPoolExecutor(5) as threads:
        first = threads.submit(ask)
        assert begun.wait(60)
        others = [threads.submit(ask) for _ in range(4)]
        go_on.set()
        assert {each.result() for each in others} == {first.result()}
    assert len(made) == 1
    bare.application.invitations.make(KEEPER, Role.STEWARD, "")
    ask()
    assert len(made) == 2
