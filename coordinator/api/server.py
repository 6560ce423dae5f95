"""The coordinator as a process: a folder or a database opened, the app served, planning and keeping beside it."""

from __future__ import annotations

import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from sqlalchemy import func, select

from coordinator.api.alert_sender import AlertSender
from coordinator.api.app import create_app
from coordinator.api.exchange import Exchange
from coordinator.api.messenger import Messenger
from coordinator.computing import computer_at
from coordinator.folder import OrderFolder
from coordinator.schema.builds import EventRow
from coordinator.schema.network import MachineRow
from coordinator.service.application import Application
from coordinator.service.clock import RealClock, SimulatedClock
from coordinator.service.holds import clear_holds
from coordinator.service.house import House, Settings
from coordinator.service.machinery.labs import refuse_real
from coordinator.service.tending import Tending
from coordinator.service.wakeups import Wakeups
from coordinator.shared_files import SharedFiles, files_at
from coordinator.store import Store
from core.clock import Clock
from core.errors import InputError

__all__ = ["Serving", "house_of", "listening", "serve"]

_GRACE_S = 5
_KEEP_ALIVE_S = 75  # agents call every few seconds, over the connection that they have
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Serving:
    """How a coordinator is run.

    Attributes:
        folder: where files and, by default, the database are kept.
        host, port: where it listens; port 0 is any that is free.
        database_url: of another database, or None for one in the folder.
        compute_url: ``dask://host:port`` of a cluster for what takes long, or None for processes of this computer.
        files_url: ``s3://bucket/prefix`` where replicas share files, or None for the folder alone.
        speed: how many times as fast the clock runs, to try things out with virtual machines; None for real time.
        settings: of the application.
        requests_per_s: that one address may make in the long run.
        public_url: under which browsers reach it where a proxy stands before it, such as "https://fab.example".

    Raises:
        InputError: the public address is none, or an OpenID provider is named without one.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8484
    database_url: str | None = None
    speed: float | None = None
    settings: Settings = field(default_factory=Settings)
    requests_per_s: float = 50.0
    public_url: str | None = None
    compute_url: str | None = None
    files_url: str | None = None

    def __post_init__(self) -> None:
        if self.public_url is not None and not _ORIGIN.fullmatch(self.public_url):
            hint = "write https://host or https://host:port, in small letters"
            raise InputError("this is no address under which browsers come", where=self.public_url, hint=hint)
        if self.settings.openid is not None and self.public_url is None:
            hint = "give --public-url"
            raise InputError("an OpenID provider sends browsers back to an address that it knows", hint=hint)


def serve(how: Serving, *, prepare: Callable[[Application], None], ready: Callable[[Application, str], None]) -> None:
    """Serve until the process is told to end.

    Args:
        how: where and how.
        prepare: called with the application before anybody else can reach it.
        ready: called once with the application and its address, when requests are answered.

    Raises:
        InputError: the folder, the database's address or the port cannot be used.
        StateError: another process serves this folder, or the database cannot be opened.
        Exception: what ended the planner or the keeper; the process must not go on without them.
    """
    with house_of(how) as house:
        application = Application(house)
        prepare(application)
        _refuse_real_machines(application)
        with listening(how) as listener:
            host, port = listener.getsockname()[:2]
            address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            server = _Server(create_app(application, per_s=how.requests_per_s, public_url=how.public_url), house)
            failed: list[BaseException] = []

            def give_up(error: BaseException) -> None:
                failed.append(error)
                server.should_exit = True

            tending, messenger = Tending(application, failed=give_up), Messenger(application, failed=give_up)
            alerts = AlertSender(application, failed=give_up)
            exchange = Exchange(application, failed=give_up)

            wakeups = Wakeups(house, failed=give_up)

            def begin() -> None:
                if how.database_url is None:
                    clear_holds(house)  # the folder is ours alone
                wakeups.start()
                tending.start()
                messenger.start()
                alerts.start()
                exchange.start()
                ready(application, address)

            server.on_ready = begin
            try:
                server.run(sockets=[listener])
            finally:
                tending.stop()
                wakeups.stop()
                messenger.stop()
                alerts.stop()
                exchange.stop()
        if failed:
            raise failed[0]


class _Server(uvicorn.Server):
    """Tells when it answers, and wakes who waits for events when it is to end."""

    def __init__(self, app: object, house: House) -> None:
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]  # uvicorn names the protocol, we any object
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=_GRACE_S,
            timeout_keep_alive=_KEEP_ALIVE_S,
            server_header=False,
            lifespan="off",
        )
        super().__init__(config)
        self._house = house
        self.on_ready: Callable[[], None] = lambda: None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in good order when told to, and do not raise the signal once more as uvicorn does."""
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._house.closing.set()
        self._house.bell.ring()
        await super().shutdown(sockets=sockets)


@contextmanager
def house_of(how: Serving) -> Iterator[House]:
    """What an application stands on, opened: the folder is held until the context ends.

    Raises:
        InputError: the folder or the database's address cannot be used.
        StateError: another process works in this folder, or the database cannot be opened.
    """
    folder = OrderFolder(how.folder)
    held = folder.held() if how.database_url is None else nullcontext()  # a database server keeps its own order
    with held:
        store = Store(folder.database if how.database_url is None else how.database_url)
        closing = threading.Event()
        with ExitStack() as stack:
            stack.callback(store.close)
            computer = computer_at(how.compute_url, closing)
            stack.callback(computer.close)
            files = files_at(folder.files, how.files_url)
            if isinstance(files, SharedFiles):
                files.share()  # what was kept before there was a store; a wrong address is told at the start
            yield House(
                store, files, _clock(store, how.speed), RealClock(), how.settings, closing=closing,
                computer=computer,
            )  # fmt: skip


def _clock(store: Store, speed: float | None) -> Clock:
    if speed is None:
        return RealClock()
    with store.reading() as session:
        last = session.scalar(select(func.max(EventRow.at)))
    return SimulatedClock(max(datetime.now(UTC), last or datetime.min.replace(tzinfo=UTC)), speed)


def _refuse_real_machines(application: Application) -> None:
    """A fast clock is for virtual machines only: a real one would be told that its time has come when it has not.

    Raises:
        StateError: a machine is real.
    """
    if not application.house.settings.simulated:
        return
    with application.house.reading() as session:
        for row in session.scalars(select(MachineRow)):
            refuse_real(row.document, row.id)


@contextmanager
def listening(how: Serving) -> Iterator[socket.socket]:
    """A socket that takes connections, and sends what it is given at once.

    Raises:
        InputError: the address cannot be used.
    """
    try:
        family = socket.AF_INET6 if ":" in how.host else socket.AF_INET
        listener = socket.create_server((how.host, how.port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        hint = "give another --host or --port"
        raise InputError(f"cannot listen: {error}", where=f"{how.host}:{how.port}", hint=hint) from None
    with listener:
        # Each connection inherits it: asyncio sets it only for sockets that name their protocol, and without it
        # an answer of two packets waits 40 ms for the client to acknowledge the first.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener
