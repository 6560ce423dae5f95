"""Alerts on their way: a real mail server, a real chat server, and addresses that lead where they must not."""

from __future__ import annotations

import email
import http.server
import json
import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any, ClassVar

import pytest

from coordinator.api import alert_sender
from coordinator.api.alert_sender import AlertSender, hand_over
from coordinator.api.mail import send_mail
from coordinator.service.alerts.outbox import Letter
from coordinator.service.reaching.mail import MailServer
from core.errors import InputError
from tests.coordinator.service.test_alerts import with_settings

from .conftest import Web

NOBODY = "nobody@example.org"


class Post(socketserver.StreamRequestHandler):
    """A mail server, as far as RFC 5321 asks for the least."""

    mails: ClassVar[list[EmailMessage]]
    answers: ClassVar[list[bytes]]

    def handle(self) -> None:
        self.say(b"220 here")
        while line := self.rfile.readline().strip():
            verb = line[:4].upper()
            if verb in (b"EHLO", b"HELO"):
                self.say(b"250 here")
            elif verb == b"RCPT":
                self.say(b"550 nobody here" if NOBODY.encode() in line else b"250 fine")
            elif verb == b"DATA":
                self.take()
            elif verb == b"QUIT":
                self.say(b"221 bye")
                return
            else:
                self.say(b"250 fine")

    def take(self) -> None:
        self.say(b"354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        answer = self.answers.pop(0) if self.answers else b"250 taken"
        if answer.startswith(b"2"):
            self.mails.append(email.message_from_bytes(b"".join(lines), policy=default))  # type: ignore[arg-type]
        self.say(answer)

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


class Chat(http.server.BaseHTTPRequestHandler):
    """A server that answers as Matrix's client-server API does, and any other with a 200; notes what it was asked."""

    asked: ClassVar[list[tuple[str, str, dict[str, Any]]]]
    location: ClassVar[str | None] = None

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers.get("content-length", 0))))

    do_PUT = do_POST  # noqa: N815 (the name is http.server's)

    def answer(self, body: bytes) -> None:
        self.asked.append((self.command, self.path, json.loads(body or b"{}")))
        self.send_response(307 if self.location else 200)
        if self.location:
            self.send_header("location", self.location)
        self.end_headers()
        said = {"versions": ["v1.11"], "room_id": "!room:twin", "event_id": "$1", "user_id": "@fab:twin"}
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]  # type: ignore[misc]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def post() -> Iterator[tuple[MailServer, type[Post]]]:
    kind = type("OnePost", (Post,), {"mails": [], "answers": []})
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), kind)
    server.daemon_threads = True
    with serving(server) as port:
        yield MailServer.parse(f"smtp+plain://127.0.0.1:{port}?from=fab@example.org"), kind


@pytest.fixture
def chat() -> Iterator[tuple[int, type[Chat]]]:
    kind = type("OneChat", (Chat,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    server.daemon_threads = True
    with serving(server) as port:
        yield port, kind


def letter(address: str, scheme: str = "matrix", title: str = "A title", body: str = "A body") -> Letter:
    return Letter(1, scheme, address, "0123456789abcdef", title, body, (1,))


def problems(*addresses: str, local: bool = False) -> list[str | None]:
    return [problem for _, problem in hand_over([letter(each) for each in addresses], local)]


def failing(web: Web) -> AlertSender:
    def fail(error: BaseException) -> None:
        raise error

    return AlertSender(web.town.application, failed=fail)


# -- mail


def test_a_person_verifies_an_address_of_mail_and_is_told_of_a_failure(
    web: Web, post: tuple[MailServer, type[Post]]
) -> None:
    server, kind = post
    with_settings(web.town, mail=server, public_url="https://fab.example")
    sender = failing(web)
    sender.turn()
    made = web.post("/alerts/addresses", "north", json={"address": "nora@example.org", "label": "mail"})
    assert made.status_code == 201, made.text
    sender.turn()
    (mail,) = kind.mails
    assert (mail["To"], mail["From"], mail["Auto-Submitted"]) == (
        "nora@example.org",
        "fab@example.org",
        "auto-generated",
    )
    assert mail.get_content_type() == "text/plain"
    code = re.search(r"\d{8}", mail.get_content())[0]  # type: ignore[index]
    verified = web.post(f"/alerts/addresses/{made.json()['id']}/verify", "north", json={"code": code})
    assert verified.json()["verified"]
    web.town.order(web.town.upload("Foot,1,3D printing,PLA,foot.stl,"))
    sender.turn()
    kind.mails.clear()
    job = web.get("/jobs").json()["items"][0]["id"]
    with web.town.application.house.change("coordinator") as change:
        change.record("job.failed", f"job {job}", "smoke\r\nBcc: everybody@example.org\r\n\r\nü")
    kind.answers = [b"451 later"]
    sender.turn()
    assert kind.mails == []
    assert "451" in web.get("/alerts/addresses", "north").json()[0]["last_answer"]
    web.town.real.move(minutes=1)
    sender.turn()
    (mail,) = kind.mails
    assert mail["Subject"].startswith(
        "[fabcommons] URGENT: Foot failed on Printer: smoke Bcc: everybody(at)example.org"
    )
    assert mail["Bcc"] is None
    assert "https://fab.example/alerts/acknowledge?code=" in mail.get_content()


def test_what_goes_wrong_with_mail_is_said_without_the_address(post: tuple[MailServer, type[Post]]) -> None:
    server, kind = post
    now = alert_sender_now()
    assert send_mail(server, letter(NOBODY, "mailto"), now) == "the mail server refuses this address"
    kind.answers = [b"554 spam for nora@example.org"]
    assert send_mail(server, letter("nora@example.org", "mailto"), now) == "the mail server answers 554"
    nowhere = MailServer.parse("smtp+plain://127.0.0.1:1?from=fab@example.org")
    assert "cannot be reached" in str(send_mail(nowhere, letter("nora@example.org", "mailto"), now))
    encrypted = MailServer("smtp", "127.0.0.1", server.port, "fab@example.org")
    assert send_mail(encrypted, letter("nora@example.org", "mailto"), now) is not None, "it has no TLS"
    assert kind.mails == []


def alert_sender_now() -> Any:
    from coordinator.service.clock import RealClock

    return RealClock().now()


@pytest.mark.parametrize(
    "text",
    ["http://h?from=a@b.c", "smtp://h", "smtp://h?from=nobody", "smtp://user@h?from=a@b.c", "smtp://h:99999?from=a@b.c",
     "smtp+plain://u:SECRET@mail.example?from=a@b.c", "smtp://h?from=a@b.c&file=/etc/passwd", "smtp://?from=a@b.c"],
)  # fmt: skip
def test_a_mail_server_that_is_none_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(InputError) as caught:
        MailServer.parse(text)
    assert "SECRET" not in str(caught.value)
    assert "SECRET" not in repr(MailServer.parse("smtps://u:SECRET@mail.example?from=a@b.c"))


# -- chats


def test_a_matrix_room_is_told(chat: tuple[int, type[Chat]]) -> None:
    port, kind = chat
    assert problems(f"matrix://TOKEN@127.0.0.1:{port}/!room:twin?discovery=no", local=True) == [None]
    told = [(path, body) for _, path, body in kind.asked if "/send/m.room.message/" in path]
    assert len(told) == 1, kind.asked
    assert told[0][0].startswith("/_matrix/client/v3/rooms/%21room%3Atwin/send/")
    assert told[0][1]["msgtype"] == "m.text"
    assert "A body" in told[0][1]["body"]
    assert "formatted_body" not in told[0][1], "plain text only"


def test_letters_go_out_side_by_side_and_each_gets_its_answer(chat: tuple[int, type[Chat]]) -> None:
    port, kind = chat
    addresses = [f"ntfy://127.0.0.1:{port}/t{n}" for n in range(10)]
    addresses[3] = "ntfy://127.0.0.1:1/nobody"
    addresses[7] = "nonsense"
    answers = problems(*addresses, local=True)
    assert [n for n, each in enumerate(answers) if each is not None] == [3, 7]
    assert len(kind.asked) == 8


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "0.0.0.0"])  # noqa: S104 - not listened to
def test_nothing_inside_is_reached(chat: tuple[int, type[Chat]], host: str) -> None:
    """Whatever the address says: what connects is looked at, at the moment when it does."""
    port, kind = chat
    wanted = [f"ntfys://{host}:{port}/x", f"matrixs://T@{host}:{port}/!r:x?verify=no", f"gotifys://{host}:{port}/token"]
    answers = problems(*wanted)
    assert all(answers), answers
    assert kind.asked == []


def test_a_redirect_is_not_followed(chat: tuple[int, type[Chat]]) -> None:
    port, kind = chat
    kind.location = f"http://127.0.0.1:{port}/inside"
    (problem,) = problems(f"ntfy://127.0.0.1:{port}/x", local=True)
    assert problem is not None
    assert [path for _, path, _ in kind.asked] == ["/"]


def test_who_never_answers_is_given_up_and_holds_up_nobody(
    chat: tuple[int, type[Chat]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The silent one is waited for until the time is up; what the others said by then counts."""
    port, kind = chat
    released = threading.Event()

    def silent(handler: Chat) -> None:
        if "silent" in str(json.loads(handler.rfile.read(int(handler.headers["content-length"])))):
            released.wait(120)
        else:
            kind.asked.append(("POST", "heard", {}))
            handler.send_response(200)
            handler.end_headers()

    kind.do_POST = silent  # type: ignore[assignment]
    closing = threading.Event()
    letters = [letter(f"ntfy://127.0.0.1:{port}/silent?rto=100"), letter(f"ntfy://127.0.0.1:{port}/quick")]

    def close_when_heard() -> None:
        while not kind.asked:
            closing.wait(0.05)
        closing.wait(1.0)
        closing.set()

    watcher = threading.Thread(target=close_when_heard)
    watcher.start()
    answers = list(hand_over(letters, True, closing))
    watcher.join()
    released.set()
    assert [each.address.rpartition("/")[2] for each, _ in answers] in (["quick"], []), "the other is left for later"
    monkeypatch.setattr(alert_sender, "_DEADLINE_S", 0.0)
    assert problems("ntfys://example.org/x") == ["the service did not answer in time"]


def test_the_process_that_sends_can_do_nothing_else() -> None:
    """Each of these would be more than sending."""
    import subprocess
    import sys

    tries = [
        "open('/etc/passwd')", "open('/proc/self/environ')", "open('x', 'w')", "import os; os.system('true')",
        "import subprocess; subprocess.run(['true'])", "import os; os.fork()", "import os; os.remove('x')",
        "import socket; socket.create_connection(('127.0.0.1', 80))",
        "import socket; socket.socket(socket.AF_UNIX).connect('/run/x')",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "import socket; socket.create_connection(('1.1.1.1', 25), 1)",
        "import os; os.open('/etc/shadow', os.O_RDONLY)",
    ]  # fmt: skip
    program = "\n".join(
        ["import json, sys", "import socket, subprocess, os", "from coordinator.api.alert_child import guard",
         "from coordinator.service.reaching import outside", "guard(local=False)",
         "for each in json.loads(sys.argv[1]):",
         "    try:", "        exec(each)", "    except PermissionError:", "        print('refused')",
         "    else:", "        print('DONE', each)"]
    )  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-I", "-c", program, json.dumps(tries)], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.split("\n")[:-1] == ["refused"] * len(tries)
