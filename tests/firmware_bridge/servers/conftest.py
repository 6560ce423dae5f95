"""Real print servers, started for a test, each from an environment of its own (`./dev peers`)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

PEERS = Path(__file__).parents[3] / ".peers"
KEY = "0123456789abcdef0123456789abcdef"
_START_S = 90.0

_OCTOPRINT_CONFIG = """
accessControl: {{autologinLocal: false}}
server:
  host: 127.0.0.1
  port: {port}
  firstRun: false
  startOnceInSafeMode: false
  onlineCheck: {{enabled: false}}
  pluginBlacklist: {{enabled: false}}
  seenWizards: {{corewizard: 4, backup: 1, tracking: 1, softwareupdate: 1, errortracking: 1, classicwebcam: 1}}
serial: {{autoconnect: true, port: VIRTUAL, baudrate: 115200}}
webcam: {{webcamEnabled: false, timelapseEnabled: false}}
gcodeAnalysis: {{runAt: never}}
plugins:
  _disabled: [softwareupdate, announcements, tracking, errortracking, discovery, pi_support, firmware_check,
    file_check, achievements, classicwebcam, backup]
  virtual_printer: {{enabled: true, simulated_errors: [{errors}], throttle: {throttle}, _config_version: 1}}
"""
_OCTOPRINT_USERS = f"""
_version: 2
maker: {{active: true, apikey: {KEY}, groups: [admins], password: none, permissions: [], roles: [user, admin],
  settings: {{}}}}
"""


def program_of(name: str, tool: str) -> Path:
    """A program of a peer.

    Skips the test where the peer is not installed, fails it where external programs are required.
    """
    path = PEERS / name / "bin" / tool
    if not path.exists():
        what = f"{name} is not installed: ./dev peers {name}"
        if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
            pytest.fail(what)
        pytest.skip(what)
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A process that answers on an address, and can be killed and started again."""

    def __init__(
        self, command: list[str], address: str, log: Path, ready: Callable[[httpx.Client], bool], *, key: str = ""
    ) -> None:
        self._command, self._log, self._ready = command, log, ready
        self._headers = {"X-Api-Key": key} if key else {}
        self.address = address
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(self._command, stdout=out, stderr=out, start_new_session=True)
        end = time.monotonic() + _START_S
        with httpx.Client(base_url=self.address, headers=self._headers, trust_env=False, timeout=2) as client:
            while time.monotonic() < end:
                try:
                    if self._ready(client):
                        return
                except (httpx.HTTPError, ValueError, KeyError):
                    pass
                time.sleep(0.1)
        self.kill()
        pytest.fail(f"it did not start: {self._log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def octoprint(tmp_path: Path) -> Callable[..., contextmanager[Server]]:
    """Starts a real OctoPrint before its own virtual printer: `with octoprint(errors=..., throttle=...) as server`."""
    program = program_of("octoprint", "octoprint")

    @contextmanager
    def start(*, errors: str = "", throttle: float = 0.0001) -> Iterator[Server]:
        port = free_port()
        (tmp_path / "config.yaml").write_text(_OCTOPRINT_CONFIG.format(port=port, errors=errors, throttle=throttle))
        (tmp_path / "users.yaml").write_text(_OCTOPRINT_USERS)
        command = [str(program), "serve", "--iknowwhatimdoing", "-b", str(tmp_path)]

        def ready(client: httpx.Client) -> bool:
            return bool(client.get("/api/job").json().get("state") == "Operational")

        server = Server(command, f"http://127.0.0.1:{port}", tmp_path / "out.log", ready, key=KEY)
        try:
            yield server
        finally:
            server.kill()

    return start


_MOONRAKER_CONFIG = """
[server]
host: 127.0.0.1
port: {port}
klippy_uds_address: {folder}/klippy.sock

[machine]
provider: none
validate_service: False
validate_config: False

[authorization]
trusted_clients:
    127.0.0.1

[file_manager]
enable_object_processing: False
check_klipper_config_path: False

[history]
"""


@pytest.fixture
def moonraker(tmp_path: Path) -> Callable[..., contextmanager[tuple[Server, Server, Path]]]:
    """Starts a real Moonraker before a fake Klipper: `with moonraker(lines_per_s=...) as (server, klippy, log)`."""
    python = program_of("moonraker", "python")

    @contextmanager
    def start(*, lines_per_s: float = 1000.0) -> Iterator[tuple[Server, Server, Path]]:
        port = free_port()
        data, log = tmp_path / "data", tmp_path / "klippy.log"
        (data / "config").mkdir(parents=True)
        (data / "gcodes").mkdir()
        log.touch()
        (data / "config" / "moonraker.conf").write_text(_MOONRAKER_CONFIG.format(port=port, folder=tmp_path))
        socket_path = tmp_path / "klippy.sock"
        fake = Path(__file__).parent / "fake_klippy.py"
        command = [str(python), str(fake), str(socket_path), str(data / "gcodes"), str(lines_per_s), str(log)]
        klippy = Server(command, "http://127.0.0.1", tmp_path / "klippy.out", lambda _: socket_path.exists())

        def ready(client: httpx.Client) -> bool:
            return bool(client.get("/server/info").json()["result"]["klippy_state"] == "ready")

        address = f"http://127.0.0.1:{port}"
        server = Server([str(python), "-m", "moonraker", "-d", str(data)], address, tmp_path / "out.log", ready)
        try:
            yield server, klippy, log
        finally:
            server.kill()
            klippy.kill()

    return start
