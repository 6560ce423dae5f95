"""Keeps alerts: a thread that reads the log on, passes on what nobody saw to, and sends what is due.

Mail goes to the coordinator's own server from here. All else goes through a process of its own, see `alert_child`,
that is ended when it takes too long.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from coordinator.api.mail import send_mail
from coordinator.service.alerts.outbox import Letter
from coordinator.service.alerts.services import MAIL
from coordinator.service.application import Application
from coordinator.service.holds import Hold
from coordinator.service.turns import take_turns

__all__ = ["AlertSender", "hand_over"]

_EVERY_S: Final = 2.0
_REST_S: Final = 1.0
_DEADLINE_S: Final = 40.0
_LOOK_S: Final = 0.5
_HOLD_S: Final = 120.0
_ENDING_S: Final = 5.0
_PASSED: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "LANG")
_LOG = logging.getLogger("fabcommons")
HandOver = Callable[[Sequence[Letter], bool, threading.Event], Iterable[tuple[Letter, str | None]]]


class AlertSender:
    """Tells people. An error of its own ends the process that serves, a database or a service away does not."""

    def __init__(
        self, application: Application, *, failed: Callable[[BaseException], None], hand_over: HandOver | None = None
    ) -> None:
        """Args: application: whose; failed: told what ended it; hand_over: to services, where not in the usual way."""
        self._application = application
        self._hand_over = hand_over or globals()["hand_over"]
        self._hold = Hold(application.house, "alerts", _HOLD_S)
        self._thread = threading.Thread(
            target=take_turns,
            args=(application.house, self._hold, self._turn_and_rest),
            kwargs={"every_s": _EVERY_S, "failed": failed},
            name="alerts",
            daemon=True,
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what goes on; services that do not answer are not waited for: they are told another time."""
        self._application.house.closing.set()
        self._application.house.bell.ring()
        self._thread.join(timeout=_ENDING_S)

    def turn(self) -> bool:
        """Take in what has happened and send what is due; True where something was sent."""
        self._application.alerts.catch_up()
        return self.send_due() > 0

    def _turn_and_rest(self) -> bool:
        """A turn, and a second's rest: in a busy network the bell rings all the time, and nobody reads that fast."""
        sent = self.turn()
        self._application.house.closing.wait(_REST_S)
        return sent

    def send_due(self) -> int:
        """Send what is due; returns how many letters were taken."""
        outbox, count = self._application.alerts.outbox, 0
        letters = outbox.due()
        for letter, problem in self._sent(letters):
            if problem is None:
                outbox.took(letter)
                count += 1
            else:
                outbox.failed(letter, problem)
        return count

    def _sent(self, letters: Sequence[Letter]) -> Iterator[tuple[Letter, str | None]]:
        house = self._application.house
        for letter in letters:
            if letter.scheme == MAIL and not house.closing.is_set():
                self._hold.renew()
                server = house.settings.mail
                yield letter, "no mail server" if server is None else send_mail(server, letter, house.real.now())
        others = [each for each in letters if each.scheme != MAIL]
        if others and not house.closing.is_set():
            self._hold.renew()
            yield from self._hand_over(others, house.settings.local_hooks, house.closing)


def hand_over(
    letters: Sequence[Letter], local: bool, closing: threading.Event | None = None
) -> Iterator[tuple[Letter, str | None]]:
    """Hand letters to their services in a process of its own; yields each with what went wrong, or None.

    Args:
        letters: not of mail.
        local: whether addresses inside this network are allowed too.
        closing: when set, what has not been taken yet is left for another time, and not yielded.
    """
    asked = [{"address": each.address, "title": each.title, "body": each.body} for each in letters]
    said = _said(json.dumps({"local": local, "letters": asked}).encode(), closing)
    whole = said[: said.rfind(b"\n") + 1]  # it may have been ended in the midst of a line
    done: dict[int, str | None] = dict(json.loads(line) for line in whole.splitlines())
    for index, letter in enumerate(letters):
        if index in done or closing is None or not closing.is_set():
            yield letter, done.get(index, "the service did not answer in time")


def _said(asked: bytes, closing: threading.Event | None) -> bytes:
    """What the process answers until it ends, or is ended."""
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as empty:
        environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
        environment |= {"HOME": empty, "MALLOC_ARENA_MAX": "2"}
        command = [sys.executable, "-I", "-m", "coordinator.api.alert_child"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=empty
        ) as process:
            end_s, said, wrong = time.monotonic() + _DEADLINE_S, b"", b""
            told: bytes | None = asked
            while process.returncode is None:
                if time.monotonic() > end_s or (closing is not None and closing.is_set()):
                    process.kill()
                try:
                    said, wrong = process.communicate(told, timeout=_LOOK_S)
                except subprocess.TimeoutExpired:
                    told = None  # it remembers what it was given
        if process.returncode > 0:  # less than 0: ended by us, or by its limits
            _LOG.warning("alerts cannot be sent: %s", wrong.decode(errors="replace").strip().rpartition("\n")[2][:200])
        return said
