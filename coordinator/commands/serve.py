"""`fabcommons serve`."""

from __future__ import annotations

import sys
from pathlib import Path

from coordinator.api.server import Serving, serve
from coordinator.commands.output import say, warn
from coordinator.heap import Heap
from coordinator.service.application import KEEPER, Application
from coordinator.service.house import Call
from machines.exchange.formats import read_document

__all__ = ["run"]


def run(how: Serving, labs: Path | None, heap: Heap) -> None:
    """Serve a coordinator until it is told to end; print its address, and an invitation while there is no steward.

    Args:
        how: where and how.
        labs: a labs document to begin with, or None.
        heap: grows until the server is ready.
    """

    def prepare(application: Application) -> None:
        if labs is not None:
            _store_labs(application, labs)

    def ready(application: Application, address: str) -> None:
        say(f"fabcommons serves at {address}")
        invitation = application.invitations.first_steward()
        if invitation is not None:
            say(f"The first steward's invitation, good once: {invitation.code}")
            say(f"    in a browser: {address}/join?code={invitation.code}")
            say(f"    or: fabcommons token accept {invitation.code} --coordinator {address} --name YOU")
        if how.speed is not None:
            warn(f"Time runs {how.speed:g} times as fast and leaps over idle hours: for virtual machines only.")
        sys.stdout.flush()
        heap.settle()

    serve(how, prepare=prepare, ready=ready)


def _store_labs(application: Application, path: Path) -> None:
    """Store the labs of a file where there is no lab yet; later, what stewards and operators say counts.

    Raises:
        InputError: the file cannot be read or says something impossible.
    """
    if application.labs.all(KEEPER, limit=1).items:
        return
    document = read_document(path)
    stored = application.labs.put(Call(KEEPER), document)
    say(f"{len(stored.labs)} labs with {stored.machines} machines were taken from {path}.")
